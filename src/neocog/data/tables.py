"""A CSV or TSV that names image files and their labels, as the table of a data set.

Every cell is distrusted: a path that is absolute or climbs (`..`), or that passes a link out of the data folder, is
refused with its line. The table wins over folders; where class folders say something else about a file it is an error,
because one of the two is wrong and nobody can know which.
"""

from collections import defaultdict
from dataclasses import dataclass

from neocog.core.errors import DataError
from neocog.data.archives import member_path
from neocog.data.columns import Columns, read_columns
from neocog.data.features import read_numbers
from neocog.data.folders import Folders, class_folders
from neocog.data.given import given_splits, role_of
from neocog.data.labels import read_labels
from neocog.data.options import DataOptions
from neocog.data.pairs import with_masks
from neocog.data.sheet import Sheet, read_sheet
from neocog.data.source import ArraySource, FileSource, kind_of_files
from neocog.data.table import Table
from neocog.data.texts import TextSource
from neocog.data.trees import Tree, counted, listed

SUFFIXES = (".csv", ".tsv")


@dataclass(frozen=True)
class _Row:
    """A line of the table that is kept: its place in the sheet, and what it says."""

    index: int
    path: str
    label: str
    split: str


def sheet_table(tree: Tree, path: str, options: DataOptions) -> Table:
    """The table that the CSV or TSV `path` at the root of a tree describes; `DataError` with the line that is wrong."""
    sheet = read_sheet(tree.read(path), path, options.encoding)
    files = frozenset(tree.files)
    columns = read_columns(sheet, files, options)
    if columns.kind != "files":
        return _own_samples(tree, sheet, columns, options)
    paths = _paths(tree, sheet, columns.inputs[0], files)
    input_kind = kind_of_files(tree, paths, path)
    told = read_labels(sheet, columns, files, options)
    labels = told.cells
    cells = sheet.columns[columns.split] if columns.split else ("",) * len(paths)
    rows = [_Row(*row) for row in zip(range(len(paths)), paths, labels, cells, strict=True)]
    kept = _once(sheet, rows)
    folders = class_folders(tree)
    if told.kind == "class" and set(labels) & {label for _, label in folders.places.values()}:
        _agree(sheet, kept, folders)
    splits, decided = _splits(sheet, columns.split, kept, folders)
    notes = [*columns.notes, *told.notes, *decided]
    if len(kept) < len(rows):
        notes.append(f"{path} repeats {counted(len(rows) - len(kept), 'line')} word for word; each file is taken once.")
    named = {*paths, *labels} if told.kind == "mask" else set(paths)
    near = {file.partition("/")[0] for file in named if "/" in file}  # folders of other things are none of its business
    unnamed = [file for file in tree.files if "/" in file and file.partition("/")[0] in near and file not in named]
    if unnamed:
        notes.append(f"{path} does not name {counted(len(unnamed), 'file')}, left out: {listed(unnamed, 3)}.")
    ids = tuple(row.path for row in kept)
    used = {*columns.inputs, columns.split, *columns.targets}
    others = {
        name: tuple(values[row.index] for row in kept) for name, values in sheet.columns.items() if name not in used
    }
    table = Table(
        name=tree.name,
        source=FileSource(tree, ids),
        ids=ids,
        labels=tuple(row.label for row in kept),
        splits=splits,
        input_kind=input_kind,
        target_kind=told.kind,
        outputs=told.outputs,
        groups=told.groups,
        columns=others,
        notes=tuple(notes),
    )
    return with_masks(table, tree) if told.kind == "mask" else table


def _own_samples(tree: Tree, sheet: Sheet, columns: Columns, options: DataOptions) -> Table:
    """The table of a sheet that holds its samples itself, a row each: sentences or numbers."""
    told = read_labels(sheet, columns, frozenset(), options)
    splits: tuple[str, ...] = ("",) * len(sheet.lines)
    notes = (*columns.notes, *told.notes)
    if columns.split:
        rows = [_Row(row, "", "", cell) for row, cell in enumerate(sheet.columns[columns.split])]
        splits, decided = _given(sheet, columns.split, rows)
        notes = (*notes, *decided)
    used = {*columns.inputs, columns.split, *columns.targets}
    text = columns.kind == "text"
    source = (
        TextSource(sheet.columns[columns.inputs[0]]) if text else ArraySource((read_numbers(sheet, columns.inputs),))
    )
    return Table(
        name=tree.name,
        source=source,
        ids=tuple(map(sheet.place, range(len(sheet.lines)))),
        labels=told.cells,
        splits=splits,
        input_kind=columns.kind,
        target_kind=told.kind,
        inputs=() if text else columns.inputs,
        outputs=told.outputs,
        groups=told.groups,
        columns={name: cells for name, cells in sheet.columns.items() if name not in used},
        notes=notes,
    )


def _paths(tree: Tree, sheet: Sheet, column: str, files: frozenset[str]) -> tuple[str, ...]:
    """The file that each row names; raises for unsafe, missing and empty cells."""
    paths: list[str] = []
    missing: list[tuple[int, str]] = []
    for row, cell in enumerate(sheet.columns[column]):
        path = cell if cell in files else member_path(cell)
        if path is None:
            raise DataError(f"{sheet.place(row)}: {cell!r} leaves the data folder; write paths relative to the table")
        if path not in files:
            _refuse_link(tree, sheet, row, path)
            missing.append((row, cell))
        paths.append(path)
    if missing:
        shown = [f"{cell or 'an empty cell'} (line {sheet.lines[row]})" for row, cell in missing]
        found = f"{sheet.name}: {len(missing)} of {len(paths)} files are not there: {listed(shown)}"
        raise DataError(f"{found}; {_elsewhere(tree, missing)}")
    return tuple(paths)


def _refuse_link(tree: Tree, sheet: Sheet, row: int, path: str) -> None:
    """Raise where a path is, or passes, a link out of the data folder."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        part = "/".join(parts[:end])
        if part in tree.refused:
            raise DataError(
                f"{sheet.place(row)}: {part} {tree.refused[part]}; put the file itself into the data folder"
            )


def _elsewhere(tree: Tree, missing: list[tuple[int, str]]) -> str:
    """Where a missing file may be meant: one of the same name in another folder."""
    names = {cell.replace("\\", "/").rsplit("/", 1)[-1] for _, cell in missing}
    found = next((path for path in tree.files if path.rsplit("/", 1)[-1] in names), None)
    return f"did you mean {found!r}?" if found else "put them there, or take their lines out"


def _once(sheet: Sheet, rows: list[_Row]) -> list[_Row]:
    """The rows with each file once; raises where a file is named twice with different words."""
    by_path: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_path[row.path].append(row)
    for path, same in by_path.items():
        if len({(row.label, row.split) for row in same}) > 1:
            said = ", ".join(f"{row.label!r} in line {sheet.lines[row.index]}" for row in same[:4])
            raise DataError(f"{sheet.name} names {path} {len(same)} times and differs: {said}; give each file one line")
    return [same[0] for same in by_path.values()]


def _agree(sheet: Sheet, rows: list[_Row], folders: Folders) -> None:
    """Raise where a file's class folder, or split folder, says something else than the table."""
    wrong: list[str] = []
    for row in rows:
        split, label = folders.places.get(row.path, ("", row.label))
        if label != row.label:
            wrong.append(f"line {sheet.lines[row.index]} says {row.label!r} of {row.path}")
        elif split and row.split and (role_of(split) or split) != (role_of(row.split) or row.split):
            wrong.append(f"line {sheet.lines[row.index]} says {row.split!r} of {row.path}")
    if wrong:
        raise DataError(
            f"{sheet.name} and the folders disagree in {len(wrong)} of {len(rows)} rows: {listed(wrong, 3)}; "
            "correct the one that is wrong, or rename the folders"
        )


def _splits(sheet: Sheet, column: str, rows: list[_Row], folders: Folders) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each row's split, from the split column, else from split folders, else none; and what was decided."""
    if column:
        return _given(sheet, column, rows)
    places = [folders.places.get(row.path, ("", ""))[0] for row in rows]
    if not folders.splits or not all(places):
        return ("",) * len(rows), ()
    given = given_splits(places, f"the folders beside {sheet.name}")
    note = f"{sheet.name} has no split column: the splits are those of the folders {listed(folders.splits)}."
    return tuple(given.roles[place] for place in places), (note, *given.notes)


def _given(sheet: Sheet, column: str, rows: list[_Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each row's split from the split column, and what was decided."""
    blank = [str(sheet.lines[row.index]) for row in rows if not row.split]
    if blank:
        raise DataError(
            f"{sheet.name}: the split column {column!r} is empty in line {listed(blank)}; fill it in or take it out"
        )
    given = given_splits([row.split for row in rows], f"{sheet.name}, column {column}")
    return tuple(given.roles[row.split] for row in rows), given.notes
