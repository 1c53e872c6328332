"""The learning-rate range test: what `optimizer.rate = "find"` comes to (Smith, 2017).

The rate rises evenly on a logarithmic scale over a hundred steps of training, from where nothing happens to where the
loss gets worse again. These are steps of the one training loop, as epochs of a single step, on a state of its own: the
run begins afterwards as if there had been no test, and the same seed finds the same rate.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from torch import nn

from neocog.core.errors import RecipeError
from neocog.train.checkpoint import State
from neocog.train.events import Epoch
from neocog.train.loop import NotFinite, Plan, loop
from neocog.train.recipe import Recipe, Schedule
from neocog.train.schedules import rate_share

LOWEST, HIGHEST = 1e-6, 10.0
"""The rates at the first and after the last step."""
STEPS = 100
"""Steps of the test."""
SMOOTH = 0.9
"""The decay of the running mean of the losses: one step's loss is that of a few images."""
WORSE = 2.0
"""Times the lowest loss at which the test ends; higher rates only make it worse."""
BACK = 0.1
"""The share of the rate with the lowest loss that is taken: at that one the steps are about to be too long."""
FALLEN = 0.95
"""The share of the first loss below which the loss has fallen at all."""


@dataclass(frozen=True)
class Found:
    """What a range test comes to."""

    rate: float
    """The rate to train with."""
    lowest: float
    """The rate at which the loss was lowest."""
    highest: float
    """The highest rate that was tried."""

    def __str__(self) -> str:
        return (
            f"learning rate {self.rate:.2g}, found by a range test from {LOWEST:g} to {self.highest:.2g}: the loss was "
            f"lowest at {self.lowest:.2g}, and a rate of a tenth of that is taken"
        )


def find_rate(plan: Plan, begin: Callable[[Recipe], State]) -> Found:
    """The rate for a run of which all else is resolved; `begin` gives the state before its first step, anew.

    Raises `RecipeError` where no rate lowers the loss.
    """
    schedule = Schedule(name="exponential", warmup=0.0, factor=HIGHEST / LOWEST)
    recipe = replace(
        plan.recipe,
        optimizer=replace(plan.recipe.optimizer, rate=LOWEST),
        schedule=schedule,
        regularize=replace(plan.recipe.regularize, patience=0),
    )
    stream = (batch for epoch in count() for batch in plan.batches(epoch, 0))
    sweep = Plan(
        recipe=recipe,
        epochs=STEPS,
        batch=plan.batch,
        steps=1,
        batches=lambda _epoch, _cursor: [next(stream)],
        loss=plan.loss,
        validation=_Unjudged(),
        validation_images=1,
        group=plan.group,
    )
    losses: list[float] = []
    try:
        for event in loop(begin(recipe), sweep, lambda _: None):
            if isinstance(event, Epoch):
                losses.append(event.train_loss)
                smooth = smoothed(losses)
                if smooth[-1] > WORSE * min(smooth):
                    break
    except NotFinite:
        pass
    return found([LOWEST * rate_share(schedule, step, STEPS) for step in range(len(losses))], losses)


def found(rates: Sequence[float], losses: Sequence[float]) -> Found:
    """The rate to take from the losses at rising rates; raises `RecipeError` where none of them lowers the loss."""
    smooth = smoothed(losses)
    if not smooth or min(smooth) > FALLEN * smooth[0]:
        raise RecipeError(
            f"optimizer.rate=find needs a rate at which the loss falls, and found none from {LOWEST:g} to {HIGHEST:g}; "
            "begin with optimizer.rate=auto, and training says what is wrong"
        )
    lowest = rates[smooth.index(min(smooth))]
    return Found(float(f"{BACK * lowest:.2g}"), lowest, rates[-1])


def smoothed(losses: Sequence[float]) -> list[float]:
    """The running mean of the losses, without the weight of a start at 0.

    >>> smoothed([4.0, 4.0])
    [4.0, 4.0]
    """
    mean, means = 0.0, []
    for step, loss in enumerate(losses, 1):
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        means.append(mean / (1 - SMOOTH**step))
    return means


class _Unjudged:
    """An evaluator for steps that nobody judges."""

    def run(self, _model: nn.Module) -> Iterator[tuple[str, float]]:
        yield from (("loss", 0.0), ("figure", 0.0))
