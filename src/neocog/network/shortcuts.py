"""What stands on the two ways of residual blocks besides convolutions.

On the shortcut: channels of zeros, where it has no weights. At the end of the body: a learned scale, and in training
the chance that the whole body is left out.

>>> from neocog.network.composites import Residual, Sequence
>>> from neocog.network.layers import Conv
>>> from neocog.network.pools import MaxPool
>>> Residual(Conv(32, 3, stride=2, pad=1), shortcut=Sequence(MaxPool(1, stride=2), PadChannels(32)))
Residual(Conv(32, 3, stride=2, pad=1), shortcut=Sequence(MaxPool(1, stride=2), PadChannels(32)))
"""

from dataclasses import dataclass
from typing import ClassVar

from neocog.core.errors import ShapeError
from neocog.network import checks
from neocog.network.checks import settle
from neocog.network.footprint import Footprint
from neocog.network.layers import Elementwise, Leaf, Shape, register
from neocog.network.sums import Sum
from neocog.network.windows import Window


@register
@dataclass(frozen=True, repr=False)
class PadChannels(Leaf):
    """Channels of zeros behind those that it gets, until there are `channels` (He et al., 2015, shortcut A)."""

    kind: ClassVar[str] = "pad"
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint()
    channels: int
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, channels=checks.count)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels, extents as before)."""
        if received[0][0] > self.channels:
            raise ShapeError(
                f"it pads to {self.channels} channels and gets {received[0][0]} already; "
                f"give it at least {received[0][0]}"
            )
        return (self.channels, *received[0][1:])


@register
@dataclass(frozen=True, repr=False)
class LayerScale(Elementwise):
    """x times a learned number for each channel (Touvron et al., 2021), which begins small by a rule of the network."""

    kind: ClassVar[str] = "scale"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """One a channel."""
        return Sum((received[0][0],))


@register
@dataclass(frozen=True, repr=False)
class StochasticDepth(Elementwise):
    """In training a sample is zeroed as a whole with probability `rate`, others grow by 1/(1 - rate); else nothing.

    At the end of a residual body that leaves the block out for that sample (Huang et al., 2016).
    """

    kind: ClassVar[str] = "depth"
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint(scratch=4)
    rate: float
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, rate=checks.number(0, 1, "0.1"))
