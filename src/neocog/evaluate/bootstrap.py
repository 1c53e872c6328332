"""How far a mean over classes or samples may be off by chance: the test set is drawn anew, 2,000 times, from itself.

Stratified: every draw holds as many samples of each class as the test set does, and it is a function of the seed
(Efron and Tibshirani, "An introduction to the bootstrap", 1993). Figures of the confusion matrix are drawn as counts, a
multinomial a class; sums over samples by weights, some draws at a time: 70,000 samples of 1,000 classes take seconds
and some megabytes.

A draw repeats what was seen: without a mistake each one would be perfect, and the interval nothing wide. So each holds
on average one imagined sample besides, on which the figure is no better than a guess. Calibration error grows in every
draw by chance alone, so its interval reaches as far below as above (Davison and Hinkley, "Bootstrap methods and their
application", 1997, section 5.2), down to 0 where chance explains all of it. Shares need no draws: they have Wilson's
interval (`core/proportion.py`).

>>> balanced, _ = class_means(np.array([[30, 0], [0, 30]]))
>>> percentiles(balanced)
Interval(low=0.95, high=1.0)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.resampling import DRAWS, Draws, Interval, drawn_sums, generator, percentiles

__all__ = [
    "DRAWS",
    "Draws",
    "Interval",
    "Intervals",
    "class_means",
    "drawn_counts",
    "drawn_sums",
    "intervals",
    "mirrored",
    "percentiles",
    "with_imagined",
]


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """The 95 % intervals of the figures that are means over classes or samples."""

    balanced_accuracy: Interval
    macro_f1: Interval
    macro_area: Interval | None
    """`None` where no class has a curve."""
    log_loss: Interval
    calibration_error: Interval


def intervals(
    matrix: NDArray[np.int64],
    truth: NDArray[np.int64],
    surprises: NDArray[np.float64],
    gaps: NDArray[np.float64],
    pulls: NDArray[np.float64],
    macro_area: float | None,
    calibrated: bool,
    seed: int = 0,
) -> Intervals:
    """The intervals of a verdict on n samples of K classes.

    `matrix` [K, K] counts true classes by answers, `truth` [n] are the classes, `surprises` [n] make the log loss,
    `gaps` [n, bins] the calibration error, `pulls` [n] move `macro_area` (see `roc.Areas`); `calibrated` says that
    chance explains the calibration error.
    """
    recall, f1 = class_means(matrix, seed)
    count = len(truth)
    sums = drawn_sums(np.column_stack([surprises, gaps, pulls]), truth, seed)
    losses, errors = sums[:, 0] / count, np.abs(sums[:, 1:-1]).sum(axis=1) / count
    error = mirrored(errors, float(np.abs(gaps.sum(axis=0)).sum() / count))
    area = None
    if macro_area is not None:
        # the pulls make the mean area a sum; what that leaves out falls with the square of the number of samples
        areas = with_imagined(macro_area + sums[:, -1], macro_area, 0.5, count, seed)
        area = percentiles(np.minimum(1.0, areas))
    return Intervals(
        balanced_accuracy=percentiles(recall),
        macro_f1=percentiles(f1),
        macro_area=area,
        log_loss=percentiles(losses),
        calibration_error=Interval(0.0, error.high) if calibrated else error,
    )


def mirrored(draws: Draws, value: float) -> Interval:
    """The interval of a figure that is at least 0 and larger in draws than in truth: the middle 95 %, and its mirror.

    >>> mirrored(np.array([0.25, 0.5]), 0.25).low < 0.01
    True
    """
    ends = percentiles(draws)
    low, high = min(ends.low, 2 * value - ends.high), max(ends.high, 2 * value - ends.low)
    return Interval(max(0.0, low), high)


def drawn_counts(table: ArrayLike, seed: int = 0, *key: str) -> Iterator[tuple[int, NDArray[np.int64], Draws]]:
    """Draw each row of a table of counts [S, M] anew: its number, its cells that hold something, and draws [R, cells].

    Each row keeps its sum; empty rows are left out.

    >>> [(row, cells.tolist(), drawn.shape) for row, cells, drawn in drawn_counts([[0, 3, 1], [0, 0, 0]])]
    [(0, [1, 2], (2000, 2))]
    """
    counts = np.asarray(table)
    drawing = generator(seed, *key)
    for row in np.flatnonzero(counts.sum(axis=1)).tolist():
        cells = np.flatnonzero(counts[row])
        size = int(counts[row].sum())
        yield row, cells, drawing.multinomial(size, counts[row, cells] / size, size=DRAWS).astype(np.float64)


def class_means(matrix: NDArray[np.int64], seed: int = 0) -> tuple[Draws, Draws]:
    """Balanced accuracy and macro F1 in draws [R] from a confusion matrix [K, K] (row = true class)."""
    support = matrix.sum(axis=1)
    answered = np.zeros((DRAWS, len(matrix)))
    hits = np.zeros((DRAWS, len(matrix)))
    for label, cells, drawn in drawn_counts(matrix, seed, "confusion"):
        answered[:, cells] += drawn
        hits[:, label] = drawn[:, cells == label].sum(axis=1)
    occurs, known = support > 0, support + matrix.sum(axis=0) > 0
    recall = (hits[:, occurs] / support[occurs]).mean(axis=1)
    f1 = (2 * hits[:, known] / np.maximum(1, support[known] + answered[:, known])).mean(axis=1)
    own = matrix.diagonal()
    value = float((own[occurs] / support[occurs]).mean())
    own_f1 = float((2 * own[known] / (support + matrix.sum(axis=0))[known]).mean())
    samples = int(support.sum())
    return with_imagined(recall, value, 0.0, samples, seed), with_imagined(f1, own_f1, 0.0, samples, seed)


def with_imagined(draws: Draws, value: float, guess: float, samples: int, seed: int) -> Draws:
    """Draws that hold one sample more, on average, on which a figure of so many samples is that of a guess."""
    imagined = generator(seed, "imagined").poisson(1.0, size=len(draws))
    return np.maximum(0.0, draws - imagined * (value - guess) / samples)
