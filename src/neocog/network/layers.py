"""The layers: frozen values, each of which knows the shape it gives, its cost and the windows that it reads through.

A layer never says how many channels it reads: that follows from the layer before. Building it is another room's work,
so nothing here needs torch. To add a layer: one dataclass here, registered in `LAYERS`, and one function in `build/`.

>>> Conv(6, 5)
Conv(6, 5)
>>> Conv(6, 5).output(((1, 32, 32),), Conv(6, 5).windows((1, 32, 32), "exact"))
(6, 28, 28)
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, TypeVar

from neocog.core.errors import ShapeError, TextError
from neocog.core.registry import Registry
from neocog.network import checks
from neocog.network.checks import Fit, Pad, Sides, settle
from neocog.network.formats import call
from neocog.network.sums import NOTHING, Sum
from neocog.network.windows import Window, slide

Shape: TypeAlias = tuple[int, ...]
"""(channels, height, width), (channels, length) or (features,); no batch."""

PartType = TypeVar("PartType", bound="type[Part]")


class Part(ABC):
    """Anything that a network's text may name.

    `variadic` is the field that takes all positional arguments, `keyed` says that required fields print by keyword too,
    `begins_line` that the part starts a line of its own, and `depth` counts how deep others are nested in it.
    """

    kind: ClassVar[str]
    variadic: ClassVar[str | None] = None
    keyed: ClassVar[bool] = False
    begins_line: ClassVar[bool] = False
    depth: int = 0

    def __repr__(self) -> str:
        return call(self)


class Layer(Part):
    """What can stand in a network: a leaf, or a composite of others; unnamed ones are called by `kind` and number."""

    name: str | None = None


LAYERS: Registry[type[Part]] = Registry("layer", TextError)
"""What a network's text may name, by its name there: the white list of `parse`."""


def register(part: PartType) -> PartType:
    """File a layer's class in `LAYERS` under its own name."""
    LAYERS.add(part.__name__)(part)
    return part


class Leaf(Layer):
    """A layer that computes; everything else is lowered to these.

    `reads_all`: each output reads every place of the map, so the receptive field grows to all of it.
    `merges`: it takes two inputs or more.
    """

    reads_all: ClassVar[bool] = False
    merges: ClassVar[bool] = False

    def windows(self, shape: Shape, fit: Fit) -> tuple[Window, ...]:
        """The windows that slide over an input of that shape, one an axis; empty where none does."""
        return ()

    @abstractmethod
    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape it gives for the shapes it receives; raises `ShapeError` where they do not fit."""

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """How many numbers it learns: weights, then biases."""
        return NOTHING

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """How many multiplications a convolution or dense layer does for one sample; none for all others."""
        return NOTHING


class Elementwise(Leaf):
    """A leaf that gives the shape it gets."""

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape it got."""
        return received[0]


def _maps(shape: Shape, owner: Leaf) -> Shape:
    """The extents of a map without its channels."""
    if len(shape) < 2:
        raise ShapeError(
            f"{type(owner).__name__} needs a map of (channels, height, width), got {shape[0]} features; "
            "put it before Flatten() or Dense()"
        )
    return shape[1:]


@register
@dataclass(frozen=True, repr=False)
class Conv(Leaf):
    """A convolution (cross-correlation, as everywhere in this field) with `channels` filters of side `size`.

    `groups` splits the channels into towers that do not see each other; `pad="same"` is TensorFlow's rule.
    Parameters size * size * channels in / groups * channels, plus channels with `bias`.
    """

    kind: ClassVar[str] = "conv"
    begins_line: ClassVar[bool] = True
    channels: int
    size: Sides
    stride: Sides = 1
    pad: Pad = 0
    dilation: Sides = 1
    groups: int = 1
    bias: bool = True
    fit: Fit | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, channels=checks.count, size=checks.sides, stride=checks.sides, pad=checks.padding,
               dilation=checks.sides, groups=checks.count, bias=checks.flag,
               fit=checks.optional(checks.choice("exact", "floor")))  # fmt: skip

    def windows(self, shape: Shape, fit: Fit) -> tuple[Window, ...]:
        """One window an axis."""
        return slide(_maps(shape, self), self.size, self.stride, self.pad, self.dilation, self.fit or fit)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels, places along each axis)."""
        for what, number in (("reads", received[0][0]), ("gives", self.channels)):
            if number % self.groups:
                raise ShapeError(
                    f"it {what} {number} channels, which {self.groups} groups do not divide; "
                    f"use groups={math.gcd(received[0][0], self.channels)} or a divisor of it"
                )
        return (self.channels, *(window.output for window in windows))

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """Filters times the elements of one, and one bias a filter."""
        return Sum((self.channels, *self._filter(received[0])), (self.channels,) * self.bias)

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """Output elements times the elements of one filter."""
        return Sum((*output, *self._filter(received[0])))

    def _filter(self, shape: Shape) -> tuple[int, ...]:
        """The extents of one filter: channels, then sides."""
        sides = (self.size,) * (len(shape) - 1) if isinstance(self.size, int) else self.size
        return (shape[0] // self.groups, *sides)


class Pool(Leaf):
    """What the pools have in common: a window without weights; `stride=None` means its size."""

    kind: ClassVar[str] = "pool"
    size: Sides
    stride: Sides | None
    pad: Pad
    fit: Fit | None

    def windows(self, shape: Shape, fit: Fit) -> tuple[Window, ...]:
        """One window an axis, none of them in the padding alone."""
        stride = self.size if self.stride is None else self.stride
        return slide(_maps(shape, self), self.size, stride, self.pad, 1, self.fit or fit, filled=True)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels as before, places along each axis)."""
        return (received[0][0], *(window.output for window in windows))


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
class GlobalAvgPool(Leaf):
    """The mean of each channel over the whole map: (channels, height, width) gives (channels,)."""

    kind: ClassVar[str] = "pool"
    reads_all: ClassVar[bool] = True
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels,)."""
        _maps(received[0], self)
        return received[0][:1]


@register
@dataclass(frozen=True, repr=False)
class Flatten(Leaf):
    """All elements in one row, channel after channel, row after row."""

    kind: ClassVar[str] = "flatten"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(elements,)."""
        return (math.prod(received[0]),)


@register
@dataclass(frozen=True, repr=False)
class Dense(Leaf):
    """Every output is a weighted sum of every input, plus a bias: features * inputs weights."""

    kind: ClassVar[str] = "dense"
    reads_all: ClassVar[bool] = True
    begins_line: ClassVar[bool] = True
    features: int
    bias: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, features=checks.count, bias=checks.flag)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(features,)."""
        if len(received[0]) != 1:
            raise ShapeError(
                f"Dense reads features, got a {'x'.join(map(str, received[0]))} map; "
                "put Flatten() or GlobalAvgPool() before it"
            )
        return (self.features,)

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """One weight for each pair of input and output, and one bias an output."""
        return Sum((self.features, received[0][0]), (self.features,) * self.bias)

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """One for each weight."""
        return Sum((self.features, received[0][0]))


@register
@dataclass(frozen=True, repr=False)
class Dropout(Elementwise):
    """In training each element is zeroed with probability `rate` and the others grow by 1/(1 - rate); else nothing."""

    kind: ClassVar[str] = "dropout"
    rate: float = 0.5
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, rate=checks.number(0, 1, "0.5"))


@register
@dataclass(frozen=True, repr=False)
class BatchNorm(Elementwise):
    """(x - mean)/sqrt(var + eps) * scale + offset for each channel, over the batch (Ioffe and Szegedy, 2015).

    `momentum` is the weight of the newest batch in the running statistics, as in PyTorch.
    """

    kind: ClassVar[str] = "norm"
    eps: float = 1e-5
    momentum: float = 0.1
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, eps=checks.number(0, 1, "1e-5"), momentum=checks.number(0, 1.000001, "0.1"))

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """A scale and an offset a channel; the running statistics are not learned."""
        return Sum((2, received[0][0]))


@register
@dataclass(frozen=True, repr=False)
class LayerNorm(Elementwise):
    """(x - mean)/sqrt(var + eps) * scale + offset, over the channels of each place (Ba, Kiros and Hinton, 2016).

    Of a vector, over its features. Nothing depends on the batch, so training and predicting do the same.
    """

    kind: ClassVar[str] = "norm"
    eps: float = 1e-5
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, eps=checks.number(0, 1, "1e-5"))

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """A scale and an offset a channel."""
        return Sum((2, received[0][0]))


@register
@dataclass(frozen=True, repr=False)
class LocalResponseNorm(Elementwise):
    """x / (k + alpha * sum of squares over `size` neighboring channels)^beta (Krizhevsky et al., 2012, section 3.3).

    `alpha` is the paper's: PyTorch divides its own by `size`.
    """

    kind: ClassVar[str] = "norm"
    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, size=checks.count, alpha=checks.number(0, example="1e-4"), beta=checks.number(0, example="0.75"),
               k=checks.number(0, example="2.0"))  # fmt: skip

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape it got, a map."""
        _maps(received[0], self)
        return received[0]
