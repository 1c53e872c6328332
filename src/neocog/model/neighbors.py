"""The images that a network takes for most alike: nearest by the codes, as in AlexNet's figure.

Beside a mistake they say what misled the network. An image whose nearest is far nearer than its next ones may be the
same thing photographed again, mirrored or in another light, which no comparison of pixels finds: a leak to look at by
eye. What is usual differs from set to set and from place to place within one, so each image is its own measure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUSPICIOUS = 0.5
"""The nearest is suspicious from this share of the distance to the fifth nearest on. Through two networks trained on
photographs, among 200 photos, 600 steel surfaces and 1,000 digits this named 0, 1 and 4 pairs at most; of photos that
were cut to nine tenths, mirrored, turned by 5 degrees or saved small it found 69 to 100 %, of changed surfaces and
digits few."""
RANK = 5
"""Up to three more images of the same thing are borne."""

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
        """The images whose nearest is suspiciously near, the nearest by their own measure first.

        None where fewer than `RANK` were looked for, or are known.
        """
        if self.distance.shape[1] < RANK:
            return np.zeros(0, np.int64)
        first, usual = self.distance[:, 0], self.distance[:, RANK - 1]
        near = np.flatnonzero(first < SUSPICIOUS * usual)
        return near[np.argsort(first[near] / usual[near], kind="stable")]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Where images were set beside each other: two that are suspicious and each the other's nearest."""
        order, other = self.suspicious.tolist(), self.place[:, 0].tolist()
        near = set(order)
        found = (one for one in order if other[one] in near and other[other[one]] == one)
        return list(dict.fromkeys((min(one, other[one]), max(one, other[one])) for one in found))


def nearest(codes: NDArray[np.float32], known: NDArray[np.float32] | None = None, count: int = RANK) -> Nearest:
    """The `count` nearest of `known` codes (M D) for each of some codes (n D), by Euclidean distance at length 1.

    Without `known`, the codes are set beside each other, and none is its own nearest. Of equals the first comes first;
    where fewer than `count` are known, all of them. `known` is read in blocks, so it may be memory-mapped.

    >>> found = nearest(np.eye(2, dtype=np.float32), np.array([[0, 3], [5, 0]], np.float32), 1)
    >>> found.place.tolist(), found.distance.tolist()
    ([[1], [0]], [[0.0], [0.0]])
    """
    theirs, most = (codes, len(codes) - 1) if known is None else (known, len(known))
    parts = []
    for start in range(0, len(codes), _BLOCK):
        ours = unit_length(codes[start : start + _BLOCK])
        own = start + np.arange(len(ours)) if known is None else None
        parts.append(_search(ours, theirs, min(count, most), own))
    places, distances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Nearest(places, distances)


def unit_length(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Codes (N D) brought to length 1; one of zeros stays so, and lies at distance 1 from all others."""
    wide = codes.astype(np.float64)
    return np.asarray(wide / np.maximum(np.sqrt((wide**2).sum(axis=1, keepdims=True)), 1e-12))


def _search(
    ours: NDArray[np.float64], known: NDArray[np.float32], count: int, own: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places (n k) and distances (n k) of the nearest of `known` to codes of length 1 (n D), save their `own`."""
    place = np.zeros((len(ours), 0), np.int64)
    alike = np.zeros((len(ours), 0))
    for start in range(0, len(known), _KNOWN):
        found = ours @ unit_length(known[start : start + _KNOWN]).T
        there = start + np.arange(found.shape[1])
        if own is not None:
            found[own[:, None] == there] = -np.inf
        alike = np.concatenate([alike, found], axis=1)
        place = np.concatenate([place, np.broadcast_to(there, found.shape)], axis=1)
        chosen = alike.argmax(1)[:, None] if count == 1 else np.argsort(-alike, axis=1, kind="stable")[:, :count]
        alike = np.take_along_axis(alike, chosen, axis=1)
        place = np.take_along_axis(place, chosen, axis=1)
    theirs = unit_length(known[place.ravel()]).reshape(*place.shape, -1)
    return place, np.sqrt(((ours[:, None] - theirs) ** 2).sum(axis=2))
