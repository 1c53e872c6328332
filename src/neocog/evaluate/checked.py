"""The two arrays that every measure takes, checked once: the true classes and the probabilities given to each class.

A measure over numbers that are not probabilities would still print a figure. So what does not hold is refused here, and
the measures can be plain sums.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.errors import DataError

Targets: TypeAlias = "NDArray[np.int64]"
Probabilities: TypeAlias = "NDArray[np.float64]"

TOLERANCE = 1e-3


def checked(targets: ArrayLike, probabilities: ArrayLike) -> tuple[Targets, Probabilities]:
    """The arrays as int64 [n] and float64 [n, K], or a `DataError` that says what does not hold.

    n is at least 1, K at least 2; targets lie in 0 to K - 1; probabilities are finite, in [0, 1], and sum to 1 a row.

    >>> targets, probabilities = checked([1], [[0.25, 0.75]])
    >>> probabilities.shape
    (1, 2)
    """
    truth = np.asarray(targets)
    given = np.asarray(probabilities, dtype=np.float64)
    if truth.ndim != 1 or given.ndim != 2 or len(truth) != len(given):
        raise DataError(
            f"targets [n] and probabilities [n, K] must share n, not {list(truth.shape)} and {list(given.shape)}; "
            "give one row of probabilities a target"
        )
    if len(truth) == 0:
        raise DataError("a verdict needs at least one sample, not 0; give data that holds some")
    if given.shape[1] < 2:
        raise DataError(f"a verdict needs at least two classes, not {given.shape[1]}; give a column for each class")
    if not np.issubdtype(truth.dtype, np.integer) or truth.min() < 0 or truth.max() >= given.shape[1]:
        raise DataError(
            f"targets must be whole numbers from 0 to {given.shape[1] - 1}, not {truth.min()} to {truth.max()}; "
            "count classes from 0"
        )
    if not np.isfinite(given).all():
        row = int(np.nonzero(~np.isfinite(given).all(axis=1))[0][0])
        raise DataError(
            f"probabilities must be finite, not {given[row].tolist()[:5]} in row {row}; train the model anew"
        )
    if given.min() < 0 or given.max() > 1 + TOLERANCE:
        raise DataError(
            f"probabilities must lie in 0 to 1, not {given.min():g} to {given.max():g}; apply softmax first"
        )
    sums = given.sum(axis=1)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > TOLERANCE:
        raise DataError(
            f"the probabilities of a row must sum to 1, not to {sums[worst]:g} in row {worst}; apply softmax first"
        )
    return truth.astype(np.int64), given


def answers(probabilities: Probabilities) -> Targets:
    """The class with the largest probability of each row; the first of equals. Shape [n]."""
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
