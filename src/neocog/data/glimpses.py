"""Images from afar: 8 x 8 pixels of each, worked out from the signatures of a scan, so that not one file is read.

A signature holds the lowest frequencies of an image. They are linear in its pixels but for the mean, so the small
picture that has them is a least-squares solution, one matrix product for a whole set: 70,000 glimpses take a fraction
of a second. Where the signature's window hides the border, the solution is held back towards the mean color.
"""

import numpy as np

from neocog.data.signature import FREQUENCIES, SIDE, Signatures, signatures
from neocog.data.table import Pixels

GLIMPSE = 8
"""The side of a glimpse, in pixels."""

_HELD_BACK = 1e-5
"""Little, so that noise of rounding does not show; correlation with the reduced images: digits 0.99, steel surfaces
(NEU) 0.96, MNIST 0.95."""


def glimpses(known: Signatures) -> Pixels:
    """Small pictures of some images (uint8 N 8 8 3), squeezed to squares, from their signatures (N, 124).

    >>> plain = signatures(np.zeros((2, 32, 32), np.uint8), np.full((2, 3), 7.0))
    >>> glimpses(plain).shape, glimpses(plain).max().item()
    ((2, 8, 8, 3), 7)
    """
    count, fine = GLIMPSE**2, SIDE // GLIMPSE
    white = np.eye(count, dtype=np.uint8).reshape(count, GLIMPSE, GLIMPSE) * 255
    blocks = white.repeat(fine, axis=1).repeat(fine, axis=2)
    seen = signatures(blocks, np.zeros((count, 3)))[:, : 2 * FREQUENCIES].astype(np.float64) / 255  # 64 120
    solved = np.linalg.solve(seen @ seen.T + _HELD_BACK * np.eye(count), seen).T.astype(np.float32)  # 120 64
    luma = known[:, : 2 * FREQUENCIES].astype(np.float32) @ solved
    luma -= luma.mean(axis=1, keepdims=True)
    color = known[:, None, 2 * FREQUENCIES : -1].astype(np.float32)  # N 1 3
    pictures = (luma[:, :, None] + color).clip(0, 255).round().astype(np.uint8)
    return pictures.reshape(-1, GLIMPSE, GLIMPSE, 3)
