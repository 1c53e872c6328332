"""The activations: they change every element by itself, `Softmax` every position; `Maxout` takes the largest of few."""

import math
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
class Identity(Elementwise):
    """Nothing; the shortcut of a residual block and the activation where there is none."""

    kind: ClassVar[str] = "identity"
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint(view=True)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class ReLU(Elementwise):
    """max(0, x)."""

    kind: ClassVar[str] = "relu"
    footprint: ClassVar[Footprint] = Footprint(output=True)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class LeakyReLU(Elementwise):
    """x where it is positive, `slope` * x where not."""

    kind: ClassVar[str] = "relu"
    slope: float = 0.01
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, slope=checks.number(0, example="0.01"))


@register
@dataclass(frozen=True, repr=False)
class ReLU6(Elementwise):
    """min(max(0, x), 6): bounded, so that few bits hold it (Howard et al., 2017)."""

    kind: ClassVar[str] = "relu"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class GELU(Elementwise):
    """x times the probability that a standard normal variable is below x, exactly (Hendrycks and Gimpel, 2016)."""

    kind: ClassVar[str] = "gelu"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Sigmoid(Elementwise):
    """1 / (1 + e^-x)."""

    kind: ClassVar[str] = "sigmoid"
    footprint: ClassVar[Footprint] = Footprint(output=True)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Tanh(Elementwise):
    """`amplitude` * tanh(`slope` * x); LeCun et al., 1998, take 1.7159 and 2/3, which leave 1 at 1."""

    kind: ClassVar[str] = "tanh"
    footprint: ClassVar[Footprint] = Footprint(output=True)
    amplitude: float = 1.0
    slope: float = 1.0
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, amplitude=checks.number(0, example="1.7159"), slope=checks.number(0, example="0.6667"))


@register
@dataclass(frozen=True, repr=False)
class Softmax(Elementwise):
    """e^x over the sum of e^x along the channels (or features)."""

    kind: ClassVar[str] = "softmax"
    work: ClassVar[int] = 3
    footprint: ClassVar[Footprint] = Footprint(output=True, precise=True)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Log(Elementwise):
    """ln x, of the smallest normal float32 at least: it makes logits of probabilities, such as an ensemble's means."""

    kind: ClassVar[str] = "log"
    footprint: ClassVar[Footprint] = Footprint(input=True, own=4)
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Sign(Elementwise):
    """-1, 0 or 1: the perceptron's output."""

    kind: ClassVar[str] = "sign"
    footprint: ClassVar[Footprint] = Footprint()
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Maxout(Leaf):
    """The largest of each `pieces` neighboring channels or features, of which as many fewer are left.

    Behind `Dense(2 * n)` it is max(w1 x + b1, w2 x + b2) (Goodfellow et al., 2013).
    """

    kind: ClassVar[str] = "maxout"
    footprint: ClassVar[Footprint] = Footprint(input=True, output=True)
    pieces: int
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, pieces=checks.count)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(channels / pieces, extents as before)."""
        channels, *extents = received[0]
        if channels % self.pieces:
            raise ShapeError(
                f"it takes the largest of each {self.pieces} channels, which do not divide {channels}; "
                f"use {math.gcd(channels, self.pieces)} pieces, or give it a multiple of {self.pieces} channels"
            )
        return (channels // self.pieces, *extents)

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """One for each element that it reads."""
        return Sum(received[0])
