"""The images that a network takes for most alike: nearest by the codes, as in AlexNet's figure.

Beside a mistake they say what misled the network. Where a test image lies far closer to a training image than others
do, it may be the same thing photographed again, which no comparison of pixels finds: a leak to look at by eye.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUSPICIOUS = 0.1
"""How small the distance is, by the median over the images, from which a pair is named."""

_BLOCK = 512
_KNOWN = 8192


@dataclass(frozen=True)
class Nearest:
    """For each of n images those k of the known ones that have the most alike codes, the nearest first."""

    place: NDArray[np.int64]
    """Which of the known images (n k)."""
    distance: NDArray[np.float64]
    """Between the codes brought to length 1 (n k), from 0 to 2."""

    @property
    def suspicious(self) -> NDArray[np.int64]:
        """The images whose nearest is suspiciously near, the nearest first."""
        first = self.distance[:, 0]
        near = np.flatnonzero(first < SUSPICIOUS * np.median(first))
        return near[np.argsort(first[near], kind="stable")]


def nearest(codes: NDArray[np.float32], known: NDArray[np.float32], count: int = 1) -> Nearest:
    """The `count` nearest of `known` codes (M D) for each of some codes (n D), by Euclidean distance at length 1.

    Of equals the first comes first; where fewer than `count` are known, all of them. `known` is read in blocks, so it
    may be memory-mapped.

    >>> found = nearest(np.eye(2, dtype=np.float32), np.array([[0, 3], [5, 0]], np.float32))
    >>> found.place.tolist(), found.distance.tolist()
    ([[1], [0]], [[0.0], [0.0]])
    """
    parts = [
        _search(unit_length(codes[start : start + _BLOCK]), known, count) for start in range(0, len(codes), _BLOCK)
    ]
    places, distances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Nearest(places, distances)


def unit_length(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Codes (N D) brought to length 1; one of zeros stays so, and lies at distance 1 from all others."""
    wide = codes.astype(np.float64)
    return np.asarray(wide / np.maximum(np.sqrt((wide**2).sum(axis=1, keepdims=True)), 1e-12))


def _search(
    ours: NDArray[np.float64], known: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places (n k) and distances (n k) of the nearest of `known` to codes of length 1 (n D)."""
    place = np.zeros((len(ours), 0), np.int64)
    alike = np.zeros((len(ours), 0))
    for start in range(0, len(known), _KNOWN):
        found = ours @ unit_length(known[start : start + _KNOWN]).T
        alike = np.concatenate([alike, found], axis=1)
        place = np.concatenate([place, np.broadcast_to(np.arange(start, start + found.shape[1]), found.shape)], axis=1)
        if count < alike.shape[1]:
            chosen = np.argsort(-alike, axis=1, kind="stable")[:, :count] if count > 1 else alike.argmax(1)[:, None]
            alike, place = np.take_along_axis(alike, chosen, axis=1), np.take_along_axis(place, chosen, axis=1)
    order = np.argsort(-alike, axis=1, kind="stable")
    place = np.take_along_axis(place, order, axis=1)
    theirs = unit_length(known[place.ravel()]).reshape(*place.shape, -1)
    return place, np.sqrt(((ours[:, None] - theirs) ** 2).sum(axis=2))
