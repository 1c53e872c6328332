"""The hand-made baseline: what features thought out by people, and a linear classifier, reach on the same images.

Edges by histograms of oriented gradients (Dalal and Triggs, "Histograms of oriented gradients for human detection",
2005: 9 unsigned orientations, cells of 8 x 8 pixels, blocks of 2 x 2 cells, L2 norm clipped at 0.2), colors by a joint
histogram of 4 levels a channel, and a linear support vector machine. A network that is not clearly better has learned
little that a textbook did not know. It learns from the run's training images, at most `MOST_IMAGES` of them, and is
judged on at most as many: it has to be cheap.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from neocog.core.proportion import Proportion
from neocog.data import Pixels

MOST_IMAGES = 2000
SIDE = 64
"""Images are brought to this side, so that cells mean the same for all."""
CELL = 8
ORIENTATIONS = 9
COLORS = 4

_CLIP = 0.2
_TINY = 1e-5
_STRENGTH = 0.1

Features = NDArray[np.float32]


@dataclass(frozen=True)
class Handmade:
    """What the hand-made features reach."""

    accuracy: Proportion
    learned: int
    """Training images that it learned from."""
    of: int
    """Training images that there are."""
    means: str = "hand-made features (edges, colors) with a linear classifier"
    """What reaches that, for a sentence."""


def handmade(
    training: Pixels, labels: NDArray[np.int64], judged: Pixels, targets: NDArray[np.int64], of: int
) -> Handmade | None:
    """Learn from prepared images (uint8 N C H W) and their labels, and be judged on others; None with one class."""
    if len(np.unique(labels)) < 2:
        return None
    known, asked = features(training), features(judged)
    machine = LinearSVC(C=_STRENGTH, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # good enough for a baseline
        machine.fit(known, labels)
    right = int((machine.predict(asked) == targets).sum())
    return Handmade(Proportion.of(right, len(targets)), len(labels), of)


def features(images: Pixels) -> Features:
    """Edges and, of color images, colors (float32 N F) of images (uint8 N C H W)."""
    parts = []
    for image in images:
        channels = Image.fromarray(image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0))
        resized = channels.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        edges = gradients(np.asarray(resized.convert("L"), dtype=np.float64) / 255)
        parts.append(np.concatenate([edges, colors(np.asarray(resized))] if image.shape[0] == 3 else [edges]))
    return np.stack(parts).astype(np.float32)


def gradients(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The histogram of oriented gradients of a gray image (H W, in whole cells), block by block."""
    rows, columns = np.zeros_like(image), np.zeros_like(image)
    rows[1:-1] = image[2:] - image[:-2]
    columns[:, 1:-1] = image[:, 2:] - image[:, :-2]
    strength = np.hypot(columns, rows)
    angle = np.rad2deg(np.arctan2(rows, columns)) % 180
    place = np.minimum((angle * ORIENTATIONS / 180).astype(np.int64), ORIENTATIONS - 1)
    down, right = image.shape[0] // CELL, image.shape[1] // CELL
    cell = (np.arange(image.shape[0]) // CELL)[:, None] * right + np.arange(image.shape[1]) // CELL
    counted = np.bincount(
        (cell * ORIENTATIONS + place).ravel(), weights=strength.ravel(), minlength=down * right * ORIENTATIONS
    )
    cells = counted.reshape(down, right, ORIENTATIONS) / CELL**2
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (2, 2), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    flat = blocks.reshape(-1, 4 * ORIENTATIONS)
    clipped = np.minimum(_unit(flat), _CLIP)
    return np.asarray(_unit(clipped).ravel())


def colors(image: Pixels) -> NDArray[np.float64]:
    """The square roots of the shares of a color image's pixels (uint8 H W 3) in a grid of 4 levels a channel (64)."""
    levels = image.reshape(-1, 3).astype(np.int64) * COLORS // 256
    place = (levels[:, 0] * COLORS + levels[:, 1]) * COLORS + levels[:, 2]
    return np.sqrt(np.bincount(place, minlength=COLORS**3) / len(levels))


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.sqrt((rows**2).sum(axis=1, keepdims=True) + _TINY**2))
