"""Schedules: the learning rate as a function of the step, never a counter that is kept."""

import math

from neocog.train.recipe import Schedule


def rate_share(schedule: Schedule, step: int, steps: int) -> float:
    """The share of the peak rate at a step from 0 to `steps` - 1, in [0, 1].

    Warm-up is linear; cosine falls as (1 + cos(pi t)) / 2 over the steps that remain.

    >>> [round(rate_share(Schedule(warmup=0.2), step, 10), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.038]
    """
    warm = round(schedule.warmup * steps)
    if step < warm:
        return (step + 1) / warm
    if schedule.name == "constant":
        return 1.0
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / (steps - warm)))
