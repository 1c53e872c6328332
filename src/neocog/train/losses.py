"""Losses: torch's own wherever it has one, chosen by name in the recipe; each takes logits and targets to one number.

A target is a class (an index), or a share for each class where images are blended; or 0 and 1 for each of several
labels; or numbers, brought to mean 0 and deviation 1. What compares numbers with numbers takes an index as 1 for that
class and 0 for the others. `auto` is one of them for each kind of target.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neocog.core.errors import RecipeError
from neocog.data import target
from neocog.train.pixels import pixel_cross_entropy
from neocog.train.recipe import Loss

LossFunction: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Logits (N, classes) and targets, indices (N) or shares (N, classes), to a mean over the batch."""

OF_ONE_CLASS = ("hinge", "perceptron")
"""Losses that need one right class a sample, not shares."""
_NUMBERS = ("mean_squared", "quadratic", "mean_absolute", "huber")
FITTING: dict[str, tuple[str, ...]] = {
    "class": ("cross_entropy", *OF_ONE_CLASS, *_NUMBERS, "poisson", "sigmoid_cross_entropy"),
    "classes": ("sigmoid_cross_entropy", *_NUMBERS),
    "number": (*_NUMBERS, "poisson"),
    "mask": ("cross_entropy",),
}
"""The losses that fit each kind of target; the first is what `auto` comes to."""


def make_loss(choice: Loss, weights: Tensor | None = None) -> LossFunction:
    """The loss over a batch, for `weights` of the classes (`balance`) where there are any.

    >>> scores = torch.tensor([[3.2, 5.1, -1.7]])
    >>> round(float(make_loss(Loss(name="hinge"))(scores, torch.tensor([0]))), 4)
    2.9
    """

    def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
        smoothing = choice.label_smoothing
        if targets.ndim == 3:
            return pixel_cross_entropy(logits, targets, smoothing)
        if weights is None:
            return functional.cross_entropy(logits, targets, label_smoothing=smoothing)
        # torch's mean by weight would depend on a batch's other images
        return functional.cross_entropy(logits, targets, weights, label_smoothing=smoothing, reduction="none").mean()

    def hinge(logits: Tensor, targets: Tensor) -> Tensor:
        # torch's is the mean over the classes, the lectures' the sum
        return functional.multi_margin_loss(logits, targets, weight=weights) * logits.shape[1]

    def perceptron(logits: Tensor, targets: Tensor) -> Tensor:
        right = logits.gather(1, targets[:, None])[:, 0]
        wrong = logits.scatter(1, targets[:, None], -torch.inf).max(dim=1).values
        return _weighed((wrong - right).clamp(min=0), targets, weights)

    def compared(logits: Tensor, targets: Tensor) -> Tensor:
        shares = shares_of(targets, logits.shape[1]).to(logits.dtype)
        return _weighed(_COMPARED[choice.name](_OUTPUTS[choice.output](logits), shares), targets, weights)

    named = {"auto": cross_entropy, "cross_entropy": cross_entropy, "hinge": hinge, "perceptron": perceptron}
    return named.get(choice.name, compared)


def balance(targets: NDArray[np.int64], classes: int) -> Tensor:
    """A weight for each class, inversely to how often it occurs: their mean over the samples is 1.

    >>> balance(np.array([0, 0, 0, 1]), 2).tolist()
    [0.6666666865348816, 2.0]
    """
    counts = np.bincount(targets, minlength=classes)
    present = int((counts > 0).sum())
    shares = np.divide(len(targets), present * counts, out=np.zeros(classes), where=counts > 0)
    return torch.from_numpy(shares).float()


def shares_of(targets: Tensor, classes: int) -> Tensor:
    """Targets as shares (N, classes): indices become 1 for their class; shares stay.

    >>> shares_of(torch.tensor([1]), 3)
    tensor([[0., 1., 0.]])
    """
    return targets if targets.ndim == 2 else functional.one_hot(targets, classes).float()


def loss_for(choice: Loss, task: str) -> Loss:
    """The loss with `auto` replaced by what a kind of target asks for; raises `RecipeError` for one that does not fit.

    >>> loss_for(Loss(), "classes").name
    'sigmoid_cross_entropy'
    """
    fitting = FITTING[task]
    if choice.name == "auto":
        choice = replace(choice, name=fitting[0])  # type: ignore[arg-type]
    words = target(task).words
    if choice.name not in fitting:
        raise RecipeError(
            f"loss.name must be one of {', '.join(fitting)} where the data have {words}, got {choice.name}; leave it "
            "out"
        )
    if choice.class_weights != "none" and task != "class":
        raise RecipeError(
            f"loss.class_weights weighs the classes of samples that have one each, and the data have {words}; leave it "
            "out"
        )
    return choice


def check_loss(choice: Loss, blended: bool, masks: bool = False) -> None:
    """Raise `RecipeError` for choices of the loss that contradict each other or the blending of images."""
    if choice.output != "identity" and choice.name not in ("mean_squared", "quadratic", "mean_absolute"):
        raise RecipeError(
            f"loss.output is for mean_squared, quadratic and mean_absolute, not for {choice.name}, which brings its "
            "own; leave it out"
        )
    if blended and masks:
        raise RecipeError("mixup and cutmix blend the labels of whole images, and these have masks; leave them out")
    if blended and choice.name in OF_ONE_CLASS:
        raise RecipeError(
            f"mixup and cutmix blend labels, and loss {choice.name} needs one class a sample; "
            "take loss.name=cross_entropy, or no mixup and cutmix"
        )


def _weighed(losses: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    """The mean of one loss a sample, each times its class's weight."""
    if weights is None:
        return losses.mean()
    of_sample = shares_of(targets, len(weights)).to(weights.device) @ weights
    return (losses * of_sample).mean()


_OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda logits: logits,
    "sigmoid": torch.sigmoid,
    "softmax": lambda logits: logits.softmax(dim=1),
}

# One number a sample, of outputs and shares (N, classes).
_COMPARED: dict[str, LossFunction] = {
    "mean_squared": lambda outputs, shares: functional.mse_loss(outputs, shares, reduction="none").mean(dim=1),
    "quadratic": lambda outputs, shares: functional.mse_loss(outputs, shares, reduction="none").sum(dim=1) / 2,
    "mean_absolute": lambda outputs, shares: functional.l1_loss(outputs, shares, reduction="none").mean(dim=1),
    "huber": lambda outputs, shares: functional.huber_loss(outputs, shares, reduction="none").mean(dim=1),
    "poisson": lambda outputs, shares: functional.poisson_nll_loss(outputs, shares, reduction="none").mean(dim=1),
    "sigmoid_cross_entropy": lambda outputs, shares: functional.binary_cross_entropy_with_logits(
        outputs, shares, reduction="none"
    ).mean(dim=1),
}
