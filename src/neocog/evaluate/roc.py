"""How well each class is told from all others: the ROC curve, one against the rest, and the area under it.

The area is the chance that a sample of the class gets a higher probability for it than a sample of another class:
0.5 is a coin, 1 is perfect.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_curve

from neocog.core.proportion import wilson
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.checked import checked

_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


@dataclass(frozen=True)
class RocCurve:
    """Points of a curve, from (0, 0) to (1, 1): false-positive rate and true-positive rate, both rising. Shape [m]."""

    false_positive: NDArray[np.float64]
    true_positive: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Areas:
    """The areas under the ROC curves of K classes, and what each of n samples has to do with their mean."""

    values: tuple[float | None, ...]
    """Each class against the rest; `None` where all samples, or none, are of the class."""
    intervals: tuple[Interval | None, ...]
    """The 95 % interval of each."""
    pulls: NDArray[np.float64]
    """How far each sample pulls the mean of the values up or down, were it there once more. Shape [n], sum 0."""


def areas(targets: ArrayLike, probabilities: ArrayLike) -> Areas:
    """The area under the ROC curve of each class against the rest.

    Counted as pairs (Mann and Whitney, 1947), ties as half: a thousand classes take seconds. The interval is Wilson's
    of the smaller side, for no distribution lets an area vary more than the share that it is of that side (Birnbaum and
    Klose, "Bounds for the variance of the Mann-Whitney statistic", 1957). A sample's pull is its placement: the share
    of the other side that it stands on the right side of (DeLong, DeLong and Clarke-Pearson, 1988).

    >>> areas([0, 1], [[0.9, 0.1], [0.2, 0.8]]).values
    (1.0, 1.0)
    """
    truth, given = checked(targets, probabilities)
    values: list[float | None] = []
    pulls = np.zeros(len(truth))
    for label in range(given.shape[1]):
        own = truth == label
        inside, outside = given[own, label], given[~own, label]
        if not len(inside) or not len(outside):
            values.append(None)
            continue
        found, beaten = _shares_below(inside, outside), _shares_below(outside, inside)
        value = float(found.mean())
        pulls[own] += (found - value) / len(inside)
        pulls[~own] += (1 - beaten - value) / len(outside)
        values.append(value)
    defined = max(1, sum(value is not None for value in values))
    sizes = np.bincount(truth, minlength=given.shape[1]).tolist()
    return Areas(
        tuple(values),
        tuple(map(area_interval, values, (min(size, len(truth) - size) for size in sizes))),
        pulls / defined,
    )


def _shares_below(these: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each number the share of the others that are smaller, equal ones as half."""
    ordered = np.sort(others)
    below, up_to = (np.searchsorted(ordered, these, side) for side in _SIDES)
    return np.asarray((below + up_to) / (2 * len(others)), dtype=np.float64)


def area(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float | None:
    """The area under the ROC curve of numbers of samples that have something against those of others.

    >>> area(np.array([0.9, 0.4]), np.array([0.1, 0.6]))
    0.75
    """
    return float(_shares_below(inside, outside).mean()) if len(inside) and len(outside) else None


def area_interval(value: float | None, smaller: int) -> Interval | None:
    """The 95 % interval of an area, of which the smaller side has so many samples."""
    return None if value is None else Interval(*wilson(value * smaller, smaller))


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
