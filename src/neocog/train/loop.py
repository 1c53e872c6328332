"""The one training loop: an iterator of events.

    for event in loop(state, plan, save, stop):
        ...

Progress bars, log files, JSON and tests consume the events; nothing is called back. The host waits for a loss value
only where one is printed. The sum of the losses doubles as the flag for a loss that is no longer finite: once one of
them is not, the sum stays so. The caller then runs this same loop again from the last checkpoint with `inspect=True`,
which reads every step and names the step and the layer.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from neocog.core import draw
from neocog.core.proportion import wilson
from neocog.train.checkpoint import State
from neocog.train.compute import autocast
from neocog.train.diagnosis import diverged, first_nonfinite, nonfinite_weight
from neocog.train.events import CheckpointSaved, Epoch, Event, Note, Step
from neocog.train.losses import LossFunction
from neocog.train.optimizers import set_rate
from neocog.train.recipe import Recipe
from neocog.train.schedules import rate_share

PRINT_SECONDS = 1.0
"""The least time between two step events."""


class Evaluator(Protocol):
    """Judges a model in mid-training; the loop knows only the names and numbers that it yields."""

    def run(self, model: nn.Module) -> Iterator[tuple[str, float]]:
        """Figures of the model, by name; the loop needs `loss` and `accuracy`."""
        ...


Batches = Callable[[int, int], Iterable[tuple[Tensor, Tensor]]]
"""From an epoch and the steps to skip to the batches that are left: images and targets, on the device."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the loop is handed besides the state."""

    recipe: Recipe
    """Resolved."""
    epochs: int
    batch: int
    steps: int
    """Steps an epoch."""
    batches: Batches
    loss: LossFunction
    validation: Evaluator
    validation_images: int
    """How many images the evaluator judges by; the interval of its accuracy follows."""


class NotFinite(Exception):  # noqa: N818  (a signal to the caller, not an error of the tree)
    """The loss or a weight is no longer finite; the caller replays from the last checkpoint to learn where."""


def loop(
    state: State,
    plan: Plan,
    save: Callable[[State], None],
    stop: Callable[[], bool] = lambda: False,
    inspect: bool = False,
) -> Iterator[Event]:
    """Train from where the state stands to the last epoch.

    `save` writes a checkpoint; `stop` is asked after every step, and once it says yes the state is saved and the loop
    ends. Raises `NotFinite`, or with `inspect` a `DivergedError` that names the step and the layer.
    """
    at = state.at
    rate, asked = 0.0, False
    began = saved = time.monotonic()
    earlier = at.seconds

    def checkpoint() -> CheckpointSaved:
        nonlocal saved
        place = nonfinite_weight(state.module)
        if inspect and place:
            raise diverged(at.epoch * plan.steps + at.cursor, place, rate)
        if place or not torch.isfinite(state.loss_sum):
            raise NotFinite
        at.seconds = earlier + time.monotonic() - began
        save(state)
        saved = time.monotonic()
        return CheckpointSaved(epoch=at.epoch, step=at.epoch * plan.steps + at.cursor)

    while at.epoch < plan.epochs:
        epoch_began = printed = time.monotonic()
        first = printed_cursor = at.cursor
        printed_sum = float(state.loss_sum)
        state.module.train()
        for images, targets in plan.batches(at.epoch, at.cursor):
            rate = _step(state, plan, images, targets, inspect)
            at.cursor += 1
            now = time.monotonic()
            if now - printed >= PRINT_SECONDS or at.cursor == plan.steps:
                total = float(state.loss_sum)
                if not _finite(total):
                    raise NotFinite
                count = at.cursor - printed_cursor
                yield Step(
                    epoch=at.epoch + 1,
                    step=at.epoch * plan.steps + at.cursor,
                    loss=(total - printed_sum) / count,
                    rate=rate,
                    images_per_second=count * plan.batch / (now - printed),
                )
                printed, printed_cursor, printed_sum = now, at.cursor, total
            asked = stop()
            if asked and at.cursor < plan.steps:
                yield checkpoint()
                yield Note(text=f"stopped at step {at.epoch * plan.steps + at.cursor}; the state is saved")
                return
            if now - saved >= 60 * plan.recipe.checkpoint.minutes and at.cursor < plan.steps:
                yield checkpoint()
        seconds = time.monotonic() - epoch_began
        train_loss = float(state.loss_sum) / plan.steps
        state.module.eval()
        figures = dict(plan.validation.run(state.module))
        at.top_accuracy = max(at.top_accuracy, figures["accuracy"])
        best = _is_best(state, plan, figures["accuracy"], figures["loss"])
        at.epoch, at.cursor = at.epoch + 1, 0
        state.loss_sum = torch.zeros_like(state.loss_sum)
        if best:
            state.best = {name: tensor.detach().clone() for name, tensor in state.module.state_dict().items()}
            at.best_epoch, at.best_accuracy, at.best_loss = at.epoch, figures["accuracy"], figures["loss"]
        yield Epoch(
            epoch=at.epoch,
            step=at.epoch * plan.steps,
            train_loss=train_loss,
            val_loss=figures["loss"],
            val_accuracy=figures["accuracy"],
            seconds=seconds,
            images_per_second=(plan.steps - first) * plan.batch / seconds,
            best=best,
        )
        yield checkpoint()
        if asked and at.epoch < plan.epochs:
            yield Note(text=f"stopped at step {at.epoch * plan.steps}; the state is saved")
            return


def _is_best(state: State, plan: Plan, accuracy: float, loss: float) -> bool:
    """Of the epochs whose accuracy cannot be told from the highest, the one with the lowest loss is kept.

    The highest accuracy alone would pick the luckiest of many epochs where validation images are few.
    """
    at = state.at
    n = plan.validation_images
    least = wilson(round(at.top_accuracy * n), n)[0]
    return accuracy >= least and (loss < at.best_loss or at.best_accuracy < least)


def _step(state: State, plan: Plan, images: Tensor, targets: Tensor, inspect: bool) -> float:
    """One step of training; returns its learning rate."""
    recipe, at = plan.recipe, state.at
    step = at.epoch * plan.steps + at.cursor
    assert recipe.optimizer.rate != "auto", "the recipe is resolved"
    rate = recipe.optimizer.rate * rate_share(recipe.schedule, step, plan.epochs * plan.steps)
    set_rate(state.optimizer, rate)
    with autocast(recipe.compute):
        if inspect:
            place = nonfinite_weight(state.module) or first_nonfinite(state.module, images)
            if place:
                raise diverged(step + 1, place, rate)
        torch.manual_seed(draw.integer(recipe.seed, at.epoch, at.cursor, "dropout"))
        loss = plan.loss(state.module(images), targets)
    if inspect and not torch.isfinite(loss):
        raise diverged(step + 1, "the loss itself", rate)
    torch.autograd.backward(loss)
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    state.loss_sum += loss.detach()
    return rate


def _finite(number: float) -> bool:
    return number - number == 0.0
