"""A CSV or TSV as text cells with their line numbers; what the columns mean is decided in `columns.py`.

UTF-8, UTF-16 with a byte order mark (as spreadsheets write it), or the encoding that is stated; the delimiter is the
one of comma, semicolon and tab that cuts the first lines into the most columns of equal number.
"""

import csv
import io
from dataclasses import dataclass

from neocog.core.errors import DataError
from neocog.data.encoding import AUTO, decoded

_DELIMITERS = (",", ";", "\t")
_PROBE = 50


@dataclass(frozen=True)
class Sheet:
    """A table's text: `columns` hold the cells of each column by its name, `lines` the line each row begins on."""

    name: str
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def place(self, row: int) -> str:
        """Where a row stands, for errors: `labels.csv line 7`."""
        return f"{self.name} line {self.lines[row]}"


def read_sheet(raw: bytes, name: str, encoding: str = AUTO) -> Sheet:
    """The cells of a CSV or TSV; `DataError` names the line that is wrong.

    >>> read_sheet(b"file;label\\n1.png;cat\\n", "labels.csv").columns
    {'file': ('1.png',), 'label': ('cat',)}
    """
    text = decoded(raw, name, encoding)
    try:
        rows = _rows(text, _delimiter(text))
    except csv.Error as error:
        raise DataError(f"{name} must be a CSV or TSV, it cannot be read ({error}); save it again as CSV") from error
    if not rows:
        raise DataError(f"{name} is empty; its first line must name the columns, as in 'file,label'")
    header = [cell or f"column {index}" for index, cell in enumerate(rows[0][1], 1)]
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise DataError(f"{name} names the column {twice!r} twice; give each column its own name")
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise DataError(
                f"{name} line {line} must have {len(header)} cells, it has {len(cells)}; "
                "put quotes round a cell that holds the delimiter"
            )
    columns = {column: tuple(cells[index] for _, cells in rows[1:]) for index, column in enumerate(header)}
    return Sheet(name, columns, tuple(line for line, _ in rows[1:]))


def _rows(text: str, delimiter: str, most: int | None = None) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            rows.append((begins, stripped))
        begins = reader.line_num + 1
        if most is not None and len(rows) >= most:
            break
    return rows


def _delimiter(text: str) -> str:
    def columns(delimiter: str) -> int:
        try:
            widths = {len(cells) for _, cells in _rows(text, delimiter, _PROBE)}
        except csv.Error:
            return 0
        return widths.pop() if len(widths) == 1 else 0

    best = max(_DELIMITERS, key=columns)
    if columns(best) > 1:
        return best
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)
