"""What is asked of a sample, one value a kind of target: what the network's outputs stand for, and a row's target.

A table holds each row's target as text: a class's name; labels that hold at once, joined by `|` and sorted ("" for
none); numbers, joined likewise; the place of a mask. Here that text becomes an array, in the order of the network's
outputs. What a kind is called, how it is split and whether it has classes to count stands beside it, so that whoever
works with targets asks the kind and not its name.

>>> kind = target("classes")
>>> names = kind.names(["red|shirt", "", "blue"])
>>> names, kind.encode(["red|shirt", ""], names).tolist()
(('blue', 'red', 'shirt'), [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, nearest

JOIN = "|"
"""What stands between the labels, or the numbers, of one sample."""

Targets: TypeAlias = NDArray[Any]
"""Classes (int64 N), labels (float32 N K of 0 and 1) or numbers (float32 N M)."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BINS = 10
_LEAST = 10
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class TargetKind(ABC):
    """A kind of target."""

    name: ClassVar[str]
    """How recipes and model files call it."""
    words: ClassVar[str]
    """What it is, for a sentence."""
    counted: ClassVar[bool]
    """Whether rows are counted by the names of the outputs: classes and labels are, numbers are not."""

    @abstractmethod
    def names(self, cells: Iterable[str], outputs: Sequence[str] = ()) -> tuple[str, ...]:
        """What the network's outputs stand for; `outputs` are the names that the data gives them."""

    @abstractmethod
    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Targets:
        """The targets of rows as an array; raises `DataError` for a cell that the names do not cover."""

    @abstractmethod
    def blank(self, rows: int, names: Sequence[str]) -> Targets:
        """The targets of rows of which nothing is known."""

    def labels_of(self, cell: str) -> tuple[str, ...]:
        """The names under which a row is counted."""
        return (cell,) if self.counted else ()

    def strata(self, cells: Sequence[str]) -> tuple[str, ...]:
        """For each row what a split gives a fair share of to each side, as text."""
        return tuple(cells)

    def constant(self, targets: Targets) -> str:
        """Why there is nothing to learn from the targets of training rows; "" where there is."""
        return ""

    def differ(self, cell: str, other: str) -> bool:
        """Whether two rows with the same picture contradict each other."""
        return cell != other


@final
class ClassTarget(TargetKind):
    """One class a sample: its index among the names."""

    name, words, counted = "class", "one class a sample", True

    def names(self, cells: Iterable[str], outputs: Sequence[str] = ()) -> tuple[str, ...]:
        """The classes, sorted."""
        return sort_classes(cells)

    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Targets:
        """Each row's class as an index (int64 N)."""
        index = {label: place for place, label in enumerate(names)}
        _refuse_unknown(cells, names)
        return np.array([index[cell] for cell in cells], np.int64)

    def blank(self, rows: int, names: Sequence[str]) -> Targets:
        """-1 for each row."""
        return np.full(rows, -1, np.int64)


@final
class ClassesTarget(TargetKind):
    """Several labels a sample: 1 for each that holds."""

    name, words, counted = "classes", "several labels a sample", True

    def names(self, cells: Iterable[str], outputs: Sequence[str] = ()) -> tuple[str, ...]:
        """The labels: in the order of the columns that name them, else sorted."""
        return tuple(outputs) or sort_classes(label for cell in cells for label in self.labels_of(cell))

    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Targets:
        """Each row's labels as 0 and 1 (float32 N K)."""
        index = {label: place for place, label in enumerate(names)}
        held = [self.labels_of(cell) for cell in cells]
        _refuse_unknown({label for labels in held for label in labels}, names)
        encoded = np.zeros((len(held), len(names)), np.float32)
        for row, labels in enumerate(held):
            encoded[row, [index[label] for label in labels]] = 1
        return encoded

    def blank(self, rows: int, names: Sequence[str]) -> Targets:
        """No label for each row."""
        return np.zeros((rows, len(names)), np.float32)

    def constant(self, targets: Targets) -> str:
        """Every label holds for all rows, or for none."""
        same = targets.min(axis=0, initial=1) == targets.max(axis=0, initial=0)
        return "every label must hold for some training images and not for others, got none that does" * bool(
            same.all()
        )

    def labels_of(self, cell: str) -> tuple[str, ...]:
        """The labels of a row."""
        return tuple(label for label in cell.split(JOIN) if label)


@final
class NumberTarget(TargetKind):
    """One number a sample, or several, in their own units."""

    name, words, counted = "number", "a number a sample", False

    def names(self, cells: Iterable[str], outputs: Sequence[str] = ()) -> tuple[str, ...]:
        """The columns that the numbers stand in; `number`, or `number 1` and so on, where nothing names them."""
        if outputs:
            return tuple(outputs)
        count = next(iter(cells), "").count(JOIN) + 1
        return ("number",) if count == 1 else tuple(f"number {place}" for place in range(1, count + 1))

    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Targets:
        """Each row's numbers (float32 N M)."""
        rows = [cell.split(JOIN) for cell in cells]
        for cell, parts in zip(cells, rows, strict=True):
            if len(parts) != len(names) or not all(map(is_number, parts)):
                raise DataError(
                    f"a target must be {'a number' if len(names) == 1 else f'{len(names)} numbers'}, got {cell!r}; "
                    "correct it, or take the line out"
                )
        return np.array([[float(part) for part in parts] for parts in rows], np.float32).reshape(-1, len(names))

    def blank(self, rows: int, names: Sequence[str]) -> Targets:
        """Not a number for each row."""
        return np.full((rows, len(names)), np.nan, np.float32)

    def constant(self, targets: Targets) -> str:
        """Every row has the same numbers."""
        same = targets.min(axis=0) == targets.max(axis=0) if len(targets) else np.ones(1, np.bool_)
        return "the numbers of the training images must differ, got the same for all" * bool(same.all())

    def strata(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Tenths of the rows, or fewer parts of few rows, by the first of their numbers."""
        bins = min(_BINS, len(cells) // _LEAST)
        if bins < 2:
            return ("00",) * len(cells)
        first = np.array([float(cell.split(JOIN)[0]) for cell in cells])
        edges = np.unique(np.quantile(first, np.arange(1, bins) / bins))
        return tuple(f"{place:02}" for place in np.searchsorted(edges, first, side="right").tolist())


@final
class MaskTarget(TargetKind):
    """A class for every pixel: the arrays are those of `masked.py`, a row's text is the place of its mask."""

    name, words, counted = "mask", "a mask a sample", False

    def names(self, cells: Iterable[str], outputs: Sequence[str] = ()) -> tuple[str, ...]:
        """The classes, as a look at the masks has named them."""
        return tuple(outputs)

    def encode(self, cells: Sequence[str], names: Sequence[str]) -> Targets:
        """0 for each row (int64 N): a mask is prepared beside its image, not here."""
        return np.zeros(len(cells), np.int64)

    def blank(self, rows: int, names: Sequence[str]) -> Targets:
        """-1 for each row."""
        return np.full(rows, -1, np.int64)

    def strata(self, cells: Sequence[str]) -> tuple[str, ...]:
        """None: every image holds several classes."""
        return ("",) * len(cells)

    def differ(self, cell: str, other: str) -> bool:
        """Never: two masks of one picture lie in two places, whatever they hold."""
        return False


TARGETS: dict[str, TargetKind] = {
    kind.name: kind for kind in (ClassTarget(), ClassesTarget(), NumberTarget(), MaskTarget())
}
"""The kinds that can be trained, by name."""


def target(name: str) -> TargetKind:
    """The kind of target of a name."""
    return TARGETS[name]


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number as people write them.

    >>> is_number("-1e-3"), is_number("nan"), is_number("1e999")
    (True, False, False)
    """
    return _NUMBER.fullmatch(cell) is not None and abs(float(cell)) <= _LARGEST


def sort_classes(labels: Iterable[str]) -> tuple[str, ...]:
    """The class names in the order of the network's outputs: as numbers where all are integers, else by code point.

    >>> sort_classes(["10", "9", "9"]), sort_classes(["b", "B", "a"])
    (('9', '10'), ('B', 'a', 'b'))
    """
    names = set(labels)
    if names and all(map(is_integer, names)):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def is_integer(name: str) -> bool:
    """Whether a name is a whole number.

    >>> is_integer("-7"), is_integer("7.0")
    (True, False)
    """
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit()


def _refuse_unknown(labels: Iterable[str], names: Sequence[str]) -> None:
    unknown = sorted(set(labels) - set(names))
    if unknown:
        shown = ", ".join(map(repr, unknown[:5])) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        raise DataError(f"the labels must be those of the model, got {shown}; {nearest(unknown[0], names)}")
