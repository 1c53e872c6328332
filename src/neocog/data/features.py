"""Tables whose samples stand in the table itself: which column is the sentence, or which columns are the numbers.

A sentence is found by its length and variety: of the columns whose cells mostly differ from each other and have two
words or more, the one with the most words. Without one, the columns of numbers are the input: all but the target, the
split, the group and what only counts the lines.
"""

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data.sheet import Sheet
from neocog.data.trees import listed

Cells = Mapping[str, Sequence[str]]
"""The cells of each column by its name."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""What a cell with a number holds."""

_WORDS = 2.0
_VARIED = 0.5
_MOSTLY = 0.5
_LARGEST = float(np.finfo(np.float32).max)
_COUNTERS = {"id", "index", "row", "column 1", "unnamed: 0"}


def text_column(columns: Cells, taken: Collection[str] = ()) -> str:
    """The column of sentences, besides those that are `taken`; "" where there is none.

    >>> text_column({"text": ["a fine film", "so dull"], "label": ["good", "bad"]})
    'text'
    """

    def words(column: str) -> float:
        cells = [cell for cell in columns[column] if cell]
        if column in taken or not cells or len(set(cells)) < _VARIED * len(cells) or _numeric(cells):
            return 0.0
        return sum(len(cell.split()) for cell in cells) / len(cells)

    best = max(columns, key=words, default="")
    return best if best and words(best) >= _WORDS else ""


def number_columns(columns: Cells, taken: Collection[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of numbers besides those that are `taken`, and the other columns, which are left out.

    >>> number_columns({"id": ["1", "2"], "high": ["3.5", "7"], "city": ["Rome", "Oslo"]})
    (('high',), ('id', 'city'))
    """
    left = [column for column in columns if column not in taken]
    read = tuple(column for column in left if column.lower() not in _COUNTERS and _numeric(columns[column]))
    return read, tuple(column for column in left if column not in read)


def read_numbers(sheet: Sheet, columns: Sequence[str]) -> NDArray[np.float32]:
    """The numbers of some columns (N F); `DataError` with the lines where a cell holds none."""
    wrong = [
        f"line {line}, column {column}" + (f" ({cell[:20]!r})" if cell else " (empty)")
        for column in columns
        for line, cell in zip(sheet.lines, sheet.columns[column], strict=True)
        if not _number(cell)
    ]
    if wrong:
        cells = "1 cell holds" if len(wrong) == 1 else f"{len(wrong):,} cells hold"
        raise DataError(
            f"{sheet.name}: {cells} no number where the column is one of numbers: {listed(wrong, 3)}; "
            "fill them in, or take the lines or the column out"
        )
    return np.array([[float(cell) for cell in sheet.columns[column]] for column in columns], np.float32).T.copy()


def _numeric(cells: Sequence[str]) -> bool:
    """Whether most cells that are not empty hold numbers."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(_number, filled)) > _MOSTLY * len(filled)


def _number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None and abs(float(cell)) <= _LARGEST
