"""How often the answer is right: accuracy, its balanced form, top-k, and what a constant answer would reach."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neocog.core.proportion import Proportion
from neocog.evaluate.checked import answers, checked


@dataclass(frozen=True)
class Baseline:
    """The most that a constant answer can reach on these samples: the class to say, and the share it gets right."""

    label: int
    accuracy: float


def accuracy(targets: ArrayLike, probabilities: ArrayLike) -> Proportion:
    """The share of samples whose most probable class is the true one, with its 95 % interval.

    >>> accuracy([0, 1], [[0.9, 0.1], [0.6, 0.4]]).value
    0.5
    """
    truth, given = checked(targets, probabilities)
    return Proportion.of(int((answers(given) == truth).sum()), len(truth))


def balanced_accuracy(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """The mean recall of the classes that occur among the targets: each class counts alike, however rare.

    >>> balanced_accuracy([0, 0, 0, 1], [[0.9, 0.1]] * 4)
    0.5
    """
    truth, given = checked(targets, probabilities)
    right = answers(given) == truth
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def top_accuracies(targets: ArrayLike, probabilities: ArrayLike, most: int = 5) -> tuple[Proportion, ...]:
    """Top-1, top-2, ... accuracy with its 95 % interval, up to `most` or the number of classes.

    Entry k - 1 is the share of samples whose true class is among the k most probable; of equals the first class counts
    as more probable, as it does for the answer.

    >>> [each.value for each in top_accuracies([1, 0], [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])]
    [0.5, 1.0, 1.0]
    """
    truth, given = checked(targets, probabilities)
    own = given[np.arange(len(truth)), truth][:, None]
    earlier = np.arange(given.shape[1])[None, :] < truth[:, None]
    rank = ((given > own) | ((given == own) & earlier)).sum(axis=1)  # 0 is the most probable
    return tuple(Proportion.of(int((rank < k).sum()), len(truth)) for k in range(1, min(most, given.shape[1]) + 1))


def majority_baseline(targets: ArrayLike, probabilities: ArrayLike) -> Baseline:
    """What always answering the most frequent true class would reach: a verdict must be well above it.

    >>> majority_baseline([0, 1, 1], [[0.5, 0.5]] * 3).label
    1
    """
    truth, given = checked(targets, probabilities)
    counts = np.bincount(truth, minlength=given.shape[1])
    return Baseline(int(counts.argmax()), float(counts.max() / len(truth)))
