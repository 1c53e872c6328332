"""What is taken for what: the matrix of true class (rows) by answer (columns), and its largest mistakes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import confusion_matrix

from neocog.evaluate.checked import answers, checked


@dataclass(frozen=True)
class Confusion:
    """`count` samples of class `true` were answered `answer`; `of` is the support of the true class."""

    true: int
    answer: int
    count: int
    of: int


def confusion(targets: ArrayLike, probabilities: ArrayLike) -> NDArray[np.int64]:
    """Counts [K, K]: row = true class, column = answer.

    >>> confusion([0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]).tolist()
    [[1, 0], [1, 1]]
    """
    truth, given = checked(targets, probabilities)
    labels = np.arange(given.shape[1])
    return np.asarray(confusion_matrix(truth, answers(given), labels=labels), dtype=np.int64)


def largest_confusions(matrix: NDArray[np.int64], most: int = 20) -> tuple[Confusion, ...]:
    """The cells off the diagonal that hold the most samples, largest first; at most `most`, none of them empty.

    >>> largest_confusions(np.array([[1, 0], [3, 1]]))[0].count
    3
    """
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    support = matrix.sum(axis=1)
    cells = [(int(place) // len(matrix), int(place) % len(matrix)) for place in order]
    return tuple(
        Confusion(row, column, int(wrong[row, column]), int(support[row]))
        for row, column in cells
        if wrong[row, column]
    )
