"""What the target columns of a table say of each row: the kind of target, its text, and what the outputs stand for.

Columns of 0 and 1 are labels of one sample, each by its column's name; several text columns join as labels, of which
those of one column exclude each other; `a|b` is several labels in one cell; fractional numbers are a regression; files
are masks. `data.task` overrides what the cells show.
"""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass

from neocog.core.errors import DataError
from neocog.data.archives import member_path
from neocog.data.columns import Columns
from neocog.data.options import DataOptions
from neocog.data.sheet import Sheet
from neocog.data.targets import JOIN, is_number, sort_classes
from neocog.data.trees import listed

_BINARY = {"0", "1"}


@dataclass(frozen=True)
class Labels:
    """The targets of a table's rows."""

    kind: str
    """The target kind."""
    cells: tuple[str, ...]
    """Each row's target as text, as `targets.py` reads it."""
    outputs: tuple[str, ...] = ()
    """What the network's outputs stand for, where the columns name it."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Labels that exclude each other, by the column that they come from."""
    notes: tuple[str, ...] = ()
    """What was decided."""


def read_labels(sheet: Sheet, columns: Columns, files: Container[str], options: DataOptions) -> Labels:
    """The targets of a sheet's rows; `DataError` where one is missing, wrong, or of a kind that cannot be trained."""
    targets = columns.targets
    kind = target_kind(sheet, targets, files) if options.task == "auto" else options.task
    for column in targets if kind not in ("classes", "mask") else ():
        _require_filled(sheet, column)
    if kind == "class":
        return Labels(kind, _one_hot(sheet, targets) if len(targets) > 1 else sheet.columns[targets[0]])
    if kind == "classes":
        return _several(sheet, targets)
    if kind == "number":
        return _numbers(sheet, targets)
    return _masks(sheet, targets, files)


def target_kind(sheet: Sheet, targets: tuple[str, ...], files: Container[str]) -> str:
    """The target kind that the cells of the target columns show."""
    cells = [cell for column in targets for cell in sheet.columns[column]]
    if all(map(is_number, cells)) and any(not float(cell).is_integer() for cell in cells):
        return "number"
    if len(targets) > 1 or any(JOIN in cell for cell in cells):
        return "classes"
    named = sum((member_path(cell) or "/") in files for cell in cells)
    return "mask" if 2 * named > len(cells) else "class"


def _place(sheet: Sheet, targets: tuple[str, ...]) -> str:
    """Where the targets stand."""
    return f"{sheet.name}, " + ("column " if len(targets) == 1 else "columns ") + listed(list(targets), 8)


def _require_filled(sheet: Sheet, column: str) -> None:
    blank = [sheet.lines[row] for row, cell in enumerate(sheet.columns[column]) if not cell]
    if blank:
        lines = listed([str(line) for line in blank])
        raise DataError(
            f"{sheet.name}: the label column {column!r} is empty in {len(blank):,} of {len(sheet.lines):,} rows, "
            f"{'line' if len(blank) == 1 else 'lines'} {lines}; fill it in or take the lines out"
        )


def _several(sheet: Sheet, targets: tuple[str, ...]) -> Labels:
    """Several labels a row: of a column of 0 and 1 its name, of one of text its cells."""
    binary = {column for column in targets if set(sheet.columns[column]) <= _BINARY}
    values = {
        column: sort_classes({part for cell in sheet.columns[column] for part in _parts(cell)})
        for column in targets
        if column not in binary
    }
    shared = Counter(value for found in (*values.values(), tuple(map(_clean, binary))) for value in set(found))

    def named(column: str, value: str) -> str:
        return value if shared[value] == 1 else f"{_clean(column)} {value}"

    outputs: list[str] = []
    groups: list[tuple[str, tuple[str, ...]]] = []
    held: list[list[str]] = [[] for _ in sheet.lines]
    for column in targets:
        own = [_clean(column)] if column in binary else [named(column, value) for value in values[column]]
        outputs += own
        for row, cell in enumerate(sheet.columns[column]):
            held[row] += own * (cell == "1") if column in binary else [named(column, part) for part in _parts(cell)]
        if len(targets) > 1 and len(own) > 1 and not any(JOIN in cell for cell in sheet.columns[column]):
            groups.append((column, tuple(own)))
    cells = tuple(JOIN.join(sorted(set(labels))) for labels in held)
    note = f"{_place(sheet, targets)}: several labels a sample."
    return Labels("classes", cells, tuple(dict.fromkeys(outputs)), tuple(groups), (note,))


def _numbers(sheet: Sheet, targets: tuple[str, ...]) -> Labels:
    """One number a row, or several."""
    for column in targets:
        for row, cell in enumerate(sheet.columns[column]):
            if not is_number(cell):
                raise DataError(
                    f"{sheet.place(row)}: the column {column!r} must hold a number, got {cell!r}; correct it, or take "
                    "each of its values as a class with --set data.task=class"
                )
    cells = tuple(JOIN.join(row) for row in zip(*(sheet.columns[column] for column in targets), strict=True))
    note = f"{_place(sheet, targets)}: {'a number' if len(targets) == 1 else 'numbers'} to be estimated."
    return Labels("number", cells, targets, (), (note,))


def _masks(sheet: Sheet, targets: tuple[str, ...], files: Container[str]) -> Labels:
    """The file of a mask a row, "" where there is none."""
    if len(targets) > 1:
        raise DataError(
            f"{_place(sheet, targets)}: one column must name the masks; choose it with --set data.label={targets[-1]}"
        )
    cells: list[str] = []
    for row, cell in enumerate(sheet.columns[targets[0]]):
        path = cell if cell in files else member_path(cell)
        if cell and path is None:
            raise DataError(f"{sheet.place(row)}: {cell!r} leaves the data folder; write paths relative to the table")
        cells.append(path if path is not None and path in files else "")
    return Labels("mask", tuple(cells), (), (), (f"{_place(sheet, targets)}: a mask a sample.",))


def _one_hot(sheet: Sheet, targets: tuple[str, ...]) -> tuple[str, ...]:
    """The class of each row of columns of 0 and 1, of which one is 1."""
    labels: list[str] = []
    for row, cells in enumerate(zip(*(sheet.columns[column] for column in targets), strict=True)):
        if sorted(cells) != ["0"] * (len(cells) - 1) + ["1"]:
            raise DataError(
                f"{sheet.place(row)}: with data.task=class one of the columns {listed(list(targets), 8)} must be 1 "
                f"and the others 0, they are {', '.join(cells)}; choose one column with --set data.label={targets[0]}"
            )
        labels.append(targets[cells.index("1")])
    return tuple(labels)


def _parts(cell: str) -> list[str]:
    """The labels in a cell of text."""
    return [part.strip() for part in cell.split(JOIN) if part.strip()]


def _clean(column: str) -> str:
    """A column's name as a label."""
    return column.replace(JOIN, "/")
