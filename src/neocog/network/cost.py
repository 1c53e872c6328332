"""What a network costs: learned parameters, multiply-accumulates, operations and activation elements, for one sample.

MACs are the multiplications of convolutions and dense layers, as papers count them; a normalization, pool or activation
counts none. Operations are the looser figure that papers quote as "ops" or "FLOPs", counted here for a prediction: a
MAC is two, a multiplication and an addition; a bias adds one for each output element; a pool does one for each place
that it reads, a normalization two to `size` + 4 for each element, an activation or an addition of maps one; what only
moves or drops values does none. Each layer's own is `Leaf.ops`. Activations are the elements of every layer's output,
each layer apart (an in-place ReLU would save some).
"""

import math
from dataclasses import dataclass

from neocog.network.graph import Network, Step, walk
from neocog.network.layers import Shape


@dataclass(frozen=True)
class Cost:
    """Learned parameters, and for one sample multiply-accumulates, elements of the outputs, and operations."""

    params: int
    macs: int
    activations: int
    ops: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.params + other.params,
            self.macs + other.macs,
            self.activations + other.activations,
            self.ops + other.ops,
        )


FREE = Cost(0, 0, 0, 0)
"""The cost of nothing, with which a sum of costs begins."""


def step_cost(step: Step) -> Cost:
    """The cost of one step; shared weights are counted where they are owned."""
    layer, received, shape = step.layer, step.received, step.shape
    return Cost(
        params=0 if step.shares is not None else layer.params(received).total,
        macs=layer.macs(received, shape).total,
        activations=math.prod(shape),
        ops=layer.ops(received, shape, step.windows).total,
    )


def cost(network: Network, input: Shape | None = None) -> Cost:
    """The cost of the whole network, for the nominal input or another.

    >>> from neocog.network import Conv, Network
    >>> cost(Network((3, 32, 32), (Conv(20, 5, pad=2),)))
    Cost(params=1520, macs=1536000, activations=20480, ops=3092480)
    """
    return sum((step_cost(step) for step in walk(network, input)), FREE)
