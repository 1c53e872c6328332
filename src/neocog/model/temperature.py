"""The temperature: one positive number that makes probabilities honest.

The logits are divided by it before the softmax (Guo et al., "On calibration of modern neural networks", 2017). Which
class is the most probable does not change, only how sure the answer is: above 1 it is less sure, below 1 surer. What
is made small is the log loss on validation, as if one more answer had been given there and had been wrong: its true
class the runner-up (Platt's correction, "Probabilistic outputs for support vector machines", 1999). Without that, a
network that makes no mistake on the few images at hand would call itself certain of everything.

>>> logits = np.array([[4.0, 0.0]] * 3 + [[0.0, 4.0]], np.float32)  # sure of 4 answers, one of them wrong
>>> round(fit_temperature(logits, np.zeros(4, np.int64)), 2)
5.77
"""

import math

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 0.01, 100.0
"""The range of temperatures; a network that is no better than chance gets the largest."""
_DIGITS = 4
_ROUNDS = 100


def fit_temperature(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """The temperature for logits (N K, finite, N at least 1) and their true classes (N), with 4 decimals.

    In the inverse of the temperature the loss is convex, so Newton's steps, kept within a shrinking bracket, find its
    one minimum.
    """
    rows = np.arange(len(targets))
    if logits.shape[1] < 2:
        return 1.0
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    others = scores.copy()
    others[rows, targets] = -np.inf
    doubt = 1 / (len(targets) + 2)
    aim = float(((1 - doubt) * scores[rows, targets] + doubt * others.max(axis=1)).mean())
    low, high = 1 / MOST, 1 / LEAST
    inverse = 1.0
    for _ in range(_ROUNDS):
        powers = np.exp(scores * inverse)
        shares = powers / powers.sum(axis=1, keepdims=True)
        means = (shares * scores).sum(axis=1)
        slope = float(means.mean()) - aim
        curvature = float(((shares * scores**2).sum(axis=1) - means**2).mean())
        if slope == 0:
            break
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        step = inverse - slope / curvature if curvature > 0 else math.inf
        wanted = step if low < step < high else math.sqrt(low * high)
        if abs(wanted - inverse) < 1e-9 * inverse:
            break
        inverse = wanted
    return round(1 / inverse, _DIGITS)
