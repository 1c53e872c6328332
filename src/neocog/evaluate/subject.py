"""What is judged: which rows of which data, with the model's numbers for their classes, and how clean the question is.

A run is judged on the very images that its `splits.csv` sealed, known again by the hash of their content: a file that
moved is found, one that changed is refused. On other data it is judged on the given test split, else on everything; but
images that the run learned from say nothing about new ones. They are left out, and the report says how many, in a
warning: to refuse would keep the user from an honest figure that is at hand, to leave them in would flatter. In a run's
own test set they stay, for a sealed set is judged whole, but the verdict then claims nothing of images never seen.
"""

import tomllib
from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.config import from_dict
from neocog.core.errors import DataError, ModelFileError, nearest
from neocog.core.run import RECIPE, SPLITS, RunFolder, SplitRow
from neocog.data import DataOptions, Dataset, Progress, Targets, inspect, target
from neocog.data.split import set_hash
from neocog.evaluate.options import data_options
from neocog.evaluate.words import count, listed, number
from neocog.model import Model

LEARNED = ("train", "val")

_NOUNS = {"train": "training image", "val": "validation image", "test": "test image"}

_SPLIT = ("split_seed", "validation", "folds", "fold", "share", "share_seed")


@dataclass(frozen=True, eq=False)
class Subject:
    """Rows of a data set that a model is to be judged on."""

    data: Dataset
    rows: NDArray[np.int64]
    """The rows of the data's table."""
    targets: Targets
    """Their classes (labels, numbers), in the order of the model's outputs."""
    sides: tuple[str, ...]
    """The side of each; "" where the data has no split."""
    words: str
    """What it is, for a sentence: `the sealed test set of digits`."""
    own: bool
    """Whether it is the run's own sealed test set."""
    unseen: bool
    """Whether it is known that the model did not learn from these images."""
    familiar: NDArray[np.bool_]
    """For each row, whether the model learned from its picture: the same bytes, or nearly the same pixels."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The ids of the rows."""
        return tuple(self.data.table.ids[row] for row in self.rows)

    @property
    def test_hash(self) -> str:
        """The name of these images as a set, by their contents."""
        return set_hash(self.data.scan.hashes[row] for row in self.rows)


def find_subject(
    path: Path,
    model: Model,
    run: RunFolder | None,
    data: str | Path | None,
    changes: Mapping[str, str],
    progress: Progress | None = None,
) -> Subject:
    """What the model at `path` is judged on: other data where some is named, else the sealed test set of its run.

    Raises `ModelFileError` where neither data nor a run is at hand, `DataError` for data that cannot be judged on.
    """
    if data is None and run is None:
        data = changes.get("data.path")
    if data is not None:
        learned = learned_hashes(run) if run is not None and run.has(SPLITS) else None
        fingerprint = str(_mapping(model.card.get("data")).get("fingerprint", ""))
        options = data_options(_split_of(model.card), {**changes, "data.path": str(data)})
        return other_data(options, model.classes, learned, fingerprint, progress, model.task)
    if run is None:
        raise ModelFileError(
            f"{path} is no run folder, so it does not say where its data lies; give DATA too: neocog evaluate "
            f"{path} DATA"
        )
    return own_test_set(run, model.classes, changes, progress, model.task)


def own_test_set(
    run: RunFolder,
    classes: tuple[str, ...],
    changes: Mapping[str, str],
    progress: Progress | None = None,
    task: str = "class",
) -> Subject:
    """The sealed test set of a run, read again from where its recipe says (or `changes` to `data.path`).

    Raises `DataError` where an image has changed or is missing, with the names of some.
    """
    options = data_options(recipe_data(run), changes)
    try:
        data = inspect(options, progress)
    except DataError as error:
        wrong, _, mend = str(error).partition("; ")
        raise DataError(
            f"the data of {run.path.name} cannot be read again: {wrong}; {mend}, or, where it has moved, name its new "
            "place with --set data.path=PLACE"
        ) from error
    _require_task(data, task)
    sealed = [row for row in run.read_splits() if row.split == "test"]
    if not sealed:
        raise DataError(f"{run.path} has no test set; give other data: neocog evaluate {run.path} DATA")
    rows, targets = rows_of(sealed, data, run, classes)
    moved = sum(data.table.ids[row] != line.file for row, line in zip(rows.tolist(), sealed, strict=True))
    other = [line.file for row, line in zip(rows.tolist(), sealed, strict=True) if data.table.labels[row] != line.label]
    notes = list(data.findings.notes)
    if moved:
        notes.append(f"{count(moved, 'test image')} now under another name, known by the content.")
    warnings = []
    if other:
        warnings.append(
            f"{count(len(other), 'test image')} with another label now than when it was trained ({listed(other, 3)}). "
            "The labels of the run's splits.csv were used."
        )
    familiar = _familiar(rows.tolist(), data, learned_hashes(run))
    return Subject(
        data=data,
        rows=rows,
        targets=targets,
        sides=("test",) * len(sealed),
        words=f"the sealed test set of {data.table.name}",
        own=True,
        unseen=not familiar.any(),
        familiar=familiar,
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def other_data(
    options: DataOptions,
    classes: tuple[str, ...],
    learned: Collection[str] | None,
    fingerprint: str,
    progress: Progress | None = None,
    task: str = "class",
) -> Subject:
    """Other data: its given test split, else all of it, without the images that the model learned from.

    `learned` holds the content hashes of the images that the run trained and validated on; `None` where no run folder
    is at hand, in which case `fingerprint` (of the model's card) tells whether this is the very data it was trained on.
    """
    data = inspect(options, progress)
    _require_task(data, task)
    given = "test" in data.table.splits
    rows = [row for row in data.scan.readable.tolist() if not given or data.table.splits[row] == "test"]
    targets = _targets([data.table.labels[row] for row in rows], classes, data)
    warnings = []
    if learned is None:
        warnings.append(
            "It is not known which images this model learned from (there is no run folder beside the file): where some "
            "of them are here, the figures are too good."
        )
        if data.fingerprint == fingerprint:
            learned = {data.scan.hashes[row] for side in LEARNED for row in data.rows(side)}
            warnings = []
    familiar = _familiar(rows, data, learned or ())
    new = [row for row, known in zip(rows, familiar.tolist(), strict=True) if not known]
    left_out = len(rows) - len(new)
    if left_out:
        warnings.append(
            f"{number(left_out)} of {count(len(rows), 'image')} were left out: the model learned from them, or from "
            f"nearly the same pictures. The verdict is about the other {number(len(new))}."
        )
    if not new:
        raise DataError(
            f"{data.table.name} must hold images that the model has not learned from, got none among "
            f"{count(len(rows), 'image')}; give others"
        )
    return Subject(
        data=data,
        rows=np.array(new, dtype=np.int64),
        targets=targets[~familiar],
        sides=tuple(data.table.splits[row] for row in new),
        words=f"the given test split of {data.table.name}" if given else f"all of {data.table.name}",
        own=False,
        unseen=learned is not None,
        familiar=np.zeros(len(new), dtype=np.bool_),
        warnings=tuple(warnings),
        notes=data.table.notes,
    )


def rows_of(
    lines: list[SplitRow], data: Dataset, run: RunFolder, classes: tuple[str, ...]
) -> tuple[NDArray[np.int64], Targets]:
    """The rows of a run's samples in its data, and their classes as its `splits.csv` labels them.

    Raises `DataError` where an image has changed or is missing, with the names of some.
    """
    return _found_again(lines, data, run), _targets([line.label for line in lines], classes, data, run.path.name)


def learned_hashes(run: RunFolder) -> frozenset[str]:
    """The content hashes of the images that a run trained and validated on."""
    return frozenset(row.hash for row in run.read_splits() if row.split in LEARNED)


def recipe_data(run: RunFolder) -> DataOptions:
    """Where the data of a run lies, as its recipe says; raises `DataError` where that cannot be read."""
    where = str(run.path / RECIPE)
    try:
        document = tomllib.loads(run.read(RECIPE).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{where} is not TOML: {error}; mend that line") from error
    return from_dict(DataOptions, document.get("data", {}), where)


def _split_of(card: Mapping[str, Any]) -> DataOptions:
    """How the data that a model was trained on was split, by its card: so the file alone knows its images again."""
    told = _mapping(_mapping(card.get("recipe")).get("data"))
    return from_dict(DataOptions, {name: told[name] for name in _SPLIT if name in told}, "the model's card")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _familiar(rows: list[int], data: Dataset, learned: Collection[str]) -> NDArray[np.bool_]:
    """For each row whether its picture is one of the learned contents, or near one, as the split's groups are made."""
    hashes = data.scan.hashes
    near = [{hashes[one], hashes[other]} for one, other in data.near]
    known = set(learned)
    while more := set().union(*(pair for pair in near if pair & known)) - known:
        known |= more
    return np.array([hashes[row] in known for row in rows], dtype=np.bool_)


def _found_again(sealed: list[SplitRow], data: Dataset, run: RunFolder) -> NDArray[np.int64]:
    """The row of each sealed sample: under its own name where the content is the same, else wherever the content is."""
    place = {name: row for row, name in enumerate(data.table.ids)}
    hashes = data.scan.hashes
    named = {line.file for line in sealed if line.file in place and hashes[place[line.file]] == line.hash}
    free: dict[str, deque[int]] = defaultdict(deque)
    for row, value in enumerate(hashes):
        if data.table.ids[row] not in named:
            free[value].append(row)
    rows, lost = [], []
    for line in sealed:
        if line.file in named:
            rows.append(place[line.file])
        elif free[line.hash]:
            rows.append(free[line.hash].popleft())
        else:
            lost.append(f"{line.file} ({'changed' if line.file in place else 'missing'})")
    if lost:
        all_of_them = count(len(sealed), _NOUNS[sealed[0].split])
        raise DataError(
            f"{number(len(lost))} of {all_of_them} of {run.path.name} changed or went missing "
            f"since it was trained: {listed(lost, 3)}; bring them back, or judge other data with neocog evaluate "
            f"{run.path} DATA"
        )
    return np.array(rows, dtype=np.int64)


def _require_task(data: Dataset, task: str) -> None:
    """Raise `DataError` unless the data ask what the model answers."""
    if data.task != task:
        raise DataError(
            f"{data.table.name} must have {target(task).words}, as the model answers, it has "
            f"{target(data.task).words}; name its columns with --set data.label=, or give other data"
        )


def _targets(labels: list[str], classes: tuple[str, ...], data: Dataset, name: str = "") -> Targets:
    """The targets of some rows, in the order of the model's outputs."""
    kind = target(data.task)
    known = set(classes)
    unknown = sorted({each for label in labels for each in kind.labels_of(label)} - known)
    if unknown:
        raise DataError(
            f"{name or data.table.name} must have the model's {'labels' if data.task == 'classes' else 'classes'}, got "
            f"{listed([repr(label) for label in unknown])}, which it does not know; {nearest(unknown[0], classes)}"
        )
    return kind.encode(labels, classes)
