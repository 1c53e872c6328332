"""`neocog predict MODEL FILES...`: class and probability of images, sentences or rows, or "not sure" and why.

Answers are printed as they come, so that a pipe or an impatient reader may stop early. In a terminal the columns fit
its width; elsewhere names are whole and the text is plain. What cannot be read goes to standard error and makes the
exit status 2, after all else is answered.
"""

import csv as csv_format
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TextIO, TypeVar

import typer
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from neocog.cli.console import ACCENT, QUIET, console, print_json
from neocog.cli.elsewhere import Classes, Init
from neocog.cli.predict_kinds import predict_kinds
from neocog.cli.predict_masks import check_folder, mask_answers
from neocog.cli.progress import TrainingDisplay
from neocog.core.errors import NeocogError, StorageError
from neocog.core.files import FORMAT, atomic_write
from neocog.data import NumbersPreprocessing, WordsPreprocessing
from neocog.data.trees import printable
from neocog.model import (
    NOT_SURE,
    Model,
    Prediction,
    answered,
    class_columns,
    credit,
    each_answer,
    find_images,
    find_lines,
    kind_answers,
    open_model,
)
from neocog.model import predict as answer_each

STDOUT = "-"
DIGITS = 6
"""Decimals of a probability in CSV and JSON; lines for the eye have three."""
_BAR = 20
_MOST_LABEL = 24
_MOST_KINDS = 10
_LEAST_BAR = 10
_LEAST_NAME = 16
_GAP = "  "
_CONTROL = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}


def predict(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A model file, a run folder, or with --init a network's name in the zoo."),
    ],
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...",
            help="Images, folders, or patterns in quotes; or files with a sentence or a row of numbers a line, or -.",
        ),
    ],
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Show the N most probable classes (3 for one image, else 1).")
    ] = None,
    csv: Annotated[
        str, typer.Option(metavar="FILE", help="Write a table with a column for each class; - for standard output.")
    ] = "",
    out: Annotated[
        str, typer.Option(metavar="FOLDER", help="Write the masks that a model of masks answers into a new folder.")
    ] = "",
    init: Init = "",
    classes: Classes = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document alone on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary; what cannot be read is still listed.")] = False,
) -> None:
    """Class and probability of each image, or "not sure" below the model's threshold or unlike its training images.

    What cannot be read is listed with its reason; the rest is answered, and the exit status is 2.
    """
    _check_destination(csv, json)
    with TrainingDisplay(quiet or json) as display:
        loaded = open_model(model, init, classes, display.fetching)
    if init and not quiet:
        console(stderr=True).print(Text(_shown(credit(init, model)), QUIET))
    if out and loaded.task != "mask":
        raise NeocogError(f"--out is for the masks of a model, and {model} answers with no masks; leave it out")
    if loaded.task == "mask":
        check_folder(out)
        found = find_images(files)
        problems, total = list(found.problems), len(found.files) + len(found.problems)
        said = mask_answers(loaded, found.files, out, problems)
        predict_kinds(loaded, model, list(map(_shown, map(str, found.files))), said, problems, csv, json, quiet, _shown)
    elif loaded.task == "class":
        asked = _asked(loaded, files, lambda samples, module: answer_each(loaded, samples, module))
        problems, total = list(asked.problems), len(asked.names) + len(asked.problems)
        _predict(loaded, model, asked, _read(asked.stream, problems), problems, csv, json, top, quiet)
    else:
        kinds = _asked(loaded, files, lambda samples, module: kind_answers(loaded, samples, module))
        problems, total = list(kinds.problems), len(kinds.names) + len(kinds.problems)
        names = list(map(_shown, kinds.names))
        given = ((one.text or one.name, one.prediction) for one in _read(kinds.stream, problems))
        predict_kinds(loaded, model, names, given, problems, csv, json, quiet, _shown)
    if problems:
        _list_problems(problems, total)
        raise typer.Exit(2)


def _predict(
    loaded: Model,
    model: str,
    asked: "_Asked[Prediction]",
    given: Iterator["_Given[Prediction]"],
    problems: list[tuple[str, str]],
    csv: str,
    json: bool,
    top: int | None,
    quiet: bool,
) -> None:
    """Answer with a class each, in the way that was asked for."""
    table = sys.stdout if csv == STDOUT else io.StringIO()
    if csv:
        given = _tabled(loaded, given, table)
    counts: Counter[str] = Counter()
    if json:
        records = [_record(loaded, one, top) for one in _counted(given, counts)]
        print_json(_document(model, loaded, records, problems))
    elif csv == STDOUT:
        counts.update(one.prediction.label for one in given)
    else:
        lines = _Lines(loaded, list(map(_shown, asked.names)), top)
        for one in _counted(given, counts):
            lines.print(one.text or one.name, one.prediction)
    if isinstance(table, io.StringIO) and csv:
        atomic_write(Path(csv), table.getvalue())
    if not quiet:
        _summarize(counts, asked, csv)


def _check_destination(csv: str, json: bool) -> None:
    """Refuse a table that could not be written, before any work."""
    if json and csv == STDOUT:
        raise NeocogError("--json and --csv - would both write to standard output; name a file for --csv")
    if csv and csv != STDOUT:
        if Path(csv).is_dir():
            raise StorageError(
                f"--csv must name a file, got the folder {csv}; write, for example, --csv {csv}/answers.csv"
            )
        if not Path(csv).parent.is_dir():
            raise StorageError(f"--csv must lie in a folder that exists, got {csv}; make {Path(csv).parent} first")


T = TypeVar("T")
"""What a model answers to one sample."""


@dataclass(frozen=True)
class _Answered(Generic[T]):
    """A sample and its answer; `text` is what a sample says that stands in a line."""

    name: str
    prediction: T | None
    problem: str = ""
    text: str = ""


@dataclass(frozen=True)
class _Given(Generic[T]):
    """A sample that could be read."""

    name: str
    prediction: T
    text: str = ""


@dataclass(frozen=True)
class _Asked(Generic[T]):
    """What was named: a stream of answers, and what is known before."""

    noun: str
    names: Sequence[str]
    """What each sample is shown as."""
    stream: Iterator[_Answered[T]]
    problems: tuple[tuple[str, str], ...] = ()
    passed_over: int = 0


def _asked(model: Model, files: list[str], ask: Callable[[Any, Any], Sequence[T]]) -> _Asked[T]:
    """What the files are to a model: images, sounds, or lines of sentences or numbers; `ask` answers prepared ones."""
    if isinstance(model.preprocessing, WordsPreprocessing | NumbersPreprocessing):
        lines = find_lines(files, model.preprocessing)
        given = (_Answered(line.place, said, line.problem, line.text) for line, said in answered(model, lines, ask))
        return _Asked(model.preprocessing.noun, [line.text or line.place for line in lines], given)
    kind = "sound" if model.pictured.sound else "image"
    found = find_images(files, kind)
    seen = (_Answered(str(file), said, problem) for file, said, problem in each_answer(model, found.files, ask))
    return _Asked(f"{kind}s", list(map(str, found.files)), seen, found.problems, found.passed_over)


def _read(stream: Iterator[_Answered[T]], problems: list[tuple[str, str]]) -> Iterator[_Given[T]]:
    """Each sample as it comes; what cannot be read is added to `problems`."""
    for one in stream:
        if one.prediction is None:
            problems.append((one.name, one.problem))
        else:
            yield _Given(one.name, one.prediction, one.text)


def _counted(given: Iterator[_Given[Prediction]], counts: Counter[str]) -> Iterator[_Given[Prediction]]:
    for one in given:
        counts[one.prediction.label] += 1
        yield one


# -- as data -----------------------------------------------------------------------------------------------------------


def _tabled(model: Model, given: Iterator[_Given[Prediction]], file: TextIO) -> Iterator[_Given[Prediction]]:
    """The same stream, each answer written as a line of CSV on its way."""
    writer = csv_format.writer(file, lineterminator="\n")
    said = ["text"] if isinstance(model.preprocessing, WordsPreprocessing) else []
    fixed = ["file", *said, "label", "probability", "reason"]
    writer.writerow([*fixed, *class_columns([printable(name) for name in model.classes], fixed)])
    for one in given:
        prediction = one.prediction
        first, *others = [f"{value:.{DIGITS}f}" for value in (prediction.probability, *prediction.probabilities)]
        told = [printable(prediction.label), first, printable(prediction.reason)]
        writer.writerow([printable(one.name), *([printable(one.text)] if said else []), *told, *others])
        yield one


def _record(model: Model, one: _Given[Prediction], top: int | None) -> dict[str, Any]:
    prediction = one.prediction
    return {
        "file": printable(one.name),
        **({"text": printable(one.text)} if one.text else {}),
        "label": printable(prediction.label),
        "probability": round(prediction.probability, DIGITS),
        "sure": prediction.sure,
        "familiar": prediction.familiar,
        "reason": printable(prediction.reason),
        "probabilities": {printable(label): round(value, DIGITS) for label, value in _ranked(model, prediction)[:top]},
    }


def _document(
    name: str, model: Model, records: list[dict[str, Any]], problems: list[tuple[str, str]]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": printable(name),
        "threshold": model.threshold,
        "predictions": records,
        "unreadable": [{"file": printable(name), "reason": printable(reason)} for name, reason in problems],
    }


def _ranked(model: Model, prediction: Prediction) -> list[tuple[str, float]]:
    """(class, probability), the most probable first, equal ones in the model's order."""
    pairs = zip(model.classes, prediction.probabilities, strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])


# -- for the eye -------------------------------------------------------------------------------------------------------


class _Lines:
    """Aligned lines on standard output: file, class, probability, bar."""

    def __init__(self, model: Model, names: list[str], top: int | None) -> None:
        self.model = model
        self.top = top or (3 if len(names) == 1 else 1)
        self.out = console()
        self.fancy = self.out.is_terminal and self.out.encoding.lower().startswith("utf")
        labels = max(cell_len(_shown(label)) for label in (*model.classes, NOT_SURE))
        longest = max(map(cell_len, names))
        if self.out.is_terminal:
            self.labels = min(labels, _MOST_LABEL)
            rest = self.out.width - self.labels - len("0.000") - 3 * len(_GAP)
            self.names = min(longest, max(_LEAST_NAME, rest - _LEAST_BAR))
            self.bar = max(0, min(_BAR, rest - self.names))
        else:
            self.names, self.labels, self.bar = longest, labels, _BAR

    def print(self, name: str, prediction: Prediction) -> None:
        """The answer, and below it the runners-up where several classes are asked for."""
        ranked = _ranked(self.model, prediction)
        if prediction.sure:
            self._line(_shown(name), *ranked[0], style="bold")
            below = ranked[1 : self.top]
        elif not prediction.familiar:  # its probabilities mean nothing
            self._line(_shown(name), NOT_SURE, None, style="yellow", note=prediction.reason)
            below = []
        elif self.top == 1:
            note = f"perhaps {prediction.reason}"
            self._line(_shown(name), NOT_SURE, prediction.probability, style="yellow", note=note)
            below = []
        else:
            self._line(_shown(name), NOT_SURE, None, style="yellow")
            below = ranked[: self.top]
        for label, probability in below:
            self._line("", label, probability, style="")

    def _line(self, name: str, label: str, probability: float | None, style: str, note: str = "") -> None:
        number = "" if probability is None else f"{probability:.3f}"
        line = Text(_fitted(name, self.names, keep_end=True) + _GAP)
        line.append(_fitted(_shown(label), self.labels), style)
        if number:
            line.append(_GAP + number)
        if note:
            room = self.out.width - line.cell_len - len(_GAP) if self.out.is_terminal else len(note) * 4
            line.append(_GAP + _fitted(_shown(note), room).rstrip(), QUIET)
        elif probability is not None:
            full = round(probability * self.bar)
            line.append(_GAP + ("━" if self.fancy else "#") * full, ACCENT)
        if self.out.is_terminal:
            self.out.print(line)
        else:
            print(line.plain.rstrip())


def _fitted(text: str, width: int, keep_end: bool = False) -> str:
    """A text at exactly so many cells; what is cut off is marked, at the start where the end says more."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    if width < 2:
        return "…"[:width]
    if not keep_end:
        return set_cell_size(text, width - 1) + "…"
    while cell_len(text) > width - 1:
        text = text[1:]
    return set_cell_size("…" + text, width)


def _shown(text: str) -> str:
    """A name without what would steer the terminal."""
    return printable(text).translate(_CONTROL)


def _summarize(counts: Counter[str], asked: _Asked[Prediction], csv: str) -> None:
    """One quiet line on standard error: how many samples are what."""
    out = console(stderr=True)
    total = counts.total()
    if total > 1:
        ranked = [(label, count) for label, count in counts.most_common() if label != NOT_SURE]
        unsure = [(NOT_SURE, counts[NOT_SURE])] if counts[NOT_SURE] else []
        kinds = ", ".join(f"{_shown(label)} {count:,}" for label, count in [*unsure, *ranked[:_MOST_KINDS]])
        others = len(ranked) - _MOST_KINDS
        more = f" and {others} other class{'es' * (others > 1)}" if others > 0 else ""
        out.print(Text(f"{total:,} {asked.noun}: {kinds}{more}", QUIET))
    passed_over = asked.passed_over
    if passed_over:
        out.print(Text(f"passed over, no images: {passed_over:,} other file{'s' * (passed_over > 1)}", QUIET))
    if csv and csv != STDOUT:
        out.print(Text(f"wrote {_shown(csv)}", QUIET))


def _list_problems(problems: list[tuple[str, str]], total: int) -> None:
    out = console(stderr=True)
    out.print(Text.assemble(("not read: ", "bold red"), f"{len(problems):,} of {total:,}"))
    for name, reason in problems:
        out.print(Text.assemble("  ", _shown(name), (f"  {_shown(reason)}", QUIET)))
