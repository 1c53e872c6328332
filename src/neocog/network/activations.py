"""The activations: they change every element by itself (`Softmax` every position), and no shape."""

from dataclasses import dataclass
from typing import ClassVar

from neocog.network import checks
from neocog.network.checks import settle
from neocog.network.layers import Elementwise, register


@register
@dataclass(frozen=True, repr=False)
class Identity(Elementwise):
    """Nothing; the shortcut of a residual block and the activation where there is none."""

    kind: ClassVar[str] = "identity"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class ReLU(Elementwise):
    """max(0, x)."""

    kind: ClassVar[str] = "relu"
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
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Tanh(Elementwise):
    """The hyperbolic tangent."""

    kind: ClassVar[str] = "tanh"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Softmax(Elementwise):
    """e^x over the sum of e^x along the channels (or features)."""

    kind: ClassVar[str] = "softmax"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)


@register
@dataclass(frozen=True, repr=False)
class Sign(Elementwise):
    """-1, 0 or 1: the perceptron's output."""

    kind: ClassVar[str] = "sign"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)
