"""What a model says of every pixel: the classes of an image of any size, answered whole or tile by tile.

An image is brought to the scale at which the network learned (the shorter side, or with `stretch` and
`pad` both), and nothing of it is cut off: what is larger than a tile is answered in tiles. They
overlap by what an output sees, as the network's own arithmetic says (`network/receptive_field.py`), begin at multiples
of its stride, and only the middle of each is kept, so that every pixel is answered as in one pass over the whole. The
mask comes back at the image's own size, each pixel the nearest.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from neocog.data import Mask, Pixels, Preprocessing, normalize
from neocog.data.mask import nearest
from neocog.data.prepare import whole
from neocog.model.model import Model
from neocog.model.outputs import evaluating
from neocog.network import Extent, Network, outputs, receptive_fields, walk

CLASS_COLORS: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("black", (0, 0, 0)),
    ("orange", (230, 159, 0)),
    ("sky blue", (86, 180, 233)),
    ("green", (0, 158, 115)),
    ("yellow", (240, 228, 66)),
    ("blue", (0, 114, 178)),
    ("red", (213, 94, 0)),
    ("pink", (204, 121, 167)),
)
"""The colors of classes, with their names, again from the first for the ninth (Okabe and Ito, 2008)."""

MOST_TILE = 1024
"""The largest side of a tile, in pixels, unless what an output sees needs more."""


@dataclass(frozen=True)
class Tiling:
    """How one axis is covered: where tiles begin, and for each the places that are kept of it."""

    starts: tuple[int, ...]
    kept: tuple[tuple[int, int], ...]
    """The first place and the one behind the last, counted on the whole axis."""


def overlap(network: Network) -> tuple[int, int]:
    """How far an output of a mask sees beyond its own place, to either side along height and width, in pixels."""
    reaches = []
    for extent in _extents(network):
        seen = [(place, extent.at(place)) for place in range(len(extent.reach))]
        reaches.append(max((max(place - s[0], s[1] - place) for place, s in seen if s), default=0))
    return reaches[0], reaches[1]


def tiling(length: int, tile: int, margin: int, step: int) -> Tiling:
    """Tiles of a side that cover a length, each `margin` deep in its neighbors; they begin at multiples of `step`.

    >>> tiling(10, 6, 1, 1)
    Tiling(starts=(0, 4), kept=((0, 5), (5, 10)))
    """
    if length <= tile:
        return Tiling((0,), ((0, length),))
    stride = (tile - 2 * margin) // step * step
    assert stride > 0, "a tile is larger than what its outputs see"
    starts = [*range(0, length - tile, stride), -(-(length - tile) // step) * step]
    edges = [0, *((one + tile + other) // 2 for one, other in pairwise(starts)), length]
    return Tiling(tuple(starts), tuple(pairwise(edges)))


def pixel_classes(model: Model, module: nn.Module, image: Pixels, tile: int = MOST_TILE) -> Mask:
    """The class of each pixel of an image (uint8 H W C of any size): uint8 H W.

    A network without overlap to speak of is given tiles of at most `tile` pixels a side.
    """
    preprocessing = model.pictured
    scaled = whole(image, preprocessing)
    return nearest(_answered(model.network, module, scaled, preprocessing, tile), image.shape[0], image.shape[1])


def shares(mask: Mask, classes: int) -> list[float]:
    """The share of a mask that is of each class.

    >>> shares(np.array([[0, 1, 1, 1]], np.uint8), 3)
    [0.25, 0.75, 0.0]
    """
    found: list[float] = (np.bincount(mask.ravel(), minlength=classes) / mask.size).tolist()
    return found


def palette() -> bytes:
    """The colors of 256 classes, three bytes each, for an image with a palette."""
    return bytes(value for place in range(256) for value in CLASS_COLORS[place % len(CLASS_COLORS)][1])


def _answered(network: Network, module: nn.Module, image: Pixels, preprocessing: Preprocessing, most: int) -> Mask:
    """The classes of a scaled image, tile by tile."""
    margins, steps = overlap(network), [extent.period for extent in _extents(network)]
    tile = tuple(
        min(-(-length // step) * step, -(-max(most, side + 2 * margin + step) // step) * step)
        for length, side, margin, step in zip(image.shape, preprocessing.size, margins, steps, strict=False)
    )
    down, across = (tiling(*each) for each in zip(image.shape[:2], tile, margins, steps, strict=True))
    out = np.zeros(image.shape[:2], np.uint8)
    with evaluating(module, "cpu"), torch.inference_mode():
        for top, rows in zip(down.starts, down.kept, strict=True):
            for left, columns in zip(across.starts, across.kept, strict=True):
                batch = torch.from_numpy(_cut(image, top, left, (tile[0], tile[1]))[None])
                answer = module(normalize(batch, preprocessing)).argmax(1)[0].to(torch.uint8).numpy()
                kept = answer[rows[0] - top : rows[1] - top, columns[0] - left : columns[1] - left]
                out[rows[0] : rows[1], columns[0] : columns[1]] = kept
    return out


def _cut(image: Pixels, top: int, left: int, tile: tuple[int, int]) -> Pixels:
    """A tile (uint8 C H W) from a place on, black beyond the image's edge."""
    part = image[top : top + tile[0], left : left + tile[1]]
    missing = [(0, side - length) for side, length in zip(tile, part.shape[:2], strict=True)]
    return np.ascontiguousarray(np.pad(part, (*missing, (0, 0))).transpose(2, 0, 1))


def _extents(network: Network) -> tuple[Extent, ...]:
    """What the outputs see along height and width."""
    return receptive_fields(walk(network))[next(iter(outputs(network).values()))]
