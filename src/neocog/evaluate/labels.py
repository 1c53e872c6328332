"""How well several labels are answered: how they are ranked, and what holds at the model's thresholds.

Mean average precision asks how well each label's images are ranked before the others, whatever the threshold; what a
coin would reach is the share of images that have the label. At the thresholds, each label has precision, recall and F1;
the micro F1 counts all of them together, subset accuracy asks for every label of an image to be right, Hamming loss
counts single mistakes. Labels that exclude each other are judged too by the most probable one of their group. The
co-occurrence matrix says what is claimed where what holds. Intervals are drawn anew by image (`bootstrap.py`).

>>> found = measure_labels([[1, 0], [1, 1], [0, 1]], [[0.9, 0.2], [0.8, 0.7], [0.3, 0.6]], ["cat", "dog"])
>>> found.mean_average_precision, found.subset_accuracy.value, found.hamming_loss
(1.0, 1.0, 0.0)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.errors import DataError
from neocog.core.proportion import Proportion
from neocog.core.resampling import Interval, drawn_weights, percentiles
from neocog.evaluate.bootstrap import with_imagined
from neocog.evaluate.roc import area, area_interval

Groups = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class LabelFigures:
    """The figures of one label."""

    name: str
    support: int
    """Images that have it."""
    claimed: int
    """Images for which it is claimed."""
    threshold: float
    """The probability from which it is claimed."""
    average_precision: float | None
    """The mean of the precision over the images that have it, from the most probable down; None where none has."""
    average_precision_interval: Interval | None
    area: float | None
    """The area under its ROC curve; None where all images have it, or none."""
    area_interval: Interval | None
    precision: Proportion | None
    """Of the images for which it is claimed, those that have it; None where it is never claimed."""
    recall: Proportion | None
    """Of the images that have it, those for which it is claimed; None where none has."""

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where it neither holds nor is claimed."""
        hits = self.recall.hits if self.recall else 0
        total = self.support + self.claimed
        return 2 * hits / total if total else None


@dataclass(frozen=True, kw_only=True)
class GroupFigures:
    """Labels that exclude each other: how often the most probable one of them is right."""

    name: str
    labels: tuple[str, ...]
    accuracy: Proportion
    """Over the images that have one of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelMeasures:
    """What the answers on n images come to."""

    labels: tuple[str, ...]
    """The K labels, in the model's order."""
    n: int
    mean_average_precision: float
    """Over the labels that some images have, 0 to 1."""
    mean_average_precision_interval: Interval
    base_rate: float
    """What a random ranking reaches: the mean share of images that have a label."""
    micro_f1: float
    micro_f1_interval: Interval
    macro_f1: float
    """The mean over the labels that hold or are claimed somewhere."""
    macro_f1_interval: Interval
    subset_accuracy: Proportion
    """Images whose labels are all right."""
    hamming_loss: float
    """The share of single answers that are wrong."""
    hamming_loss_interval: Interval
    groups: tuple[GroupFigures, ...]
    per_label: tuple[LabelFigures, ...]
    together: NDArray[np.int64]
    """Images that have the label of a row and for which that of a column is claimed [K, K]."""
    occurring: NDArray[np.int64]
    """Images that have both labels [K, K]."""

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values; an undefined one is None."""
        return {
            "n": self.n,
            "classes": list(self.labels),
            **_ends("mean_average_precision", self.mean_average_precision, self.mean_average_precision_interval),
            "base_rate": self.base_rate,
            **_ends("micro_f1", self.micro_f1, self.micro_f1_interval),
            **_ends("macro_f1", self.macro_f1, self.macro_f1_interval),
            **_ends("subset_accuracy", self.subset_accuracy.value, self.subset_accuracy),
            **_ends("hamming_loss", self.hamming_loss, self.hamming_loss_interval),
            "groups": [
                {"group": each.name, "labels": list(each.labels), "n": each.accuracy.n}
                | _ends("accuracy", each.accuracy.value, each.accuracy)
                for each in self.groups
            ],
            "per_label": [_label(each) for each in self.per_label],
            "together": self.together.tolist(),
            "occurring": self.occurring.tolist(),
        }


def measure_labels(
    targets: ArrayLike,
    chances: ArrayLike,
    labels: Sequence[str],
    thresholds: Sequence[float] | None = None,
    groups: Groups = (),
    seed: int = 0,
) -> LabelMeasures:
    """Every measure of n images from what holds (0 and 1) and the probability of each label. Shapes [n, K].

    Raises `DataError` where no image has any label.
    """
    held, given = np.asarray(targets) > 0.5, np.asarray(chances, np.float64)
    if held.ndim != 2 or held.shape != given.shape or held.shape[1] != len(labels):
        raise DataError(
            f"targets and probabilities must be [n, {len(labels)}], got {list(held.shape)} and {list(given.shape)}; "
            "give a column for each label"
        )
    if not held.any():
        raise DataError("a verdict on labels needs images that have some, got none; give others")
    limits = np.array(thresholds if thresholds is not None else [0.5] * len(labels))
    claimed = given >= limits
    n, counts = len(held), held.sum(axis=0)
    known = counts > 0
    precisions = [average_precision(held[:, place], given[:, place]) for place in range(len(labels))]
    drawn = _drawn(held, given, claimed, seed)
    hits = (held & claimed).sum(axis=0)
    totals = counts + claimed.sum(axis=0)
    score = float(np.mean([value for value in precisions if value is not None]))
    base, wrong = float(counts[known].mean() / n), float((held != claimed).mean())
    micro = float(2 * hits.sum() / totals.sum())
    macro = float((2 * hits[totals > 0] / totals[totals > 0]).mean())
    return LabelMeasures(
        labels=tuple(labels),
        n=n,
        mean_average_precision=score,
        mean_average_precision_interval=_interval(_means(drawn.precisions[:, known]), score, base, n, seed),
        base_rate=base,
        micro_f1=micro,
        micro_f1_interval=_interval(drawn.micro, micro, 0.0, n, seed),
        macro_f1=macro,
        macro_f1_interval=_interval(drawn.macro, macro, 0.0, n, seed),
        subset_accuracy=Proportion.of(int((held == claimed).all(axis=1).sum()), n),
        hamming_loss=wrong,
        hamming_loss_interval=_interval(drawn.hamming, wrong, 0.5, n, seed),
        groups=tuple(filter(None, (_group(name, own, labels, held, given) for name, own in groups))),
        per_label=tuple(
            LabelFigures(
                name=name,
                support=int(counts[place]),
                claimed=int(claimed[:, place].sum()),
                threshold=float(limits[place]),
                average_precision=precisions[place],
                average_precision_interval=_interval(
                    drawn.precisions[:, place], value, counts[place] / n, int(counts[place]), seed
                )
                if (value := precisions[place]) is not None
                else None,
                area=(own := area(given[held[:, place], place], given[~held[:, place], place])),
                area_interval=area_interval(own, int(min(counts[place], n - counts[place]))),
                precision=_proportion(int(hits[place]), int(claimed[:, place].sum())),
                recall=_proportion(int(hits[place]), int(counts[place])),
            )
            for place, name in enumerate(labels)
        ),
        together=held.astype(np.int64).T @ claimed.astype(np.int64),
        occurring=held.astype(np.int64).T @ held.astype(np.int64),
    )


def average_precision(held: NDArray[np.bool_], chances: NDArray[np.float64]) -> float | None:
    """The average precision of one label [n]: the sum of the steps of recall times the precision reached there.

    Images that are equally probable are taken together. None where no image has the label.

    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7])), 4)
    0.8333
    """
    if not held.any():
        return None
    return float(_average_precisions(held, chances, np.ones((1, len(held))))[0])


@dataclass(frozen=True)
class _Draws:
    """Figures of draws [R]; `precisions` [R, K]."""

    precisions: NDArray[np.float64]
    micro: NDArray[np.float64]
    macro: NDArray[np.float64]
    hamming: NDArray[np.float64]


def _drawn(held: NDArray[np.bool_], chances: NDArray[np.float64], claimed: NDArray[np.bool_], seed: int) -> _Draws:
    """The figures on images that are drawn anew."""
    parts: list[tuple[NDArray[np.float64], ...]] = []
    labels = held.shape[1]
    for weights in drawn_weights(len(held), seed, "labels"):
        precisions = np.column_stack(
            [_average_precisions(held[:, place], chances[:, place], weights) for place in range(labels)]
        )
        hits, total = weights @ (held & claimed), weights @ held + weights @ claimed
        each = np.divide(2 * hits, total, out=np.full(total.shape, np.nan), where=total > 0)
        micro = 2 * hits.sum(axis=1) / np.maximum(total.sum(axis=1), 1)
        wrong = (weights @ (held != claimed)).sum(axis=1) / (len(held) * labels)
        parts.append((precisions, micro, _means(each), wrong))
    return _Draws(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _average_precisions(
    held: NDArray[np.bool_], chances: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The average precision [R] where each image counts as often as `weights` [R, n] say; nan where no image has it."""
    order = np.argsort(-chances, kind="stable")
    ranked = chances[order]
    ends = np.append(ranked[1:] < ranked[:-1], True)
    counted = np.cumsum(weights[:, order], axis=1)[:, ends]
    found = np.cumsum(weights[:, order] * held[order], axis=1)[:, ends]
    precision = np.divide(found, counted, out=np.zeros_like(found), where=counted > 0)
    steps = np.diff(found, axis=1, prepend=0.0)
    total = found[:, -1]
    mean = np.divide((steps * precision).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
    return np.asarray(mean, np.float64)


def _group(
    name: str, own: Sequence[str], labels: Sequence[str], held: NDArray[np.bool_], chances: NDArray[np.float64]
) -> GroupFigures | None:
    """How often the most probable label of a group is right; None where no image has one of them."""
    places = [list(labels).index(label) for label in own]
    rows = held[:, places].any(axis=1)
    if not rows.any():
        return None
    best = chances[rows][:, places].argmax(axis=1)
    right = held[rows][:, places][np.arange(len(best)), best]
    return GroupFigures(name=name, labels=tuple(own), accuracy=Proportion.of(int(right.sum()), len(right)))


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each row [R] over its columns that are known; nan where none is."""
    counts = (~np.isnan(values)).sum(axis=1)
    means = np.divide(np.nansum(values, axis=1), counts, out=np.full(len(values), np.nan), where=counts > 0)
    return np.asarray(means, np.float64)


def _interval(draws: NDArray[np.float64], value: float, guess: float, samples: int, seed: int) -> Interval:
    """The interval of draws [R], of which each holds one sample more, on average, that is no better than a guess."""
    known = draws[~np.isnan(draws)]
    ends = percentiles(with_imagined(known, value, guess, samples, seed))
    return Interval(min(ends.low, value), min(1.0, max(ends.high, value)))


def _proportion(hits: int, n: int) -> Proportion | None:
    return Proportion.of(hits, n) if n else None


def _label(each: LabelFigures) -> dict[str, Any]:
    return {
        "class": each.name,
        "support": each.support,
        "claimed": each.claimed,
        "threshold": each.threshold,
        **_ends("average_precision", each.average_precision, each.average_precision_interval),
        **_ends("auc", each.area, each.area_interval),
        **_ends("precision", each.precision.value if each.precision else None, each.precision),
        **_ends("recall", each.recall.value if each.recall else None, each.recall),
        "f1": each.f1,
    }


def _ends(name: str, value: float | None, ends: Interval | Proportion | None) -> dict[str, float | None]:
    low, high = (ends.low, ends.high) if ends is not None else (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
