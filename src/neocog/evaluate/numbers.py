"""How well numbers are estimated: how far off on average, and how much of their spread is explained.

Mean absolute error is what a reader can picture, in the number's own unit; the root of the mean squared error weighs
large errors more; R2 is the share of the variance that is explained: 1 for perfect answers, 0 for the mean of the test
numbers, below 0 for worse. The bias is the mean error with its sign. Intervals are drawn anew by sample.

>>> found = measure_numbers([[1.0], [2.0], [3.0]], [[1.5], [2.0], [2.5]], ["mass"])
>>> one = found.per_number[0]
>>> round(one.mae, 4), round(one.rmse, 4), one.r2, one.bias
(0.3333, 0.4082, 0.75, 0.0)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.core.errors import DataError
from neocog.core.proportion import Proportion
from neocog.core.resampling import Interval, drawn_sums, percentiles


@dataclass(frozen=True, kw_only=True)
class NumberFigures:
    """The figures of one number, in its own unit where it has one."""

    name: str
    mae: float
    """Mean absolute error."""
    mae_interval: Interval
    rmse: float
    """The root of the mean squared error."""
    rmse_interval: Interval
    r2: float | None
    """The share of the variance explained; None where all numbers are the same."""
    r2_interval: Interval | None
    bias: float
    """The mean of answer less truth."""
    bias_interval: Interval
    baseline: float
    """The mean absolute error of always answering the mean of the training numbers (or of these, without those)."""
    half_width: float | None
    """How far nine of ten answers should be off at most; None where that is not known."""
    within: Proportion | None
    """How many are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberMeasures:
    """What the answers on n samples come to."""

    names: tuple[str, ...]
    n: int
    per_number: tuple[NumberFigures, ...]

    @property
    def r2(self) -> float:
        """The mean of R2 over the numbers; 0 for one that does not vary."""
        return float(np.mean([each.r2 or 0.0 for each in self.per_number]))

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values; an undefined one is None."""
        first = self.per_number[0]
        return {"n": self.n, "classes": list(self.names), "r2": self.r2, "mae": first.mae, "rmse": first.rmse} | {
            "per_number": [_number(each) for each in self.per_number],
        }


def measure_numbers(
    targets: ArrayLike,
    answers: ArrayLike,
    names: Sequence[str],
    half_widths: Sequence[float | None] = (),
    usual: Sequence[float] = (),
    seed: int = 0,
) -> NumberMeasures:
    """Every measure of n samples from the true numbers and the answers, [n, M], in their own units.

    `usual` is the mean of each training number.
    """
    truth, given = np.asarray(targets, np.float64), np.asarray(answers, np.float64)
    if truth.ndim != 2 or truth.shape != given.shape or truth.shape[1] != len(names) or not len(truth):
        raise DataError(
            f"numbers and answers must be [n, {len(names)}] with n at least 1, got {list(truth.shape)} and "
            f"{list(given.shape)}; give a column for each number"
        )
    widths = tuple(half_widths) or (None,) * len(names)
    means = usual or truth.mean(axis=0).tolist()
    return NumberMeasures(
        names=tuple(names),
        n=len(truth),
        per_number=tuple(
            _figures(name, truth[:, place], given[:, place], widths[place], means[place], seed)
            for place, name in enumerate(names)
        ),
    )


def _figures(
    name: str,
    truth: NDArray[np.float64],
    given: NDArray[np.float64],
    half_width: float | None,
    usual: float,
    seed: int,
) -> NumberFigures:
    errors, middle = given - truth, truth - truth.mean()  # a shift does not change R2, and keeps its sums exact
    columns = np.column_stack([np.abs(errors), errors**2, errors, middle, middle**2])
    count = len(truth)
    draws = drawn_sums(columns, np.zeros(count, np.int64), seed, "numbers") / count
    varies = bool(truth.min() < truth.max())
    spread = draws[:, 4] - draws[:, 3] ** 2
    told = draws[spread > 1e-12 * max(float(columns[:, 4].mean()), 1e-300)]
    explained = 1 - told[:, 1] / (told[:, 4] - told[:, 3] ** 2)
    return NumberFigures(
        name=name,
        mae=float(columns[:, 0].mean()),
        mae_interval=percentiles(draws[:, 0]),
        rmse=float(np.sqrt(columns[:, 1].mean())),
        rmse_interval=percentiles(np.sqrt(draws[:, 1])),
        r2=float(1 - columns[:, 1].sum() / columns[:, 4].sum()) if varies else None,
        r2_interval=percentiles(explained) if varies and len(told) else None,
        bias=float(errors.mean()),
        bias_interval=percentiles(draws[:, 2]),
        baseline=float(np.abs(truth - usual).mean()),
        half_width=half_width,
        within=Proportion.of(int((np.abs(errors) <= half_width).sum()), count) if half_width is not None else None,
    )


def _number(each: NumberFigures) -> dict[str, Any]:
    return {
        "name": each.name,
        **_ends("mae", each.mae, each.mae_interval),
        **_ends("rmse", each.rmse, each.rmse_interval),
        **_ends("r2", each.r2, each.r2_interval),
        **_ends("bias", each.bias, each.bias_interval),
        "baseline_mae": each.baseline,
        "half_width": each.half_width,
        **_ends("within", each.within.value if each.within else None, each.within),
    }


def _ends(name: str, value: float | None, ends: Interval | Proportion | None) -> dict[str, float | None]:
    low, high = (ends.low, ends.high) if ends is not None else (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
