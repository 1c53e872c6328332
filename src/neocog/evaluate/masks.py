"""How well masks are answered: intersection over union, by class and on average, and the share of right pixels.

Everything follows from one confusion matrix an image, so that images add up, and so that the intervals can be drawn
anew by image: pixels of one image are no independent samples, images are (2,000 draws, `bootstrap.py`). Mean IoU is
that of the pooled matrix, as PASCAL VOC judges: the mean over the classes that occur in truth or answer. Ignored pixels
count for nothing.

>>> figures = measure_masks(np.array([[[3, 1], [0, 4]], [[4, 0], [0, 4]]]), ["ground", "shape"])
>>> round(figures.mean_iou, 4), figures.pixel_accuracy
(0.8819, 0.9375)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.evaluate.bootstrap import Interval, drawn_sums, percentiles


@dataclass(frozen=True, kw_only=True)
class MaskClass:
    """The figures of one class."""

    name: str
    pixels: int
    """Pixels that are of the class."""
    answered: int
    """Pixels that were taken for it."""
    iou: float | None
    """Pixels right over those that are or were taken for it; None where there are neither."""
    interval: Interval | None
    """The 95 % interval over images."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskMeasures:
    """What the answers on n images come to."""

    classes: tuple[str, ...]
    """The names of the K classes, in the model's order."""
    images: int
    mean_iou: float
    """The mean over the classes that occur in truth or answer, 0 to 1."""
    mean_iou_interval: Interval
    """Its 95 % interval over images."""
    pixel_accuracy: float
    """The share of pixels that are right."""
    pixel_accuracy_interval: Interval
    """Its 95 % interval over images."""
    baseline: float
    """The mean IoU of the best constant answer, the most frequent class everywhere."""
    confusion: NDArray[np.int64]
    """Pixels [K, K]: row = true class, column = answer."""
    per_class: tuple[MaskClass, ...]
    by_image: NDArray[np.float64]
    """The mean IoU of each image by itself, over the classes that occur in its truth or answer [n]."""

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values; an undefined one is None."""
        return {
            "n": self.images,
            **_ends("mean_iou", self.mean_iou, self.mean_iou_interval),
            **_ends("pixel_accuracy", self.pixel_accuracy, self.pixel_accuracy_interval),
            "baseline": {"mean_iou": self.baseline},
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "per_class": [
                {"class": each.name, "pixels": each.pixels, "answered": each.answered}
                | _ends("iou", each.iou, each.interval)
                for each in self.per_class
            ],
        }


def measure_masks(matrices: NDArray[np.int64], classes: Sequence[str], seed: int = 0) -> MaskMeasures:
    """Every measure of n images from their confusion matrices [n, K, K] (row = true class, column = answer).

    Raises `DataError` where no pixel counts.
    """
    if not matrices.sum():
        raise DataError("a verdict on masks needs pixels that are not ignored, got none; give masks with classes")
    pooled = matrices.sum(axis=0)
    draws = drawn_sums(matrices.reshape(len(matrices), -1), np.zeros(len(matrices), np.int64), seed, "masks")
    drawn = draws.reshape(-1, *pooled.shape)
    each, ious = _ious(drawn), _ious(pooled[None])[0]
    truth, answered = pooled.sum(axis=1), pooled.sum(axis=0)
    constant = np.zeros_like(pooled)
    constant[:, int(truth.argmax())] = truth
    return MaskMeasures(
        classes=tuple(classes),
        images=len(matrices),
        mean_iou=mean_iou(pooled),
        mean_iou_interval=percentiles(np.nanmean(each, axis=1)),
        pixel_accuracy=float(pooled.trace() / pooled.sum()),
        pixel_accuracy_interval=percentiles(np.trace(drawn, axis1=1, axis2=2) / drawn.sum(axis=(1, 2))),
        baseline=mean_iou(constant),
        confusion=pooled,
        per_class=tuple(
            MaskClass(
                name=name,
                pixels=int(truth[place]),
                answered=int(answered[place]),
                iou=None if np.isnan(ious[place]) else float(ious[place]),
                interval=None if np.isnan(ious[place]) else percentiles(_known(each[:, place])),
            )
            for place, name in enumerate(classes)
        ),
        by_image=np.array([mean_iou(matrix) if matrix.any() else 1.0 for matrix in matrices]),
    )


def mean_iou(matrix: NDArray[np.int64]) -> float:
    """The mean intersection over union of a confusion matrix [K, K], over the classes that occur.

    >>> mean_iou(np.array([[2, 2, 0], [0, 4, 0], [0, 0, 0]]))
    0.5833333333333333
    """
    return float(np.nanmean(_ious(matrix[None])[0]))


def _ious(matrices: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union [R, K] of confusion matrices [R, K, K]; nan where a class does not occur."""
    hits = np.diagonal(matrices, axis1=1, axis2=2).astype(np.float64)
    union = matrices.sum(axis=1) + matrices.sum(axis=2) - hits
    return np.asarray(np.divide(hits, union, out=np.full(hits.shape, np.nan), where=union > 0))


def _known(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    return draws[~np.isnan(draws)]


def _ends(name: str, value: float | None, ends: Interval | None) -> dict[str, float | None]:
    low, high = (ends.low, ends.high) if ends is not None else (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
