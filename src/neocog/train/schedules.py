"""Schedules: the learning rate as a function of the step, never a counter that is kept.

One thing is remembered, because it depends on what happened: how often `plateau` has dropped.
"""

import math

from neocog.train.recipe import Schedule

CYCLE_RISE = 0.3
"""The share of all steps in which `one_cycle` rises, where the warm-up is no longer."""
CYCLE_START, CYCLE_END = 1 / 25, 1 / 250_000
"""Where `one_cycle` begins and ends, as shares of the peak; PyTorch's defaults."""
MOMENTUM_DIP = 0.1
"""By how much `one_cycle` lowers the momentum at the peak of the rate (Smith, 2018)."""


def rate_share(schedule: Schedule, step: int, steps: int, epochs: int = 1, drops: int = 0) -> float:
    """The share of the peak rate at a step from 0 to `steps` - 1, in (0, 1].

    Warm-up is linear; cosine falls as (1 + cos(pi t)) / 2 over the steps that remain. `epochs` is how many passes the
    steps are, `drops` how often `plateau` has dropped.

    >>> [round(rate_share(Schedule(warmup=0.2), step, 10), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.038]
    """
    if schedule.name == "one_cycle":
        return _cycle(_risen(schedule, step, steps), CYCLE_START, 1.0, CYCLE_END)
    warm = round(schedule.warmup * steps)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / (steps - warm)
    match schedule.name:
        case "constant":
            return 1.0
        case "step":
            return schedule.factor ** (step * epochs // steps // drop_epochs(schedule, epochs))
        case "exponential":
            return float(schedule.factor**done)
        case "plateau":
            return float(schedule.factor**drops)
        case "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * done))


def momentum_at(schedule: Schedule, momentum: float, step: int, steps: int) -> float:
    """The momentum at a step: as chosen, but for `one_cycle`, which lowers it while the rate is high.

    >>> momentum_at(Schedule(), 0.9, 0, 10)
    0.9
    """
    if schedule.name != "one_cycle" or not momentum:
        return momentum
    return _cycle(_risen(schedule, step, steps), momentum, max(momentum - MOMENTUM_DIP, 0.0), momentum)


def drop_epochs(schedule: Schedule, epochs: int) -> int:
    """Epochs between two drops of `step`, or of patience before one of `plateau`.

    >>> drop_epochs(Schedule(name="step"), 90)
    30
    """
    if schedule.every != "auto":
        return schedule.every
    return max(2, epochs // 10) if schedule.name == "plateau" else max(1, -(-epochs // 3))


def _risen(schedule: Schedule, step: int, steps: int) -> float:
    """Where a cycle stands: 0 at its start, 1 at its peak, 2 at its end."""
    peak = max(schedule.warmup, CYCLE_RISE) * steps - 1
    if peak <= 0 or step > peak:
        return 1 + (step - peak) / max(steps - 1 - peak, 1e-9)
    return step / peak


def _cycle(place: float, start: float, peak: float, end: float) -> float:
    """Along half a cosine from start to peak, and along another to the end."""
    low, high, done = (start, peak, place) if place <= 1 else (peak, end, place - 1)
    return high + (low - high) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))
