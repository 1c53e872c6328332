"""Labels that may be wrong, by confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating
uncertainty in dataset labels", Journal of Artificial Intelligence Research 70, 2021).

What counts as confident is asked of each class: the mean probability that its own images get. An image whose
probability for some class reaches that class's threshold is counted there, beside its given label; this is the
confident joint, and what stands off its diagonal estimates how many labels are wrong. Which ones is a matter of rank:
first those whose given class is furthest behind the best other one (the normalized margin).

>>> import numpy as np
>>> given = np.array([0, 0, 0, 1, 1, 1])
>>> chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.3, 0.7]])
>>> confident_joint(given, chances).tolist()
[[2, 1], [0, 2]]
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import Proportion
from neocog.studies.folds import OutOfFold

Joint = NDArray[np.float64]
Chances = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Suspect:
    """An image whose label the networks doubt."""

    row: int
    file: str
    side: str
    """`train` or `val`."""
    label: str
    suggested: str
    """The class that the networks think most probable."""
    label_probability: float
    suggested_probability: float

    @property
    def margin(self) -> float:
        """How far the label is behind: -1 (the networks are certain that it is wrong) to 0."""
        return self.label_probability - self.suggested_probability


@dataclass(frozen=True)
class Suspects:
    """The doubtful labels of a data set."""

    ranked: tuple[Suspect, ...]
    """Every image that the networks call something else than its label, the most doubtful first."""
    estimated: int
    """How many labels are wrong by this estimate; that many from the front of `ranked` are the ones to look at."""
    agreement: Proportion
    """How many of all the images the networks call by their label."""

    @property
    def credible(self) -> bool:
        """Whether most of where the networks differ is put down to the labels, not to the networks' own mistakes."""
        return 2 * self.estimated > len(self.ranked)

    @property
    def likely(self) -> tuple[Suspect, ...]:
        """Those to look at."""
        return self.ranked[: self.estimated]


def find_suspects(answered: OutOfFold) -> Suspects:
    """The doubtful labels among images that were answered for out of fold."""
    data, labels, chances = answered.dataset, answered.targets, answered.probabilities
    ranked = []
    for place in rank(labels, chances).tolist():
        best = int(chances[place].argmax())
        if best == labels[place]:
            continue
        row = int(answered.rows[place])
        ranked.append(
            Suspect(
                row=row,
                file=data.table.ids[row],
                side=data.split.sides[row],
                label=data.classes[labels[place]],
                suggested=data.classes[best],
                label_probability=float(chances[place, labels[place]]),
                suggested_probability=float(chances[place, best]),
            )
        )
    return Suspects(tuple(ranked), min(estimated_errors(labels, chances), len(ranked)), answered.accuracy)


def thresholds(labels: Labels, chances: Chances) -> NDArray[np.float64]:
    """The self-confidence of each class (K): the mean probability that its own images give it; no image: not finite.

    `labels` (n) count the columns of `chances` (n, K).
    """
    own = chances[np.arange(len(labels)), labels]
    sums = np.bincount(labels, weights=own, minlength=chances.shape[1])
    counts = np.bincount(labels, minlength=chances.shape[1])
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def confident_joint(labels: Labels, chances: Chances) -> NDArray[np.int64]:
    """Counts (K, K) of images by given label (row) and by the class that they confidently belong to (column).

    Of several classes whose threshold is reached the most probable counts; an image that reaches none is not counted.
    """
    classes = chances.shape[1]
    reached = np.where(chances >= thresholds(labels, chances), chances, -1.0)
    counted = reached.max(axis=1) >= 0
    joint = np.zeros((classes, classes), np.int64)
    np.add.at(joint, (labels[counted], reached.argmax(axis=1)[counted]), 1)
    return joint


def calibrated_joint(labels: Labels, chances: Chances) -> Joint:
    """The confident joint scaled so that each row sums to the images of its label (K, K)."""
    counts = np.bincount(labels, minlength=chances.shape[1])
    joint = confident_joint(labels, chances).astype(np.float64)
    empty = joint.sum(axis=1) == 0
    joint[empty, empty] = 1.0  # nobody is confident about these: nothing is held against their labels
    return np.asarray(joint * (counts / joint.sum(axis=1))[:, None])


def estimated_errors(labels: Labels, chances: Chances) -> int:
    """How many labels are wrong by this estimate: what stands off the diagonal of the calibrated joint."""
    joint = calibrated_joint(labels, chances)
    return round(float(joint.sum() - np.trace(joint)))


def rank(labels: Labels, chances: Chances) -> NDArray[np.int64]:
    """The places of the images (n), the most doubtful label first, by the normalized margin."""
    own = chances[np.arange(len(labels)), labels]
    others = chances.copy()
    others[np.arange(len(labels)), labels] = -np.inf
    return np.argsort(own - others.max(axis=1), kind="stable").astype(np.int64)
