"""All figures of a verdict in one frozen value, computed once and then only told: as text, as JSON, as a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.errors import DataError
from neocog.core.proportion import Proportion
from neocog.evaluate.accuracy import Baseline, accuracy, balanced_accuracy, majority_baseline, top_accuracies
from neocog.evaluate.calibration import Calibration, calibration
from neocog.evaluate.checked import checked
from neocog.evaluate.confusion import Confusion, confusion, largest_confusions
from neocog.evaluate.log_loss import log_loss
from neocog.evaluate.per_class import ClassFigures, per_class
from neocog.evaluate.roc import areas, macro


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What a model's answers on n samples of K classes come to."""

    classes: tuple[str, ...]
    """The names of the K classes, in the model's order."""
    accuracy: Proportion
    """The share of right answers, with its 95 % interval."""
    balanced_accuracy: float
    """The mean recall of the classes that occur."""
    top: tuple[float, ...]
    """Top-1 to top-5 accuracy; shorter where there are fewer than 5 classes."""
    baseline: Baseline
    """What the best constant answer reaches on the same samples."""
    confusion: NDArray[np.int64]
    """Counts [K, K]: row = true class, column = answer."""
    per_class: tuple[ClassFigures, ...]
    """The figures of each class."""
    areas: tuple[float | None, ...]
    """The area under the ROC curve of each class against the rest."""
    log_loss: float
    """Mean of -ln p(true class), in nats."""
    calibration: Calibration
    """How far the stated confidence is from the share of right answers."""

    @property
    def n(self) -> int:
        """The number of samples."""
        return self.accuracy.n

    @property
    def mistakes(self) -> int:
        """The number of wrong answers."""
        return self.n - self.accuracy.hits

    @property
    def macro_area(self) -> float | None:
        """The mean area under the ROC curves; `None` where no class has one."""
        return macro(self.areas)

    @property
    def largest_confusions(self) -> tuple[Confusion, ...]:
        """The most frequent mistakes, at most 20 kinds."""
        return largest_confusions(self.confusion)

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values; an undefined one is `None`."""
        return {
            "n": self.n,
            "accuracy": self.accuracy.value,
            "accuracy_low": self.accuracy.low,
            "accuracy_high": self.accuracy.high,
            "balanced_accuracy": self.balanced_accuracy,
            "top5": self.top[-1],
            "top": list(self.top),
            "baseline": {"class": self.classes[self.baseline.label], "accuracy": self.baseline.accuracy},
            "auc": self.macro_area,
            "log_loss": self.log_loss,
            "ece": self.calibration.error,
            "confidence": self.calibration.confidence,
            "reliability": [
                {"low": each.low, "high": each.high, "confidence": each.confidence, **_told("accuracy", each.accuracy)}
                | {"n": each.accuracy.n}
                for each in self.calibration.bins
            ],
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "per_class": [
                {
                    "class": name,
                    "support": figures.support,
                    "answered": figures.answered,
                    **_told("precision", figures.precision),
                    **_told("recall", figures.recall),
                    "f1": figures.f1,
                    "auc": area,
                }
                for name, figures, area in zip(self.classes, self.per_class, self.areas, strict=True)
            ],
        }


def measure(targets: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]) -> Measures:
    """Every measure of the answers: targets [n] count classes from 0, probabilities [n, K] sum to 1 a row.

    Raises `DataError` where the arrays do not hold that (see `checked`).

    >>> measure([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ["cat", "dog"]).accuracy.hits
    2
    """
    truth, given = checked(targets, probabilities)
    if len(classes) != given.shape[1]:
        raise DataError(
            f"there must be a class name for each of the {given.shape[1]} columns, not {len(classes)}; name them all"
        )
    matrix = confusion(truth, given)
    return Measures(
        classes=tuple(classes),
        accuracy=accuracy(truth, given),
        balanced_accuracy=balanced_accuracy(truth, given),
        top=top_accuracies(truth, given),
        baseline=majority_baseline(truth, given),
        confusion=matrix,
        per_class=per_class(matrix),
        areas=areas(truth, given),
        log_loss=log_loss(truth, given),
        calibration=calibration(truth, given),
    )


def _told(name: str, share: Proportion | None) -> dict[str, float | None]:
    if share is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
