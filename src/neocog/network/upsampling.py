"""The layers that make a map larger, and what joins maps of different sizes: the second half of a dense prediction.

Each is a window over a map whose places were put apart (`windows.spread`), so that the shape, the receptive field and
the picture of a step follow from the same four numbers as a convolution's.

>>> ConvTranspose(21, 64, stride=32, bias=False)
ConvTranspose(21, 64, stride=32, bias=False)
"""

from dataclasses import dataclass
from typing import ClassVar

from neocog.core.errors import ShapeError
from neocog.network import checks
from neocog.network.checks import Fit, Sides, settle
from neocog.network.composites import Merge
from neocog.network.footprint import Footprint
from neocog.network.layers import Leaf, Shape, check_groups, map_extents, register
from neocog.network.sums import NOTHING, Sum
from neocog.network.windows import Window, cut, magnify, slide, spread


@register
@dataclass(frozen=True, repr=False)
class ConvTranspose(Leaf):
    """The gradient of a `Conv` of those fields as a layer, also up-convolution: (N - 1)S - 2P + D(F - 1) + 1 + extra.

    `pad` cuts the border, as it widens a convolution's; `extra` adds rows and columns at the end, since under a stride
    several sizes lead to the same. Parameters channels in * channels / groups * size * size, plus channels with `bias`.
    """

    kind: ClassVar[str] = "up"
    begins_line: ClassVar[bool] = True
    channels: int
    size: Sides
    stride: Sides = 1
    pad: Sides = 0
    dilation: Sides = 1
    groups: int = 1
    bias: bool = True
    extra: Sides = 0
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, channels=checks.count, size=checks.sides, stride=checks.sides, pad=checks.amounts,
               dilation=checks.sides, groups=checks.count, bias=checks.flag, extra=checks.amounts)  # fmt: skip

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis."""
        extents = map_extents(received[0], self)
        windows = spread(extents, self.size, self.stride, self.pad, self.dilation, self.extra)
        for window in windows:
            most = max(window.spread, window.dilation)
            if window.high - window.low >= most:
                raise ShapeError(
                    f"extra must be less than the stride or the dilation ({most}), got {window.high - window.low}; "
                    f"use at most {most - 1}"
                )
        return windows

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels, places along each axis)."""
        check_groups(self.groups, received[0][0], self.channels)
        return (self.channels, *(window.output for window in windows))

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """Channels that it reads times the elements of what one of them spreads to, and one bias a channel."""
        return Sum((received[0][0], *self._filter(received[0])), (self.channels,) * self.bias)

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """Input elements times the elements of what one of them spreads to."""
        return Sum((*received[0], *self._filter(received[0])))

    def _filter(self, shape: Shape) -> tuple[int, ...]:
        sides = (self.size,) * (len(shape) - 1) if isinstance(self.size, int) else self.size
        return (self.channels // self.groups, *sides)


@register
@dataclass(frozen=True, repr=False)
class Upsample(Leaf):
    """A map `scale` times larger: each place repeated, or `mode="bilinear"` between the centers of neighbors."""

    kind: ClassVar[str] = "upsample"
    footprint: ClassVar[Footprint] = Footprint()
    scale: Sides
    mode: str = "nearest"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, scale=checks.sides, mode=checks.choice("nearest", "bilinear"))

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis."""
        return magnify(map_extents(received[0], self), self.scale, linear=self.mode == "bilinear")

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels as before, places along each axis)."""
        return (received[0][0], *(window.output for window in windows))

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """None for the nearest; else a multiplication for each of the neighbors, and their sum."""
        return Sum((2 ** (len(windows) + 1) - 1, *output)) if self.mode == "bilinear" else NOTHING


@register
@dataclass(frozen=True, repr=False)
class Unpool(Merge):
    """Each value goes back to where a max pool found its maximum, zeros elsewhere (Zeiler and Fergus, 2013).

    Its inputs are the map to spread and the map that the pool read, in which the maxima are looked up again. `size`,
    `stride` are the pool's. Where windows overlap and share a maximum, their values add up, as their gradients would.
    """

    kind: ClassVar[str] = "unpool"
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint(own=8)
    size: Sides
    stride: Sides | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, size=checks.sides, stride=checks.optional(checks.sides))

    def pool(self, shape: Shape, places: Shape) -> tuple[Window, ...] | None:
        """The windows of the pool that gives a map of those extents; None where neither rounding does."""
        stride = self.size if self.stride is None else self.stride
        for fit in ("floor", "ceil"):
            windows = slide(map_extents(shape, self), self.size, stride, 0, 1, fit, filled=True)
            if tuple(window.output for window in windows) == places:
                return windows
        return None

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """The windows of the pool, turned round."""
        values, source = _two(self, received)
        pool = self.pool(source, values[1:])
        if pool is None or values[0] != source[0]:
            raise ShapeError(
                f"it spreads {_text(values)} over {_text(source)}, which no max pool of size {self.size} and stride "
                f"{self.size if self.stride is None else self.stride} leads to; give it that pool's output and input"
            )
        return tuple(
            Window(w.size, 1, 1, w.size - 1, w.input - (w.output - 1) * w.stride - 1, w.output, w.input, w.stride)
            for w in pool
        )

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape of the map that the pool read."""
        return received[1]


@register
@dataclass(frozen=True, repr=False)
class Crop(Merge):
    """The first input cut to the extents of the second, whose values are not read: the middle, or from `offset` on."""

    kind: ClassVar[str] = "crop"
    work: ClassVar[int] = 0
    offset: Sides | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, offset=checks.optional(checks.amounts))

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis, of size 1."""
        values, like = _two(self, received)
        return cut(map_extents(values, self), like[1:], self.offset)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels of the first, extents of the second)."""
        return (received[0][0], *received[1][1:])


def _two(owner: Leaf, received: tuple[Shape, ...]) -> tuple[Shape, Shape]:
    """What a layer of exactly two maps receives."""
    if len(received) != 2 or len(received[0]) != len(received[1]):
        raise ShapeError(
            f"{type(owner).__name__} reads two maps of as many axes, got {' and '.join(map(_text, received))}; "
            "give it both, the one to change first"
        )
    return received[0], received[1]


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape))
