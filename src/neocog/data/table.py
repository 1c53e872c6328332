"""A data set is a table: one row a sample, with a stable id, its raw input, its target, and what else is known of it.

Finding data (folders, archives, tables, arrays) ends here; checking, splitting, preparing and training start here.
Nothing is decoded yet: `Table.source` hands out the raw bytes of a row, or its pixels where the data came as an array.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
Raw: TypeAlias = bytes | Pixels | NDArray[np.float32]
"""A raw sample: an encoded file, pixels (H W, or H W C), or the numbers of a row."""

SPLITS = ("train", "val", "test")


class Source(Protocol):
    """Where the raw inputs of a table come from; safe to use from several threads."""

    def read(self, row: int) -> Raw:
        """The raw sample of a row: its encoded file, or where the data holds arrays its pixels or its numbers."""
        ...


@dataclass(frozen=True)
class Table:
    """One row a sample.

    `ids` are unique and stable: the path inside the data, with `/`, or `test/00042` for the rows of an array.
    `labels` holds each row's target as text (`targets.py`): a class's name, or labels or numbers joined by `|`, or the
    path of a mask. `splits` holds each row's given split, one of `SPLITS`, or "" where none is given. `inputs` names
    the columns that the numbers of a row come from, where those are the input. `outputs` names what the network's
    outputs stand for, where columns, or the classes of masks, are named; `groups` are labels that exclude each other,
    by their column. `columns` are the other columns of a table, by name. `notes` says in plain sentences what was
    decided on the way ("the wrapping folder neu/ was entered"); the report shows them.
    """

    name: str
    source: Source
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    input_kind: str = "image"
    target_kind: str = "class"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    masks: Source | None = None
    """What reads each row's mask, where the labels are paths of masks."""

    def __len__(self) -> int:
        return len(self.ids)

    def __post_init__(self) -> None:
        assert len(self.ids) == len(self.labels) == len(self.splits)
        assert len(set(self.ids)) == len(self.ids), "ids are unique"
