"""How well each class is told from all others: the ROC curve, one against the rest, and the area under it.

The area is the chance that a sample of the class gets a higher probability for it than a sample of another class:
0.5 is a coin, 1 is perfect.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_curve

from neocog.evaluate.checked import checked

_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


@dataclass(frozen=True)
class RocCurve:
    """Points of a curve, from (0, 0) to (1, 1): false-positive rate and true-positive rate, both rising. Shape [m]."""

    false_positive: NDArray[np.float64]
    true_positive: NDArray[np.float64]


def areas(targets: ArrayLike, probabilities: ArrayLike) -> tuple[float | None, ...]:
    """The area under the ROC curve of each class against the rest; `None` where all samples, or none, are of the class.

    Counted as pairs (Mann and Whitney, 1947), ties as half: a thousand classes take seconds.

    >>> areas([0, 1], [[0.9, 0.1], [0.2, 0.8]])
    (1.0, 1.0)
    """
    truth, given = checked(targets, probabilities)
    return tuple(_area(given[truth == label, label], given[truth != label, label]) for label in range(given.shape[1]))


def _area(own: NDArray[np.float64], others: NDArray[np.float64]) -> float | None:
    """The share of pairs of an own and another sample in which the own one has the higher probability."""
    if not len(own) or not len(others):
        return None
    ordered = np.sort(others)
    below, up_to = (np.searchsorted(ordered, own, side) for side in _SIDES)
    return float((below + up_to).mean() / (2 * len(others)))


def macro(values: tuple[float | None, ...]) -> float | None:
    """The mean of the areas that are defined; `None` where none is."""
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None


def curve(targets: ArrayLike, probabilities: ArrayLike, label: int) -> RocCurve:
    """The ROC curve of one class against the rest; some samples must be of the class, and some not."""
    truth, given = checked(targets, probabilities)
    assert 0 < (truth == label).sum() < len(truth), "a curve needs samples of the class and others"
    false_positive, true_positive, _ = roc_curve(truth == label, given[:, label])
    return RocCurve(false_positive, true_positive)
