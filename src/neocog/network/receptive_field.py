"""How much of the input one output sees: the extent along each axis, and the effective stride between neighbors.

Along one axis the output at place i sees the inputs from i * stride + low to i * stride + high. A window of size F,
stride S, dilation D and padding P before makes of that low - P * stride, high + (D(F - 1) - P) * stride and stride * S;
where branches meet, the extent is their union. A dense layer or global pool reads every place of its map. Nothing is
cut at the border, so that the figures are those of papers (404 for VGG-16's first dense layer), whatever the image.
"""

from dataclasses import dataclass

from neocog.network.graph import INPUT, Network, Step, find, walk
from neocog.network.layers import Shape


@dataclass(frozen=True)
class Extent:
    """What an output sees along one axis; `places` is how many outputs lie along it (1 once all have been read)."""

    low: int
    high: int
    stride: int
    places: int

    @property
    def size(self) -> int:
        """The number of inputs between the first and the last that it sees."""
        return self.high - self.low + 1


def receptive_fields(steps: tuple[Step, ...], input: Shape) -> list[tuple[Extent, ...]]:
    """The receptive field of each step, one extent an axis (none where the input has no axes but its features)."""
    start = tuple(Extent(0, 0, 1, side) for side in input[1:])
    known: list[tuple[Extent, ...]] = []
    for step in steps:
        received = [start if source == INPUT else known[source] for source in step.inputs]
        known.append(_through(step, received))
    return known


def receptive_field(network: Network, path: str) -> tuple[Extent, ...]:
    """The receptive field of the layer at a path.

    >>> from neocog.network import Conv, Network
    >>> network = Network((1, 9, 9), (Conv(1, 3), Conv(1, 3), Conv(1, 3)))
    >>> [extent.size for extent in receptive_field(network, "conv3")]
    [7, 7]
    """
    steps = walk(network)
    return receptive_fields(steps, network.input)[find(steps, path)]


def _through(step: Step, received: list[tuple[Extent, ...]]) -> tuple[Extent, ...]:
    axes = zip(*received, strict=True)
    merged = [
        Extent(
            min(axis.low for axis in meeting),
            max(axis.high for axis in meeting),
            max(axis.stride for axis in meeting),
            max(axis.places for axis in meeting),
        )
        for meeting in axes
    ]
    if step.layer.reads_all:
        return tuple(Extent(axis.low, axis.high + (axis.places - 1) * axis.stride, axis.stride, 1) for axis in merged)
    if not step.windows:
        return tuple(merged)
    return tuple(
        Extent(
            axis.low - window.low * axis.stride,
            axis.high + (window.span - 1 - window.low) * axis.stride,
            axis.stride * window.stride,
            window.output,
        )
        for axis, window in zip(merged, step.windows, strict=True)
    )
