"""Words as an input: a network reads their numbers, and its first layer gives each word a vector.

A word's number stands for a column of zeros with a one in that row (one-hot), so a text of `length` words counts as a
map of (vocabulary, length), and an embedding is a convolution of size 1 over it, done by looking up.

>>> Tokens(59, 20000).one_hot
(20000, 59)
"""

from dataclasses import dataclass
from typing import ClassVar

from neocog.network import checks
from neocog.network.checks import settle
from neocog.network.footprint import Footprint
from neocog.network.layers import Leaf, Part, Shape, register
from neocog.network.sums import Sum
from neocog.network.windows import Window


@register
@dataclass(frozen=True, repr=False)
class Tokens(Part):
    """The input of a network that reads words: `length` numbers from 0 to `vocabulary` - 1, as N L of int64."""

    kind: ClassVar[str] = "tokens"
    length: int
    vocabulary: int

    def __post_init__(self) -> None:
        settle(self, length=checks.count, vocabulary=checks.count)

    @property
    def one_hot(self) -> Shape:
        """(vocabulary, length): what the numbers stand for."""
        return (self.vocabulary, self.length)


@register
@dataclass(frozen=True, repr=False)
class Embedding(Leaf):
    """A learned vector of `features` for each word: numbers of `Tokens` to (features, length)."""

    kind: ClassVar[str] = "embedding"
    begins_line: ClassVar[bool] = True
    work: ClassVar[int] = 0
    footprint: ClassVar[Footprint] = Footprint()
    features: int
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, features=checks.count)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(features, length)."""
        return (self.features, *received[0][1:])

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """A vector for each word of the vocabulary."""
        return Sum((received[0][0], self.features))
