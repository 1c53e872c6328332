"""Where a layer's numbers come from: each as a formula with its numbers put in, which comes to that number.

The output side of a window is (N - F + P)/S + 1, its receptive field r + (F - 1)*D*j where neighbors lie j apart, and
counts are the sums of products that `Leaf.params`, `Leaf.macs` and `Leaf.ops` give. A formula is plain arithmetic of
whole numbers, with `floor`, `ceil` and `max`, so whoever doubts it may type it in. Where the usual formula does not
hold, as behind an upsampling, the receptive field is said by its ends: last - first + 1.

>>> from neocog.network import Conv, Network
>>> found = formulas(Network((3, 32, 32), (Conv(20, 5, stride=3, pad=2, fit="floor"),)))[0]
>>> found.output[1], found.params, found.receptive_field[0]
('floor((32 - 5 + 4)/3) + 1', '20*3*5*5 + 20', '1 + (5 - 1)*1')
"""

from dataclasses import dataclass
from math import prod

from neocog.network.graph import INPUT, Network, Step, walk
from neocog.network.layers import Shape
from neocog.network.receptive_field import Extent, receptive_fields, start
from neocog.network.sums import Sum
from neocog.network.windows import Window


@dataclass(frozen=True)
class Formulas:
    """The formulas behind a row of the layer table; a number that nothing is computed for stands as it is."""

    output: tuple[str, ...]
    params: str
    macs: str
    ops: str
    activations: str
    receptive_field: tuple[str, ...]
    stride: tuple[str, ...]


def formulas(network: Network, input: Shape | None = None) -> tuple[Formulas, ...]:
    """The formulas of each layer of `walk`, for the nominal input or another."""
    steps = walk(network, input)
    return steps_formulas(steps, receptive_fields(steps))


def steps_formulas(steps: tuple[Step, ...], fields: list[tuple[Extent, ...]]) -> tuple[Formulas, ...]:
    """The formulas of a network that has been walked, and its receptive fields."""
    begin = start(steps)
    return tuple(
        _formulas(step, [begin if source == INPUT else fields[source] for source in step.inputs], given)
        for step, given in zip(steps, fields, strict=True)
    )


def _formulas(step: Step, received: list[tuple[Extent, ...]], given: tuple[Extent, ...]) -> Formulas:
    layer, axes = step.layer, range(len(given))
    meeting = [[extents[axis] for extents in received] for axis in axes]
    windows = step.windows or (None,) * len(given)
    return Formulas(
        output=_output(step),
        params="0" if step.shares is not None else str(layer.params(step.received)),
        macs=str(layer.macs(step.received, step.shape)),
        ops=str(layer.ops(step.received, step.shape, step.windows)),
        activations=str(Sum(step.shape)),
        receptive_field=tuple(_field(layer.reads_all, meeting[axis], windows[axis], given[axis]) for axis in axes),
        stride=tuple(_stride(meeting[axis], windows[axis], given[axis]) for axis in axes),
    )


def _output(step: Step) -> tuple[str, ...]:
    shape, (first, *others) = step.shape, step.received
    if step.windows:
        return (str(shape[0]), *map(_places, step.windows))
    if others and first[0] + sum(other[0] for other in others) == shape[0]:
        return (" + ".join(str(each[0]) for each in step.received), *map(str, shape[1:]))
    if len(shape) < len(first) and prod(first) == shape[0]:
        return (str(Sum(first)),)
    return tuple(map(str, shape))


def _places(window: Window) -> str:
    """The places that a window takes: (N - F + P)/S + 1, or (N - 1)*S + F - P where it puts its inputs apart."""
    room = window.input - window.span + window.low + window.high
    if window.spread > 1:
        cut = (window.input - 1) * window.spread + window.span - window.output
        return f"({window.input} - 1)*{window.spread} + {window.span} {_signed(-cut)}"
    quotient = f"({window.input} - {window.span} {_signed(window.low + window.high)})/{window.stride}"
    if room % window.stride == 0 and room // window.stride + 1 == window.output:
        return f"{quotient} + 1"
    if room // window.stride + 1 == window.output:
        return f"floor({quotient}) + 1"
    return f"ceil({quotient}) + 1"


def _signed(number: int) -> str:
    return f"- {-number}" if number < 0 else f"+ {number}"


def _field(reads_all: bool, received: list[Extent], window: Window | None, given: Extent) -> str:
    before, size = received[0], given.size
    if not window and not reads_all and size in (each.size for each in received):
        sizes = list(dict.fromkeys(each.size for each in received))
        return f"max({', '.join(map(str, sizes))})" if len(sizes) > 1 and size == max(sizes) else str(size)
    if len(received) == 1 and len(before.reach) == 1:
        if reads_all and size == before.size + (before.places - 1) * before.period:
            return f"{before.size} + ({before.places} - 1)*{before.period}"
        if window and not reads_all and size == before.size + (window.span - 1) * before.period:
            dilation = f"*{window.dilation}" if window.dilation > 1 else ""
            return f"{before.size} + ({window.size} - 1){dilation}*{before.period}"
    seen = [reach for reach in given.reach[: given.places] if reach]
    first, last = max(seen, key=lambda reach: reach[1] - reach[0], default=(0, -1))
    return f"{last} {_signed(-first)} + 1"


def _stride(received: list[Extent], window: Window | None, given: Extent) -> str:
    if window and given.stride == received[0].stride * window.stride != given.stride / window.stride:
        return f"{received[0].stride}*{window.stride}"
    return str(given.stride)
