"""What LeNet-5 was made of in 1998 and networks left behind: a table of connections, learned subsampling, fixed codes.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", section II.B.

>>> TableConv(((0, 1), (1, 2)), 5).params(((3, 14, 14),)).total
102
"""

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar, cast

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import checks
from neocog.network.checks import Fit, Pad, Sides, UnfitError, settle
from neocog.network.footprint import Footprint
from neocog.network.layers import Elementwise, Leaf, Shape, map_extents, register
from neocog.network.sums import Sum
from neocog.network.windows import Window, slide

MAX_LINKS = 100_000
"""Connections that a `TableConv` may have; LeNet-5's has 60."""


@register
@dataclass(frozen=True, repr=False)
class Affine(Elementwise):
    """x * scale + offset, both learned for each channel: LeNet-5's subsampling is `SumPool(2)` and this."""

    kind: ClassVar[str] = "affine"
    work: ClassVar[int] = 2
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """A scale and an offset a channel."""
        return Sum((2, received[0][0]))


def _table(value: object) -> object:
    """Rows of different channels."""
    unfit = UnfitError("a row for each channel that it gives, of the channels that it reads", "((0, 1), (1, 2))")
    if not isinstance(value, list | tuple) or not value or not all(isinstance(row, list | tuple) for row in value):
        raise unfit
    rows = cast("tuple[tuple[object, ...], ...]", value)
    if sum(map(len, rows)) > MAX_LINKS:
        raise UnfitError(f"a table of at most {MAX_LINKS:,} connections", "((0, 1), (1, 2))")
    try:
        table = tuple(tuple(checks.whole(channel, 0) for channel in row) for row in rows)
    except UnfitError:
        raise unfit from None
    if not all(row and len(set(row)) == len(row) for row in table):
        raise unfit
    return table


@register
@dataclass(frozen=True, repr=False)
class TableConv(Leaf):
    """A convolution in which each channel reads only some: row k of `table` lists, from 0, those that channel k reads.

    Only those have weights: size * size for each connection, and with `bias` one for each channel that it gives.
    """

    kind: ClassVar[str] = "conv"
    begins_line: ClassVar[bool] = True
    table: tuple[tuple[int, ...], ...]
    size: Sides
    stride: Sides = 1
    pad: Pad = 0
    bias: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, table=_table, size=checks.sides, stride=checks.sides, pad=checks.padding, bias=checks.flag)

    @property
    def links(self) -> int:
        """The connections between channels."""
        return sum(map(len, self.table))

    def windows(self, received: tuple[Shape, ...], fit: Fit) -> tuple[Window, ...]:
        """One window an axis."""
        return slide(map_extents(received[0], self), self.size, self.stride, self.pad, 1, fit)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(rows of the table, places along each axis)."""
        last = max(map(max, self.table))
        if last >= received[0][0]:
            raise ShapeError(
                f"its table reads channel {last}, and the {received[0][0]} that it gets are called 0 to "
                f"{received[0][0] - 1}; leave the others out of the table"
            )
        return (len(self.table), *(window.output for window in windows))

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """Connections times the sides of a filter, and one bias a row."""
        return Sum((self.links, *self._sides(received[0])), (len(self.table),) * self.bias)

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """Output places times connections times the sides of a filter; a connection that is missing costs nothing."""
        return Sum((self.links, *output[1:], *self._sides(received[0])))

    def _sides(self, shape: Shape) -> tuple[int, ...]:
        return (self.size,) * (len(shape) - 1) if isinstance(self.size, int) else self.size


def _codes(value: object) -> object:
    unfit = UnfitError("a code a class, all different and as long, of 0 and 1 or hexadecimal", '("0110", "1001")')
    if not isinstance(value, list | tuple) or not value:
        raise unfit
    if not all(isinstance(code, str) and re.fullmatch("[0-9a-fA-F]+", code) for code in value):
        raise unfit
    codes = tuple(code.lower() for code in cast("tuple[str, ...]", value))
    if len(set(codes)) < len(codes) or len(set(map(len, codes))) > 1:
        raise unfit
    return codes


@register
@dataclass(frozen=True, repr=False)
class RadialBasis(Leaf):
    """Minus half the squared distance between the features and each class's fixed code of -1 and +1: a logit.

    `codes` are texts of 0 (-1) and 1 (+1), or of hexadecimal digits that stand for four each; which of the two follows
    from the number of features. The paper's own output is the squared distance, of which the smallest wins.
    """

    kind: ClassVar[str] = "rbf"
    reads_all: ClassVar[bool] = True
    work: ClassVar[int] = 1
    footprint: ClassVar[Footprint] = Footprint()
    codes: tuple[str, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, codes=_codes)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(classes,)."""
        self.signs(received[0])
        return (len(self.codes),)

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """For each class and feature a difference, a square and an addition."""
        return Sum((3, *output, *received[0]))

    def signs(self, shape: Shape) -> tuple[tuple[int, ...], ...]:
        """The code of each class as -1 and +1, one a feature; raises `ShapeError` where there are not as many."""
        length = len(self.codes[0])
        if shape == (length,) and not set("".join(self.codes)) - {"0", "1"}:
            return tuple(tuple(2 * int(digit) - 1 for digit in code) for code in self.codes)
        if shape == (4 * length,):
            digits = (f"{int(code, 16):0{4 * length}b}" for code in self.codes)
            return tuple(tuple(2 * int(digit) - 1 for digit in code) for code in digits)
        raise ShapeError(
            f"its codes have {length} digits, for {length} features as 0 and 1 or {4 * length} as hexadecimal, and it "
            f"gets {'x'.join(map(str, shape))}; end what is before it in one of them"
        )

    def for_classes(self, classes: int) -> "RadialBasis":
        """The same with another number of codes; what is missing is drawn from the number of each code alone.

        >>> RadialBasis(("0110", "1001")).for_classes(3)
        RadialBasis(('0110', '1001', '1111'))
        """
        length, binary = len(self.codes[0]), not set("".join(self.codes)) - {"0", "1"}
        if classes > (2 if binary else 16) ** length:
            raise NetworkError(f"codes of {length} digits do not tell {classes} classes apart; use longer ones")
        codes, draws = list(self.codes[:classes]), 0
        while len(codes) < classes:
            parts = (hashlib.sha256(f"{draws} {part}".encode()).hexdigest() for part in range(-(-length // 64)))
            digits = "".join(parts)[:length]
            code = "".join(str(int(digit, 16) % 2) for digit in digits) if binary else digits
            if code not in codes:
                codes.append(code)
            draws += 1
        return RadialBasis(tuple(codes), name=self.name)
