"""`neocog explain MODEL [IMAGE | SENTENCE | DATA]`: what an answer rests on, or what the network sees in a data set.

Of an image: by several methods, each checked, `METHOD.png` for each. Of sentences: what `explaining_words.py` says. Of
data, or of a run's own where none is named: what `surveying.py` says. Each leaves one folder with `sheet.png`, what
there is at a glance, and `explanation.json`, every figure.
"""

import io
import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from PIL import Image
from rich.text import Text

from neocog.cli.console import QUIET, WARN, console, print_json
from neocog.cli.elsewhere import Classes, Init
from neocog.cli.explaining_words import explain_sentences
from neocog.cli.progress import TrainingDisplay
from neocog.cli.surveying import SHEET, Scenery, Sight, look, record, scenery, tables
from neocog.cli.surveying import pictures as drawn
from neocog.cli.tables import print_columns, print_line, print_prose
from neocog.core.columns import Column
from neocog.core.errors import DataError, ImageError, NetworkError, StorageError, nearest
from neocog.core.files import FORMAT, atomic_write, make_folder
from neocog.data import Pixels, WordsPreprocessing, names_data, normalize, short_name
from neocog.data.axes import axes
from neocog.data.texts import SUFFIX as TEXTS
from neocog.data.trees import printable
from neocog.explain import METHODS, Check, Explained, Method, Scene, contact_sheet, page
from neocog.explain import explain as explained
from neocog.explain import method as named
from neocog.model import IMAGENET, Model, Prediction, credit, open_model, predict, read_image, require_classes

ALL = "all"
DATA = "explanation.json"
DIGITS = 6
"""Decimals of a figure in JSON."""


def explain(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A model file, a run folder, or with --init a network's name in the zoo."),
    ],
    what: Annotated[
        str,
        typer.Argument(
            metavar="[IMAGE | SENTENCE | DATA]",
            help="An image, a sentence (or a .txt of them), or labelled images; none: the run's own data.",
        ),
    ] = "",
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help=f"Methods: {', '.join(METHODS)}, or {ALL}, as for an image; of data, those to check over it.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the pictures; default explained/NAME.")] = None,
    class_: Annotated[
        str, typer.Option("--class", metavar="NAME", help="The class to explain; default the most probable.")
    ] = "",
    tap: Annotated[
        str,
        typer.Option(
            metavar="PATH,...",
            help="The layer that Grad-CAM and LayerCAM look at; default the last maps. Of data, those to survey.",
        ),
    ] = "",
    init: Init = "",
    classes: Classes = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document alone on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print where the sheet is, and nothing else.")] = False,
) -> None:
    """Draw what the answer for an image rests on, each map with its check; of data, what the units look for."""
    if not what or names_data(what):
        _explain_data(model, what, method, out, class_, tap, (init, classes), json, quiet)
        return
    with TrainingDisplay(quiet or json) as display:
        loaded = require_classes(open_model(model, init, classes, display.fetching), "explain")
    if isinstance(loaded.preprocessing, WordsPreprocessing):
        _refuse_for_words(method, tap)
        label = _class(class_, loaded) if class_ else None
        folder = _folder(out, what if what.lower().endswith(TEXTS) else "sentence")
        explain_sentences(model, loaded, what, label, folder, SHEET, DATA, json, quiet)
        return
    image, methods = what, _chosen(ALL if method is None else method)
    folder = _folder(out, image)
    with TrainingDisplay(quiet or json) as display:
        pixels = _read(image, loaded)
        answer = predict(loaded, pixels[None])[0]
        label = _class(class_, loaded) if class_ else int(np.argmax(answer.probabilities))
        batch = normalize(torch.from_numpy(pixels[None].copy()), loaded.preprocessing)
        found = []
        for one in explained(loaded.module(), batch, methods, label, tap):
            found.append(one)
            display.working("explaining", len(found), len(methods))
    if all(one.problem for one in found):
        raise NetworkError(found[0].problem)
    if init == IMAGENET and not quiet:
        console(stderr=True).print(Text(printable(credit(init, model)), QUIET))
    sound = loaded.pictured.sound
    scene = Scene(pixels, *_lines(image, loaded, answer, label), axes(sound) if sound else None)
    document = _document(model, image, loaded, answer, label, found)
    _write(folder, found, scene, document)
    if json:
        print_json({**document, "folder": printable(str(folder))})
    elif quiet:
        print_line(printable(str(folder / SHEET)))
    else:
        _tell(scene, found, folder)


def _refuse_for_words(method: str | None, tap: str) -> None:
    """Raise `NetworkError` for what is asked of images alone."""
    if method is not None or tap:
        name, value = ("--method", method) if method is not None else ("--tap", tap)
        raise NetworkError(f"{name} is for images, and this model reads sentences, got {value!r}; leave it out")


def _explain_data(
    model: str,
    place: str,
    method: str | None,
    out: Path | None,
    class_: str,
    tap: str,
    elsewhere: tuple[str, str],
    json: bool,
    quiet: bool,
) -> None:
    """Survey what a network sees in the images of a place, or of its own run."""
    if class_:
        raise NetworkError(f"--class names the class to explain an image for, got {class_}; name one image too")
    methods = [] if method is None else _chosen(method)
    folder = _folder(out, short_name(place) if place else str(Path(model)))
    with TrainingDisplay(quiet or json) as display:
        loaded = require_classes(open_model(model, *elsewhere, display.fetching), "explain")
        seen = scenery(loaded, model, place, display)
        sight = look(loaded, seen, [each.strip() for each in tap.split(",") if each.strip()], methods, display)
        sheets = drawn(Path(model).resolve().name, seen, sight)
    document = {
        "format": FORMAT,
        "model": printable(model),
        "sheet": SHEET,
        **_rounded(record(seen, sight)),
        "methods": [_record(one) for one in sight.checked],
    }
    make_folder(folder)
    for name, picture in sheets.items():
        _save(picture, folder / name)
    for name, text in tables(seen, sight).items():
        atomic_write(folder / name, text)
    atomic_write(folder / DATA, json_format.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    if json:
        print_json({**document, "folder": printable(str(folder))})
    elif quiet:
        print_line(printable(str(folder / SHEET)))
    else:
        _tell_data(seen, sight, folder)


def _tell_data(seen: Scenery, sight: Sight, folder: Path) -> None:
    """The layers, the map, the checks, and where the pictures are."""
    units = sum(one.units for one in sight.surveys)
    dead = sum(len(one.statistics.dead) for one in sight.surveys)
    print_prose(
        f"{dead:,} of {units:,} units are dead, over {len(seen.rows):,} images of {seen.data.table.name}; its test set "
        "was not opened.",
        "bold",
    )
    print_line("")
    print_columns(
        [
            Column("layer", [one.path for one in sight.surveys], number=False),
            Column("units", [f"{one.units:,}" for one in sight.surveys]),
            Column("field", [" x ".join(map(str, reversed(one.patches.field.sides))) for one in sight.surveys]),
            Column("dead", [f"{len(one.statistics.dead):,}" for one in sight.surveys]),
            Column("with a double", [f"{sum(map(len, one.statistics.duplicates)):,}" for one in sight.surveys]),
            Column("speak for a class", [f"{len(one.statistics.selective):,}" for one in sight.surveys]),
        ],
        total=False,
    )
    print_line("")
    if sight.map is not None:
        print_prose(
            f"map by {'principal components' if sight.map.way == 'pca' else sight.map.way}: {sight.map.preserved:.0%} "
            f"of an image's nearest codes are among its nearest points, by chance {sight.map.by_chance:.1%}.",
            QUIET,
        )
    _tell_checks(sight.checked)
    print_line(printable(str(folder / SHEET)))


def _chosen(names: str) -> list[Method]:
    """The methods of a list of names; raises `NetworkError` for an unknown one, or none."""
    if not names.strip():
        raise NetworkError(f"--method must name a method, got nothing; known are {', '.join(METHODS)}, or {ALL}")
    if names == ALL:
        return list(METHODS.values())
    return [named(name.strip()) for name in dict.fromkeys(names.split(","))]


def _folder(out: Path | None, image: str) -> Path:
    """Where the pictures go; raises `StorageError` for a place that holds other things."""
    folder = out or Path("explained") / (Path(image).stem or "image")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DATA).exists():
        raise StorageError(f"--out must be a new folder, or one of an explanation, got {folder}; name another")
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"--out must be a folder, got the file {folder}; name another")
    return folder


def _read(image: str, model: Model) -> Pixels:
    try:
        return read_image(Path(image), model.pictured)
    except ImageError as error:
        raise DataError(f"{printable(image)} cannot be explained: {error}; name one image file") from error


def _class(name: str, model: Model) -> int:
    if name not in model.classes:
        raise NetworkError(f"the model has no class {name!r}; {nearest(name, model.classes)}")
    return model.classes.index(name)


def _lines(image: str, model: Model, answer: Prediction, label: int) -> tuple[str, str]:
    """What is explained, and what the model answers."""
    name, best = printable(model.classes[label]), int(np.argmax(answer.probabilities))
    title = f"what speaks for {name} in {printable(Path(image).name)}"
    share = answer.probabilities[label]
    if not answer.sure:
        return title, f"the model is not sure ({printable(answer.reason)}); its probability is {share:.3f}"
    if label != best:
        return (
            title,
            f"its probability is {share:.3f}; the answer is {printable(answer.label)}, {answer.probability:.3f}",
        )
    return title, f"the answer, with probability {share:.3f}"


def _document(
    name: str, image: str, model: Model, answer: Prediction, label: int, found: Sequence[Explained]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": printable(name),
        "image": printable(image),
        "class": printable(model.classes[label]),
        "probability": round(answer.probabilities[label], DIGITS),
        "answer": printable(answer.label),
        "sheet": SHEET,
        "methods": [_record(one) for one in found],
    }


def _record(one: Explained) -> dict[str, Any]:
    """One method as JSON-able values."""
    told = {"method": one.method.name, "title": one.method.title, "meaning": one.method.meaning}
    if one.heat is None or one.check is None:
        return {**told, "problem": one.problem}
    return {
        **told,
        "file": f"{one.method.name}.png",
        "signed": one.method.signed,
        "tap": one.tap,
        "low": _rounded(float(one.heat.amin())),
        "high": _rounded(float(one.heat.amax())),
        "sum": _rounded(float(one.heat.sum())),
        "check": _rounded(one.check.to_dict()),
    }


def _rounded(value: Any) -> Any:
    """The same value, its numbers with so many digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _write(folder: Path, found: Sequence[Explained], scene: Scene, document: dict[str, Any]) -> None:
    """The pictures, and last the document, which says that all is there."""
    make_folder(folder)
    for one in found:
        if one.heat is not None:
            _save(page(one, scene), folder / f"{one.method.name}.png")
    _save(contact_sheet(found, scene), folder / SHEET)
    atomic_write(folder / DATA, json_format.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _save(picture: Image.Image, path: Path) -> None:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    atomic_write(path, file.getvalue())


def _tell(scene: Scene, found: Sequence[Explained], folder: Path) -> None:
    """What is explained, the table of verdicts, and where the pictures are."""
    print_prose(f"{scene.title[0].upper()}{scene.title[1:]}: {scene.line}.", "bold")
    print_line("")
    _tell_checks(found)
    print_line(printable(str(folder / SHEET)))


def _tell_checks(found: Sequence[Explained]) -> None:
    """The table of verdicts, what its columns are, and what was left out."""
    shown = [(one, one.check) for one in found if one.check is not None]
    if shown:
        random = shown[0][1].random
        gains = [each.gain for each in random]
        intervals = [check.randomization.interval for _, check in shown]
        several = [Column("95 % interval", [f"{low:.2f} to {high:.2f}" for low, high in filter(None, intervals)])]
        print_columns(
            [
                Column("method", [one.method.name for one, _ in shown], number=False),
                Column("alike", [f"{check.randomization.mean:.2f}" for _, check in shown]),
                *(several if all(intervals) else []),
                Column("shown", [f"{check.curve.inserted:.2f}" for _, check in shown]),
                Column("hidden", [f"{check.curve.deleted:.2f}" for _, check in shown]),
                Column("verdict", [_verdict(check) for _, check in shown], number=False),
            ],
            total=False,
        )
        print_line("")
        print_prose(
            "alike: to the map with new weights, 0.50 and more is too much. shown, hidden: the area under the "
            "probability when the most important cells come or go first; their difference must be more than "
            f"{max(gains):.2f}, the most of {len(gains)} random orders.",
            QUIET,
        )
    for one in found:
        if one.problem:
            print_prose(f"{one.method.title} was left out: {one.problem}.", WARN)


def _verdict(check: Check) -> str:
    return f"{check.verdict}, but close" if check.close else check.verdict
