"""Sentences and rows of numbers that someone names: the lines of text files and tables, and a model answers for each.

A text file holds a sentence a line, a table a column of sentences, or the columns that the model reads; `-` is standard
input, as text. A line that cannot be read is kept with its reason, never dropped, and an empty one is none.

    found = find_lines(["reviews.txt"], model.preprocessing)
    for line, prediction in answered(model, found, lambda samples, module: predict(model, samples, module)):
        print(line.place, line.text, prediction or line.problem)
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.core.errors import DataError, ImageError, nearest
from neocog.data import NumbersPreprocessing, WordsPreprocessing
from neocog.data.encoding import lines_of
from neocog.data.features import text_column
from neocog.data.sheet import Sheet, read_sheet
from neocog.data.source import MAX_IMAGE_BYTES
from neocog.model.model import Model
from neocog.model.outputs import BATCH

T = TypeVar("T")
"""What a model answers to one line."""

STANDARD_INPUT = "-"
"""The name that stands for what is piped in."""

_TABLES = (".csv", ".tsv")


@dataclass(frozen=True, eq=False)
class Line:
    """A sample that stands in a line: where, what it says, and the network's input, or why there is none."""

    place: str
    text: str
    prepared: NDArray[Any] | None = None
    problem: str = ""


def find_lines(names: Sequence[str], preprocessing: WordsPreprocessing | NumbersPreprocessing) -> list[Line]:
    """The samples of files, in the order given; raises `DataError` for a file that cannot be read, or without any."""
    found: list[Line] = []
    for name in names:
        raw, called = _read(name)
        if isinstance(preprocessing, NumbersPreprocessing):
            found += _rows(read_sheet(raw, called), preprocessing)
        elif name.lower().endswith(_TABLES):
            found += _cells(read_sheet(raw, called), preprocessing)
        else:
            numbered = enumerate(lines_of(raw, called), 1)
            told = [(f"{called} line {number}", line) for number, line in numbered]
            found += [_sentence(place, line, preprocessing) for place, line in told if not _blank(line)]
    if not found:
        raise DataError(
            f"there must be {preprocessing.noun} to answer, {', '.join(names)[:80]} holds none; write one a line"
        )
    return found


def answered(
    model: Model, found: Sequence[Line], ask: Callable[[NDArray[Any], nn.Module], Sequence[T]]
) -> Iterator[tuple[Line, T | None]]:
    """Each line with what `ask` says to it, prepared (N and the input, so many at a time); None where it is unread."""
    module = model.module()
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        given = [line.prepared for line in part if line.prepared is not None]
        predictions = iter(ask(np.stack(given), module) if given else [])
        for line in part:
            yield line, None if line.prepared is None else next(predictions)


def _read(name: str) -> tuple[bytes, str]:
    """The bytes of a file, or of standard input, and what it is called."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_IMAGE_BYTES), "standard input"
    path = Path(name)
    if path.is_dir():
        raise DataError(
            f"{name} is a folder, and this model reads files of lines; name the files, or - to pipe them in"
        )
    try:
        with path.open("rb") as file:
            return file.read(MAX_IMAGE_BYTES), path.name
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{name} cannot be read ({reason}); name a file with one sample a line, or - to pipe"
        ) from error


def _blank(line: str | DataError) -> bool:
    return isinstance(line, str) and not line.strip()


def _sentence(place: str, line: str | DataError, preprocessing: WordsPreprocessing) -> Line:
    if isinstance(line, DataError):
        return Line(place, "", problem=str(line))
    try:
        return Line(place, line.strip(), preprocessing.prepare(line.encode("utf-8", "replace")))
    except ImageError as error:
        return Line(place, line.strip(), problem=str(error))


def _cells(sheet: Sheet, preprocessing: WordsPreprocessing) -> list[Line]:
    """The sentences of a table."""
    column = next((name for name in sheet.columns if name.lower() in ("text", "sentence")), "") or text_column(
        sheet.columns
    )
    if not column:
        raise DataError(
            f"{sheet.name} must have a column of sentences, it has {', '.join(sheet.columns)}; name it text"
        )
    return [_sentence(sheet.place(row), cell, preprocessing) for row, cell in enumerate(sheet.columns[column])]


def _rows(sheet: Sheet, preprocessing: NumbersPreprocessing) -> list[Line]:
    """The rows of a table that has the columns which a model reads."""
    for column in preprocessing.columns:
        if column not in sheet.columns:
            raise DataError(
                f"{sheet.name} must have the column {column!r}, which the model reads; {nearest(column, sheet.columns)}"
            )
    found = []
    for row in range(len(sheet.lines)):
        cells = [sheet.columns[column][row] for column in preprocessing.columns]
        line = Line(sheet.place(row), ", ".join(cells))
        try:
            numbers = np.array([float(cell) if cell else np.nan for cell in cells])
            found.append(replace(line, prepared=preprocessing.prepare(numbers)))
        except ValueError:
            found.append(replace(line, problem="a cell holds no number"))
        except ImageError as error:
            found.append(replace(line, problem=str(error)))
    return found
