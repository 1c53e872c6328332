"""The layer table: a row a leaf, with everything that can be known of it before a weight exists, and the totals.

A long table folds: `fold` puts layers of one composite on one line, with their sums, and equal neighbors on one more.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from neocog.network.cost import FREE, Cost, step_cost
from neocog.network.formulas import Formulas, steps_formulas
from neocog.network.graph import Network, walk
from neocog.network.layers import Shape
from neocog.network.memory import Memory, Precision, steps_memory
from neocog.network.receptive_field import receptive_fields

BATCH = 32
"""For how many samples the memory is told where nobody says."""
OPTIMIZER = "fused AdamW"
"""The optimizer whose state the memory holds."""
OPTIMIZER_STATES = 2
"""Its numbers for each weight."""
SCREENFUL = 40
"""The most rows of a table that is shown whole."""


@dataclass(frozen=True)
class Row:
    """A layer: `receptive_field` and `stride` hold a number an axis, in input pixels; counts are for one sample."""

    path: str
    kind: str
    output: Shape
    params: int
    macs: int
    activations: int
    ops: int
    receptive_field: tuple[int, ...]
    stride: tuple[int | Fraction, ...]
    formulas: Formulas | None = None
    """Where the numbers come from, if that was asked for."""

    def document(self) -> dict[str, Any]:
        """The row as plain values; a stride that is no whole number becomes a decimal fraction."""
        known: dict[str, Any] = {
            "path": self.path,
            "kind": self.kind,
            "output": list(self.output),
            "params": self.params,
            "macs": self.macs,
            "activations": self.activations,
            "receptive_field": list(self.receptive_field),
            "stride": [each if isinstance(each, int) else float(each) for each in self.stride],
            "ops": self.ops,
        }
        return known if self.formulas is None else {**known, "formulas": asdict(self.formulas)}


@dataclass(frozen=True)
class Table:
    """The rows of a network, their sums, and the memory for a batch in each precision."""

    name: str | None
    input: Shape
    rows: tuple[Row, ...]
    total: Cost
    batch: int
    memory: dict[Precision, Memory]

    def document(self) -> dict[str, Any]:
        """The table as plain values, ready for JSON."""
        return {
            "name": self.name,
            "input": list(self.input),
            "layers": [row.document() for row in self.rows],
            "params": self.total.params,
            "macs": self.total.macs,
            "activations": self.total.activations,
            "ops": self.total.ops,
            "memory": {
                "batch": self.batch,
                "optimizer": OPTIMIZER,
                **{precision: asdict(memory) for precision, memory in self.memory.items()},
            },
        }


def table(network: Network, input: Shape | None = None, *, batch: int = BATCH, formulas: bool = False) -> Table:
    """The layer table of a network, for its nominal input or another; raises `ShapeError` where a layer does not fit.

    `batch` is how many samples the memory is for; `formulas` asks for those of each row.

    >>> from neocog.network import Conv, Network
    >>> table(Network((3, 32, 32), (Conv(20, 5, pad=2),))).rows[0].params
    1520
    """
    steps = walk(network, input)
    shape = network.shape if input is None else tuple(input)
    costs, fields = [step_cost(step) for step in steps], receptive_fields(steps)
    told = steps_formulas(steps, fields) if formulas else (None,) * len(steps)
    rows = [
        Row(
            path=step.path,
            kind=type(step.layer).__name__,
            output=step.shape,
            params=each.params,
            macs=each.macs,
            activations=each.activations,
            ops=each.ops,
            receptive_field=tuple(extent.size for extent in extents),
            stride=tuple(extent.stride for extent in extents),
            formulas=formula,
        )
        for step, each, extents, formula in zip(steps, costs, fields, told, strict=True)
    ]
    return Table(
        network.name, shape, tuple(rows), sum(costs, FREE), batch, steps_memory(steps, network, batch, OPTIMIZER_STATES)
    )


def fold(rows: tuple[Row, ...], depth: int | None = None) -> tuple[Row, ...]:
    """The rows with the layers below some depth put together, and equal neighbors among those on one line.

    A folded row has the sums of its layers, and the output, receptive field and stride of the last. Without a depth a
    table of a screenful is left whole; a longer one is folded to two levels, or to one where that is still too long.

    >>> from neocog.network import Conv, Network, Repeat, Residual
    >>> network = Network((8, 9, 9), (Conv(8, 3, pad=1), Repeat(3, Residual(Conv(8, 3, pad=1)))))
    >>> [(row.path, row.kind) for row in fold(table(network).rows, 1)]
    [('conv1', 'Conv'), ('block1…3', '3 x 3 layers')]
    """
    if depth is not None:
        return tuple(_joined(_groups(rows, depth)))
    if len(rows) <= SCREENFUL:
        return rows
    twice = fold(rows, 2)
    return twice if len(twice) <= SCREENFUL else fold(rows, 1)


def _groups(rows: tuple[Row, ...], depth: int) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Rows that share the first parts of their paths, and that beginning."""
    for path, group in groupby(rows, key=lambda row: ".".join(row.path.split(".")[:depth])):
        yield path, tuple(group)


def _joined(groups: Iterator[tuple[str, tuple[Row, ...]]]) -> Iterator[Row]:
    """A row a group, and one for several where neighbors differ by their number only."""
    for _, alike in groupby(groups, key=lambda group: _likeness(*group)):
        same = list(alike)
        path, layers = same[0]
        if len(layers) == 1 and layers[0].path == path:
            yield from (row for _, (row,) in same)
            continue
        kind = f"{len(layers)} layers"
        if len(same) > 1:
            path, kind = f"{path}…{_number(same[-1][0])}", f"{len(same)} x {kind}"
        yield _sum(path, kind, [row for _, group in same for row in group])


def _likeness(path: str, rows: tuple[Row, ...]) -> tuple[object, ...]:
    """What equal groups have in common: all but their number and what they see."""
    return (
        path.rstrip("0123456789"),
        tuple((row.path[len(path) :], row.kind, row.output, row.params, row.macs, row.ops) for row in rows),
    )


def _number(path: str) -> str:
    return path[len(path.rstrip("0123456789")) :]


def _sum(path: str, kind: str, rows: list[Row]) -> Row:
    last = rows[-1]
    return Row(
        path=path,
        kind=kind,
        output=last.output,
        params=sum(row.params for row in rows),
        macs=sum(row.macs for row in rows),
        activations=sum(row.activations for row in rows),
        ops=sum(row.ops for row in rows),
        receptive_field=last.receptive_field,
        stride=last.stride,
    )
