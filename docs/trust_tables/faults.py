"""Faults planted into real data, and how many of them `neocog check` finds.

    PYTHONPATH=docs python -m trust_tables.faults OUT      # about a quarter of an hour; goes on where it was stopped

Moved labels take a training of five networks, which lie in OUT; the other faults take none. The sound sets stand
beside: a search that finds faults everywhere finds none. What came of it is kept in `faults.json`.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neocog.core import config
from neocog.data import DataOptions, Findings, inspect, load
from neocog.data.findings import Pair
from neocog.studies import CheckOptions, concluded, planned, trained
from neocog.train import Recipe
from neocog.transfer import alike
from trust_tables import kept
from trust_tables.planted import changed, copies, frames, moved_labels, sound

KEPT = kept.HERE / "faults.json"
HEAD = ("images", "planted", "how many", "found", "in the sound set")
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
    """Choices of the recipe."""
    labels: bool = True
    """Whether labels are moved: there must be enough images to learn from."""
    side: int = 0
    """Of the input of the network through which changed images are looked for, in pixels; 0: they are not planted."""


CASES = (
    Case("digits", "digits"),
    Case("MNIST, 300 a class", "mnist", 300, side=64),
    Case("ants and bees", "ants-bees-photos.zip", labels=False, side=160),
    Case("NEU", "neu-surface-defects.zip", changes={"data.size": "64"}, side=96),
)
NET = "mobilenet_v1_075"
"""Through which changed images are looked for."""


@dataclass(frozen=True)
class Row:
    """A fault in a set, and what came of looking for it."""

    data: str
    fault: str
    planted: str
    found: str
    share: float
    """Of what was planted the part that was found, 0 to 1."""
    sound: str
    """What the same search says of the set without the fault."""

    def cells(self) -> tuple[str, ...]:
        """The row as texts under `HEAD`."""
        return self.data, self.fault, self.planted, self.found, self.sound


def rows(path: Path = KEPT) -> list[Row]:
    """The rows of what has been measured."""
    return [Row(**each) for each in kept.read(path)]


def table(found: list[Row]) -> str:
    """The rows in Markdown."""
    return kept.markdown(HEAD, (row.cells() for row in found), words=len(HEAD))


def measure(shared: Path, out: Path, cases: tuple[Case, ...] = CASES) -> list[Row]:
    """Plant, look and count; trainings that are in `out` already are not done again."""
    return [row for case in cases for row in _rows(case, shared, out / case.name)]


def _rows(case: Case, shared: Path, out: Path) -> Iterator[Row]:
    place = case.place if case.place == "digits" else str(shared / case.place)
    clean = _findings(sound(place, _fresh(out / "sound"), case.per_class))
    if case.labels:
        yield _labels(case, place, out)
    planted = copies(place, _fresh(out / "copies"), COPIES, case.per_class)
    found = _findings(out / "copies")
    named = {each for pair in found.leaks for each in (pair.id, pair.other_id)}
    hit = len(planted & named)
    yield Row(
        data=case.name,
        fault="training images again in the test set",
        planted=f"{len(planted)}",
        found=f"{hit} ({100 * hit / len(planted):.0f} %)",
        share=hit / len(planted),
        sound=_pairs(clean.leak_count),
    )
    framed = _findings(frames(place, _fresh(out / "frames"), case.per_class))
    yield Row(
        data=case.name,
        fault="a frame of a color a class",
        planted="every image",
        found=_told(framed),
        share=float(_by_border(framed)),
        sound=_told(clean),
    )
    if case.side:
        yield _again(case, place, out)


def _again(case: Case, place: str, out: Path) -> Row:
    """Changed copies, which only a network takes for alike."""
    planted = changed(place, _fresh(out / "again"), COPIES, case.per_class)
    weights = str(kept.weights(NET, out.parent / "weights"))

    def pairs(root: Path) -> tuple[Pair, ...]:
        changes = {"data.path": str(root), "net": NET, "init": weights, "data.size": str(case.side)}
        recipe = config.override(Recipe(), {**changes, "compute.threads": "1"})
        return alike(recipe, inspect(recipe.data))

    found = pairs(out / "again")
    named = {each for pair in found for each in (pair.id, pair.other_id)}
    hit = len(planted & named)
    return Row(
        data=case.name,
        fault="training images again in the test set, changed",
        planted=f"{len(planted)}",
        found=f"{hit} ({100 * hit / len(planted):.0f} %)",
        share=hit / len(planted),
        sound=_pairs(len(pairs(out / "sound"))),
    )


def _labels(case: Case, place: str, out: Path) -> Row:
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
    return Row(
        data=case.name,
        fault=f"{100 * SHARE:.0f} % of the labels moved",
        planted=f"{len(planted)} of {found.agreement.n:,}",
        found=f"{twice} ({100 * twice / len(planted):.0f} %) in twice as many suggestions; {likely} of the "
        f"{found.estimated} that it names",
        share=twice / len(planted),
        sound="–",
    )


def _findings(root: Path) -> Findings:
    return inspect(DataOptions(path=str(root))).findings


def _by_border(found: Findings) -> bool:
    return any(each.name == "border" for each in found.told)


def _told(found: Findings) -> str:
    border = next(each for each in found.shortcuts if each.name == "border")
    words = f"{100 * border.accuracy:.0f} % right by the border alone, {100 * border.chance:.0f} % by chance"
    return f"{'said' if _by_border(found) else 'not said'} ({words})"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count or 'no'} pairs"


def _fresh(root: Path) -> Path:
    """An empty folder: what was planted before is planted again, alike."""
    shutil.rmtree(root, ignore_errors=True)
    return root


def main() -> int:
    """Measure set by set, keep, and print the table."""
    parser = argparse.ArgumentParser(description="How many planted faults are found.")
    parser.add_argument("out", type=Path, help="the folder of the planted sets and trainings; gone on from")
    out = parser.parse_args().out
    found: list[Row] = []
    for case in CASES:
        found += measure(kept.shared(), out, (case,))
        kept.write(KEPT, found)
        print(table(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
