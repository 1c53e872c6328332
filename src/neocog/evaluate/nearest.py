"""The training image that a network takes for most alike: nearest by the codes, as in AlexNet's figure.

Beside a mistake it says what misled the network. Where a test image lies far closer to a training image than others do,
it may be the same thing photographed again, which no comparison of pixels finds: a leak to look at by eye.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUSPICIOUS = 0.1
"""How small the distance is, by the median over the test images, from which a pair is named."""

_BLOCK = 512


@dataclass(frozen=True)
class Nearest:
    """For each of n test images the training image with the most alike code."""

    place: NDArray[np.int64]
    """Which of the training images (n)."""
    distance: NDArray[np.float64]
    """Between the codes brought to length 1 (n)."""

    @property
    def suspicious(self) -> NDArray[np.int64]:
        """The test images whose nearest is suspiciously near, the nearest first."""
        near = np.flatnonzero(self.distance < SUSPICIOUS * np.median(self.distance))
        return near[np.argsort(self.distance[near], kind="stable")]


def nearest(codes: NDArray[np.float32], known: NDArray[np.float32]) -> Nearest:
    """The nearest of `known` codes (M D) for each of some codes (n D), by Euclidean distance at length 1.

    >>> found = nearest(np.eye(2, dtype=np.float32), np.array([[0, 3], [5, 0]], np.float32))
    >>> found.place.tolist(), found.distance.tolist()
    ([1, 0], [0.0, 0.0])
    """
    ours, theirs = _unit(codes), _unit(known)
    places, distances = [], []
    for start in range(0, len(ours), _BLOCK):
        part = ours[start : start + _BLOCK]
        best = (part @ theirs.T).argmax(axis=1)
        places.append(best)
        distances.append(np.sqrt(((part - theirs[best]) ** 2).sum(axis=1)))
    return Nearest(np.concatenate(places), np.concatenate(distances))


def _unit(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = codes.astype(np.float64)
    return np.asarray(wide / np.maximum(np.sqrt((wide**2).sum(axis=1, keepdims=True)), 1e-12))
