"""Verdicts: what the epochs of a run say is wrong with it, in plain words with a number and what to do.

Each verdict is a pure function of the course of a run, and gives a sentence, or "" where it sees nothing. Losses are
read against the blank loss, that of a network that answers the same to everything, so that one threshold serves every
loss. A threshold stands far from what healthy runs show: a verdict that comes late is better than a wrong one.

A run is told each thing once. Of the reasons for which a network cannot learn only the first is said, because the
others follow from it: dead units stop the gradient, and so does a rate that saturates every layer.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import torch

from neocog.core.proportion import wilson
from neocog.data import Targets
from neocog.train.events import Epoch, Note, WeightStatistics
from neocog.train.losses import LossFunction

DEAD = 0.95
"""The share of a layer's ReLUs that are 0 for a whole batch from which it is dead: a twentieth is left to learn."""
SATURATED = 0.7
"""The share of saturated outputs from which a layer hardly learns; healthy tanh layers were seen below 0.4."""
VANISHED = 1e-4
"""The first layers' gradient as a share of the last ones' below which they stand still: what the last do in one step
takes them ten thousand. Healthy networks were seen between 0.03 and 5."""
EXPLODED = 1e3
"""Times the length of its weights from which a gradient explodes: even a rate of 0.001 replaces the weights in one
step. Healthy layers were seen below 2."""
LEAP = 0.1
"""The share of its weights' length by which a step may move a layer; about 0.001 is common, and 0.1 is a leap."""
JUMP = 1.3
"""Times its lowest from which the training loss has jumped; an epoch's mean hardly rises in a healthy run."""
TRAVEL = 0.03
"""The share of their length that all steps of a run together must be able to move the weights of some layer."""
HIGH = 0.7
"""The share of the blank loss above which a run has learned next to nothing."""
HALF = 0.5
"""The share of the blank loss above which, and of the way from guessing to no mistake below which, a run has learned
little."""
BY_HEART = 0.9
"""The share of the blank loss below which training images are being learned."""
WORSE = 1.1
"""Times the blank loss above which validation shows confident errors, where nothing to be learned would show none."""
RISEN = 1.5
"""Times its lowest from which the validation loss has risen; a tenth of the blank loss at least, so that the noise
around a loss near zero does not count."""
GAP = 0.25
"""The share of the blank loss by which validation lies above training where images are learned by heart."""
LASTING = 3
"""Epochs that a gap between the curves must last: one epoch's validation may swing."""
SETTLED = 100
"""Steps before which validation is not held against a run: the averages of batch norm may lag behind."""


@dataclass(frozen=True)
class Blank:
    """What validation gives for a network that has learned nothing; without one no loss is judged."""

    loss: float = float("inf")
    """The loss where every output is 0."""
    accuracy: float = 0.0
    """The share of the most frequent class; 0 for other figures than accuracy."""


@dataclass(frozen=True)
class Course:
    """A run up to the end of an epoch."""

    epochs: tuple[Epoch, ...]
    planned: int
    """Epochs from the first to the last."""
    blank: Blank
    images: int
    """Validation images."""
    measure: str = "accuracy"
    """What the figure of validation is."""

    @property
    def now(self) -> Epoch:
        """The epoch that has just ended."""
        return self.epochs[-1]


Verdict: TypeAlias = Callable[[Course], str]


def blank(loss: LossFunction, targets: Targets, classes: int) -> Blank:
    """What a network that has learned nothing comes to on those targets.

    >>> nothing = blank(torch.nn.functional.cross_entropy, np.array([0, 1, 1, 1]), classes=2)
    >>> round(nothing.loss, 3), nothing.accuracy
    (0.693, 0.75)
    """
    value = float(loss(torch.zeros(len(targets), classes), torch.from_numpy(targets)))
    named = float(np.bincount(np.asarray(targets, np.int64)).max()) / len(targets) if targets.ndim == 1 else 0.0
    # The perceptron's loss is 0 where all outputs tie: it has no scale to read by.
    return Blank(value if value > 0 else float("inf"), named)


def blank_of_masks(classes: int) -> Blank:
    """The same of masks: every class as probable as any other, in every pixel."""
    return Blank(math.log(classes))


def rate_too_high(course: Course) -> str:
    """A loss above the blank one after leaps of the weights, or one that has jumped."""
    now, nothing = course.now, course.blank.loss
    mend = "lower optimizer.rate to a tenth, or let optimizer.rate=find choose it"
    leap = max((layer.update for layer in now.weights), default=0.0)
    if leap >= LEAP and now.train_loss > 1.05 * nothing:
        return (
            f"the learning rate is too high: a step moves a layer by {leap:.0%} of its weights, and the training loss, "
            f"{now.train_loss:.3g}, is above the {nothing:.3g} of a network that has learned nothing; {mend}"
        )
    lowest = min(epoch.train_loss for epoch in course.epochs)
    if now.train_loss > JUMP * lowest and now.train_loss - lowest > 0.1 * nothing:
        return (
            f"the learning rate is too high: the training loss has jumped from {lowest:.3g} to {now.train_loss:.3g}; "
            f"{mend}"
        )
    return ""


def rate_too_low(course: Course) -> str:
    """Steps so short that all of them together lead nowhere, and a loss that is still high."""
    now = course.now
    if len(course.epochs) < max(2, course.planned // 4) or now.train_loss < HIGH * course.blank.loss:
        return ""
    longest = max((layer.update for epoch in course.epochs for layer in epoch.weights), default=1.0)
    steps = now.step // now.epoch * course.planned
    if longest * steps >= TRAVEL:
        return ""
    return (
        f"the learning rate is too low: even if all {steps:,} steps led the same way, they would move no layer by more "
        f"than {longest * steps:.1g} of its weights' length, and the training loss is still {now.train_loss:.3g}; "
        "raise optimizer.rate tenfold or more, or let optimizer.rate=find choose it"
    )


def dead_layer(course: Course) -> str:
    """A layer of ReLUs nearly all of whose units are 0 for every sample."""
    for layer in course.now.activations:
        if layer.function in ("relu", "relu6") and layer.off >= DEAD:
            return (
                f"a dead layer: {layer.off:.0%} of the units of `{layer.path}` are 0 for every sample, so nothing "
                "before it learns; begin again with a lower optimizer.rate, with biases of 0, or with LeakyReLU"
            )
    return ""


def saturated_layers(course: Course) -> str:
    """Most of the tanh or sigmoid layers have most of their outputs at the ends, where the slope is nearly 0."""
    layers = [layer for layer in course.now.activations if layer.function in ("tanh", "sigmoid")]
    full = [layer for layer in layers if layer.off >= SATURATED]
    if not full or 2 * len(full) < len(layers):
        return ""
    worst = max(full, key=lambda layer: layer.off)
    return (
        f"saturated layers: {worst.off:.0%} of the outputs of `{worst.path}` are at the ends of {worst.function}, "
        f"where it passes hardly any gradient ({len(full)} of {len(layers)} such layers are so); begin with smaller "
        "weights (glorot_uniform), add BatchNorm before each, or lower optimizer.rate"
    )


def vanishing_gradients(course: Course) -> str:
    """The first third of the layers gets next to no gradient beside the last third."""
    layers = course.now.weights
    if len(layers) < 3:
        return ""
    third = len(layers) // 3
    first = max(layers[:third], key=lambda layer: layer.gradient)
    last = max(layers[-third:], key=lambda layer: layer.gradient)
    if first.gradient >= VANISHED * last.gradient:
        return ""
    return (
        f"vanishing gradients: beside its weights, the gradient of `{first.path}` is {first.gradient:.1g} and that of "
        f"`{last.path}` {last.gradient:.1g}, so the first layers stand still; begin with larger weights (he_normal "
        "before ReLU, glorot_uniform before tanh), take ReLU for sigmoid, or add BatchNorm or Residual"
    )


def exploding_gradients(course: Course) -> str:
    """A gradient that is far longer than the weights that it is to change."""
    found = exploded(course.now.weights)
    if found is None:
        return ""
    return (
        f"exploding gradients: that of `{found.path}` is {found.gradient:,.0f} times as long as its weights; "
        "begin with smaller weights (he_normal before ReLU), add BatchNorm, or set optimizer.clip=1"
    )


def exploded(layers: Sequence[WeightStatistics]) -> WeightStatistics | None:
    """The layer with the longest gradient beside its weights, where that is far too long."""
    longest = max(layers, key=lambda layer: layer.gradient, default=None)
    return longest if longest is not None and longest.gradient >= EXPLODED else None


def shuffled_labels(course: Course) -> str:
    """Training images are learned, and validation stays where guessing is."""
    now, nothing = course.now, course.blank
    if len(course.epochs) < LASTING or now.step < SETTLED or course.measure != "accuracy":
        return ""
    if not _at_chance(course) or now.train_loss > BY_HEART * nothing.loss or now.val_loss < WORSE * nothing.loss:
        return ""
    return (
        f"the labels look shuffled: the training loss has fallen to {now.train_loss:.3g}, and {now.val_accuracy:.0%} "
        f"of the {course.images:,} validation images are named right, as by guessing ({nothing.accuracy:.0%}); check "
        "that each label belongs to its image"
    )


def overfitting(course: Course) -> str:
    """Validation has become worse, or stays far behind, while training goes on to improve."""
    now, nothing = course.now, course.blank.loss
    lasting = course.epochs[-LASTING:]
    if len(course.epochs) < LASTING or now.step < SETTLED or not _above_chance(course):
        return ""
    mend = "use more images, more augmentation, dropout or weight decay, or a smaller network"
    lowest = min(course.epochs, key=lambda epoch: epoch.val_loss)
    level = max(RISEN * lowest.val_loss, lowest.val_loss + 0.1 * nothing)
    if now.train_loss < lowest.train_loss and all(epoch.val_loss > level for epoch in lasting):
        return (
            f"overfitting: the validation loss has risen from {lowest.val_loss:.3g} (epoch {lowest.epoch}) to "
            f"{now.val_loss:.3g} while the training loss fell to {now.train_loss:.3g}; {mend}"
        )
    apart = all(
        epoch.val_loss > 2 * epoch.train_loss and epoch.val_loss - epoch.train_loss > GAP * nothing for epoch in lasting
    )
    if apart and now.train_loss < course.epochs[0].train_loss:
        return (
            f"overfitting: the training loss is {now.train_loss:.3g}, the validation loss stays at {now.val_loss:.3g}; "
            f"{mend}"
        )
    return ""


def underfitting(course: Course) -> str:
    """A finished run whose two losses are both still high, and its accuracy nearer to guessing than to perfect."""
    now, nothing = course.now, course.blank.loss
    named = (now.val_accuracy - course.blank.accuracy) / (1 - course.blank.accuracy or 1)
    if min(now.train_loss, now.val_loss) < HALF * nothing or named > HALF:
        return ""
    # At the end a schedule's rate is near 0 and no loss falls: what counts is the second half.
    half = course.epochs[(len(course.epochs) - 1) // 2]
    falling = half is now or now.train_loss < 0.95 * half.train_loss
    mend = "train for more epochs" if falling else "take a larger network, or less augmentation and regularization"
    return (
        f"underfitting: at the end the training loss is {now.train_loss:.3g}, the validation loss {now.val_loss:.3g} "
        f"({nothing:.3g} with nothing learned), and they {'still' if falling else 'no longer'} fall; {mend}"
    )


STUCK: dict[str, Verdict] = {
    "rate too high": rate_too_high,
    "dead layer": dead_layer,
    "saturated layers": saturated_layers,
    "vanishing gradients": vanishing_gradients,
    "exploding gradients": exploding_gradients,
    "rate too low": rate_too_low,
}
"""Why a network cannot learn; the first that is seen explains the rest."""
MISLED: dict[str, Verdict] = {"shuffled labels": shuffled_labels, "overfitting": overfitting}
"""Why what it learns does not hold for other images."""


@final
class Diagnosis:
    """The epochs of a run so far and what was said of them; past epochs are heard again, not said again."""

    def __init__(
        self, planned: int, nothing: Blank, images: int, past: Sequence[Epoch] = (), measure: str = "accuracy"
    ) -> None:
        self._planned, self._blank, self._images, self._measure = planned, nothing, images, measure
        self._epochs: tuple[Epoch, ...] = ()
        self._said: set[str] = set()
        for epoch in past:
            for _ in self.see(epoch, last=False):
                pass

    def see(self, epoch: Epoch, last: bool) -> Iterator[Note]:
        """What an epoch shows for the first time; `last` where no other follows."""
        self._epochs += (epoch,)
        course = Course(self._epochs, self._planned, self._blank, self._images, self._measure)
        for verdicts in (STUCK, MISLED):
            if self._said.isdisjoint(verdicts):
                found = ((name, verdict(course)) for name, verdict in verdicts.items())
                yield from self._say(next(((name, text) for name, text in found if text), None))
        if last and not self._said:
            text = underfitting(course)
            yield from self._say(("underfitting", text) if text else None)

    def _say(self, found: tuple[str, str] | None) -> Iterator[Note]:
        if found:
            name, text = found
            self._said.add(name)
            yield Note(text=text, diagnosis=name)


def _above_chance(course: Course) -> bool:
    """Whether validation has lately been better than naming one class always: its interval lies above that.

    Of other figures than accuracy, whether its loss has once been well below the blank one.
    """
    if course.measure != "accuracy":
        return min(epoch.val_loss for epoch in course.epochs) < BY_HEART * course.blank.loss
    return _lately(course)[0] > course.blank.accuracy


def _at_chance(course: Course) -> bool:
    """Whether validation has lately been as naming one class always: its interval holds that and little beyond."""
    low, high = _lately(course)
    guessing = course.blank.accuracy
    return low <= guessing and high < guessing + HALF * (1 - guessing)


def _lately(course: Course) -> tuple[float, float]:
    """The 95 % interval of the last epochs' accuracy, as over the validation images judged once."""
    lately = course.epochs[-LASTING:]
    accuracy = sum(epoch.val_accuracy for epoch in lately) / len(lately)
    return wilson(round(accuracy * course.images), course.images)
