"""The one training loop: an iterator of events.

    for event in loop(state, plan, save, stop):
        ...

Progress bars, log files, JSON and tests consume the events; there are no callbacks to write. The host waits for a loss
value only where one is printed. The sum of the losses doubles as the flag for a loss that is no longer finite: once one
of them is not, the sum stays so. The caller then runs this same loop again from the last checkpoint with
`inspect=True`, which reads every step and names the step and the layer.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
import torch
from torch import Tensor, nn

from neocog.build import pool_first, seed_device
from neocog.core import draw
from neocog.core.errors import DivergedError
from neocog.core.proportion import wilson
from neocog.train.checkpoint import State
from neocog.train.compute import autocast
from neocog.train.diagnosis import diverged, first_nonfinite, nonfinite_weight
from neocog.train.distributed import ALONE, Group
from neocog.train.events import CheckpointSaved, Epoch, Event, Note, Step, WeightStatistics
from neocog.train.losses import LossFunction
from neocog.train.optimizers import forget_gradients, freeze_statistics, set_rate
from neocog.train.recipe import Recipe
from neocog.train.regularize import ActivationPenalty, cut_norms, weight_penalty
from neocog.train.schedules import drop_epochs, momentum_at, rate_share
from neocog.train.statistics import Look
from neocog.train.verdicts import Blank, Diagnosis, exploded

PRINT_SECONDS = 1.0
"""The least time between two step events."""


class Evaluator(Protocol):
    """Judges a model in mid-training; the loop knows only the names and numbers that it yields."""

    def run(self, model: nn.Module) -> Iterator[tuple[str, float]]:
        """Figures of the model, by name; the loop needs `loss` and `figure`, the higher the better."""
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
    measure: str = "accuracy"
    """What the evaluator's figure is called."""
    group: Group = ALONE
    """The processes that share each batch."""
    blank: Blank = Blank()  # noqa: RUF009 a frozen value
    """What validation gives where nothing is learned."""


class NotFinite(Exception):  # noqa: N818  (a signal to the caller, not an error of the tree)
    """The loss or a weight is no longer finite; the caller replays from the last checkpoint to learn where."""


def loop(
    state: State,
    plan: Plan,
    save: Callable[[State], None],
    stop: Callable[[], bool] = lambda: False,
    inspect: bool = False,
    past: Sequence[Epoch] = (),
) -> Iterator[Event]:
    """Train from where the state stands to the last epoch; `past` are the epochs that are behind it.

    `save` writes a checkpoint; `stop` is asked after every step, and once it says yes the state is saved and the loop
    ends. Raises `NotFinite`, or with `inspect` a `DivergedError` that names the step and the layer.
    """
    return _Loop(state, plan, save, stop, inspect, past).run()


@final
class _Loop:
    """The loop, and what it remembers between steps that is no state of the run: clocks, and whether to stop."""

    def __init__(
        self,
        state: State,
        plan: Plan,
        save: Callable[[State], None],
        stop: Callable[[], bool],
        inspect: bool,
        past: Sequence[Epoch],
    ) -> None:
        self.state, self.plan, self.save, self.stop, self.inspect = state, plan, save, stop, inspect
        self.stopping = False
        self.rate = 0.0
        self.seeds: list[int] = []
        self.look: Look | None = None
        self.first = self._step_number()
        self.exploded: WeightStatistics | None = None
        self.diagnosis = Diagnosis(plan.epochs, plan.blank, plan.validation_images, past, plan.measure)
        self.activations = ActivationPenalty(plan.recipe.regularize)
        self.group = plan.group
        self.learner = plan.group.learner(state.module)
        # who watches activations wants the network as it is written; the numbers are the same
        watched = plan.recipe.regularize.activation_l1 or plan.recipe.regularize.activation_l2
        self.unwatched = self.learner if watched or plan.group.size > 1 else pool_first(state.module)
        self.began, self.saved = time.monotonic(), self._clock()
        self.earlier = state.at.seconds

    def run(self) -> Iterator[Event]:
        at, plan = self.state.at, self.plan
        while at.epoch < plan.epochs and not at.ended:
            began, first = time.monotonic(), at.cursor
            self.state.module.train()
            freeze_statistics(self.state.module)
            yield from self._steps()
            if at.cursor == plan.steps:
                seconds = time.monotonic() - began
                epoch = self._close_epoch(seconds, (plan.steps - first) * plan.batch / seconds)
                yield epoch
                yield from self._react()
                yield from self.diagnosis.see(epoch, last=at.ended or at.epoch == plan.epochs)
                yield self._checkpoint()
            if self.stopping and at.epoch < plan.epochs and not at.ended:
                yield Note(text=f"stopped at step {self._step_number()}; the state is saved")
                return

    def _steps(self) -> Iterator[Event]:
        """The steps that are left of an epoch; ends earlier, with a checkpoint, where it is asked to stop."""
        plan, at = self.plan, self.state.at
        self.seeds = draw.integers(plan.recipe.seed, at.epoch, np.arange(plan.steps), "dropout")
        printed, printed_cursor, printed_sum = self._clock(), at.cursor, self._loss_sum()
        for images, targets in plan.batches(at.epoch, at.cursor):
            self._step(images, targets)
            at.cursor += 1
            last = at.cursor == plan.steps
            now, self.stopping = self.group.agree(self.stop())
            if last or now - printed >= PRINT_SECONDS:
                total, count = self._loss_sum(), at.cursor - printed_cursor
                if not math.isfinite(total):
                    raise NotFinite
                yield Step(
                    epoch=at.epoch + 1,
                    step=self._step_number(),
                    loss=(total - printed_sum) / count,
                    rate=self.rate,
                    images_per_second=count * plan.batch / (now - printed),
                )
                printed, printed_cursor, printed_sum = now, at.cursor, total
            if not last and (self.stopping or now - self.saved >= 60 * plan.recipe.checkpoint.minutes):
                yield self._checkpoint()
                if self.stopping:
                    return

    def _step(self, images: Tensor, targets: Tensor) -> None:
        """One step of training."""
        state, plan, at, recipe = self.state, self.plan, self.state.at, self.plan.recipe
        step, steps, optimizer = self._step_number(), plan.epochs * plan.steps, recipe.optimizer
        assert not isinstance(optimizer.rate, str), "the recipe is resolved"
        self.rate = optimizer.rate * rate_share(recipe.schedule, step, steps, plan.epochs, at.drops)
        set_rate(state.optimizer, self.rate, momentum_at(recipe.schedule, optimizer.momentum, step, steps))
        if self.inspect:
            with autocast(recipe.compute):
                place = nonfinite_weight(state.module) or first_nonfinite(state.module, images)
            place = self.group.first(place)
            if place:
                raise self._diverged(step + 1, place)
        seed_device(recipe.compute.device, self.seeds[at.cursor] + self.group.rank)
        replay_begins = self.inspect and step == self.first
        self.look = Look(state.module) if at.cursor + 1 == plan.steps or replay_begins else None
        parts = [(images, targets)]
        if optimizer.accumulate > 1:
            parts = list(zip(images.chunk(optimizer.accumulate), targets.chunk(optimizer.accumulate), strict=True))
        with self.look.at_activations() if self.look else nullcontext():
            for number, (part, part_targets) in enumerate(parts, 1):
                with self.group.gathering(self.learner, last=number == len(parts)):
                    self._backward(part, part_targets, len(part) * self.group.size / plan.batch)
        if self.inspect and not math.isfinite(self._loss_sum()):
            raise self._diverged(step + 1, "the loss itself")
        if self.look:
            self.look.at_gradients()
        if optimizer.clip:
            nn.utils.clip_grad_norm_(state.module.parameters(), optimizer.clip)
        state.optimizer.step()
        forget_gradients(state.optimizer)
        if recipe.regularize.max_norm:
            cut_norms(state.module, recipe.regularize.max_norm)
        if state.average is not None:
            state.average.update_parameters(state.module)
        if self.look and replay_begins:
            self.exploded = exploded(self.look.read()[0])

    def _backward(self, images: Tensor, targets: Tensor, share: float) -> None:
        """The gradient of some images, which are a share of what each process takes of the step's."""
        state, recipe = self.state, self.plan.recipe
        with autocast(recipe.compute), self.activations.watching(state.module):
            loss = self.plan.loss((self.learner if self.look else self.unwatched)(images), targets)
        penalty = self.activations.total + weight_penalty(state.module, recipe.regularize)
        if isinstance(penalty, Tensor):  # an operation on one number takes as long as one on a thousand
            loss = loss + penalty
        if share != 1:
            loss = share * loss
        torch.autograd.backward(loss)
        state.loss_sum += loss.detach()

    def _close_epoch(self, seconds: float, images_per_second: float) -> Epoch:
        """Judge the model on validation, keep its weights where it is best, and step into the next epoch."""
        state, plan, at = self.state, self.plan, self.state.at
        assert self.look is not None, "the last step of an epoch is looked at"
        weights, activations = self.look.read()
        train_loss = self._loss_sum() / plan.steps
        judged = state.judged.eval()
        self.group.share_buffers(judged)
        figures = dict(plan.validation.run(judged))
        accuracy, loss = figures["figure"], figures["loss"]
        if not math.isfinite(loss):
            raise self._diverged(self._step_number(), "the validation loss")
        at.top_accuracy = max(at.top_accuracy, accuracy)
        at.stale = 0 if loss < at.lowest_loss else at.stale + 1
        at.lowest_loss = min(at.lowest_loss, loss)
        best = self._is_best(accuracy, loss)
        at.epoch, at.cursor = at.epoch + 1, 0
        state.loss_sum = torch.zeros_like(state.loss_sum)
        if best:
            state.best = {name: tensor.detach().clone() for name, tensor in judged.state_dict().items()}
            at.best_epoch, at.best_accuracy, at.best_loss = at.epoch, accuracy, loss
        return Epoch(
            epoch=at.epoch,
            step=self._step_number(),
            train_loss=train_loss,
            val_loss=loss,
            val_accuracy=accuracy,
            seconds=seconds,
            images_per_second=images_per_second,
            best=best,
            weights=weights,
            activations=activations,
        )

    def _is_best(self, accuracy: float, loss: float) -> bool:
        """Of the epochs whose accuracy cannot be told from the highest, the one with the lowest loss is kept.

        The highest accuracy alone would pick the luckiest of many epochs where validation images are few. Only one
        epoch is kept at a time: one that was passed over does not come back. Where the figure is no accuracy, the
        lowest loss decides.
        """
        if self.plan.measure != "accuracy":
            return loss < self.state.at.best_loss
        at, n = self.state.at, self.plan.validation_images
        least = wilson(round(at.top_accuracy * n), n)[0]
        return accuracy >= least and (loss < at.best_loss or at.best_accuracy < least)

    def _react(self) -> Iterator[Event]:
        """Lower the rate, or end the run, where validation no longer improves and the recipe asks for it."""
        at, plan, recipe = self.state.at, self.plan, self.plan.recipe
        if recipe.schedule.name == "plateau" and at.stale >= drop_epochs(recipe.schedule, plan.epochs):
            at.drops, at.stale = at.drops + 1, 0
            yield Note(
                text=f"the validation loss no longer falls: the rate is multiplied by {recipe.schedule.factor:g}"
            )
        waited = at.epoch - at.best_epoch
        if 0 < recipe.regularize.patience <= waited and at.epoch < plan.epochs:
            at.ended = True
            yield Note(
                text=f"ended after epoch {at.epoch} of {plan.epochs}: {waited} epochs without a better validation"
            )

    def _checkpoint(self) -> CheckpointSaved:
        """Save the state, unless it has left the finite numbers: the last good one is kept then."""
        state, at = self.state, self.state.at
        place = self.group.first(nonfinite_weight(state.module))
        if self.inspect and place:
            raise self._diverged(self._step_number(), place)
        if place or not math.isfinite(self._loss_sum()):
            raise NotFinite
        at.seconds = self.earlier + time.monotonic() - self.began
        self.save(state)
        self.saved = self._clock()
        return CheckpointSaved(epoch=at.epoch, step=self._step_number())

    def _clock(self) -> float:
        """Seconds, the same in every process."""
        return self.group.agree(False)[0]

    def _loss_sum(self) -> float:
        """The sum of the losses of the epoch under way, made the same in every process."""
        self.group.average(self.state.loss_sum)
        return float(self.state.loss_sum)

    def _diverged(self, step: int, place: str) -> DivergedError:
        return diverged(step, place, self.rate, self.exploded)

    def _step_number(self) -> int:
        """How many steps the run has taken."""
        return self.state.at.epoch * self.plan.steps + self.state.at.cursor
