"""What is added to the loss for large weights and activations, and what is cut after a step.

Weights are tensors of two dimensions or more: biases and normalization are left alone, as by weight decay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor, nn

from neocog.train.recipe import Regularize

ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.GELU, nn.Sigmoid, nn.Tanh)
"""The modules whose outputs count as activations."""


def weight_penalty(module: nn.Module, choice: Regularize) -> Tensor | float:
    """l1 * sum of |w| + l2 * sum of w^2 over the weights that learn: the elastic net (Zou and Hastie, 2005).

    The number 0 where the recipe has neither.

    >>> layer = nn.Linear(4, 1)
    >>> _ = nn.init.constant_(layer.weight, 0.25)
    >>> [weight_penalty(layer, choice).item() for choice in (Regularize(l1=1.0), Regularize(l2=1.0))]
    [1.0, 0.25]
    """
    weights = _weights(module) if choice.l1 or choice.l2 else []
    total: Tensor | float = 0.0
    for weight in weights:
        if choice.l1:
            total = total + choice.l1 * weight.abs().sum()
        if choice.l2:
            total = total + choice.l2 * weight.square().sum()
    return total


def cut_norms(module: nn.Module, limit: float) -> None:
    """Shorten the weights of each unit (a filter, a dense output) whose Euclidean norm exceeds the limit."""
    with torch.no_grad():
        for weight in _weights(module):
            weight.copy_(torch.renorm(weight, p=2, dim=0, maxnorm=limit))


@final
class ActivationPenalty:
    """The penalty on the activations of each forward pass, collected by hooks while they are watched."""

    def __init__(self, choice: Regularize) -> None:
        self.choice = choice
        self.total: Tensor | float = 0.0

    @contextmanager
    def watching(self, module: nn.Module) -> Iterator[None]:
        """Watch the forward passes within; without a penalty nothing is hooked."""
        self.total = 0.0
        wanted = self.choice.activation_l1 or self.choice.activation_l2
        layers = [layer for layer in module.modules() if isinstance(layer, ACTIVATIONS)] if wanted else []
        handles = [layer.register_forward_hook(self._add) for layer in layers]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _add(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        values = output.float().flatten(1)
        if self.choice.activation_l1:
            self.total = self.total + self.choice.activation_l1 * values.abs().sum(dim=1).mean()
        if self.choice.activation_l2:
            self.total = self.total + self.choice.activation_l2 * values.square().sum(dim=1).mean()


def _weights(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.ndim > 1 and parameter.requires_grad]
