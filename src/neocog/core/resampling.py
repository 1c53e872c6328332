"""The bootstrap: a set is drawn anew from itself, 2,000 times, and a figure of it each time.

The spread of those figures is that of the figure (Efron and Tibshirani, "An introduction to the bootstrap", 1993). A
draw is a function of the seed, so that an interval is the same wherever it is computed.

>>> sums = drawn_sums([[1.0], [3.0]], np.zeros(2, np.int64))
>>> sums.shape, sorted(set(sums.ravel().tolist()))
((2000, 1), [2.0, 4.0, 6.0])
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.draw import integer
from neocog.core.proportion import LEVEL

DRAWS = 2000
"""Sets that are drawn."""

_AT_ONCE = 4_000_000  # weights that lie in memory: so many samples in so many draws

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """The ends of the 95 % interval of a figure."""

    low: float
    high: float


def percentiles(draws: Draws, level: float = LEVEL) -> Interval:
    """The interval that holds the middle 95 % of some draws [R].

    >>> round(percentiles(np.arange(101)).high, 6)
    97.5
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def drawn_sums(columns: ArrayLike, strata: NDArray[np.int64], seed: int = 0, *key: str) -> Draws:
    """The sums of columns [n, m] over samples that are drawn anew, as many of each stratum [n] as there are. [R, m].

    >>> drawn_sums([[1.0], [2.0], [5.0]], np.array([0, 0, 1])).min().item()
    7.0
    """
    values = np.asarray(columns, dtype=np.float64)
    order = np.argsort(strata, kind="stable")
    _, first, sizes = np.unique(strata[order], return_index=True, return_counts=True)
    starts, spans = np.repeat(first, sizes), np.repeat(sizes, sizes)  # of each place, its stratum's
    count, drawing = len(values), generator(seed, *key)
    at_once = max(1, _AT_ONCE // count)
    parts = []
    for done in range(0, DRAWS, at_once):
        rows = min(at_once, DRAWS - done)
        taken = starts + (drawing.random((rows, count)) * spans).astype(np.int64)
        taken += np.arange(rows)[:, None] * count
        weights = np.bincount(taken.ravel(), minlength=rows * count).reshape(rows, count)
        parts.append(weights @ values[order])
    return np.concatenate(parts)


def drawn_weights(count: int, seed: int = 0, *key: str) -> Iterator[Draws]:
    """How often each of so many samples is in each of some draws [r, n], a block of draws at a time, `DRAWS` in all.

    >>> sum(len(block) for block in drawn_weights(3)), next(drawn_weights(3)).sum(axis=1).tolist()[:2]
    (2000, [3.0, 3.0])
    """
    drawing = generator(seed, *key)
    at_once = max(1, _AT_ONCE // count)
    for done in range(0, DRAWS, at_once):
        rows = min(at_once, DRAWS - done)
        yield drawing.multinomial(count, np.full(count, 1 / count), size=rows).astype(np.float64)


def generator(seed: int, *key: str) -> np.random.Generator:
    """numpy's generator for a key."""
    return np.random.default_rng(integer(seed, "bootstrap", *key))
