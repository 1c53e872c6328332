"""What a raw sample becomes before a network sees it: one value a kind of input, kept in the model file.

A picture is prepared by `Preprocessing`, and so is all that becomes one (a spectrogram, a board). What is no picture
has a value of its own with the same parts: the network's `input`, the `dtype` and the `key` under which prepared
samples are cached, and `prepare`, from a raw sample to an array of the input's shape. A batch of them is normalized in
`tensors.py`, as that of pictures is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, ImageError
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Table
from neocog.data.words import WordsPreprocessing, near_texts, words_of


@dataclass(frozen=True, kw_only=True)
class NumbersPreprocessing:
    """From the numbers of a row of a table to the network's input: each column less its mean, over its deviation."""

    columns: tuple[str, ...]
    """The columns that are read, in the order of the network's input."""
    mean: tuple[float, ...] = (0.0,)
    """Subtracted from each column, in its own unit; one value holds for all."""
    deviation: tuple[float, ...] = (1.0,)
    """Each column is divided by it, in its own unit."""

    @property
    def noun(self) -> str:
        """What it prepares, of several."""
        return "rows of numbers"

    @property
    def input(self) -> tuple[int, ...]:
        """The network's input: one number a column."""
        return (len(self.columns),)

    @property
    def dtype(self) -> str:
        """Of prepared samples."""
        return "float32"

    @property
    def key(self) -> str:
        """What prepared samples depend on beside the raw ones."""
        return f"numbers {len(self.columns)}"

    def prepare(self, raw: Any) -> NDArray[np.float32]:
        """The numbers of a row; `ImageError` where one is missing or not finite.

        >>> NumbersPreprocessing(columns=("a", "b")).prepare(np.array([1.0, 2.5])).tolist()
        [1.0, 2.5]
        """
        values = np.asarray(raw, np.float32)
        if values.shape != self.input:
            raise ImageError(f"{values.size} numbers, not {len(self.columns)}")
        absent = [name for name, value in zip(self.columns, values.tolist(), strict=True) if not np.isfinite(value)]
        if absent:
            raise ImageError(f"no number in {', '.join(absent[:3])}")
        return values


def told(raw: Any, table: Table) -> str:
    """A raw sample that is no picture, in words: the sentence, or a row's numbers with the names of their columns."""
    if table.input_kind == "text":
        return bytes(raw).decode("utf-8-sig", "replace")
    return ", ".join(f"{name} {value:.6g}" for name, value in zip(table.inputs, np.asarray(raw).tolist(), strict=True))


def length(raw: Any, table: Table) -> int:
    """How long a raw sample that is no picture is: of a sentence the count of its words, of a row that of its numbers.

    Raises `ImageError` with the reason where it cannot be read.
    """
    if table.input_kind == "text":
        return len(words_of(raw))
    return len(NumbersPreprocessing(columns=table.inputs).prepare(raw))


AnyPreprocessing: TypeAlias = Preprocessing | NumbersPreprocessing | WordsPreprocessing
"""How a sample of any kind becomes a network's input."""


def near_samples(table: Table, rows: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """The pairs of readable rows that are no pictures and nearly the same: sentences of the same words."""
    if table.input_kind != "text":
        return ()
    places = list(rows)
    found = near_texts([words_of(raw) for row in places if isinstance(raw := table.source.read(row), bytes)])
    return tuple((places[one], places[other]) for one, other in found)


def of_pictures(preprocessing: AnyPreprocessing) -> Preprocessing:
    """The same, for what works on pictures alone; `DataError` where it prepares something else.

    >>> of_pictures(NumbersPreprocessing(columns=("a",)))
    Traceback (most recent call last):
    ...
    neocog.core.errors.DataError: this works on images, and got rows of numbers; give images, or a model that reads them
    """
    if not isinstance(preprocessing, Preprocessing):
        raise DataError(f"this works on images, and got {preprocessing.noun}; give images, or a model that reads them")
    return preprocessing
