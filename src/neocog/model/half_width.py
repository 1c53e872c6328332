"""How far an estimated number may be off: the half width that holds nine of ten new samples.

Split conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic learning in a random world", 2005): of n validation
errors the ceil(0.9 (n + 1))-th smallest holds the next one with a chance of at least 0.9, whatever their distribution,
where new samples come from where validation's came from. (That validation chose the best epoch makes it a little too
narrow.) Of fewer than nine nothing can be said.

>>> half_widths(np.arange(1.0, 20.0)[:, None])
(18.0,)
>>> half_widths(np.ones((8, 1)))
(None,)
"""

import math

import numpy as np
from numpy.typing import NDArray

COVERED = 0.9
"""The share of new samples whose number lies within the half width."""

_DIGITS = 6


def half_widths(errors: NDArray[np.float64], covered: float = COVERED) -> tuple[float | None, ...]:
    """The half width of each number, from validation errors (N M, their signs left aside)."""
    ranked = np.sort(np.abs(errors), axis=0)
    place = math.ceil(round(covered * (len(ranked) + 1), 9))
    if place > len(ranked):
        return (None,) * int(errors.shape[1])
    return tuple(float(f"{float(width):.{_DIGITS}g}") for width in ranked[place - 1])
