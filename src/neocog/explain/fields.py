"""What a unit sees: the part of the network's input that reaches one place of its map.

The arithmetic is the network's own (`network/receptive_field.py`). A module that is no network of ours has none, and
its units see the whole input.

>>> from neocog.network import Conv, Network
>>> fields(Network((1, 9, 9), (Conv(2, 3, stride=2, pad=1),)), ["conv1"], (9, 9))["conv1"].box((0, 4))
((-1, 2), (7, 10))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from neocog.data import Pixels
from neocog.network import Extent, Network, find, receptive_fields, walk

Box: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""The rows and the columns of the input, first and one past the last; beyond the border where a window reaches it."""

GRAY = 128
"""What stands in a cut patch for what lies beyond the border of the image."""


@dataclass(frozen=True)
class Field:
    """The receptive field of the units of one layer."""

    extents: tuple[Extent, ...]
    """One an axis; none where the units see the whole input."""
    size: tuple[int, int]
    """Height and width of the network's input."""

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of what a unit sees, no larger than the input."""
        height, width = self.size
        if not self.extents:
            return height, width
        return min(self.extents[0].size, height), min(self.extents[1].size, width)

    def box(self, place: Sequence[int]) -> Box:
        """What is seen from a place of the map (row, column); from none, as of a dense unit, by all places together."""
        height, width = self.size
        if not self.extents:
            return (0, height), (0, width)
        axes = zip(self.extents, place, strict=True) if len(place) else ((extent, None) for extent in self.extents)
        rows, columns = (_seen(extent, at) for extent, at in axes)
        return rows, columns


def fields(network: Network | None, paths: Sequence[str], size: tuple[int, int]) -> dict[str, Field]:
    """The receptive fields at some paths of a network, or of a module that is none; `size` is its input's."""
    if network is None:
        return {path: Field((), size) for path in paths}
    steps = walk(network)
    known = receptive_fields(steps)
    return {path: Field(known[find(steps, path)], size) for path in paths}


def cut(image: Pixels, box: Box) -> Pixels:
    """The part of an image (uint8 C H W) in a box, as large as the box but no larger than the image.

    What lies beyond the border is gray, on the side where the border was, so that all patches of a layer have one size.

    >>> cut(np.arange(9, dtype=np.uint8).reshape(1, 3, 3), ((-1, 1), (1, 3))).tolist()
    [[[128, 128], [1, 2]]]
    """
    sides = [min(stop - start, side) for (start, stop), side in zip(box, image.shape[1:], strict=True)]
    inside = [
        (max(start, 0), max(min(stop, side), start, 0))
        for (start, stop), side in zip(box, image.shape[1:], strict=True)
    ]
    (top, bottom), (left, right) = inside
    patch = np.full((image.shape[0], *sides), GRAY, np.uint8)
    down, across = (
        side - (stop - start) if first < 0 else 0
        for side, (start, stop), (first, _) in zip(sides, inside, box, strict=True)
    )
    patch[:, down : down + bottom - top, across : across + right - left] = image[:, top:bottom, left:right]
    return patch


def _seen(extent: Extent, place: int | None) -> tuple[int, int]:
    """The inputs that a place sees, or all places together: first and one past the last."""
    places = [place] if place is not None else [0, extent.places - 1]
    reaches = [reach for reach in map(extent.at, places) if reach]
    if not reaches:  # between the places of a stride: it sees nothing
        return (0, 1)
    return min(first for first, _ in reaches), max(last for _, last in reaches) + 1
