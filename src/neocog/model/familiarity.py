"""Is this like anything that the network was trained on? A confident answer to noise is still nonsense.

Two gauges are read, each a distance to the nearest class of training images in units of how far these spread within
their class (Mahalanobis' distance with a shared covariance; Lee et al., "A simple unified framework for detecting
out-of-distribution samples", 2018): one of the codes, what the network has made of the image, and one of the picture
itself, its brightness, contrast, sharpness and color, for a network can be blind to what it never met. Each has a limit
that at most 1 % of validation images exceed; where these are too few to tell so little, of training images held out
neither. The covariance is shrunk as Ledoit and Wolf do ("A well-conditioned estimator for large-dimensional covariance
matrices", 2004), so that few images do for many numbers.

In photographs neighboring pixels differ in brightness more than in color (Burton and Moorhead, "Color and spatial
structure in natural scenes", 1987), and the more the farther apart they are; in noise of three channels as much, and
from its grains on no more; in gray images there is no color at all. So of several channels this is looked at from near
and far. (Of gray images it is not: more numbers made the gauge of steel surfaces wider, and blind to noise.)

Long codes are brought down along random directions, which keep distances nearly (Johnson and Lindenstrauss, 1984). The
directions in which training images differ most would not do: of few images each lies wholly in these and others only in
part, so that it is the training images that look far away.

>>> images = np.zeros((2, 1, 4, 4), np.uint8)
>>> images[1, :, :, ::2] = 255
>>> picture_statistics(images).round(1).tolist()
[[0.0, -5.5, -5.5, -5.5], [0.5, -0.7, -0.3, -5.5]]
>>> picture_statistics(np.repeat(images, 3, axis=1))[1, -3:].round(1).tolist()  # no color
[-5.5, -5.5, -5.5]
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neocog.core import draw
from neocog.data import Pixels

Vectors = NDArray[np.float32] | NDArray[np.float64]

MOST_DIMENSIONS = 128
"""How many numbers a gauge makes of a code: of a longer one along random directions."""
REFUSED = 0.01
"""The share of familiar images that each gauge may refuse."""
FOLDS = 5
"""Of training images a fifth at a time is held out."""

_SCALES = (1, 2)
_FAR = (4, 16)
_GRAY_LEVEL = 1 / 255


@dataclass(frozen=True, eq=False)
class Gauge:
    """Distances to the classes of training images, and the largest that is still familiar."""

    projection: Tensor
    """What makes a vector's distances plain ones (float32 D d)."""
    centers: Tensor
    """The means of the classes, projected (float32 K d)."""
    limit: float
    """The largest squared distance that is familiar."""

    def distances(self, vectors: Vectors) -> NDArray[np.float64]:
        """The squared distance to the nearest class (N) of vectors (N D, or longer by what was not measured yet)."""
        centers = self.centers.double().numpy()
        placed = vectors[:, : len(self.projection)].astype(np.float64) @ self.projection.double().numpy()
        products = placed @ centers.T
        squares: NDArray[np.float64] = (placed**2).sum(1)[:, None] - 2 * products + (centers**2).sum(1)
        return np.asarray(np.maximum(squares.min(axis=1), 0.0))

    def strange(self, vectors: Vectors) -> NDArray[np.bool_]:
        """Which vectors (N D) are farther than the limit."""
        return np.asarray(~(self.distances(vectors) <= self.limit))


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What is known of the training images, as two gauges."""

    code: Gauge
    """Of the codes."""
    picture: Gauge
    """Of brightness, contrast, sharpness and color."""


def picture_statistics(images: Pixels) -> NDArray[np.float64]:
    """Brightness, contrast, sharpness and color of images (uint8 N C H W), a row each.

    The mean of each channel (0 to 1), the logarithms of the deviation, and of how much pixels one and two places apart
    differ, to a gray level; of several channels also those 4 and 16 places apart, and how much their color does (which
    is what is left without their mean) at 1, 4 and 16.
    """
    values = images.astype(np.float32) / 255
    columns = [values.mean(axis=(2, 3), dtype=np.float64), _logarithm(values.var(axis=(1, 2, 3), dtype=np.float64))]
    columns += [_differences(values, scale) for scale in _SCALES]
    if images.shape[1] > 1:
        colors = values - values.mean(axis=1, keepdims=True, dtype=np.float32)
        columns += [_differences(values, scale) for scale in _FAR]
        columns += [_differences(colors, scale) for scale in (1, *_FAR)]
    return np.column_stack(columns)


def statistics_length(channels: int, color: bool = True) -> int:
    """How many numbers `picture_statistics` gives for images of so many channels; the first gauges had none of color.

    >>> statistics_length(1), statistics_length(3), statistics_length(3, color=False)
    (4, 11, 6)
    """
    return channels + 1 + len(_SCALES) + (2 * len(_FAR) + 1 if color and channels > 1 else 0)


def fit_gauge(vectors: Vectors, targets: NDArray[np.int64], classes: int, validation: Vectors) -> Gauge:
    """The gauge of training vectors (N D) and their classes (N), its limit from validation vectors (M D).

    The limit leaves at most the share `REFUSED` of images like validation's beyond it, or as few as M images can tell:
    one in M + 1. Where that is more than `REFUSED`, neither may training vectors lie beyond it that are held out.
    """
    gauge = _measured(vectors, targets, classes)
    limit = _limit(gauge.distances(validation))
    if REFUSED * (len(validation) + 1) < 1:
        limit = max(limit, _limit(_held_out(vectors, targets, classes)))
    return replace(gauge, limit=limit)


def shrunk_covariance(residuals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance (d d) of residuals (N d) whose mean is 0, drawn towards a ball by Ledoit and Wolf's share."""
    count, size = residuals.shape
    covariance = residuals.T @ residuals / count
    ball = np.trace(covariance) / size
    apart = float(((covariance - ball * np.eye(size)) ** 2).sum())
    squares = residuals**2
    uncertain = float(((squares.T @ squares) / count - covariance**2).sum()) / count
    share = min(1.0, uncertain / apart) if apart > 0 else 0.0
    return np.asarray((1 - share) * covariance + share * ball * np.eye(size))


def _measured(vectors: Vectors, targets: NDArray[np.int64], classes: int) -> Gauge:
    """The gauge without a limit."""
    values = vectors.astype(np.float64)
    middle = values.mean(axis=0)
    basis = _directions(values.shape[1])
    placed = (values - middle) @ basis
    counts = np.bincount(targets, minlength=classes)
    centers = np.zeros((classes, placed.shape[1]))
    np.add.at(centers, targets, placed)
    centers /= np.maximum(counts, 1)[:, None]
    spread, axes = np.linalg.eigh(shrunk_covariance(placed - centers[targets]))
    scales = np.where(spread > 0, 1 / np.sqrt(np.where(spread > 0, spread, 1)), 0.0)
    whitening = axes * scales
    return Gauge(
        projection=_float32(basis @ whitening),
        centers=_float32((centers + middle @ basis) @ whitening),
        limit=math.inf,
    )


def _held_out(vectors: Vectors, targets: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """The distances of training vectors from gauges that were made without them; a class with one vector has none."""
    order = np.argsort(targets, kind="stable")
    folds = np.empty(len(targets), np.int64)
    folds[order] = np.arange(len(targets)) % FOLDS
    alone = np.bincount(targets, minlength=classes)[targets] == 1
    distances = [
        _measured(vectors[folds != fold], targets[folds != fold], classes).distances(vectors[(folds == fold) & ~alone])
        for fold in range(FOLDS)
        if ((folds == fold) & ~alone).any()
    ]
    return np.concatenate(distances) if distances else np.zeros(0)


def _limit(distances: NDArray[np.float64]) -> float:
    """What at most the share `REFUSED` of vectors like these exceeds, or as few as so many can tell; 0 for none."""
    ranked = np.sort(distances)
    rank = min(len(ranked), math.ceil((1 - REFUSED) * (len(ranked) + 1)))
    return float(ranked[rank - 1]) if len(ranked) else 0.0


def _directions(size: int) -> NDArray[np.float64]:
    """The directions (D d, orthonormal) along which vectors of a size are brought down, where it is large."""
    if size <= MOST_DIMENSIONS:
        return np.eye(size)
    drawn = draw.normal("directions", np.arange(size * MOST_DIMENSIONS)).reshape(size, MOST_DIMENSIONS)
    return np.asarray(np.linalg.qr(drawn)[0])


def _differences(values: NDArray[np.floating[Any]], scale: int) -> NDArray[np.float64]:
    """The logarithm of how much values (N C H W) some places apart differ, down and across (N)."""
    below, beside = (values[:, :, scale:] - values[:, :, :-scale], values[..., scale:] - values[..., :-scale])
    squares = [(part**2).mean(axis=(1, 2, 3), dtype=np.float64) for part in (below, beside) if part.size]
    return _logarithm(np.mean(squares, axis=0) if squares else np.zeros(len(values)))


def _logarithm(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.sqrt(np.maximum(squares, 0)) + _GRAY_LEVEL))


def _float32(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
