"""How many of those taken for a class are of it, against how many of the class are found, at every threshold.

Where a class is rare, this says more than the ROC curve: there a thousand false alarms among a million others vanish.
Source: Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

from neocog.evaluate.checked import checked


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Points of a curve, recall rising from 0 to 1, and the average precision: precision weighted by gained recall."""

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    average: float


def precision_recall(targets: ArrayLike, probabilities: ArrayLike, label: int) -> PrecisionRecall:
    """The curve of one class against the rest; some samples must be of the class.

    >>> precision_recall([0, 1], [[0.9, 0.1], [0.2, 0.8]], 1).average
    1.0
    """
    truth, given = checked(targets, probabilities)
    own = truth == label
    assert own.any(), "a curve needs samples of the class"
    precision, recall, _ = precision_recall_curve(own, given[:, label])
    return PrecisionRecall(recall[::-1], precision[::-1], float(average_precision_score(own, given[:, label])))
