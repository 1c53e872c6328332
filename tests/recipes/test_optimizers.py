"""Optimizers compared: on a surface with a saddle, where each shows its character, and on a network."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from neocog import recipes
from neocog.train import Epoch
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Optimizer

RATE = 0.01
MOST = 2000


def steps_off_the_saddle(choice: Optimizer) -> int:
    """Steps from beside the saddle of x^2 - y^2 until y has gone 1 downhill; the slope there is a thousandth of x's."""
    point = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        point.weight.copy_(torch.tensor([[1.0, 1e-3]]))
    optimizer = make_optimizer(point, choice)
    for step in range(1, MOST):
        optimizer.zero_grad()
        x, y = point.weight[0]
        (x**2 - y**2).backward()
        optimizer.step()
        if abs(float(point.weight[0, 1].detach())) > 1:
            return step
    return MOST


@pytest.fixture(scope="module")
def steps() -> dict[str, int]:
    found = {}
    for name, recipe in recipes.optimizers().items():
        rate = recipe.optimizer.rate if name == "adadelta" else RATE  # which needs none
        found[name] = steps_off_the_saddle(replace(recipe.optimizer, rate=rate, weight_decay=0.0))
    return found


def test_plain_descent_lingers_at_a_saddle(steps: dict[str, int]) -> None:
    """By hand: y grows by 1 + 2 rate a step, so it takes ln(1000) / ln(1.02) = 348.8 steps."""
    plain = ("batch_gradient_descent", "stochastic_gradient_descent", "mini_batch_gradient_descent")
    assert [steps[name] for name in plain] == [349] * 3


def test_momentum_gathers_speed_down_a_saddle(steps: dict[str, int]) -> None:
    """By hand, from v = 0.9 v + 2 y and y = y + 0.01 v; Nesterov's slope is that of the place ahead."""
    velocity, y, taken = 0.0, 1e-3, 0
    while y <= 1:
        velocity = 0.9 * velocity + 2 * y
        y, taken = y + 0.01 * velocity, taken + 1
    assert steps["momentum"] == taken == 72
    assert steps["nesterov"] < taken


def test_a_rate_for_each_weight_makes_much_of_a_small_slope(steps: dict[str, int]) -> None:
    """Divided by its own size, the slope across and the slope along count alike; AdaDelta needs no rate for it."""
    assert steps["adam"] == steps["adamw"]
    assert max(steps[name] for name in ("adam", "rmsprop", "adadelta")) < 349 / 3


def test_adagrad_slows_down(steps: dict[str, int]) -> None:
    """Its sum of squared slopes only grows, so its rate only falls."""
    assert steps["adagrad"] > 349


@pytest.mark.slow
def test_optimizers_on_the_same_network(run: Callable[..., list[Epoch]]) -> None:
    """As given, without the one that takes an image a step."""
    loss = {name: run(name)[-1].train_loss for name in recipes.optimizers() if name != "stochastic_gradient_descent"}
    assert max(loss, key=loss.__getitem__) == "batch_gradient_descent"
    assert loss["momentum"] < 0.5 * loss["mini_batch_gradient_descent"]
    assert loss["nesterov"] < 0.5 * loss["mini_batch_gradient_descent"]
