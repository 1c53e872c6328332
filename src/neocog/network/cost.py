"""What a network costs: learned parameters, multiply-accumulates and activation elements, for one sample.

MACs are the multiplications of convolutions and dense layers, as papers count them; a normalization, pool or activation
counts none. Activations are the elements of every layer's output, each layer apart (an in-place ReLU would save some).
"""

import math
from dataclasses import dataclass

from neocog.network.graph import Network, Step, walk
from neocog.network.layers import Shape


@dataclass(frozen=True)
class Cost:
    """Learned parameters, multiply-accumulates for one sample, and elements of the outputs for one sample."""

    params: int
    macs: int
    activations: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.params + other.params, self.macs + other.macs, self.activations + other.activations)


def step_cost(step: Step) -> Cost:
    """The cost of one step; shared weights are counted where they are owned."""
    params = 0 if step.shares is not None else step.layer.params(step.received).total
    return Cost(params, step.layer.macs(step.received, step.shape).total, math.prod(step.shape))


def cost(network: Network, input: Shape | None = None) -> Cost:
    """The cost of the whole network, for the nominal input or another.

    >>> from neocog.network import Conv, Network
    >>> cost(Network((3, 32, 32), (Conv(20, 5, pad=2),)))
    Cost(params=1520, macs=1536000, activations=20480)
    """
    return sum((step_cost(step) for step in walk(network, input)), Cost(0, 0, 0))
