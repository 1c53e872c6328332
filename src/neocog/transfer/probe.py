"""A linear probe: how well the classes can be told apart by a plane through the codes of a layer.

Logistic regression on standardized codes, fitted on four fifths of the images and judged on the rest, each image once a
repeat. So no image is judged by a probe that saw it, and no network is trained.

>>> codes = np.repeat([[0.0, 1.0], [1.0, 0.0]], 20, axis=0).astype(np.float32)
>>> found = probe("block1", codes, np.repeat([0, 1], 20))
>>> found.accuracy, round(found.low, 3)
(1.0, 0.912)
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import wilson

FOLDS = 5
REPEATS = 2
SLACK = 0.03
"""scikit-learn's C. On codes of two backbones over five sets of images 0.003 to 0.1 give the same within a point."""
STEPS = 300


@dataclass(frozen=True, eq=False)
class Probe:
    """What a probe found at a layer."""

    path: str
    features: int
    """How many numbers a code has."""
    rights: NDArray[np.float64]
    """For each image the share of the repeats in which it was told right (N)."""

    @property
    def accuracy(self) -> float:
        """The share of images that are told right."""
        return float(self.rights.mean())

    @property
    def low(self) -> float:
        """The lower end of its 95 % interval (Wilson), as over so many images judged once."""
        return wilson(round(float(self.rights.sum())), len(self.rights))[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return wilson(round(float(self.rights.sum())), len(self.rights))[1]

    def behind(self, other: "Probe") -> tuple[float, float]:
        """How much lower its accuracy is than another's on the same images, and the standard error of that."""
        lost = other.rights - self.rights
        return float(lost.mean()), float(lost.std(ddof=1) / len(lost) ** 0.5)


def probe(path: str, codes: NDArray[np.float32], targets: NDArray[np.int64], seed: int = 0) -> Probe:
    """Judge the codes (float32 N D) of a layer by stratified repeated folds; targets are class numbers (N).

    Every class must have two images at least: one to learn from, one to judge.
    """
    # a second that every `train`, which imports this room, would wait
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    counts = np.unique(targets, return_counts=True)[1]
    assert counts.min() >= 2, "a class with one image cannot be both learned and judged"
    folds = int(min(FOLDS, counts.min()))
    rights = np.zeros((REPEATS, len(targets)))
    for repeat in range(REPEATS):
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed + repeat)
        for learned, judged in parts.split(codes, targets):
            fitted = make_pipeline(StandardScaler(), LogisticRegression(C=SLACK, max_iter=STEPS, tol=1e-3))
            with warnings.catch_warnings():  # a plane that is nearly the best one will do
                warnings.simplefilter("ignore", ConvergenceWarning)
                fitted.fit(codes[learned], targets[learned])
            rights[repeat, judged] = fitted.predict(codes[judged]) == targets[judged]
    return Probe(path, codes.shape[1], rights.mean(axis=0))
