"""`compare.html`: two runs, or two ways of training, side by side, in the look of the report."""

import time
from collections.abc import Sequence
from pathlib import Path

from neocog import __version__
from neocog.core.columns import counted
from neocog.core.files import make_folder
from neocog.core.run import RunFolder
from neocog.evaluate.compare import ClassDifference, Comparison, Side
from neocog.evaluate.figures import Figure, Line, whiskers_figure
from neocog.evaluate.judge import refuse_filled
from neocog.evaluate.paired import CHANCE
from neocog.evaluate.template import csv_file, rendered
from neocog.evaluate.words import clean, count, points, span_of_time

MOST_CLASSES = 12
"""The classes that the figure shows, those first in which the two differ most surely; the CSV holds all."""


COMPARISON = "compare.html"
COMPARISON_DATA = "compare.json"


def write_comparison(found: Comparison, folder: Path) -> None:
    """Leave a comparison as a page and as data in a new folder; raises `RunError` where something lies there."""
    refuse_filled(folder)
    make_folder(folder)
    place = RunFolder(folder)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    place.write(COMPARISON, compare_page(found, created=created, version=__version__))
    place.write_json(COMPARISON_DATA, found.to_dict())


def compare_page(found: Comparison, *, created: str, version: str) -> str:
    """The page as HTML."""
    classes = sorted(found.per_class, key=lambda each: (each.chance, -abs(each.difference.value)))
    return rendered(
        "compare.html",
        {},
        found=found,
        figures=[_shares(found), *([] if found.same == "model" else [_differences(found, classes)])],
        sides=[_costs(side) for side in (found.first, found.second)],
        classes=classes,
        chance=CHANCE,
        classes_csv=csv_file(_class_rows(classes)),
        created=created,
        version=version,
    )


def _costs(side: Side) -> dict[str, str]:
    """What a side takes, as cells; "" where that is not known."""
    return {
        "params": counted(side.parameters or 0),
        "MACs": counted(side.macs or 0),
        "trained in": "" if side.seconds is None else span_of_time(side.seconds),
        "runs": str(len(side.runs)),
    }


def _shares(found: Comparison) -> Figure:
    lines = [Line(clean(side.name), side.accuracy, side.interval, strong=True) for side in (found.first, found.second)]
    told = {"better": "the second is better", "worse": "the second is worse", "undecided": "neither is called better"}
    return whiskers_figure(
        "accuracies",
        f"{points(found.difference.value)} points: {told[found.verdict]}",
        f"Share of {count(found.n, 'image')} that each names right, with its 95 % interval. The intervals may overlap "
        "where the difference is sure, for both were asked about the same images.",
        "right, %",
        lines,
    )


def _differences(found: Comparison, classes: Sequence[ClassDifference]) -> Figure:
    whole = found.difference
    lines = [Line("all images", whole.value, whole.interval, strong=True)]
    lines += [
        Line(clean(each.name), each.difference.value, each.difference.interval, doubtful=each.chance >= CHANCE)
        for each in classes[:MOST_CLASSES]
    ]
    return whiskers_figure(
        "differences",
        found.classes.partition(":")[0].removesuffix("."),
        f"The second less the first, on the same images, with its 95 % interval; gray: no more than chance, after "
        f"{count(len(found.per_class), 'class', 'classes')} looked at.",
        "difference, points",
        lines,
        signed=True,
    )


def _class_rows(classes: Sequence[ClassDifference]) -> list[tuple[object, ...]]:
    head = ("class", "images", "first", "second", "difference", "difference_low", "difference_high", "p", "p_corrected")
    lines: list[tuple[object, ...]] = [head]
    for each in classes:
        found = each.difference
        ends = (found.value, found.interval.low, found.interval.high, found.chance, each.chance)
        lines.append((each.name, each.support, found.first, found.second, *ends))
    return lines
