"""The pools: windows without weights, and their global forms, which read a whole map at once.

>>> MaxPool(3, stride=2)
MaxPool(3, stride=2)
"""

from dataclasses import dataclass
from typing import ClassVar

from neocog.network import checks
from neocog.network.checks import Fit, Pad, Sides, settle
from neocog.network.footprint import Footprint
from neocog.network.layers import Leaf, Shape, map_extents, register
from neocog.network.sums import Sum
from neocog.network.windows import Window, slide


class Pool(Leaf):
    """What the pools have in common: a window without weights; `stride=None` means its size."""

    kind: ClassVar[str] = "pool"
    size: Sides
    stride: Sides | None
    pad: Pad
    fit: Fit | None

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis, none of them in the padding alone."""
        stride = self.size if self.stride is None else self.stride
        return slide(map_extents(received[0], self), self.size, stride, self.pad, 1, self.fit or fit, filled=True)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels as before, places along each axis)."""
        return (received[0][0], *(window.output for window in windows))

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """One for each place of each window."""
        return Sum((*output, *(window.size for window in windows)))


_POOL_CHECKS: dict[str, checks.Check] = {
    "size": checks.sides,
    "stride": checks.optional(checks.sides),
    "pad": checks.padding,
    "fit": checks.optional(checks.choice("exact", "floor", "ceil")),
}


@register
@dataclass(frozen=True, repr=False)
class MaxPool(Pool):
    """The largest value of each window; padding never wins."""

    footprint: ClassVar[Footprint] = Footprint(input=True, own=8)
    size: Sides
    stride: Sides | None = None
    pad: Pad = 0
    fit: Fit | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, **_POOL_CHECKS)


@register
@dataclass(frozen=True, repr=False)
class AvgPool(Pool):
    """The mean of each window; `counts_pad` says whether padded zeros are part of the mean (PyTorch's default).

    An overhang by `fit="ceil"` is never counted, and neither is `pad="same"` in TensorFlow: say `counts_pad=False`.
    """

    size: Sides
    stride: Sides | None = None
    pad: Pad = 0
    counts_pad: bool = True
    fit: Fit | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, counts_pad=checks.flag, **_POOL_CHECKS)


@register
@dataclass(frozen=True, repr=False)
class SumPool(Pool):
    """The sum of each window: with `Affine()` behind it the subsampling of LeCun et al., 1998; padding adds nothing."""

    footprint: ClassVar[Footprint] = Footprint()
    size: Sides
    stride: Sides | None = None
    pad: Pad = 0
    fit: Fit | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, **_POOL_CHECKS)


class GlobalPool(Leaf):
    """What the global pools have in common: one number a channel, whatever the extents of the map or sequence."""

    kind: ClassVar[str] = "pool"
    reads_all: ClassVar[bool] = True

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels,)."""
        map_extents(received[0], self)
        return received[0][:1]

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """One for each element that it reads."""
        return Sum(received[0])


@register
@dataclass(frozen=True, repr=False)
class GlobalAvgPool(GlobalPool):
    """The mean of each channel over the whole map: (channels, height, width) gives (channels,)."""

    footprint: ClassVar[Footprint] = Footprint()
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class GlobalMaxPool(GlobalPool):
    """The largest value of each channel over the whole map: (channels, length) gives (channels,)."""

    footprint: ClassVar[Footprint] = Footprint(input=True, output=True)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)
