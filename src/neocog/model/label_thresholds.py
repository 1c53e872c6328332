"""From which probability on each of several labels holds: where F1 on validation images is highest.

F1 weighs what is missed against what is claimed wrongly, so the best threshold of a rare label lies below one half
(Lipton, Elkan and Naryanaswamy, "Optimal thresholding of classifiers to maximize F1 measure", 2014). It is sought among
the middles between neighboring probabilities, and below all of them; of equal ones the nearest to one half is taken. A
label that holds for fewer than five images, or fails to for fewer than five, keeps one half: so few tell nothing.

>>> chances = np.array([[0.1], [0.2], [0.3], [0.32], [0.33], [0.35], [0.4], [0.6], [0.7], [0.9]])
>>> fit_thresholds(chances, np.array([[0]] * 4 + [[1], [0]] + [[1]] * 4))
(0.325,)
"""

import numpy as np
from numpy.typing import NDArray

FEWEST = 5
"""Images with and without a label that it takes to tune its threshold."""

_HALF = 0.5
_DIGITS = 6


def fit_thresholds(chances: NDArray[np.float64], targets: NDArray[np.generic]) -> tuple[float, ...]:
    """The threshold of each label, from probabilities (N K) and what holds (N K of 0 and 1)."""
    held = np.asarray(targets) > _HALF
    return tuple(_best(column, own) for column, own in zip(np.asarray(chances).T, held.T, strict=True))


def _best(chances: NDArray[np.float64], held: NDArray[np.bool_]) -> float:
    count = int(held.sum())
    if min(count, len(held) - count) < FEWEST:
        return _HALF
    values = np.unique(chances)
    tried = np.append((values[1:] + values[:-1]) / 2, (values[0] / 2, _HALF))
    tried = np.unique(np.round(tried, _DIGITS))
    claimed = chances[:, None] >= tried  # N T
    hits = (claimed & held[:, None]).sum(axis=0)
    scores = 2 * hits / (claimed.sum(axis=0) + count)
    best = tried[scores == scores.max()]
    return float(best[np.abs(best - _HALF).argmin()])
