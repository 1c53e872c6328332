"""A small description of an image by which near-duplicates are nominated: never proof, only a reason to look closer.

The image's luma is brought to 32 x 32, faded out to the border by a sine window (what a shift brings in or takes away
there then counts little) and transformed by Fourier; the 60 lowest frequencies are kept as complex numbers, beside the
mean color and the contrast. Their magnitudes do not change when the picture moves, so that a copy
shifted by a pixel is found by one search; their phases then say which shift it was. JPEG noise and a slight resize live
in the high frequencies, which are not kept. 248 bytes an image. Waves are rounded to 1/4096 and their
sums are exact, so that every machine computes the same signature.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.data.prepare import resize, single
from neocog.data.table import Pixels

Signatures: TypeAlias = NDArray[np.float16]

SIDE = 32
_REACH = 5
_ROWS, _COLUMNS = (
    axis.ravel() for axis in np.meshgrid(np.arange(-_REACH, _REACH + 1), np.arange(_REACH + 1), indexing="ij")
)
_KEPT = (_COLUMNS > 0) | (_ROWS > 0)  # a real image's other half is the mirror image
ROW_FREQUENCIES: NDArray[np.int64] = _ROWS[_KEPT].astype(np.int64)
COLUMN_FREQUENCIES: NDArray[np.int64] = _COLUMNS[_KEPT].astype(np.int64)
FREQUENCIES = len(ROW_FREQUENCIES)
LENGTH = 2 * FREQUENCIES + 4
_GRID = 4096


def thumbnail(pixels: Pixels) -> tuple[Pixels, tuple[float, float, float]]:
    """The 32 x 32 luma of an image (uint8 H W C) and its mean red, green and blue (0 to 255)."""
    if pixels.shape[2] == 1:
        luma = resize(pixels, SIDE, SIDE)[:, :, 0]
        mean = float(luma.mean())
        return luma, (mean, mean, mean)
    small = resize(pixels, SIDE, SIDE)
    red, green, blue = small.reshape(-1, 3).mean(axis=0).tolist()
    return single(small)[:, :, 0], (red, green, blue)


def signatures(thumbnails: Pixels, means: NDArray[np.float64]) -> Signatures:
    """The signatures (N, 124) of thumbnails (N 32 32) and mean colors (N 3).

    Sixty real parts and sixty imaginary parts in units of gray levels, then mean red, green and blue and the deviation
    under the window.

    >>> signatures(np.zeros((2, 32, 32), np.uint8), np.zeros((2, 3))).shape
    (2, 124)
    """
    count = len(thumbnails)
    place = np.arange(SIDE)
    window = np.sin(np.pi * (place + 0.5) / SIDE)
    turns = 2 * np.pi * np.outer(np.arange(_REACH + 1), place) / SIDE
    waves = np.rint(np.concatenate([np.cos(turns), np.sin(turns)]) * window * _GRID)  # 12 32
    pixels = thumbnails.astype(np.float64)
    # every product is an integer under 2**53: exact, whatever the order of the sums
    across = (pixels.reshape(-1, SIDE) @ waves.T).reshape(count, SIDE, len(waves))  # N 32 12
    both = waves @ across  # N 12 12: waves along rows by waves along columns
    flat = np.outer(waves.sum(axis=1), waves.sum(axis=1))  # 12 12: the same of a plain image
    mean = both[:, 0, 0] / flat[0, 0]
    both -= mean[:, None, None] * flat
    half = _REACH + 1
    sign, row, column = np.sign(ROW_FREQUENCIES), np.abs(ROW_FREQUENCIES), COLUMN_FREQUENCIES
    real = both[:, row, column] - sign * both[:, half + row, half + column]
    imaginary = -both[:, row, half + column] - sign * both[:, half + row, column]
    scale = 1.0 / (SIDE * SIDE * _GRID * _GRID)
    windowed = (pixels - mean[:, None, None]) * np.outer(window, window)
    deviation = np.sqrt(np.square(windowed).mean(axis=(1, 2)))[:, None]
    return np.concatenate([real * scale, imaginary * scale, means, deviation], axis=1).astype(np.float16)
