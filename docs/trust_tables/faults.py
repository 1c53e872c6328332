"""Faults planted into real data, and how many of them `neocog check` finds.

`rows` gives the table. Moved labels take a training of five networks, which goes on where it was in `out`; the other
faults take none. The sound sets stand beside: a search that finds faults everywhere finds none.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neocog.core import config
from neocog.data import DataOptions, Findings, inspect, load
from neocog.studies import CheckOptions, concluded, planned, trained
from neocog.train import Recipe
from trust_tables.planted import copies, frames, moved_labels, sound

HEAD = ("data", "fault", "planted", "found", "of the sound set")
SHARE = 0.05
COPIES = 60


@dataclass(frozen=True)
class Case:
    """A real set, and how much of it is taken."""

    name: str
    place: str
    """`digits`, or a name in the folder of real data."""
    per_class: int | None = None
    """At most so many training images a class; None: all."""
    changes: dict[str, str] = field(default_factory=dict)


CASES = (Case("digits", "digits"), Case("MNIST", "mnist", 300), Case("NEU", "neu-surface-defects.zip"))


def rows(shared: Path, out: Path, cases: tuple[Case, ...] = CASES) -> list[tuple[str, ...]]:
    """The lines of the table, as texts under `HEAD`."""
    return [line for case in cases for line in _lines(case, shared, out / case.name)]


def _lines(case: Case, shared: Path, out: Path) -> Iterator[tuple[str, ...]]:
    place = case.place if case.place == "digits" else str(shared / case.place)
    clean = _findings(sound(place, _fresh(out / "sound"), case.per_class))
    yield _labels(case, place, out)
    planted = copies(place, _fresh(out / "copies"), COPIES, case.per_class)
    found = _findings(out / "copies")
    named = {each for pair in found.leaks for each in (pair.id, pair.other_id)}
    hit = len(planted & named)
    yield (
        case.name,
        "training images again in the test set",
        f"{len(planted)}",
        f"{hit} ({hit / len(planted):.0%})",
        f"{clean.leak_count} pairs",
    )
    framed = _findings(frames(place, _fresh(out / "frames"), case.per_class))
    yield case.name, "a frame of a color a class", "every image", _told(framed), _told(clean)


def _labels(case: Case, place: str, out: Path) -> tuple[str, ...]:
    """Five networks on moved labels: how many are among twice as many suggestions, and how many are estimated."""
    root = out / "labels"
    planted = moved_labels(place, _fresh(root), SHARE, case.per_class)
    recipe = config.override(Recipe(), {"data.path": str(root), **case.changes})
    dataset = load(recipe.data)
    parts = planned(recipe, CheckOptions(labels=True), dataset)
    for _ in trained(parts, out / "study"):
        pass
    found = concluded(parts, dataset, out / "study").suspects
    assert found is not None, "labels were asked for"
    twice = sum(each.file in planted for each in found.ranked[: 2 * len(planted)])
    likely = sum(each.file in planted for each in found.likely)
    return (
        case.name,
        f"{SHARE:.0%} of the labels moved",
        f"{len(planted)} of {found.agreement.n:,}",
        f"{twice} ({twice / len(planted):.0%}) in twice as many suggestions; {likely} of the {found.estimated} named",
        "",
    )


def _findings(root: Path) -> Findings:
    return inspect(DataOptions(path=str(root))).findings


def _told(found: Findings) -> str:
    border = next(each for each in found.shortcuts if each.name == "border")
    words = f"{border.accuracy:.0%} by the border alone, by chance {border.chance:.0%}"
    return f"{'told' if found.told else 'not told'} ({words})"


def _fresh(root: Path) -> Path:
    """An empty folder: what was planted before is planted again, alike."""
    shutil.rmtree(root, ignore_errors=True)
    return root
