"""The layer table: a row a leaf, with everything that can be known of it before a weight exists."""

from dataclasses import dataclass
from typing import Any

from neocog.network.cost import Cost, step_cost
from neocog.network.graph import Network, walk
from neocog.network.layers import Shape
from neocog.network.receptive_field import receptive_fields


@dataclass(frozen=True)
class Row:
    """A layer: `receptive_field` and `stride` hold a number an axis, in input pixels; counts are for one sample."""

    path: str
    kind: str
    output: Shape
    params: int
    macs: int
    activations: int
    receptive_field: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """The rows of a network and their sums."""

    name: str | None
    input: Shape
    rows: tuple[Row, ...]
    total: Cost

    def document(self) -> dict[str, Any]:
        """The table as plain values, ready for JSON."""
        layers = [
            {
                "path": row.path,
                "kind": row.kind,
                "output": list(row.output),
                "params": row.params,
                "macs": row.macs,
                "activations": row.activations,
                "receptive_field": list(row.receptive_field),
                "stride": list(row.stride),
            }
            for row in self.rows
        ]
        return {
            "name": self.name,
            "input": list(self.input),
            "layers": layers,
            "params": self.total.params,
            "macs": self.total.macs,
            "activations": self.total.activations,
        }


def table(network: Network, input: Shape | None = None) -> Table:
    """The layer table of a network, for its nominal input or another; raises `ShapeError` where a layer does not fit.

    >>> from neocog.network import Conv, Network
    >>> table(Network((3, 32, 32), (Conv(20, 5, pad=2),))).rows[0].params
    1520
    """
    steps = walk(network, input)
    shape = network.input if input is None else tuple(input)
    costs = [step_cost(step) for step in steps]
    rows = [
        Row(
            path=step.path,
            kind=type(step.layer).__name__,
            output=step.shape,
            params=each.params,
            macs=each.macs,
            activations=each.activations,
            receptive_field=tuple(extent.size for extent in extents),
            stride=tuple(extent.stride for extent in extents),
        )
        for step, each, extents in zip(steps, costs, receptive_fields(steps, shape), strict=True)
    ]
    return Table(network.name, shape, tuple(rows), sum(costs, Cost(0, 0, 0)))
