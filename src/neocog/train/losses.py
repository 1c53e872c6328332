"""Losses: torch's own, chosen by name in the recipe; each takes logits and targets and gives one number."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from torch import Tensor
from torch.nn import functional

from neocog.train.recipe import Loss

LossFunction: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def make_loss(choice: Loss) -> LossFunction:
    """The loss over a batch: logits (N, classes) and targets (N) to their mean, in nats."""
    return partial(functional.cross_entropy, label_smoothing=choice.label_smoothing)
