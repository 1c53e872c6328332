"""Optimizers against hand calculations."""

import pytest
import torch
from torch import nn

from neocog.train.optimizers import make_optimizer, set_rate
from neocog.train.recipe import Optimizer


def stepped(choice: Optimizer, gradients: list[float], bias: bool = False) -> float:
    module = nn.Linear(1, 1, bias=bias)
    weight = module.bias if bias else module.weight
    with torch.no_grad():
        weight.fill_(1.0)
    optimizer = make_optimizer(module, choice)
    for gradient in gradients:
        for parameter in module.parameters():
            parameter.grad = torch.full_like(parameter, gradient)
        optimizer.step()
    return float(weight.detach())


def test_nesterov_momentum_by_hand() -> None:
    """v = mu v + g; x = x - rate (g + mu v), as PyTorch has it."""
    choice = Optimizer(name="sgd", rate=0.1, momentum=0.9, weight_decay=0.0)
    first = 1 - 0.1 * (2 + 0.9 * 2)
    velocity = 0.9 * 2 + 3
    assert stepped(choice, [2.0, 3.0]) == pytest.approx(first - 0.1 * (3 + 0.9 * velocity))
    assert stepped(Optimizer(name="sgd", rate=0.1, momentum=0.0, weight_decay=0.0), [2.0]) == pytest.approx(0.8)


def test_adamw_by_hand() -> None:
    """The first step of Adam is the rate in the gradient's direction; the decay is apart from it."""
    assert stepped(Optimizer(name="adamw", rate=0.01, weight_decay=0.5), [3.0]) == pytest.approx(1 - 0.01 * 0.5 - 0.01)


def test_biases_do_not_decay() -> None:
    assert stepped(Optimizer(name="sgd", rate=0.1, momentum=0.0, weight_decay=0.5), [0.0], bias=True) == 1.0
    assert stepped(Optimizer(name="sgd", rate=0.1, momentum=0.0, weight_decay=0.5), [0.0]) == pytest.approx(0.95)


def test_the_rate_is_set_for_every_group() -> None:
    optimizer = make_optimizer(nn.Linear(2, 2), Optimizer(rate=0.1, weight_decay=0.1))
    set_rate(optimizer, 0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]
