"""A table as plain text: columns without boxes, numbers at their right edge, and counts that a person can read.

>>> print("\\n".join(lines([Column("layer", ["conv1", "dense1"], number=False), Column("params", ["156", "48,120"])])))
layer   params
conv1      156
dense1  48,120
"""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "
"""What stands between two columns."""


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand at its right edge."""

    title: str
    cells: Sequence[str]
    number: bool = True

    @property
    def width(self) -> int:
        """The widest cell, or the title."""
        return max(len(self.title), *map(len, self.cells), 0)


def width(columns: Sequence[Column]) -> int:
    """How many characters the widest line of a table may have."""
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)


def lines(columns: Sequence[Column]) -> list[str]:
    """The lines of a table, its head first."""
    rows = [tuple(column.title for column in columns), *zip(*(column.cells for column in columns), strict=True)]
    widths = [column.width for column in columns]
    return [
        GAP.join(
            cell.rjust(wide) if column.number else cell.ljust(wide)
            for cell, wide, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in rows
    ]


def fitted(columns: Sequence[Column], room: int, least: Sequence[str]) -> list[Column]:
    """As many columns as some characters hold: those titled in `least` go first, in that order, then the first is cut.

    >>> long = Column("path", ["stage1.block1.body"], number=False)
    >>> [column.cells[0] for column in fitted([long, Column("n", ["3"]), Column("m", ["4"])], 16, ["m"])]
    ['….block1.body', '3']
    """
    kept = list(columns)
    for title in least:
        if width(kept) > room:
            kept = [column for column in kept if column.title != title]
    first = kept[0]
    most = max(12, first.width - max(0, width(kept) - room))
    cells = [cell if len(cell) <= most else "…" + cell[1 - most :] for cell in first.cells]
    return [Column(first.title, cells, first.number), *kept[1:]]


def extents(numbers: Sequence[object]) -> str:
    """A shape as `3x224x224`; a pair of equal numbers as one."""
    if len(numbers) == 2 and numbers[0] == numbers[1]:
        return str(numbers[0])
    return "x".join(map(str, numbers))


def counted(count: int, unit: str = "") -> str:
    """A count in three digits, `15.5 G`; nothing for none.

    >>> counted(15_470_264_320), counted(416_520), counted(300, "B")
    ('15.5 G', '417 k', '300 B')
    """
    if not count:
        return ""
    scaled, prefix = float(count), ""
    for larger in ("k", "M", "G", "T"):
        if scaled < 999.5:
            break
        scaled, prefix = scaled / 1000, larger
    digits = f"{scaled:#.3g}".rstrip(".") if prefix else str(count)
    return f"{digits} {prefix}{unit}".rstrip()
