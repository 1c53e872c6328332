"""The mean surprise: minus the logarithm of the probability that was given to the true class, in nats."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neocog.evaluate.checked import checked


def log_loss(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """The mean of -ln p(true class). 0 is perfect, ln K is a guess among K classes.

    >>> round(log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)
    0.6931
    """
    return float(surprises(targets, probabilities).mean())


def surprises(targets: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """-ln p(true class) of each sample. Shape [n].

    A probability of exactly 0 counts as 2.2e-16 (the step of float64 at 1), as in scikit-learn, so that one sure
    mistake costs 36 and not infinity.
    """
    truth, given = checked(targets, probabilities)
    own = given[np.arange(len(truth)), truth]
    return np.asarray(0.0 - np.log(np.clip(own, np.finfo(np.float64).eps, 1.0)), dtype=np.float64)
