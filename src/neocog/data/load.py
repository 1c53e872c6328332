"""Everything that training and evaluation need of a data set, in one value: found, scanned, split, checked.

    data = load(DataOptions(path="digits"))
    data.classes, data.channels, data.rows("train"), data.findings.suggestions

The images themselves come from `prepared` and `squashed`, for which `data.table` and `data.scan` are the arguments.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data.duplicates import near_pairs
from neocog.data.find import find
from neocog.data.findings import Findings, findings, unseen, unseen_mend
from neocog.data.inputs import near_samples
from neocog.data.kinds import NOUNS, PICTURED
from neocog.data.masked import MaskSet, look, mask_set
from neocog.data.options import DataOptions
from neocog.data.parallel import Progress
from neocog.data.scan import Scan, scan
from neocog.data.shortcuts import shortcuts
from neocog.data.split import Split, set_hash, split
from neocog.data.table import SPLITS, Table
from neocog.data.targets import Targets, target


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set that is ready to be trained on."""

    table: Table
    scan: Scan
    split: Split
    options: DataOptions
    classes: tuple[str, ...]
    """What the network's outputs stand for, in their order: classes, labels, or the names of numbers."""
    channels: Literal[1, 3]
    """1 where every image is grey or where the options say so, else 3."""
    labels: Targets
    """Each row's target, as its kind encodes it (`targets.py`): of one class its index into `classes`, -1 for a row
    that is left out."""
    near: tuple[tuple[int, int], ...]
    """The pairs of rows that are near-duplicates."""
    findings: Findings
    notes: tuple[str, ...]
    """What was decided on the way, in plain sentences."""
    masks: MaskSet | None
    """What is known of the masks, where those are the targets."""
    fingerprint: str
    """SHA-256 over the ids, labels and contents of the training and validation rows, in any order."""

    def rows(self, side: str) -> NDArray[np.int64]:
        """The rows of `train`, `val` or `test`, in the table's order."""
        return self.split.rows(side)

    def targets(self, rows: NDArray[np.int64]) -> Targets:
        """The targets of some rows."""
        return self.labels[rows]

    @property
    def task(self) -> str:
        """The kind of target."""
        return self.table.target_kind

    def sample_key(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """A number for each row that depends on its id alone: random draws for a sample are keyed by it."""
        digests = [hashlib.sha256(self.table.ids[row].encode()).digest()[:8] for row in rows.tolist()]
        return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)

    @property
    def test_hash(self) -> str:
        """The name of the test set, by its contents."""
        return self.split.test_hash


def load(options: DataOptions, progress: Progress | None = None) -> Dataset:
    """Find, scan, split and check a data set.

    Raises `DataError` where it cannot be trained on: too many unreadable images, one class only, a class or a side
    without images, a kind of input or target that is not there yet.
    """
    data = inspect(options, progress)
    message = refusal(data)
    if message is not None:
        raise DataError(message)
    return data


def inspect(options: DataOptions, progress: Progress | None = None) -> Dataset:
    """The same as `load`, but faults that would stop training are in `findings` only: what `check` looks at."""
    table = find(options.path, options)
    seen = scan(table, progress)
    masks = None
    if table.target_kind == "mask":
        masks = mask_set(table, seen, look(table, seen, progress), options)
        table = replace(table, outputs=masks.names, notes=(*table.notes, *masks.notes))
        problems = zip(seen.problems, masks.problems, strict=True)
        seen = replace(seen, problems=tuple(problem or of_mask for problem, of_mask in problems))
    pictured = table.input_kind in PICTURED
    near: tuple[tuple[int, int], ...] = ()
    if pictured and table.input_kind != "board":  # games begin alike, and no position is a copy
        near = near_pairs(table, seen)
    elif not pictured:
        near = near_samples(table, seen.readable.tolist())
    sides = split(table, seen, options, near)
    used = [row for row, side in enumerate(sides.sides) if side]
    kind = target(table.target_kind)
    cells = [table.labels[row] for row in used]
    # any point may be the next move, played before or not
    classes = table.outputs if table.input_kind == "board" else kind.names(cells, table.outputs)
    labels = kind.blank(len(table), classes)
    labels[used] = kind.encode(cells, classes)
    channels = seen.channels if options.channels == "auto" else options.channels
    # what tells the class of an image besides the object; no other target is told so
    asked = table.input_kind == "image" and kind.name == "class"
    found = findings(table, seen, sides, options, near, shortcuts(table, seen, used, progress) if asked else ())
    learned = (row for row in used if sides.sides[row] in ("train", "val"))
    return Dataset(
        table=table,
        scan=seen,
        split=sides,
        options=options,
        classes=classes,
        channels=1 if channels == 1 else 3,
        labels=labels,
        near=near,
        findings=found,
        notes=found.notes,
        masks=masks,
        fingerprint=set_hash(
            f"{table.ids[row]}\t{masks.hashes[row] if masks else table.labels[row]}\t{seen.hashes[row]}"
            for row in learned
        ),
    )


def refusal(data: Dataset) -> str | None:
    """Why a data set cannot be trained on as it is, and how to mend that; None where it can."""
    table, found, noun = data.table, data.findings, NOUNS[data.table.input_kind]
    words = {"train": "training", "val": "validation", "test": "test"}
    absent = [side for side in SPLITS if not len(data.rows(side))]
    emptied = next((side for side in absent if side in table.splits), None)
    if emptied is not None:
        row = table.splits.index(emptied)
        return (
            f"{table.name}: no {noun} of the given {words[emptied]} set can be read, such as {table.ids[row]} "
            f"({data.scan.problems[row]}); repair them, or give no split at all, so that one is drawn"
        )
    share = found.unreadable_count / max(1, found.images)
    if share > data.options.max_unreadable:
        worst = ", ".join(f"{item.id} ({item.reason})" for item in found.unreadable[:3])
        allow = min(1.0, np.ceil(share * 100) / 100)
        return (
            f"{table.name}: {found.unreadable_count:,} of {found.images:,} {noun}s cannot be read, more than "
            f"{data.options.max_unreadable:.0%}, such as {worst}; repair them, or train on the rest with "
            f"--set data.max_unreadable={allow:.2f}"
        )
    constant = target(data.task).constant(data.targets(data.rows("train")))
    if constant and data.task != "class" and not absent:
        return f"{table.name}: {constant}; add {noun}s that differ in it"
    if data.task == "class" and len(data.classes) < 2:
        mend = "put the images of each class into a folder of its own" if noun == "image" else "add another class"
        got = f"only {data.classes[0]}" if data.classes else "none"
        return f"{table.name} must hold {noun}s of at least two classes, got {got}; {mend}"
    if found.unseen:
        return f"every class must have training {noun}s, got none for {unseen(found)}; {unseen_mend(found)}"
    if absent:
        return (
            f"{table.name} must hold {words[absent[0]]} {noun}s, got none: there are not enough different {noun}s to "
            f"share; add {noun}s, at least three different ones of a class"
        )
    return None
