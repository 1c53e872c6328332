"""What a network's numbers mean: how targets in their own units become what it learns, and its outputs answers again.

Numbers are learned less their mean, over their deviation, so that one learning rate serves degrees and dollars; both
are those of the training samples and are kept in the model file. Of a Poisson loss the outputs are logarithms of rates:
its targets are counts, learned as they are.

>>> scale = fit_scale(np.array([[10.0], [30.0]]))
>>> scale.learned(np.array([[30.0]])).tolist(), scale.answers(np.array([[1.0]])).tolist()
([[1.0]], [[30.0]])
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How numbers in their own units and a network's outputs become each other."""

    mean: tuple[float, ...]
    """Subtracted from each number before it is learned, in its own unit."""
    deviation: tuple[float, ...]
    """Each number is divided by it, in its own unit."""
    log: bool = False
    """Whether the outputs are logarithms of what is learned."""

    def learned(self, values: ArrayLike) -> NDArray[np.float32]:
        """What numbers (N M) in their own units are to the network."""
        numbers = np.asarray(values, np.float64)
        return np.asarray((numbers - self.mean) / np.array(self.deviation), np.float32)

    def answers(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """What outputs (N M) are in the numbers' own units."""
        found = np.asarray(outputs, np.float64)
        return np.asarray((np.exp(found) if self.log else found) * self.deviation + np.array(self.mean))


def fit_scale(values: ArrayLike, log: bool = False) -> Scale:
    """The scale of training numbers (N M), to six significant digits; a constant one is divided by 1."""
    numbers = np.asarray(values, np.float64)
    if log:
        return Scale(mean=(0.0,) * numbers.shape[1], deviation=(1.0,) * numbers.shape[1], log=True)
    deviation = numbers.std(axis=0)
    deviation[deviation <= np.abs(numbers).max(axis=0) * 10.0**-_DIGITS] = 1.0
    mean, spread = (
        tuple(float(f"{value:.{_DIGITS}g}") for value in row.tolist()) for row in (numbers.mean(axis=0), deviation)
    )
    return Scale(mean=mean, deviation=spread)
