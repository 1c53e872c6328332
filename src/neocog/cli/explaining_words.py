"""`neocog explain MODEL 'a sentence'`, or a file of them: the words that decided, as a page, a picture and data."""

import io
import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neocog.cli.console import QUIET, print_json
from neocog.cli.tables import print_columns, print_line, print_prose
from neocog.core.columns import Column
from neocog.core.errors import DataError, ImageError
from neocog.core.files import FORMAT, atomic_write, make_folder
from neocog.data.encoding import lines_of
from neocog.data.trees import printable
from neocog.evaluate import check_told, sentences_page
from neocog.explain import sentence_sheet
from neocog.model import Decisive, Model, decisive

PAGE = "words.html"
MOST = 200
"""Sentences of a file that are explained, the first ones."""
DIGITS = 6
"""Significant digits of a figure in JSON."""


def explain_sentences(
    name: str, loaded: Model, what: str, label: int | None, folder: Path, sheet: str, data: str, json: bool, quiet: bool
) -> None:
    """Explain a sentence, or those of a file, into a folder; `sheet` and `data` are the names of picture and document.

    Lines that cannot be read are listed and left out. Raises `DataError` where none is left.
    """
    given = _sentences(what)
    module = loaded.module()
    found: list[Decisive] = []
    places: list[str] = []
    problems: list[str] = []
    for place, text in given:
        try:
            if isinstance(text, DataError):
                raise ImageError(str(text))
            found.append(decisive(loaded, text.encode("utf-8", "replace"), label, module))
            places.append(place)
        except ImageError as error:
            problems.append(f"{place} {error}".strip())
    if not found:
        raise DataError(f"{printable(what)[:60]!r} cannot be explained: {problems[0]}; give a sentence with words")
    document = {
        "format": FORMAT,
        "model": printable(name),
        "page": PAGE,
        "sheet": sheet,
        "sentences": [_record(loaded, place, each) for place, each in zip(places, found, strict=True)],
        "unreadable": problems,
    }
    make_folder(folder)
    atomic_write(folder / PAGE, sentences_page(found, loaded.classes, Path(name).name, places))
    picture = io.BytesIO()
    sentence_sheet(found, loaded.classes).save(picture, "PNG", optimize=True)
    atomic_write(folder / sheet, picture.getvalue())
    atomic_write(folder / data, json_format.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    if json:
        print_json({**document, "folder": printable(str(folder))})
    elif quiet:
        print_line(printable(str(folder / PAGE)))
    else:
        _tell(loaded, found, problems, folder)


def _sentences(what: str) -> list[tuple[str, str | DataError]]:
    """Where each sentence stands, and its text: the lines of a file, or what was typed."""
    try:
        path = Path(what)
        if not path.is_file():
            return [("", what)]
    except (OSError, ValueError):  # a long sentence is no path
        return [("", what)]
    lines = lines_of(path.read_bytes(), path.name)
    numbered = [(f"line {number}", line) for number, line in enumerate(lines, 1)]
    return [(place, line) for place, line in numbered if isinstance(line, DataError) or line.strip()][:MOST] or [
        ("", "")
    ]


def _record(model: Model, place: str, found: Decisive) -> dict[str, Any]:
    """One sentence as JSON-able values."""

    def rounded(value: float) -> float:
        return float(f"{value:.{DIGITS}g}")

    return {
        "place": place,
        "class": printable(model.classes[found.label]),
        "probability": rounded(found.probability),
        "words": [
            {"word": word, "fall": rounded(fall), "gradient": rounded(gradient), "known": not unknown}
            for word, fall, gradient, unknown in zip(
                found.words, found.fall.tolist(), found.gradient.tolist(), found.unknown.tolist(), strict=True
            )
        ],
        "phrases": [
            {"words": list(each.words), "start": each.start, "share": rounded(each.share), "filters": each.filters}
            for each in found.phrases
        ],
        "check": {
            "words": found.few,
            "without": rounded(found.without),
            "by_chance": [rounded(each) for each in found.by_chance],
            "passes": found.passes,
        },
    }


def _tell(model: Model, found: Sequence[Decisive], problems: Sequence[str], folder: Path) -> None:
    """One sentence with its words and phrases, several with a line each; what was left out, and where the page is."""
    if len(found) == 1:
        _tell_one(model, found[0])
    else:
        print_columns(
            [
                Column("class", [printable(model.classes[each.label]) for each in found], number=False),
                Column("probability", [f"{each.probability:.3f}" for each in found]),
                Column("check", ["passes" if each.passes else "fails" for each in found], number=False),
                Column("strongest words", [_strongest(each) for each in found], number=False),
            ],
            total=False,
        )
        print_line("")
    if problems:
        print_prose(f"left out: {'; '.join(problems[:5])}", QUIET)
    print_line(printable(str(folder / PAGE)))


def _tell_one(model: Model, found: Decisive) -> None:
    name = printable(model.classes[found.label])
    print_prose(f"What speaks for {name}, probability {found.probability:.3f}.", "bold")
    print_line("")
    print_columns(
        [
            Column("word", [printable(word) for word in found.words], number=False),
            Column("log-odds", [f"{fall:+.2f}" for fall in found.fall.tolist()]),
            Column("by gradient", [f"{each:+.2f}" for each in found.gradient.tolist()]),
            Column("", ["unknown" if each else "" for each in found.unknown.tolist()], number=False),
        ],
        total=False,
    )
    print_line("")
    if found.phrases:
        told = ", ".join(f"{' '.join(each.words)!r} {each.share:+.2f}" for each in found.phrases[:5])
        print_prose(f"phrases that its filters chose: {printable(told)}.", QUIET)
    print_prose(f"log-odds: what goes with the word, once it is unknown. {check_told(found)}", QUIET)


def _strongest(found: Decisive) -> str:
    return ", ".join(printable(found.words[place]) for place in found.strongest[: found.few])
