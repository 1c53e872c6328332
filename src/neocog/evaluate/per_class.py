"""Each class on its own: how many there are, how many are found, how far an answer of that class can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import Proportion, wilson
from neocog.evaluate.bootstrap import Interval


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
    f1_interval: Interval | None = None
    """The 95 % interval of F1."""


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


def macro_f1(figures: Sequence[ClassFigures]) -> float:
    """The mean F1 of the classes that occur, among the samples or the answers."""
    return float(np.mean([each.f1 for each in figures if each.f1 is not None]))


def _figures(hits: int, support: int, answered: int) -> ClassFigures:
    return ClassFigures(
        support=support,
        answered=answered,
        precision=Proportion.of(hits, answered) if answered else None,
        recall=Proportion.of(hits, support) if support else None,
        f1=2 * hits / (support + answered) if support + answered else None,
        f1_interval=_f1_interval(hits, support + answered - hits) if support + answered else None,
    )


def _f1_interval(hits: int, union: int) -> Interval:
    """Wilson's interval of the share s of right ones among the samples of a class or called so, as F1 = 2s / (1 + s).

    Source: Lam, Gopal and Qian, "Confidence intervals for the F1 score: a comparison of four methods", 2023.
    """
    return Interval(*(2 * share / (1 + share) for share in wilson(hits, union)))
