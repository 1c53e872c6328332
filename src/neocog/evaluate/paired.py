"""Two ways of answering the same samples: how much better the second is, and whether that could be chance.

Samples that both name right, or both wrong, say nothing about which is better; only those where they differ do. For one
against one, McNemar's exact test asks how often a fair coin would part these so unevenly (McNemar, "Note on the
sampling error of the difference between correlated proportions", 1947). The interval is a bootstrap of the difference,
stratified by class, with one imagined sample on each side, so that it is not nothing wide where they never differ.

Where either side is several runs that differ in their seed, how far runs of one side lie apart is drawn too: their
pooled deviation, by Student's distribution, which has long tails for few runs. One run says nothing of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.draw import integer
from neocog.evaluate.bootstrap import DRAWS, Draws, Interval, drawn_counts, percentiles
from neocog.evaluate.checked import Targets

CHANCE = 0.05
"""The probability below which a difference is no longer put down to chance."""

Right = NDArray[np.bool_]
"""Whether each run [k] named each sample [n] right."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The share that the second names right less that of the first, with its 95 % interval."""

    first: float
    """The share that the first names right; the mean over its runs."""
    second: float
    interval: Interval
    won: int | None
    """The samples that only the second names right; `None` for several runs."""
    lost: int | None
    """The samples that only the first names right."""
    chance: float
    """The probability of a difference at least as large, either way, were both equally good."""

    @property
    def value(self) -> float:
        """The difference, from -1 to 1."""
        return self.second - self.first

    @property
    def better(self) -> bool:
        """Whether the second is better by more than chance."""
        return self.chance < CHANCE and self.interval.low > 0

    @property
    def worse(self) -> bool:
        """Whether the second is worse by more than chance."""
        return self.chance < CHANCE and self.interval.high < 0


def difference(first: Right, second: Right, strata: Targets, seed: int = 0) -> Difference:
    """How much better the second is, from which samples [n] the runs of each side [k, n] name right.

    >>> first, second = np.zeros((2, 1, 30), dtype=bool)
    >>> second[0, :9] = True
    >>> found = difference(first, second, np.zeros(30, dtype=np.int64))
    >>> found.won, found.better, round(found.chance, 3)
    (9, True, 0.004)
    """
    draws = _differences(first, second, strata, seed)
    one = len(first) == len(second) == 1
    won, lost = (int((second & ~first).sum()), int((first & ~second).sum())) if one else (0, 0)
    opposite = min((draws <= 0).sum(), (draws >= 0).sum())
    return Difference(
        first=float(first.mean()),
        second=float(second.mean()),
        interval=percentiles(draws),
        won=won if one else None,
        lost=lost if one else None,
        chance=mcnemar(lost, won) if one else float(min(1.0, 2 * (opposite + 1) / (DRAWS + 1))),
    )


def mcnemar(lost: int, won: int) -> float:
    """The exact two-sided probability that a fair coin parts `lost + won` samples at least so unevenly.

    >>> mcnemar(0, 5)
    0.0625
    """
    count, term, total = lost + won, 1, 0
    for place in range(min(lost, won) + 1):
        total += term
        term = term * (count - place) // (place + 1)
    return min(1.0, 2 * float(total / 2**count))


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Probabilities of chance, each as it is after so many were looked at (Holm, 1979).

    >>> holm([0.01, 0.04, 0.5])
    (0.03, 0.08, 0.5)
    """
    adjusted, largest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda place: chances[place])):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def spread(right: Right) -> float:
    """The deviation of the accuracies of runs [k, n] around their mean; 0 for a single run."""
    return float(right.mean(axis=1).std(ddof=1)) if len(right) > 1 else 0.0


def mean_accuracy(right: Right, strata: Targets, seed: int = 0) -> Interval:
    """The interval of the mean accuracy of several runs [k, n], over other samples and other seeds.

    >>> runs = np.ones((3, 40), dtype=bool)
    >>> runs[0, :4] = runs[1, 4:6] = False
    >>> mean_accuracy(runs, np.zeros(40, dtype=np.int64)).low < 0.9
    True
    """
    draws = _drawn_mean(right.mean(axis=0), strata, seed) + _luck(right, right[:0], seed)
    ends = percentiles(draws)
    return Interval(max(0.0, ends.low), min(1.0, ends.high))


def _differences(first: Right, second: Right, strata: Targets, seed: int) -> Draws:
    """The difference in draws [R] of the samples, and of the runs where there are several."""
    draws = _drawn_mean(second.mean(axis=0) - first.mean(axis=0), strata, seed)
    generator = np.random.default_rng(integer(seed, "imagined"))
    imagined = generator.poisson(1.0, DRAWS) - generator.poisson(1.0, DRAWS)
    return np.asarray(draws + imagined / first.shape[1] + _luck(first, second, seed), dtype=np.float64)


def _drawn_mean(values: NDArray[np.float64], strata: Targets, seed: int) -> Draws:
    """The mean of a value that takes few sizes, such as a share of some runs, in draws [R] of the samples [n]."""
    sizes, place = np.unique(values, return_inverse=True)
    labels, row = np.unique(strata, return_inverse=True)
    table = np.zeros((len(labels), len(sizes)), dtype=np.int64)
    np.add.at(table, (row, place), 1)
    total = np.zeros(DRAWS)
    for _, cells, drawn in drawn_counts(table, seed, "mean"):
        total += drawn @ sizes[cells]
    return np.asarray(total / len(values), dtype=np.float64)


def _luck(first: Right, second: Right, seed: int) -> Draws:
    """How far the means of so many runs may lie off by the luck of their seeds, in draws [R]; 0 for single runs."""
    sides = [side for side in (first, second) if len(side)]
    freedom = sum(len(side) - 1 for side in sides)
    if not freedom:
        return np.zeros(DRAWS)
    squares = sum((len(side) - 1) * spread(side) ** 2 for side in sides)
    error = (squares / freedom * sum(1 / len(side) for side in sides)) ** 0.5
    lucky = np.random.default_rng(integer(seed, "luck")).standard_t(freedom, DRAWS)
    return np.asarray(error * lucky, dtype=np.float64)
