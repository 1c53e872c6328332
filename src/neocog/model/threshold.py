"""The threshold: how sure an answer must be, so that of those given at most a wished share is wrong.

Validation images are sorted by the confidence of their answers. The threshold goes down from answer to answer as long
as the one-sided 95 % upper bound (Clopper and Pearson, 1934) of the share of mistakes above it stays within the wish;
at the first that does not, it stops. It begins where a third of the images are answered, and at least as many as
could hold the promise without a single mistake (299 for 1 %).

Many thresholds are tried, yet the bound needs no correction for that: they are tried in an order that is fixed before
a mistake is seen, and the first failure ends the search (fixed-sequence testing; Angelopoulos et al., "Learn then
test", 2021). So the promise is broken with a chance of at most 5 % if three things hold: new images come from where
validation's came from; less confident answers are not more often right; and validation chose nothing else (that it
chose the best epoch and the temperature makes it a little too kind).

Why: let t be the highest confidence at which more than the wished share is wrong. A threshold below t is reached only
through the first one tried below it. Given how many answers lie above t, each answer above that first one is wrong
with at least the wished chance, independently, so its test passes with a chance of at most 5 %.

>>> found = promise(np.linspace(0.5, 1, 400), np.arange(400) >= 40, error=0.01)
>>> found.answered, found.wrong, round(found.threshold, 2), round(found.bound, 4)
(360, 0, 0.55, 0.0083)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

LEVEL = 0.95
"""How often a promise is to be kept, over the draw of the validation images."""
_FIRST = 3
_RATES = tuple(round(0.001 * step, 3) for step in range(1, 500))


@dataclass(frozen=True)
class Promise:
    """At most the share `error` of the answers is wrong, where those below `threshold` are not given."""

    error: float
    """The wished share of mistakes among the answers."""
    threshold: float
    """The least confidence of an answer."""
    images: int
    """How many validation images there were."""
    answered: int
    """How many of them are answered."""
    wrong: int
    """How many of these answers are wrong."""
    bound: float
    """The one-sided 95 % upper bound of the share of mistakes; at most `error`."""

    @property
    def coverage(self) -> float:
        """The share of the validation images that is answered."""
        return self.answered / self.images


def promise(confidence: NDArray[np.float64], right: NDArray[np.bool_], error: float) -> Promise | None:
    """The lowest threshold that keeps the wish, or None where none does.

    `confidence` is that of each answer, minus infinity where none is given whatever the threshold; `right` says which
    answers are. Answers that are equally sure stay together.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_ = confidence[order]
    given = int(np.isfinite(sorted_).sum())
    wrong = np.cumsum(~right[order][:given])
    ends = np.append(sorted_[1:given] < sorted_[: given - 1], True) if given else np.zeros(0, np.bool_)
    tried = np.nonzero(ends)[0] + 1  # how many are answered at each threshold
    tried = tried[tried >= max(needed(error), len(confidence) // _FIRST)]
    mistakes = wrong[tried - 1]
    # how probable so few mistakes are where the wished share is wrong: the binomial distribution
    passed = betainc(tried - mistakes, mistakes + 1, 1 - error) <= 1 - LEVEL
    reached = len(passed) if passed.all() else int(passed.argmin())
    if reached == 0:
        return None
    answered, missed = int(tried[reached - 1]), int(mistakes[reached - 1])
    return Promise(
        error=error,
        threshold=float(sorted_[answered - 1]),
        images=len(confidence),
        answered=answered,
        wrong=missed,
        bound=float(upper_bound(missed, answered)),
    )


def needed(error: float) -> int:
    """The fewest answers, all of them right, that can hold a promise.

    >>> needed(0.01), needed(0.05)
    (299, 59)
    """
    return math.ceil(math.log(1 - LEVEL) / math.log1p(-error))


def upper_bound(wrong: int, answered: int) -> float:
    """The one-sided 95 % upper bound of a share of mistakes (Clopper and Pearson, 1934).

    >>> round(upper_bound(0, 299), 5)
    0.00997
    """
    return 1.0 if wrong >= answered else float(betaincinv(wrong + 1, answered - wrong, LEVEL))


def least_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float | None:
    """The smallest share of mistakes that can be promised, to a thousandth; None where half of the answers are wrong.

    It was found by looking, so a promise of it is a little weaker than one that was wished for beforehand.
    """
    return next((rate for rate in _RATES if promise(confidence, right, rate) is not None), None)
