"""What stands on the ways of residual blocks besides convolutions: channels of zeros for a shortcut without weights.

>>> from neocog.network.composites import Residual, Sequence
>>> from neocog.network.layers import Conv, MaxPool
>>> Residual(Conv(32, 3, stride=2, pad=1), shortcut=Sequence(MaxPool(1, stride=2), PadChannels(32)))
Residual(Conv(32, 3, stride=2, pad=1), shortcut=Sequence(MaxPool(1, stride=2), PadChannels(32)))
"""

from dataclasses import dataclass
from typing import ClassVar

from neocog.core.errors import ShapeError
from neocog.network import checks
from neocog.network.checks import settle
from neocog.network.layers import Leaf, Shape, register
from neocog.network.windows import Window


@register
@dataclass(frozen=True, repr=False)
class PadChannels(Leaf):
    """Channels of zeros behind those that it gets, until there are `channels` (He et al., 2015, shortcut A)."""

    kind: ClassVar[str] = "pad"
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
