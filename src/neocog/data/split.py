"""Which rows train, which validate, and which are the sealed test set.

Given splits are kept; what is missing is drawn. A draw is a function of `split_seed` and of the images' contents, so
that neither the machine nor the order or names of the files change it. It is made for groups: rows whose images are
byte-identical or near-identical, or that share a cell of a column named `group`, land on one side together; within that
each class, each label of several and each tenth of numbers gets its share as well as whole groups permit. Leaks between
given splits are found and told, never repaired in silence: the figures of a published split must stay comparable.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import RecipeError
from neocog.core.files import content_hash
from neocog.data.iterative import stratified
from neocog.data.kinds import NOUNS
from neocog.data.options import DataOptions
from neocog.data.portions import dealt, dealt_labels, shuffled, thinned, thinned_labels
from neocog.data.scan import Scan
from neocog.data.table import SPLITS, Table
from neocog.data.targets import target
from neocog.data.trees import listed

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
    """Decide each readable row's side; `near` are the pairs of rows that are near-duplicates.

    A table gives no split, train and test, or all three (`given_splits`); one whose images are all unreadable stays
    empty, never to be replaced by another.
    """
    rows = scan.readable.tolist()
    of_games = table.input_kind == "board"  # they begin alike: a position is no picture of another
    groups = alike_rows(scan, rows, near, table.columns.get("group"), by_content=not of_games)
    given = tuple(side for side in SPLITS if side in table.splits)
    assert given in ((), ("train", "test"), SPLITS), f"the given splits are none, two or three, got {given}"
    chosen = {row: table.splits[row] for row in rows}
    share, seed, noun = options.validation, options.split_seed, NOUNS[table.input_kind]
    sides = [""] * len(table)
    if not given:
        drawn: tuple[str, ...] = SPLITS
        notes = [
            f"No split is given: {1 - 2 * share:.0%} of the {noun}s train, {share:.0%} validate and {share:.0%} are "
            f"the sealed test set, drawn with split_seed {seed}."
        ]
        chosen = _draw(table, scan, rows, groups, {"test": share, "val": share}, seed, notes)
    elif "val" not in given:
        drawn = ("val",)
        notes = [
            f"The given test set is kept; {share:.0%} of the training {noun}s became validation, drawn with "
            f"split_seed {seed}."
        ]
        training = [row for row in rows if table.splits[row] == "train"]
        chosen |= _draw(table, scan, training, groups, {"val": share}, seed, notes)
    else:
        drawn = ()
        notes = ["The three given splits are kept."]
    chosen = _portioned(table, scan, chosen, groups, options, notes)
    for row, side in chosen.items():
        sides[row] = side
    tested = (scan.hashes[row] for row, side in chosen.items() if side == "test")
    leaks = () if of_games else _leaks(scan, sides, near)
    return Split(tuple(sides), drawn, leaks, set_hash(tested), tuple(notes))


def _portioned(
    table: Table,
    scan: Scan,
    chosen: dict[int, str],
    groups: Mapping[int, int],
    options: DataOptions,
    notes: list[str],
) -> dict[int, str]:
    """The sides after cross-validation and a share of the training images, where the options ask for them."""
    noun = NOUNS[table.input_kind]
    if options.folds:
        if options.folds == 1 or options.fold > options.folds:
            raise RecipeError(
                f"`data.fold` must be one of at least 2 `data.folds`, got {options.fold} of {options.folds}; give, for "
                "example, --set data.folds=5 --set data.fold=1"
            )
        learned = _members(groups, (row for row, side in chosen.items() if side in ("train", "val")))
        if table.target_kind == "classes":
            chosen = chosen | dealt_labels(learned, _held(table), scan.hashes, options)
        else:
            chosen = chosen | dealt(_by_class(table, learned), scan.hashes, options)
        notes.append(
            f"Training and validation {noun}s are divided into {options.folds} folds; fold {options.fold} validates."
        )
    if options.share < 1:
        training = _members(groups, (row for row, side in chosen.items() if side == "train"))
        if table.target_kind == "classes":
            chosen = chosen | thinned_labels(training, _held(table), scan.hashes, options)
        else:
            chosen = chosen | thinned(_by_class(table, training), scan.hashes, options)
        whose = "each class's" if table.target_kind == "class" else "the"
        notes.append(
            f"{options.share:.3g} of {whose} training {noun}s are used, drawn with share_seed {options.share_seed}."
        )
    return chosen


def set_hash(hashes: Iterable[str]) -> str:
    """The SHA-256 over sorted texts, one a line: it does not depend on their order.

    >>> set_hash(["b", "a"]) == set_hash(["a", "b"])
    True
    """
    return content_hash("\n".join(sorted(hashes)).encode())


def alike_rows(
    scan: Scan,
    rows: Sequence[int],
    near: Sequence[tuple[int, int]],
    column: Sequence[str] | None = None,
    *,
    by_content: bool = True,
) -> dict[int, int]:
    """For each row the first row of its group (union-find): those of the same picture, byte by byte or nearly.

    Rows that share a cell of `column` belong together too.
    """
    parent = {row: row for row in rows}

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parent[second] = first

    seen: dict[str, int] = {}
    for row in rows:
        if by_content:
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
    if table.target_kind == "classes":
        return _draw_labels(table, scan, _members(groups, rows), shares, seed)
    by_class = _by_class(table, _members(groups, rows))
    chosen: dict[int, str] = {}
    short: dict[str, list[str]] = {side: [] for side in shares}
    for label in sorted(by_class):
        order = shuffled(by_class[label], scan.hashes, seed, "split")
        drawn = _draw_class(order, shares)
        for side in shares:
            if side not in drawn:
                short[side].append(label)
        for group, side in zip(order, drawn, strict=True):
            chosen.update(dict.fromkeys(group, side))
    for side, labels in short.items():
        if labels and table.target_kind == "class":
            word = {"val": "validation", "test": "test"}[side]
            notes.append(f"Too few different {NOUNS[table.input_kind]}s for the {word} set: {listed(labels)}.")
    return chosen


def _members(groups: Mapping[int, int], rows: Iterable[int]) -> list[list[int]]:
    """Rows by their group."""
    members: dict[int, list[int]] = {}
    for row in rows:
        members.setdefault(groups[row], []).append(row)
    return list(members.values())


def _draw_labels(
    table: Table, scan: Scan, members: Sequence[list[int]], shares: Mapping[str, float], seed: int
) -> dict[int, str]:
    """Sides for rows with several labels each: every label gives its share to each side, as well as can be."""
    order = shuffled(members, scan.hashes, seed, "split")
    sides = ("train", *shares)
    parts = stratified(order, _held(table), (1 - sum(shares.values()), *shares.values()))
    return {row: sides[part] for group, part in zip(order, parts, strict=True) for row in group}


def _held(table: Table) -> NDArray[np.float32]:
    """Which labels each row has (rows K)."""
    kind = target(table.target_kind)
    names = kind.names(table.labels, table.outputs)
    return kind.encode(table.labels, names).astype(np.float32)


def _by_class(table: Table, members: Sequence[list[int]]) -> dict[str, list[list[int]]]:
    """Groups by the label that most of their rows have (of numbers by their tenth); of equal counts the first label."""
    strata = target(table.target_kind).strata(table.labels)
    if table.input_kind == "board":  # a game is of all its moves
        strata = ("",) * len(table)
    by_class: dict[str, list[list[int]]] = {}
    for group in members:
        counts = Counter(sorted(strata[row] for row in group))
        by_class.setdefault(counts.most_common(1)[0][0], []).append(group)
    return by_class


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
