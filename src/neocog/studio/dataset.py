"""A data set as the page Data shows it: what each row is, what is wrong with it, and the facts of one image.

Labels, splits, sizes and problems travel as columns, one number a row, so that the page filters 60,000 rows by itself,
without a wait. Problems are those that `neocog check` tells of; in a judged run doubtful labels, too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, NeocogError
from neocog.core.run import REPORT_DATA, SPLITS, RunFolder, SplitRow
from neocog.data import DataOptions, decode, refusal
from neocog.data.findings import odd_sounds
from neocog.data.glimpses import GLIMPSE
from neocog.data.table import SPLITS as SIDES
from neocog.studio import results
from neocog.studio.opened import Opened
from neocog.studio.runs import Answer, as_written, recipe
from neocog.studio.shelf import Held
from neocog.studio.stamps import Stamped
from neocog.studio.strips import ACROSS, FAR

PROBLEMS = ("unreadable", "leak", "conflict", "duplicate", "odd", "suspect")
"""What can be wrong with a row; the column `problems` holds a bit for each, the first the lowest."""
LEFT_OUT = len(SIDES)
"""The number of no split."""


@dataclass(frozen=True)
class Wanted:
    """The data that a page is about: those of a run, or those that were named."""

    options: DataOptions
    run: RunFolder | None = None


class DataTable(Answer):
    """A data set; the columns have a number for each row."""

    name: str
    path: str
    version: str
    """Changes with the images."""
    images: int
    classes: list[str]
    labels: list[int]
    """Places in `classes`."""
    splits: list[int]
    """0 train, 1 validation, 2 test, 3 left out."""
    problems: list[int]
    """A bit for each of `kinds`, the first the lowest."""
    kinds: list[str]
    widths: list[int]
    heights: list[int]
    """Pixels, upright; 0 where unreadable."""
    groups: list[list[int]]
    """The rows that show one picture, where there are several."""
    identical: list[bool]
    """Of each group, whether its files are the same byte by byte."""
    side: int
    """The side of a picture's place in a strip, in pixels."""
    across: int
    """Places beside each other in a strip."""
    far_side: int
    """The side of an image from afar, in pixels."""
    far_across: int
    """Images from afar beside each other in a sheet, and below each other."""
    exact: bool
    """Whether a strip holds images as they are, and not thumbnails that are squeezed to a square."""
    refusal: str
    """Why it cannot be trained on; empty where it can."""
    notes: list[str]
    suggestions: list[str]
    shortcut: bool
    """Whether a property beside the object tells the label."""
    changed: str
    """How the data differ from those that the run was begun with; empty where they do not."""


class DataReading(Answer):
    """How far the reading of a data set is."""

    done: int
    of: int


class DataState(Answer):
    """A data set, once it is read."""

    table: DataTable | None
    reading: DataReading | None


class Twin(Answer):
    """Another image that shows the same picture."""

    row: int
    file: str
    label: str
    split: str
    identical: bool


class ModelAnswer(Answer):
    """What the run's model said of an image, and its place among the judged ones."""

    index: int
    answer: str
    confidence: float


class ImageFacts(Answer):
    """One image."""

    row: int
    file: str
    label: str
    split: str
    width: int
    height: int
    gray: bool
    bytes: int | None
    format: str
    hash: str
    problems: list[str]
    """In sentences."""
    twins: list[Twin]
    answer: ModelAnswer | None


def wanted(opened: Opened, run: str, path: str) -> Wanted:
    """The data of a run, those at a path, or without both those that the studio was opened on.

    Raises `DataError` where none were, or where they are out of reach, `RunError` where the run cannot be read.
    """
    if run:
        folder = opened.run(run)
        return Wanted(recipe(folder).data, folder)
    if not path and not opened.data:
        raise DataError("no data are open; choose some here, or begin with: neocog studio DATA")
    return Wanted(DataOptions(path=opened.data_path(path or opened.data)))


def table(held: Held, run: RunFolder | None) -> DataTable:
    """A data set as columns; the splits of a run are those that it was begun with."""
    data = held.dataset
    number = {name: place for place, name in enumerate(held.labels)}
    sides, changed = _sides(held, run)
    return DataTable(
        name=data.table.name,
        path=data.options.path,
        version=held.version,
        images=len(data.table),
        classes=list(held.labels),
        labels=[number[label] for label in data.table.labels],
        splits=sides,
        problems=_problems(held, sides, run).tolist(),
        kinds=list(PROBLEMS),
        widths=data.scan.widths.tolist(),
        heights=data.scan.heights.tolist(),
        groups=held.groups,
        identical=[len({data.scan.hashes[row] for row in rows}) == 1 for rows in held.groups],
        side=held.side,
        across=ACROSS,
        far_side=GLIMPSE,
        far_across=FAR,
        exact=held.exact,
        refusal=refusal(data) or "",
        notes=list(data.notes),
        suggestions=list(data.findings.suggestions),
        shortcut=bool(data.findings.told),
        changed=changed,
    )


def facts(held: Held, run: RunFolder | None, row: int) -> ImageFacts:
    """What is known of one image; raises `DataError` for a row that is none."""
    require_row(held, row)
    data = held.dataset
    sides, _ = _sides(held, run)
    members = next((rows for rows in held.groups if row in rows), [])
    twins = [
        Twin(
            row=other,
            file=data.table.ids[other],
            label=data.table.labels[other],
            split=_named(sides[other]),
            identical=data.scan.hashes[other] == data.scan.hashes[row],
        )
        for other in members
        if other != row
    ]
    size, kind = _file(held, row)
    answer, suspect = _answer(run, data.table.ids[row])
    return ImageFacts(
        row=row,
        file=data.table.ids[row],
        label=data.table.labels[row],
        split=_named(sides[row]),
        width=int(data.scan.widths[row]),
        height=int(data.scan.heights[row]),
        gray=bool(data.scan.grey[row]),
        bytes=size,
        format=kind,
        hash=data.scan.hashes[row],
        problems=[*_sentences(held, row, _named(sides[row]), twins), *([suspect] if suspect else [])],
        twins=twins,
        answer=answer,
    )


def require_row(held: Held, row: int) -> None:
    """Raise `DataError` for a row that is none."""
    table = held.dataset.table
    if not 0 <= row < len(table):
        raise DataError(f"there is no image at {row}: {table.name} has {len(table):,} images; begin at 0")


def _named(side: int) -> str:
    return SIDES[side] if side < LEFT_OUT else ""


def _problems(held: Held, sides: Sequence[int], run: RunFolder | None) -> NDArray[np.int64]:
    """The bits of each row."""
    data = held.dataset
    bit = {name: 1 << place for place, name in enumerate(PROBLEMS)}
    found = np.array([bit["unreadable"] if problem else 0 for problem in data.scan.problems], np.int64)
    found[held.odd] |= bit["odd"]
    for rows in held.groups:
        used = [row for row in rows if sides[row] != LEFT_OUT]
        on = Counter(sides[row] for row in used)
        labels = Counter(data.table.labels[row] for row in rows)
        for row in rows:
            if row in used and len(on) > 1:
                found[row] |= bit["leak"]
            if row in used and on[sides[row]] > 1:
                found[row] |= bit["duplicate"]
            if len(labels) > 1:
                found[row] |= bit["conflict"]
    for name in _suspects(run):
        if name in held.place:
            found[held.place[name]] |= bit["suspect"]
    return found


def _sentences(held: Held, row: int, side: str, twins: Sequence[Twin]) -> list[str]:
    """What is wrong with an image, each kind in a sentence that says why it matters."""
    data = held.dataset
    told = []
    if data.scan.problems[row]:
        told.append(f"It cannot be read ({data.scan.problems[row]}), so it is left out.")
    words = {"train": "the training images", "val": "the validation images", "test": "the sealed test set"}
    across = sorted({words[twin.split] for twin in twins if twin.split and side and twin.split != side})
    if across:
        told.append(f"The same picture is among {' and '.join(across)} too: what is learned by heart looks understood.")
    others = sorted({twin.label for twin in twins if twin.label != data.table.labels[row]})
    if others:
        told.append(f"The same picture is labelled {' and '.join(others)} too: no network can learn both.")
    beside = sum(twin.split == side for twin in twins) if side else 0
    if beside:
        times = "once more" if beside == 1 else f"{beside} times more"
        told.append(f"The same picture is there {times} among {words[side]}: it counts that often.")
    if row in held.odd and data.table.input_kind == "sound":
        told.append(f"It is {odd_sounds(data.scan)[row]}: does it belong to the set?")
    elif row in held.odd:
        height, width = data.findings.sizes.median
        told.append(
            f"{data.scan.widths[row]} x {data.scan.heights[row]} pixels are far from the usual {width} x {height}: "
            "does it belong to the set?"
        )
    return told


def _file(held: Held, row: int) -> tuple[int | None, str]:
    """The bytes of a row's file and its format; no bytes where the data came as an array, or cannot be read now."""
    try:
        raw = held.dataset.table.source.read(row)
        return (len(raw) if isinstance(raw, bytes) else None), decode(raw).format
    except (DataError, OSError):
        return None, ""


_SPLITS: Stamped[dict[str, SplitRow]] = Stamped(most=4)


def _sides(held: Held, run: RunFolder | None) -> tuple[list[int], str]:
    """Each row's split as a number, and how the data differ from those that the run was begun with."""
    data = held.dataset
    number = {side: place for place, side in enumerate(SIDES)}
    if run is None or not run.has(SPLITS):
        return [number.get(side, LEFT_OUT) for side in data.split.sides], ""
    known = _SPLITS.get(run.path, (SPLITS,), lambda: _read_splits(run))
    found = [known.get(name) for name in data.table.ids]
    gone = len(known) - sum(row is not None for row in found)
    added = sum(row is None and side != "" for row, side in zip(found, data.split.sides, strict=True))
    other = sum(
        row is not None and (row.hash, row.label) != (digest, label)
        for row, digest, label in zip(found, data.scan.hashes, data.table.labels, strict=True)
    )
    parts = {"gone": gone, "new, and part of no split": added, "changed": other}
    changed = ", ".join(f"{count:,} {'is' if count == 1 else 'are'} {what}" for what, count in parts.items() if count)
    return [number.get(row.split, LEFT_OUT) if row else LEFT_OUT for row in found], changed


def _read_splits(run: RunFolder) -> dict[str, SplitRow]:
    with as_written(run):
        return {row.file: row for row in run.read_splits()}


def _judged(run: RunFolder | None) -> results.Answers | None:
    """The answers of a run; None where it was not judged, or its report cannot be read."""
    if run is None or not run.has(REPORT_DATA):
        return None
    try:
        with as_written(run):
            return results.answers(run)
    except NeocogError:
        return None


def _suspects(run: RunFolder | None) -> list[str]:
    """The files whose label is doubtful, by the run's answers on its test set."""
    found = _judged(run)
    return [] if found is None else [found.judged.files[place] for place in found.suspicion[: found.likely].tolist()]


def _answer(run: RunFolder | None, name: str) -> tuple[ModelAnswer | None, str]:
    """What the model said of a file, and a sentence where its label is suspect."""
    found = _judged(run)
    if found is None or name not in found.judged.files:
        return None, ""
    index = found.judged.files.index(name)
    one = found.sample(index)
    answer = found.judged.classes[one.answer]
    told = ModelAnswer(index=index, answer=answer, confidence=one.confidence)
    if index not in found.suspicion[: found.likely]:
        return told, ""
    return told, f"By the model's answers its label is doubtful: it says {answer}, and is {one.confidence:.0%} sure."
