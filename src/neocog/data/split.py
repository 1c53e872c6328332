"""Which rows train, which validate, and which are the sealed test set.

Given splits are kept; what is missing is drawn. A draw is a function of `split_seed` and of the images' contents, so
that neither the machine nor the order or names of the files change it. It is made for groups: rows whose images are
byte-identical or near-identical, or that share a cell of a column named `group`, land on one side together; within that
each class gets its share as well as whole groups permit. Leaks between given splits are found and told, never repaired
in silence: the figures of a published split must stay comparable.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core import draw
from neocog.data.options import DataOptions
from neocog.data.scan import Scan
from neocog.data.table import SPLITS, Table

Kind = Literal["identical", "near"]


@dataclass(frozen=True)
class Leak:
    """Two rows with the same picture on two sides of the split."""

    row: int
    """On the earlier side (train before val before test)."""
    other: int
    kind: Kind
    """The same bytes, or nearly the same pixels."""


@dataclass(frozen=True)
class Split:
    """Each row's side and how it came to it."""

    sides: tuple[str, ...]
    """`train`, `val` or `test` for each row of the table; "" for one that is left out."""
    drawn: tuple[str, ...]
    """The sides that were drawn here; the others were given."""
    leaks: tuple[Leak, ...]
    """The same picture on two sides: only where a side was given, for a draw keeps the same pictures together."""
    test_hash: str
    """SHA-256 over the sorted content hashes of the test rows: the test set's name, whatever its files are called."""
    notes: tuple[str, ...]
    """What was decided, in plain sentences."""

    def rows(self, side: str) -> NDArray[np.int64]:
        """The rows of a side, in the table's order."""
        assert side in SPLITS, f"a side is one of {SPLITS}, got {side!r}"
        return np.array([row for row, value in enumerate(self.sides) if value == side], dtype=np.int64)


def split(table: Table, scan: Scan, options: DataOptions, near: Sequence[tuple[int, int]] = ()) -> Split:
    """Decide each readable row's side; `near` are the pairs of rows that are near-duplicates."""
    rows = scan.readable.tolist()
    groups = _groups(table, scan, rows, near)
    given = {side: [row for row in rows if table.splits[row] == side] for side in SPLITS}
    present = [side for side in SPLITS if given[side]]
    sides = [""] * len(table)
    notes: list[str] = []
    if present in ([], ["train"]):
        drawn: tuple[str, ...] = SPLITS
        shares = {"test": options.validation, "val": options.validation}
        notes.append(_drawn_note(options, bool(present)))
        chosen = _draw(table, scan, rows, groups, shares, options.split_seed, notes)
    else:
        chosen = {row: side for side in present for row in given[side]}
        drawn = ()
        if "train" not in present:
            notes.append(f"Only {' and '.join(present)} images are given, none to train on.")
        elif len(present) == 2:
            drawn = ("val",)
            sealed = present[1]
            chosen.update(dict.fromkeys(given[sealed], "test"))
            named = "" if sealed == "test" else f" (it is named {sealed}; of two given, the other one is the test set)"
            notes.append(
                f"The given test set is kept{named}; {options.validation:.0%} of the training images became "
                f"validation, drawn with split_seed {options.split_seed}."
            )
            shares = {"val": options.validation}
            chosen.update(_draw(table, scan, given["train"], groups, shares, options.split_seed, notes))
        else:
            notes.append("The three given splits are kept.")
        left = len(rows) - len(chosen)
        if left:
            notes.append(f"{_images(left)} without a split {'is' if left == 1 else 'are'} left out.")
    for row, side in chosen.items():
        sides[row] = side
    tested = (scan.hashes[row] for row, side in chosen.items() if side == "test")
    return Split(tuple(sides), drawn, _leaks(scan, sides, near), set_hash(tested), tuple(notes))


def set_hash(hashes: Iterable[str]) -> str:
    """The SHA-256 over sorted texts, one a line: it does not depend on their order.

    >>> set_hash(["b", "a"]) == set_hash(["a", "b"])
    True
    """
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _groups(table: Table, scan: Scan, rows: Sequence[int], near: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For each row the first row of its group (union-find)."""
    parent = {row: row for row in rows}

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parent[second] = first

    column = table.columns.get("group")
    seen: dict[str, int] = {}
    for row in rows:
        join(row, seen.setdefault(scan.hashes[row], row))
        if column is not None and column[row]:
            join(row, seen.setdefault(f"group {column[row]}", row))
    for one, other in near:
        if one in parent and other in parent:
            join(one, other)
    return {row: root(row) for row in rows}


def _draw(
    table: Table,
    scan: Scan,
    rows: Sequence[int],
    groups: Mapping[int, int],
    shares: Mapping[str, float],
    seed: int,
    notes: list[str],
) -> dict[int, str]:
    """Draw sides for rows: each class gives its share to each side in turn, in whole groups; the rest trains."""
    members: dict[int, list[int]] = {}
    for row in rows:
        members.setdefault(groups[row], []).append(row)
    by_class: dict[str, list[list[int]]] = {}
    for group in members.values():
        labels = sorted(table.labels[row] for row in group)
        by_class.setdefault(max(labels, key=labels.count), []).append(group)
    chosen: dict[int, str] = {}
    short: dict[str, list[str]] = {side: [] for side in shares}
    for label in sorted(by_class):
        shuffled = _shuffled(by_class[label], scan, seed)
        drawn = _draw_class(shuffled, shares)
        for side in shares:
            if side not in drawn:
                short[side].append(label)
        for group, side in zip(shuffled, drawn, strict=True):
            chosen.update(dict.fromkeys(group, side))
    for side, labels in short.items():
        if labels:
            word = {"val": "validation", "test": "test"}[side]
            notes.append(f"Too few different images for the {word} set: {_listed(labels)}.")
    return chosen


def _shuffled(groups: Sequence[list[int]], scan: Scan, seed: int) -> list[list[int]]:
    """Groups in an order that depends on the seed and their contents only."""
    named = sorted((min(scan.hashes[row] for row in group), index) for index, group in enumerate(groups))
    words = np.array([int(digest[:16], 16) for digest, _ in named], dtype=np.uint64)
    order = np.argsort(draw.bits(seed, "split", words), kind="stable")
    return [groups[named[place][1]] for place in order.tolist()]


def _draw_class(groups: Sequence[list[int]], shares: Mapping[str, float]) -> list[str]:
    """A side for each group of one class.

    A side takes the groups that still fit its share; where none fits, the smallest one, as long as training keeps one.
    """
    total = sum(len(group) for group in groups)
    sides = ["train"] * len(groups)
    for side, share in shares.items():
        free = [index for index, value in enumerate(sides) if value == "train"]
        left, wanted, taken = len(free), max(1, int(total * share + 0.5)), 0
        for index in free:
            if left > 1 and taken + len(groups[index]) <= wanted:
                sides[index] = side
                left, taken = left - 1, taken + len(groups[index])
        if not taken and len(free) > 1:
            sides[min(free, key=lambda index: (len(groups[index]), index))] = side
    return sides


def _leaks(scan: Scan, sides: Sequence[str], near: Sequence[tuple[int, int]]) -> tuple[Leak, ...]:
    """Pairs across sides: of identical rows each one with the first row of an earlier side."""
    order = {side: place for place, side in enumerate(SPLITS)}
    first: dict[str, dict[str, int]] = {}
    placed = sorted((row for row, side in enumerate(sides) if side), key=lambda row: (order[sides[row]], row))
    leaks: list[Leak] = []
    for row in placed:
        seen = first.setdefault(scan.hashes[row], {})
        leaks.extend(Leak(other, row, "identical") for side, other in seen.items() if side != sides[row])
        seen.setdefault(sides[row], row)
    for one, other in near:
        if sides[one] and sides[other] and sides[one] != sides[other]:
            low, high = sorted((one, other), key=lambda row: (order[sides[row]], row))
            leaks.append(Leak(low, high, "near"))
    return tuple(leaks)


def _drawn_note(options: DataOptions, only_train: bool) -> str:
    share = options.validation
    reason = "Only training images are given" if only_train else "No split is given"
    return (
        f"{reason}: {1 - 2 * share:.0%} of the images train, {share:.0%} validate and {share:.0%} are the sealed test "
        f"set, drawn with split_seed {options.split_seed}."
    )


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
