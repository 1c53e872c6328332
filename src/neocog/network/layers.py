"""The layers: frozen values, each of which knows the shape it gives, its cost and the windows that it reads through.

A layer never says how many channels it reads: that follows from the layer before. Building it is another room's work,
so nothing here needs torch. To add a layer: one dataclass here, registered in `LAYERS`, and one function in `build/`.

>>> Conv(6, 5)
Conv(6, 5)
>>> Conv(6, 5).output(((1, 32, 32),), Conv(6, 5).windows(((1, 32, 32),), "exact"))
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
from neocog.network.footprint import Footprint
from neocog.network.formats import call
from neocog.network.sums import NOTHING, Sum
from neocog.network.windows import Window, slide

Shape: TypeAlias = tuple[int, ...]
"""(channels, height, width), (channels, length) or (features,); no batch."""

PartType = TypeVar("PartType", bound="type[Part]")


class Part(ABC):
    """Anything that a network's text may name.

    `variadic` is the field that takes all positional arguments, `keyed` says that required fields print by keyword too,
    `begins_line` that the part starts a line of its own, `depth` counts how deep others are nested in it,
    and `steps` the leaves of a network that it comes to.
    """

    kind: ClassVar[str]
    variadic: ClassVar[str | None] = None
    keyed: ClassVar[bool] = False
    begins_line: ClassVar[bool] = False
    depth: int = 0
    steps: int = 1

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
    `merges`: it takes two inputs or more. `work`: operations for each output element, where it has no MACs; a function
    of one number counts one, however dear. `footprint`: what it keeps in memory for the backward pass.
    """

    reads_all: ClassVar[bool] = False
    merges: ClassVar[bool] = False
    work: ClassVar[int] = 1
    footprint: ClassVar[Footprint] = Footprint(input=True)

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """The windows that slide over its (first) input, one an axis; empty where none does."""
        return ()

    @abstractmethod
    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape it gives for the shapes it receives; raises `ShapeError` where they do not fit."""

    def leaves(self, received: tuple[Shape, ...]) -> Footprint:
        """What it leaves in memory for inputs of those shapes: its kind's `footprint`, unless it must be measured."""
        return self.footprint

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """How many numbers it learns: weights, then biases."""
        return NOTHING

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """How many multiplications a convolution or dense layer does for one sample; none for all others."""
        return NOTHING

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """How many operations it does for one sample when it predicts, multiplications and additions apart.

        A MAC is two; a bias adds one for each output element. What has no MACs does its `work` for each.
        """
        products = self.macs(received, output).products
        if products:
            biased = len(self.params(received).products) > 1
            return Sum(*((2, *product) for product in products), output * biased)
        return Sum((self.work,) * (self.work > 1) + output) if self.work else NOTHING


class Elementwise(Leaf):
    """A leaf that gives the shape it gets."""

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape it got."""
        return received[0]


def map_extents(shape: Shape, owner: Leaf) -> Shape:
    """The extents of a map without its channels."""
    if len(shape) < 2:
        raise ShapeError(
            f"{type(owner).__name__} needs a map of (channels, height, width), got {shape[0]} features; "
            "put it before Flatten() or Dense()"
        )
    return shape[1:]


def check_groups(groups: int, reads: int, gives: int) -> None:
    """Raise `ShapeError` where the groups do not divide the channels that a layer reads, and those that it gives."""
    for what, number in (("reads", reads), ("gives", gives)):
        if number % groups:
            raise ShapeError(
                f"it {what} {number} channels, which {groups} groups do not divide; "
                f"use groups={math.gcd(reads, gives)} or a divisor of it"
            )


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

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis."""
        return slide(map_extents(received[0], self), self.size, self.stride, self.pad, self.dilation, self.fit or fit)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels, places along each axis)."""
        check_groups(self.groups, received[0][0], self.channels)
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


@register
@dataclass(frozen=True, repr=False)
class Flatten(Leaf):
    """All elements in one row, channel after channel, row after row."""

    kind: ClassVar[str] = "flatten"
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint(view=True)
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
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint(own=4)
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
    work: ClassVar[int] = 2
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
    work: ClassVar[int] = 7
    footprint: ClassVar[Footprint] = Footprint(input=True, precise=True)
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
    footprint: ClassVar[Footprint] = Footprint(input=True, own=12, scratch=12, precise=True)
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
        map_extents(received[0], self)
        return received[0]

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """For each element a square, a sum over `size` of them, times alpha, plus k, a power and a division."""
        return Sum((self.size + 4, *output))
