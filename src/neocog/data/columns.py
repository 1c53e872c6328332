"""What the columns of a table mean: which names the files, which the split, which the target.

The input column is the one whose cells name files; in a table without one the samples stand in the table itself (see
`features.py`). The split column is called `split` (or `set`), or holds nothing but split names. The target is the
column called label, class or target, or those that `data.label` names, else the columns of 0 and 1 where there are
several, else all others; what their cells say is read in `labels.py`.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from neocog.core.errors import DataError, nearest
from neocog.data.archives import member_path
from neocog.data.features import number_columns, text_column
from neocog.data.given import role_of
from neocog.data.options import DataOptions
from neocog.data.sheet import Sheet
from neocog.data.trees import listed

_INPUT_NAMES = {"file", "filename", "file_name", "filepath", "path", "image", "img"}
_SPLIT_NAMES = {"split", "set", "subset", "partition"}
_TARGET_NAMES = {"label", "class", "target"}
_GROUP_NAMES = {"group", "speaker", "subject", "patient", "person", "user", "author", "session", "game"}
"""Columns that say where a sample comes from: they are judged by, but never taken as labels unasked."""
_FILE = re.compile(r"\.(jpe?g|png|bmp|gif|tiff?|webp|p[bgpn]m|wav|flac|mp3|ogg)$", re.IGNORECASE)
_TEXT_NAMES = {"text", "sentence", "sentences"}
_GROUP = "group"


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they are for; `split` is "" where there is none, `notes` say what was decided.

    `kind` is what the input columns hold: names of files, "text", or "numbers".
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    split: str = ""
    notes: tuple[str, ...] = ()
    kind: Literal["files", "text", "numbers"] = "files"


def read_columns(sheet: Sheet, files: Container[str], options: DataOptions) -> Columns:
    """What each column of a sheet is for; `DataError` where that cannot be told."""
    _require_header(sheet, files)
    source = input_column(sheet, files)
    if source == "":
        return _own_samples(sheet, options)
    split = _split_column(sheet, source)
    rest = [column for column in sheet.columns if column not in (source, split, _GROUP)]
    targets, notes = _target_columns(sheet, rest, options)
    return Columns((source,), targets, split, notes)


def _own_samples(sheet: Sheet, options: DataOptions) -> Columns:
    """The columns of a table that names no files: its samples stand in it, sentences or numbers."""
    split = _split_column(sheet, "")
    named = {name.strip() for name in options.label.split(",")} or {""}
    taken = {split, *named, *(column for column in sheet.columns if column.lower() in (*_TARGET_NAMES, _GROUP))}
    text = text_column(sheet.columns, taken)
    if text:
        rest = [column for column in sheet.columns if column not in (text, split)]
        targets, notes = _target_columns(sheet, rest, options)
        told = () if text.lower() in _TEXT_NAMES else (f"The column {text} of {sheet.name} is taken as the sentences.",)
        return Columns((text,), targets, split, (*told, *notes), kind="text")
    rest = [column for column in sheet.columns if column != split]
    if not options.label and not any(column.lower() in _TARGET_NAMES for column in rest):
        raise DataError(
            f"{sheet.name} names no files and no column is called label, class or target, it has {listed(rest, 8)}; "
            f"say which is the target, as in --set data.label={rest[-1]}"
        )
    targets, notes = _target_columns(sheet, rest, options)
    read, left = number_columns(sheet.columns, {split, _GROUP, *targets})
    if not read:
        raise DataError(
            f"{sheet.name} names no files, and beside the target {listed(list(targets))} it holds neither sentences "
            "nor numbers; add a column of file names, relative to the table"
        )
    if left:
        notes = (*notes, f"No numbers to learn from, left out: {listed(list(left), 8)}.")
    return Columns(read, targets, split, notes, kind="numbers")


def input_column(sheet: Sheet, files: Container[str]) -> str:
    """The column whose cells name files, or look as if they did; "" where there is none."""

    def hits(column: str) -> tuple[int, bool]:
        return sum(
            (member_path(cell) or "/") in files for cell in sheet.columns[column]
        ), column.lower() in _INPUT_NAMES

    best = max(sheet.columns, key=hits)
    if hits(best)[0]:
        return best
    for column, cells in sheet.columns.items():
        if cells and sum(bool(_FILE.search(cell)) for cell in cells) * 2 > len(cells):
            return column
    return ""


def _require_header(sheet: Sheet, files: Container[str]) -> None:
    first = next((cell for cell in sheet.columns if (member_path(cell) or "/") in files), None)
    if first is not None:
        raise DataError(
            f"the first line of {sheet.name} must name the columns, it names the file {first}; begin with 'file,label'"
        )
    if not sheet.lines:
        raise DataError(f"{sheet.name} names columns and no rows; give each file a line")


def _split_column(sheet: Sheet, source: str) -> str:
    """The column of splits: by its name, else by its cells; "" where there is none."""
    rest = [column for column in sheet.columns if column != source]
    named = [column for column in rest if column.lower() in _SPLIT_NAMES]
    held = [column for column in rest if _holds_splits(sheet.columns[column])]
    return next(iter([column for column in named if column in held] + held + named), "")


def _holds_splits(cells: tuple[str, ...]) -> bool:
    values = set(cells)
    roles = [role_of(value) for value in values]
    return len(values) > 1 and all(roles) and "train" in roles


def _target_columns(sheet: Sheet, rest: list[str], options: DataOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The target columns, and what was decided."""
    if options.label:
        chosen = tuple(name.strip() for name in options.label.split(",") if name.strip())
        for name in chosen:
            if name not in sheet.columns:
                raise DataError(
                    f"data.label must name columns of {sheet.name}, it has no {name!r}; {nearest(name, sheet.columns)}"
                )
        return chosen, ()
    named = [column for column in rest if column.lower() in _TARGET_NAMES]
    if len(named) > 1:
        raise DataError(
            f"{sheet.name} has the label columns {listed(named)}; choose one with --set data.label={named[0]}"
        )
    if named:
        return (named[0],), ()
    if not rest:
        raise DataError(
            f"{sheet.name} must have a label column, it has only {listed(list(sheet.columns))}; add the column label"
        )
    rest = [column for column in rest if column.lower() not in _GROUP_NAMES] or rest
    binary = [column for column in rest if set(sheet.columns[column]) <= {"0", "1"}]
    targets = tuple(binary if len(binary) > 1 else rest)
    if len(targets) == 1:
        return targets, (f"The column {targets[0]} of {sheet.name} is taken as the label.",)
    return targets, ()
