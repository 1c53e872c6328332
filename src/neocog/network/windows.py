"""A window that slides over a map: the one place where (N - F + P)/S + 1 is done, and explained where it does not work.

Convolutions and pools of any rank use it, one `Window` an axis. With dilation D a filter of size F spans D(F - 1) + 1.
"""

import math
from dataclasses import dataclass

from neocog.core.errors import ShapeError
from neocog.network.checks import Fit, Pad, Sides

_WORDS = {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}


@dataclass(frozen=True)
class Window:
    """A window along one axis: `low` and `high` are the padding before and after, `output` the places it takes.

    Negative padding cuts. `spread` is the distance that the inputs are put apart first, with zeros between them: the
    transposed convolution as a convolution (Dumoulin and Visin, "A guide to convolution arithmetic", 2016).
    """

    size: int
    stride: int
    dilation: int
    low: int
    high: int
    input: int
    output: int
    spread: int = 1

    @property
    def span(self) -> int:
        """How far the window reaches: dilation * (size - 1) + 1."""
        return self.dilation * (self.size - 1) + 1

    @property
    def overhang(self) -> int:
        """How far the last window reaches beyond the padded map (`fit="ceil"` only)."""
        side = (self.input - 1) * self.spread + 1
        return max(0, (self.output - 1) * self.stride + self.span - side - self.low - self.high)

    def reads(self, place: int) -> range:
        """The inputs that the window at a place covers, those in the padding included.

        >>> spread((4,), 3, 2, 0)[0].reads(2)  # two of the zeros between, and two inputs
        range(0, 2)
        """
        begin, common = place * self.stride - self.low, math.gcd(self.dilation, self.spread)
        if begin % common:
            return range(0)
        every = self.spread // common
        first = -begin // common * pow(self.dilation // common, -1, every) % every
        step = self.dilation // common
        start = (begin + first * self.dilation) // self.spread
        return range(start, start + step * len(range(first, self.size, every)), step)


def slide(
    map_: tuple[int, ...], size: Sides, stride: Sides, pad: Pad, dilation: Sides, fit: Fit, *, filled: bool = False
) -> tuple[Window, ...]:
    """The windows over a map, one an axis; `filled` (pools) demands that no window lies in the padding alone.

    Raises `ShapeError` with the sum where the window is too large, or does not divide under `fit="exact"`.

    >>> slide((7, 7), 3, 2, 0, 1, "exact")[0].output
    3
    """
    rank = len(map_)
    axes = [
        _place(map_[axis], _of(size, axis, rank, "size"), _of(stride, axis, rank, "stride"),
               _ends(pad, axis, rank), _of(dilation, axis, rank, "dilation"), fit)
        for axis in range(rank)
    ]  # fmt: skip
    for axis in reversed(range(rank)):
        if pad != "same":
            _judge(axes[axis], map_, _WORDS[rank][axis], fit, filled)
    return tuple(axes)


def spread(
    map_: tuple[int, ...], size: Sides, stride: Sides, pad: Sides, dilation: Sides = 1, extra: Sides = 0
) -> tuple[Window, ...]:
    """The windows that undo `slide` for a convolution of those fields: side (N - 1)S - 2P + D(F - 1) + 1 + extra.

    Raises `ShapeError` with the sum where that leaves nothing.

    >>> spread((3, 3), 3, 2, 1, extra=1)[0].output
    6
    """
    rank = len(map_)
    axes = []
    for axis, side in enumerate(map_):
        size_, step, cut = _of(size, axis, rank, "size"), _of(stride, axis, rank, "stride"), _of(pad, axis, rank, "pad")
        apart, more = _of(dilation, axis, rank, "dilation"), _of(extra, axis, rank, "extra")
        span = apart * (size_ - 1) + 1
        output = (side - 1) * step - 2 * cut + span + more
        if output < 1:
            raise ShapeError(
                f"a map of {side} {_WORDS[rank][axis]}, size {size_}, stride {step}, pad {cut} gives "
                f"({side} - 1)*{step} - 2*{cut} + {span} + {more} = {output}; pad by at most "
                f"{((side - 1) * step + span + more - 1) // 2}"
            )
        axes.append(Window(size_, 1, apart, span - 1 - cut, span - 1 - cut + more, side, output, step))
    return tuple(axes)


def magnify(map_: tuple[int, ...], scale: Sides, *, linear: bool) -> tuple[Window, ...]:
    """The windows that read a map `scale` times larger: the nearest place, or `linear`ly those on both sides.

    >>> magnify((4,), 2, linear=True)[0].size  # as wide as the filter of a bilinear transposed convolution
    4
    """
    axes = []
    for axis, side in enumerate(map_):
        by = _of(scale, axis, len(map_), "scale")
        size, low = (2 * by - by % 2, (3 * by - 2) // 2) if linear else (by, by - 1)
        axes.append(Window(size, 1, 1, low, by - 2 + size - low, side, by * side, by))
    return tuple(axes)


def cut(map_: tuple[int, ...], extents: tuple[int, ...], offset: Sides | None) -> tuple[Window, ...]:
    """The windows that read a piece of a map: windows of size 1 under negative padding; no `offset` takes the middle.

    Raises `ShapeError` where the piece reaches beyond the map.

    >>> cut((5, 7), (3, 3), None)[1].low
    -2
    """
    rank, axes = len(map_), []
    for axis, (side, output) in enumerate(zip(map_, extents, strict=True)):
        start = (side - output) // 2 if offset is None else _of(offset, axis, rank, "offset")
        rest = side - output - start
        if min(start, rest) < 0:
            begin = f"{output} of {side} {_WORDS[rank][axis]}" + ("" if offset is None else f" from {start} on")
            mend = "give it a larger map first" if output > side else f"begin at {side - output} at most"
            raise ShapeError(f"it must cut {begin}, which are not there; {mend}")
        axes.append(Window(1, 1, 1, -start, -rest, side, output))
    return tuple(axes)


def _of(value: Sides, axis: int, rank: int, field: str) -> int:
    if isinstance(value, int):
        return value
    if len(value) != rank:
        raise ShapeError(f"{field} {value} has {len(value)} numbers for a map of {rank} axes; give one for each axis")
    return value[axis]


def _ends(pad: Pad, axis: int, rank: int) -> tuple[int, int] | None:
    """The padding before and after, None for "same"."""
    if isinstance(pad, str):
        return None
    if isinstance(pad, int):
        return pad, pad
    if len(pad) != rank:
        raise ShapeError(f"pad {pad} has {len(pad)} parts for a map of {rank} axes; give one for each axis")
    part = pad[axis]
    return (part, part) if isinstance(part, int) else part


def _place(side: int, size: int, stride: int, ends: tuple[int, int] | None, dilation: int, fit: Fit) -> Window:
    span = dilation * (size - 1) + 1
    if ends is None:  # TensorFlow's rule: ceil(side / stride) windows, the odd one of the padding after
        output = -(-side // stride)
        total = max(0, (output - 1) * stride + span - side)
        return Window(size, stride, dilation, total // 2, total - total // 2, side, output)
    low, high = ends
    room = side + low + high - span
    output = room // stride + 1
    if fit == "ceil" and room >= 0:
        output = -(-room // stride) + 1
        if (output - 1) * stride >= side + low:  # PyTorch's rule: no window begins in the padding after
            output -= 1
    return Window(size, stride, dilation, low, high, side, output)


def _judge(window: Window, map_: tuple[int, ...], word: str, fit: Fit, filled: bool) -> None:
    total = window.low + window.high
    room = window.input + total - window.span
    if filled and max(window.low, window.high) >= window.size:
        raise ShapeError(
            f"pad {_pad_text(window)} lets a window of size {window.size} lie in the padding alone; "
            f"pad by at most {window.size - 1}"
        )
    if room < 0:
        mend = f"use a size of at most {(window.input + total - 1) // window.dilation + 1}"
        more = "" if filled else f", or pad by {-room} more in all"
        raise ShapeError(f"{_sum(window, map_, word)}; {mend}{more}")
    if fit == "exact" and room % window.stride:
        most = window.size - 1 - max(window.low, window.high) if filled else window.stride
        raise ShapeError(f"{_sum(window, map_, word)}; {_mend(room, window.stride, most)}")


def _sum(window: Window, map_: tuple[int, ...], word: str) -> str:
    total = window.low + window.high
    places = (window.input - window.span + total) / window.stride + 1
    shown = f"{places:.2f}".removesuffix(".00")
    extents = f"a {'x'.join(map(str, map_))} map" if len(map_) > 1 else f"a map of {map_[0]}"
    dilated = f", dilation {window.dilation} (spans {window.span})" if window.dilation > 1 else ""
    return (
        f"{extents}, size {window.size}{dilated}, stride {window.stride}, "
        f"pad {_pad_text(window)} gives ({window.input} - {window.span} + {total})/{window.stride} + 1 = "
        f"{shown} {word}"
    )


def _pad_text(window: Window) -> str:
    return str(window.low) if window.low == window.high else f"({window.low}, {window.high})"


def _mend(room: int, stride: int, most: int) -> str:
    """What would make the sum come out, `most` being how much more padding an end may get. Every part of it is true."""
    fitting = [str(step) for step in range(1, stride) if room % step == 0]
    strides = fitting[0] if len(fitting) == 1 else f"{', '.join(fitting[:-1])} or {fitting[-1]}"
    # equal padding at both ends adds an even number: it can reach a multiple only if the parity allows it
    if any((room + 2 * more) % stride == 0 for more in range(1, min(stride, most + 1))):
        return f"use stride {strides}, or pad so that it divides"
    missing = stride - room % stride
    one_end = f"pad one end by {missing} more, " if missing <= most else ""
    return f'use stride {strides}, {one_end}or leave the rest out by fit="floor"'
