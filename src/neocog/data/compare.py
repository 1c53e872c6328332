"""Whether two images are the same picture: their pixels, prepared to one size, decide, and nothing else.

Both are brought to one size (at most 96 pixels, where the noise of JPEG has averaged out and a defect of a few pixels
has not), once as they lie and once for each shift by a pixel; where their sizes differ, each is tried in the other's.
Two measures, both in units of the picture's own contrast, must be small: the root mean square of the difference in
luma, and the same within the worst of 8 x 8 tiles, so that two parts that differ in one spot stay two pictures. The
mean color of 4 x 4 tiles must agree as well.

The limits come from measurements, and `tests/data/test_duplicates.py` holds them: over planted copies (JPEG of quality
70 to 95, moved by a pixel, resized 0.8 to 1.25 times by bilinear, bicubic or Lanczos) the 95th percentiles of the two
measures were at most 0.15 and 0.43 on MNIST, 0.09 and 0.11 on textures and photos. No pair of MNIST's 70,000 images
falls below both limits; at 0.2 and 0.6 there would be 95.
"""

import numpy as np
from numpy.typing import NDArray

from neocog.data.prepare import resize, single
from neocog.data.table import Pixels

LARGEST = 96
"""The side at which two images are compared, in pixels, unless they are smaller."""
KEPT = 4 * LARGEST
"""What is kept of a larger image: here a pixel of a shift still counts."""

_SMALL = 48
_LIMITS_SMALL = (0.17, 0.42)  # over all, worst tile, in units of the contrast
_LIMITS = (0.13, 0.22)
_FAINTEST = 4.0
_ROUNDING = 1 + 1e-9
_TILES = 8
_OFFSETS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))


def reduced(pixels: Pixels) -> Pixels:
    """An image (uint8 H W C) no larger than `compare` needs it."""
    return _bounded(pixels, KEPT)


def same_picture(one: Pixels, other: Pixels) -> bool:
    """Whether two images (uint8 H W C, of any two sizes) show the same picture, a pixel's shift allowed.

    >>> ramp = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (60, 1))[:, :, None]
    >>> same_picture(ramp, np.roll(ramp, 1, axis=1)), same_picture(ramp, ramp[:, ::-1])
    (True, False)
    """
    one, other = reduced(one), reduced(other)
    channels = max(one.shape[2], other.shape[2])
    one, other = _colored(one, channels), _colored(other, channels)
    small, other_small = _bounded(one, LARGEST), _bounded(other, LARGEST)
    contrast = (_contrast(small) + _contrast(other_small)) / 2
    (height, width), (other_height, other_width) = one.shape[:2], other.shape[:2]
    if abs(height - other_height) <= 2 and abs(width - other_width) <= 2:
        for down, right in _OFFSETS:
            rows = slice(max(0, down), min(height, other_height + down))
            columns = slice(max(0, right), min(width, other_width + right))
            moved = other[rows.start - down : rows.stop - down, columns.start - right : columns.stop - right]
            if moved.size and _agree(_bounded(one[rows, columns], LARGEST), _bounded(moved, LARGEST), contrast):
                return True
    if one.shape == other.shape:
        return False
    return _agree(small, resize(other_small, *small.shape[:2]), contrast) or _agree(
        resize(small, *other_small.shape[:2]), other_small, contrast
    )


def may_be_same(ones: Pixels, others: Pixels) -> NDArray[np.bool_]:
    """Which pairs of gray images (uint8 P H W each, no side above `LARGEST`) `same_picture` has to look at (P).

    Its first measure for many pairs at once: where this says no, so does `same_picture`.
    """
    contrasts = (_contrasts(ones) + _contrasts(others)) / 2
    first, second = ones.astype(np.int32), others.astype(np.int32)
    height, width = ones.shape[1:]
    possible = np.zeros(len(ones), np.bool_)
    for down, right in _OFFSETS:
        rows = slice(max(0, down), min(height, height + down))
        columns = slice(max(0, right), min(width, width + right))
        moved = second[:, rows.start - down : rows.stop - down, columns.start - right : columns.stop - right]
        differences = first[:, rows, columns] - moved
        whole, _ = _limits(*differences.shape[1:])
        mean = np.einsum("phw,phw->p", differences, differences) / max(1, differences[0].size)
        possible |= mean <= (whole * contrasts) ** 2 * _ROUNDING
    return possible


def _contrasts(images: Pixels) -> NDArray[np.float64]:
    """`_contrast` of each of P H W."""
    values = images.reshape(len(images), -1).astype(np.int64)
    count, first = values.shape[1], values.sum(axis=1)
    variance = (count * np.einsum("pv,pv->p", values, values) - first * first) / (count * count)
    return np.asarray(np.maximum(_FAINTEST, np.sqrt(variance)))


def _limits(height: int, width: int) -> tuple[float, float]:
    return _LIMITS_SMALL if max(height, width) < _SMALL else _LIMITS


def _agree(one: Pixels, other: Pixels, contrast: float) -> bool:
    """Whether images of one size differ by no more than the limits, which are in units of the contrast."""
    whole, worst = _limits(*one.shape[:2])
    # integers: the same sums on every machine
    squares = np.square(np.subtract(single(one)[:, :, 0], single(other)[:, :, 0], dtype=np.int32))
    if squares.sum() > (whole * contrast) ** 2 * squares.size:
        return False
    if (_tiles(squares, _TILES) > (worst * contrast) ** 2).any():
        return False
    # colors in tiles twice as large: JPEG keeps them at half the resolution
    return bool((np.abs(_tiles(np.subtract(one, other, dtype=np.int32), _TILES // 2)) <= worst * contrast).all())


def _tiles(values: NDArray[np.int32], tiles: int) -> NDArray[np.float64]:
    """The means of H W (C) over each of tiles x tiles parts (fewer where there are fewer pixels)."""
    rows, columns = (
        np.arange(count + 1) * length // count for length in values.shape[:2] if (count := min(tiles, length))
    )
    sums = np.add.reduceat(np.add.reduceat(values, rows[:-1], axis=0), columns[:-1], axis=1)
    sizes = np.outer(np.diff(rows), np.diff(columns))
    return sums / (sizes if values.ndim == 2 else sizes[:, :, None])


def _contrast(pixels: Pixels) -> float:
    """The deviation of an image's channels, each from its own mean, in gray levels; at least that of a faint image."""
    values = pixels.reshape(-1, pixels.shape[2]).astype(np.int64)
    count, first, second = len(values), values.sum(axis=0), (values * values).sum(axis=0)
    variance = float((count * second - first * first).sum()) / (count * count * pixels.shape[2])
    return max(_FAINTEST, float(np.sqrt(variance)))


def _colored(pixels: Pixels, channels: int) -> Pixels:
    return pixels if pixels.shape[2] == channels else np.repeat(pixels, channels, axis=2)


def _bounded(pixels: Pixels, side: int) -> Pixels:
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return pixels
    shrunk = (max(1, (2 * length * side + longest) // (2 * longest)) for length in (height, width))
    return resize(pixels, *shrunk)
