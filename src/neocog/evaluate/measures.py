"""All figures of a verdict in one frozen value, computed once and then only told: as text, as JSON, as a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.errors import DataError
from neocog.core.proportion import Proportion
from neocog.evaluate.accuracy import Baseline, accuracy, balanced_accuracy, majority_baseline, top_accuracies
from neocog.evaluate.bootstrap import Interval, Intervals, intervals
from neocog.evaluate.calibration import Calibration, calibration, gaps
from neocog.evaluate.checked import checked
from neocog.evaluate.confusion import Confusion, confusion, largest_confusions
from neocog.evaluate.log_loss import surprises
from neocog.evaluate.per_class import ClassFigures, macro_f1, per_class
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
    macro_f1: float
    """The mean F1 of the classes that occur."""
    top: tuple[Proportion, ...]
    """Top-1 to top-5 accuracy; shorter where there are fewer than 5 classes."""
    baseline: Baseline
    """What the best constant answer reaches on the same samples."""
    confusion: NDArray[np.int64]
    """Counts [K, K]: row = true class, column = answer."""
    per_class: tuple[ClassFigures, ...]
    """The figures of each class."""
    areas: tuple[float | None, ...]
    """The area under the ROC curve of each class against the rest."""
    area_intervals: tuple[Interval | None, ...]
    """The 95 % interval of each area."""
    log_loss: float
    """Mean of -ln p(true class), in nats."""
    calibration: Calibration
    """How far the stated confidence is from the share of right answers."""
    intervals: Intervals
    """The 95 % intervals of the figures that are no shares."""

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
            **_ends("balanced_accuracy", self.balanced_accuracy, self.intervals.balanced_accuracy),
            **_ends("macro_f1", self.macro_f1, self.intervals.macro_f1),
            **_told("top5", self.top[-1]),
            "top": [each.value for each in self.top],
            "baseline": {"class": self.classes[self.baseline.label], "accuracy": self.baseline.accuracy},
            **_ends("auc", self.macro_area, self.intervals.macro_area),
            **_ends("log_loss", self.log_loss, self.intervals.log_loss),
            **_ends("ece", self.calibration.error, self.intervals.calibration_error),
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
                    **_ends("f1", figures.f1, figures.f1_interval),
                    **_ends("auc", area, ends),
                }
                for name, figures, area, ends in zip(
                    self.classes, self.per_class, self.areas, self.area_intervals, strict=True
                )
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
    figures, curves, surprise = per_class(matrix), areas(truth, given), surprises(truth, given)
    reliability = calibration(truth, given)
    return Measures(
        classes=tuple(classes),
        accuracy=accuracy(truth, given),
        balanced_accuracy=balanced_accuracy(truth, given),
        macro_f1=macro_f1(figures),
        top=top_accuracies(truth, given),
        baseline=majority_baseline(truth, given),
        confusion=matrix,
        per_class=figures,
        areas=curves.values,
        area_intervals=curves.intervals,
        log_loss=float(surprise.mean()),
        calibration=reliability,
        intervals=intervals(
            matrix,
            truth,
            surprise,
            gaps(truth, given),
            curves.pulls,
            macro(curves.values),
            calibrated=not reliability.off,
        ),
    )


def _ends(name: str, value: float | None, ends: Interval | None) -> dict[str, float | None]:
    low, high = (ends.low, ends.high) if ends is not None else (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _told(name: str, share: Proportion | None) -> dict[str, float | None]:
    return _ends(name, None, None) if share is None else _ends(name, share.value, Interval(share.low, share.high))
