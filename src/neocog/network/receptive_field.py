"""How much of the input one output sees: the extent along each axis, and the effective stride between neighbors.

Along one axis an output reads the places that its window covers, and sees what those see. Behind convolutions and pools
all outputs see alike, each `stride` further on. Behind a layer that puts places apart they do not: of a map that is
twice as large every second place sees less, so an `Extent` holds what the outputs of one cycle see, one after the other
(the recurrence of r + (F - 1) * D * j knows one of them only, and is too small for a U-Net). Where branches meet, what
is seen is their union. A dense layer or global pool reads every place of its map. Nothing is cut at the border, so that
the figures are those of papers (404 for VGG-16's first dense layer), whatever the image.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from neocog.core.errors import NetworkError
from neocog.network.graph import INPUT, Network, Step, find, walk
from neocog.network.upsampling import Crop, Unpool
from neocog.network.windows import Window

Reach: TypeAlias = tuple[int, int] | None
"""The first and the last input that an output sees; None where it sees none (between the places of a `stride`)."""

MAX_READS = 200_000
"""Places that may be looked up for one layer along one axis; a U-Net needs a few hundred."""


@dataclass(frozen=True)
class Extent:
    """What the outputs of a layer see along one axis.

    `reach` holds it for the outputs of one cycle, which begins with the first; the next cycle sees the same `period`
    inputs further on. `places` is how many outputs lie along the axis (1 once all have been read).
    """

    reach: tuple[Reach, ...]
    period: int
    places: int

    @property
    def size(self) -> int:
        """The number of inputs between the first and the last that an output sees; of the one that sees the most."""
        return max((reach[1] - reach[0] + 1 for reach in self.reach[: self.places] if reach), default=0)

    @property
    def stride(self) -> int | Fraction:
        """The inputs from one output to the next, on average; a fraction where outputs lie closer than inputs."""
        cycle = len(self.reach)
        return Fraction(self.period, cycle) if self.period % cycle else self.period // cycle

    def at(self, place: int) -> Reach:
        """The first and the last input that the output at a place sees, negative or too large beyond the border.

        >>> Extent(((0, 0), (0, 1)), 1, 8).at(5)
        (2, 3)
        """
        cycles, phase = divmod(place, len(self.reach))
        reach = self.reach[phase]
        return reach and (reach[0] + cycles * self.period, reach[1] + cycles * self.period)


def receptive_fields(steps: tuple[Step, ...]) -> list[tuple[Extent, ...]]:
    """The receptive field of each step, one extent an axis (none where the input has no axes but its features).

    Raises `NetworkError` where outputs see the input in more different ways than can be told apart.
    """
    begin = start(steps)
    known: list[tuple[Extent, ...]] = []
    for step in steps:
        received = [begin if source == INPUT else known[source] for source in step.inputs]
        known.append(_through(step, received))
    return known


def start(steps: tuple[Step, ...]) -> tuple[Extent, ...]:
    """The extents of the network's input, each place of which sees itself."""
    return tuple(Extent(((0, 0),), 1, side) for side in steps[0].received[0][1:])


def receptive_field(network: Network, path: str) -> tuple[Extent, ...]:
    """The receptive field of the layer at a path.

    >>> from neocog.network import Conv, Network
    >>> network = Network((1, 9, 9), (Conv(1, 3), Conv(1, 3), Conv(1, 3)))
    >>> [extent.size for extent in receptive_field(network, "conv3")]
    [7, 7]
    """
    steps = walk(network)
    return receptive_fields(steps)[find(steps, path)]


def _through(step: Step, received: list[tuple[Extent, ...]]) -> tuple[Extent, ...]:
    layer = step.layer
    if isinstance(layer, Crop):
        del received[1:]
    elif isinstance(layer, Unpool):
        pool = layer.pool(step.received[1], step.received[0][1:]) or ()
        received[1] = tuple(_slide(*each, step.path) for each in zip(received[1], pool, strict=True))
    merged = received[0]
    if len(received) > 1:
        merged = tuple(_merge(meeting, step.path) for meeting in zip(*received, strict=True))
    if layer.reads_all:
        return tuple(map(_whole, merged))
    if not step.windows:
        return merged
    return tuple(_slide(extent, window, step.path) for extent, window in zip(merged, step.windows, strict=True))


def _slide(source: Extent, window: Window, path: str) -> Extent:
    """What a window sees through what it reads."""
    if len(source.reach) == window.spread == 1 and (seen := source.reach[0]):  # all outputs alike, as in most networks
        first, last = seen[0] - window.low * source.period, seen[1] + (window.span - 1 - window.low) * source.period
        return Extent(((first, last),), source.period * window.stride, window.output)
    cycle = len(source.reach) * window.spread
    turns = math.lcm(cycle, window.stride)
    phases = turns // window.stride
    _bound(phases * min(window.size, 2 * len(source.reach)), path)
    reach = tuple(_seen(source, window.reads(place)) for place in range(phases))
    return Extent(reach, source.period * (turns // cycle), window.output)


def _whole(source: Extent) -> Extent:
    """What all its places see together, its stride kept."""
    return Extent((_seen(source, range(source.places)),) * len(source.reach), source.period, 1)


def _seen(source: Extent, places: range) -> Reach:
    """What some places see together: within one cycle any may reach furthest, beyond it the first and the last do."""
    cycle = len(source.reach)
    if cycle == 1:
        places = places[:: max(1, len(places) - 1)]
    elif len(places) > 2 * cycle:
        return _union((_seen(source, places[:cycle]), _seen(source, places[-cycle:])))
    return _union(map(source.at, places))


def _merge(meeting: tuple[Extent, ...], path: str) -> Extent:
    """What several see together, place by place."""
    widest = max(meeting, key=lambda extent: extent.stride)
    if len({extent.places for extent in meeting}) > 1:  # flattened maps, whose elements lie one after the other
        whole = _union(_seen(extent, range(extent.places)) for extent in meeting)
        return Extent((whole,) * len(widest.reach), widest.period, 1)
    cycle = len(widest.reach)
    if all(extent.stride == widest.stride for extent in meeting):
        turns = math.lcm(*(len(extent.reach) for extent in meeting)) // cycle
    else:  # no cycle in common: every place by itself
        turns = -(-widest.places // cycle)
    _bound(turns * cycle, path)
    reach = tuple(_union(extent.at(place) for extent in meeting) for place in range(turns * cycle))
    return Extent(reach, widest.period * turns, widest.places)


def _bound(reads: int, path: str) -> None:
    if reads > MAX_READS:
        raise NetworkError(
            f"layer `{path}` sees the input in too many ways to tell apart ({reads:,} places); upsample by less"
        )


def _union(reaches: Iterable[Reach]) -> Reach:
    seen = [reach for reach in reaches if reach]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None
