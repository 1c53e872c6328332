"""Can its confidence be believed? Of the answers that it was 90 % sure of, about 90 % should be right.

Answers are sorted by confidence (the largest probability) into bins of equal width. The expected calibration error is
the mean distance between confidence and accuracy over the bins, weighted by their samples (Naeini, Cooper and
Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015; Guo et al., "On calibration of
modern neural networks", 2017).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

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
    """The expected calibration error, the mean confidence of all answers, and the bins that hold any."""

    error: float
    confidence: float
    bins: tuple[Bin, ...]


def calibration(targets: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Calibration:
    """The reliability of the answers, in `bins` bins of equal width.

    >>> calibration([0, 1], [[0.9, 0.1], [0.9, 0.1]]).error
    0.4
    """
    truth, given = checked(targets, probabilities)
    confidence = np.clip(given.max(axis=1), 0.0, 1.0)
    right = answers(given) == truth
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)  # a bin holds its upper edge, not its lower
    found = []
    for index in np.unique(place):
        inside = place == index
        hits = Proportion.of(int(right[inside].sum()), int(inside.sum()))
        found.append(Bin(float(edges[index]), float(edges[index + 1]), float(confidence[inside].mean()), hits))
    error = sum(abs(each.confidence - each.accuracy.value) * each.accuracy.n for each in found) / len(truth)
    return Calibration(float(error), float(confidence.mean()), tuple(found))
