"""Each class on its own: how many there are, how many are found, how far an answer of that class can be believed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import Proportion


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """The figures of one class; `None` where a figure is undefined (no such sample, or no such answer)."""

    support: int
    """Samples that are of this class."""
    answered: int
    """Samples that were answered with this class."""
    precision: Proportion | None
    """The share of its answers that are right."""
    recall: Proportion | None
    """The share of its samples that are found."""
    f1: float | None
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""


def per_class(matrix: NDArray[np.int64]) -> tuple[ClassFigures, ...]:
    """The figures of every class, from the confusion matrix [K, K] (row = true class, column = answer).

    >>> figures = per_class(np.array([[1, 1], [8, 90]]))
    >>> figures[0].precision.value, figures[0].recall.value
    (0.1111111111111111, 0.5)
    """
    return tuple(
        _figures(int(matrix[label, label]), int(matrix[label].sum()), int(matrix[:, label].sum()))
        for label in range(len(matrix))
    )


def _figures(hits: int, support: int, answered: int) -> ClassFigures:
    return ClassFigures(
        support=support,
        answered=answered,
        precision=Proportion.of(hits, answered) if answered else None,
        recall=Proportion.of(hits, support) if support else None,
        f1=2 * hits / (support + answered) if support + answered else None,
    )
