"""A linear probe: how well the classes can be told apart by a plane through the codes of a layer.

Logistic regression on standardized codes (of several labels one a label, of numbers ridge regression), fitted on four
fifths of the images and judged on the rest, each image once a repeat. So no image is judged by a probe that saw it, and
no network is trained.

>>> codes = np.repeat([[0.0, 1.0], [1.0, 0.0]], 20, axis=0).astype(np.float32)
>>> found = probe("block1", codes, np.repeat([0, 1], 20))
>>> found.accuracy, round(found.low, 3)
(1.0, 0.912)
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import wilson
from neocog.core.resampling import drawn_sums, percentiles
from neocog.data import Targets

FOLDS = 5
REPEATS = 2
SLACK = 0.03
"""scikit-learn's C. On codes of two backbones over five sets of images 0.003 to 0.1 give the same within a point."""
STEPS = 300
MEASURES = {"class": "right", "classes": "balanced accuracy", "number": "R2"}
"""What the figure of a probe is called, by kind of target."""


@dataclass(frozen=True, eq=False)
class Probe:
    """What a probe found at a layer."""

    path: str
    features: int
    """How many numbers a code has."""
    rights: NDArray[np.float64]
    """What each image gives to the figure, which is their mean (N): of classes the share of the repeats in which it was
    told right."""
    measure: str = MEASURES["class"]
    """What the figure is called."""

    @property
    def accuracy(self) -> float:
        """The figure: the share of images that are told right; of labels the balanced accuracy; of numbers R2."""
        return float(self.rights.mean())

    @property
    def low(self) -> float:
        """The lower end of its 95 % interval (Wilson, as over so many images judged once; else the bootstrap's)."""
        return self._ends[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return self._ends[1]

    @property
    def _ends(self) -> tuple[float, float]:
        if self.measure == MEASURES["class"]:
            return wilson(round(float(self.rights.sum())), len(self.rights))
        count = len(self.rights)
        ends = percentiles(drawn_sums(self.rights[:, None], np.zeros(count, np.int64))[:, 0] / count)
        return ends.low, ends.high

    @property
    def told(self) -> str:
        """The figure in words: `97.2% right`."""
        return f"{self.accuracy:.1%} {self.measure}"

    def behind(self, other: "Probe") -> tuple[float, float]:
        """How much lower its accuracy is than another's on the same images, and the standard error of that."""
        lost = other.rights - self.rights
        return float(lost.mean()), float(lost.std(ddof=1) / len(lost) ** 0.5)


def probe(path: str, codes: NDArray[np.float32], targets: Targets, task: str = "class", seed: int = 0) -> Probe:
    """Judge the codes (float32 N D) of a layer by repeated folds.

    Targets are class numbers (N), of which each must have two images at least: one to learn from, one to judge; or
    labels (N K), each with a plane of its own; or numbers (N M), by ridge regression.
    """
    rights = np.array([_JUDGES[task](codes, targets, seed + repeat) for repeat in range(REPEATS)])
    return Probe(path, codes.shape[1], rights.mean(axis=0), MEASURES[task])


def _of_classes(codes: NDArray[np.float32], targets: Targets, seed: int) -> NDArray[np.float64]:
    """1 for each image whose class is told right (N)."""
    # a second that every `train`, which imports this room, would wait
    from sklearn.model_selection import StratifiedKFold

    counts = np.unique(targets, return_counts=True)[1]
    assert counts.min() >= 2, "a class with one image cannot be both learned and judged"
    rights = np.zeros(len(targets))
    for learned, judged in StratifiedKFold(int(min(FOLDS, counts.min())), shuffle=True, random_state=seed).split(
        codes, targets
    ):
        rights[judged] = _plane(codes[learned], targets[learned], codes[judged]) == targets[judged]
    return rights


def _of_labels(codes: NDArray[np.float32], targets: Targets, seed: int) -> NDArray[np.float64]:
    """Numbers whose mean is the balanced accuracy, the mean over the labels (N): half is a coin.

    A label that holds for fewer than two images, or fails to for fewer, is not asked.
    """
    from sklearn.model_selection import StratifiedKFold

    held = np.asarray(targets) > 0.5
    asked = [place for place in range(held.shape[1]) if 2 <= held[:, place].sum() <= len(held) - 2]
    rights = np.zeros(len(held))
    for place in asked:
        own = held[:, place]
        count = int(own.sum())
        folds = StratifiedKFold(int(min(FOLDS, count, len(own) - count)), shuffle=True, random_state=seed)
        weights = np.where(own, len(own) / (2 * count), len(own) / (2 * (len(own) - count)))
        for learned, judged in folds.split(codes, own):
            right = _plane(codes[learned], own[learned], codes[judged], balanced=True) == own[judged]
            rights[judged] += weights[judged] * right / len(asked)
    return rights


def _of_numbers(codes: NDArray[np.float32], targets: Targets, seed: int) -> NDArray[np.float64]:
    """Numbers whose mean is R2, its mean over the targets (N)."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    numbers = np.asarray(targets, np.float64)
    spread = numbers.std(axis=0)
    numbers = (numbers - numbers.mean(axis=0)) / np.where(spread > 0, spread, 1)
    rights = np.zeros(len(numbers))
    for learned, judged in KFold(FOLDS, shuffle=True, random_state=seed).split(codes):
        fitted = make_pipeline(StandardScaler(), Ridge(alpha=1 / SLACK)).fit(codes[learned], numbers[learned])
        answers = fitted.predict(codes[judged]).reshape(len(judged), -1)
        rights[judged] = (1 - (answers - numbers[judged]) ** 2).mean(axis=1)
    return rights


def _plane(
    known: NDArray[np.float32], targets: NDArray[Any], asked: NDArray[np.float32], balanced: bool = False
) -> NDArray[Any]:
    """What logistic regression on standardized codes answers."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    weight = "balanced" if balanced else None
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=SLACK, max_iter=STEPS, tol=1e-3, class_weight=weight))
    with warnings.catch_warnings():  # a plane that is nearly the best one will do
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(known, targets)
    return np.asarray(fitted.predict(asked))


_JUDGES = {"class": _of_classes, "classes": _of_labels, "number": _of_numbers}
