"""What silence buys: the share of wrong answers against the share of images that are answered, the surest first.

Source: El-Yaniv and Wiener, "On the foundations of noise-free selective classification", 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.proportion import Proportion
from neocog.evaluate.checked import answers, checked

MOST_POINTS = 200


@dataclass(frozen=True)
class RiskPoint:
    """Where all answers of at least this confidence are given: the share of images answered, and of these the wrong."""

    confidence: float
    coverage: float
    wrong: Proportion


def risk_coverage(
    targets: ArrayLike, probabilities: ArrayLike, refused: NDArray[np.bool_] | None = None
) -> tuple[RiskPoint, ...]:
    """The curve, from the surest answer to all of them; equally sure answers are given together.

    Images that are `refused` [n] get no answer at any confidence, so the curve may end before it answers all. Of a
    long curve it holds at most 200 points, evenly spaced, the last always.

    >>> [point.wrong.hits for point in risk_coverage([0, 1], [[0.9, 0.1], [0.6, 0.4]])]
    [0, 1]
    """
    truth, given = checked(targets, probabilities)
    kept = np.ones(len(truth), np.bool_) if refused is None else ~refused
    confidence, wrong = given.max(axis=1)[kept], (answers(given) != truth)[kept]
    order = np.argsort(-confidence, kind="stable")
    ranked, mistakes = confidence[order], np.cumsum(wrong[order])
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True)) if len(ranked) else np.zeros(0, np.int64)
    if len(ends) > MOST_POINTS:
        ends = ends[np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(np.int64)]
    return tuple(
        RiskPoint(float(ranked[end]), (end + 1) / len(truth), Proportion.of(int(mistakes[end]), end + 1))
        for end in ends.tolist()
    )
