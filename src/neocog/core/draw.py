"""Randomness as a function: the same key gives the same number, on any machine, in any order, on any day.

A key is any mix of integers, texts and integer arrays: `uniform(seed, epoch, samples, "rotation")` gives one number a
sample. Nothing is stored between calls, so a run that is resumed at step 1,000 draws what it would have drawn, and a
sample's augmentation can be shown again years later. The mixer is the finalizer of SplitMix64 (Steele, Lea and Flood,
"Fast splittable pseudorandom number generators", 2014), chained over the key.
"""

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Key: TypeAlias = "int | str | NDArray[np.integer]"
Bits: TypeAlias = "NDArray[np.uint64]"

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(bits: Bits) -> Bits:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _word(part: Key) -> Bits:
    if isinstance(part, str):
        return np.frombuffer(hashlib.sha256(part.encode()).digest()[:8], dtype="<u8").astype(np.uint64)
    if isinstance(part, int):
        return np.array([part & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)
    return np.atleast_1d(part).astype(np.uint64)


def bits(*key: Key) -> Bits:
    """64 random bits for each element of the broadcast key (an array of shape (1,) where the key holds no array)."""
    state = np.array([0x6E656F636F67], dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in key:
            state = _mix((state + _GOLDEN) ^ _mix(_word(part) + _GOLDEN))
    return state


def uniform(*key: Key) -> NDArray[np.float64]:
    """Numbers in [0, 1), one for each element of the broadcast key.

    >>> samples = np.arange(3)
    >>> bool((uniform(0, samples, "x")[1] == uniform(0, 1, "x")).all())
    True
    """
    return (bits(*key) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(*key: Key) -> NDArray[np.float64]:
    """Numbers of the standard normal distribution, by the method of Box and Muller."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(*key, "radius")))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform(*key, "angle")))


def permutation(count: int, *key: Key) -> NDArray[np.int64]:
    """The numbers 0 to `count` - 1 in random order.

    >>> sorted(permutation(4, 7).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(bits(*key, np.arange(count)), kind="stable").astype(np.int64)


def integer(*key: Key) -> int:
    """One number in [0, 2**63), to seed a library's own generator with."""
    return integers(*key)[0]


def integers(*key: Key) -> list[int]:
    """As many as the broadcast key has elements: for a thousand it takes no longer than for one.

    >>> integers(7, np.arange(3))[2] == integer(7, 2)
    True
    """
    numbers: list[int] = (bits(*key) >> np.uint64(1)).tolist()
    return numbers
