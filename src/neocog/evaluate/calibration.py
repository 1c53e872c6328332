"""Can its confidence be believed? Of the answers that it was 90 % sure of, about 90 % should be right.

Answers are sorted by confidence (the largest probability) into bins of equal width. The expected calibration error is
the mean distance between confidence and accuracy over the bins, weighted by their samples (Naeini, Cooper and
Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015; Guo et al., "On calibration of
modern neural networks", 2017).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.draw import normal
from neocog.core.proportion import Proportion
from neocog.evaluate.checked import answers, checked

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Answers with a confidence in (low, high]: their mean confidence, and the share of them that is right."""

    low: float
    high: float
    confidence: float
    accuracy: Proportion


@dataclass(frozen=True)
class Calibration:
    """The expected calibration error, the mean confidence of all answers, and the bins that hold any.

    `chance` is the error that a perfectly calibrated model stays below on such answers, 95 times of 100: a few answers
    a bin are never right exactly as often as they should be.
    """

    error: float
    confidence: float
    bins: tuple[Bin, ...]
    chance: float

    @property
    def off(self) -> bool:
        """Whether the error is more than chance."""
        return self.error > self.chance


def calibration(targets: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Calibration:
    """The reliability of the answers, in `bins` bins of equal width.

    >>> calibration([0, 1], [[0.9, 0.1], [0.9, 0.1]]).error
    0.4
    """
    confidence, right, place = _sorted(targets, probabilities, bins)
    edges = np.linspace(0.0, 1.0, bins + 1)
    found = []
    for index in np.unique(place):
        inside = place == index
        hits = Proportion.of(int(right[inside].sum()), int(inside.sum()))
        found.append(Bin(float(edges[index]), float(edges[index + 1]), float(confidence[inside].mean()), hits))
    error = sum(abs(each.confidence - each.accuracy.value) * each.accuracy.n for each in found) / len(right)
    return Calibration(float(error), float(confidence.mean()), tuple(found), _chance(confidence, place))


def gaps(targets: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> NDArray[np.float64]:
    """Each sample's confidence less its being right, in the column of its bin: their sums make the error. [n, bins].

    >>> gaps([0], [[0.75, 0.25]], bins=4).tolist()
    [[0.0, 0.0, -0.25, 0.0]]
    """
    confidence, right, place = _sorted(targets, probabilities, bins)
    table = np.zeros((len(right), bins))
    table[np.arange(len(right)), place] = confidence - right
    return table


def _chance(confidence: NDArray[np.float64], place: NDArray[np.int64]) -> float:
    """The 95 % quantile of the error where each answer is right as often as it says; right ones are about normal.

    Source: Bröcker and Smith, "Increasing the reliability of reliability diagrams", 2007.
    """
    deviation = np.sqrt(np.bincount(place, weights=confidence * (1 - confidence)))
    draws = normal(0, "calibrated", np.arange(2000)[:, None], np.arange(len(deviation))[None, :])
    return float(np.quantile(np.abs(draws) @ deviation, 0.95) / len(confidence))


def _sorted(
    targets: ArrayLike, probabilities: ArrayLike, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Each answer's confidence, whether it is right, and its bin; a bin holds its upper edge, not its lower."""
    truth, given = checked(targets, probabilities)
    confidence = np.clip(given.max(axis=1), 0.0, 1.0)
    place = np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], confidence)
    return confidence, answers(given) == truth, np.asarray(place, dtype=np.int64)
