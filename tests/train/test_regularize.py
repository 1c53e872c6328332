"""Penalties and limits against hand calculations."""

import pytest
import torch
from torch import nn

from neocog.train.recipe import Regularize
from neocog.train.regularize import ActivationPenalty, cut_norms, weight_penalty


def layer(values: list[list[float]]) -> nn.Linear:
    made = nn.Linear(len(values[0]), len(values))
    with torch.no_grad():
        made.weight.copy_(torch.tensor(values))
        made.bias.fill_(9.0)
    return made


def test_penalties_of_the_lectures_weights() -> None:
    """[1, 0, 0, 0] against [.25, .25, .25, .25]: L2 1 and 0.25, L1 both 1; biases do not count."""
    peaked, spread = layer([[1.0, 0, 0, 0]]), layer([[0.25] * 4])
    assert [weight_penalty(each, Regularize(l2=1.0)).item() for each in (peaked, spread)] == [1, 0.25]
    assert [weight_penalty(each, Regularize(l1=1.0)).item() for each in (peaked, spread)] == [1, 1]
    assert weight_penalty(spread, Regularize(l1=0.5, l2=2.0)).item() == pytest.approx(0.5 * 1 + 2.0 * 0.25)
    assert weight_penalty(spread, Regularize()) == 0


def test_frozen_weights_are_not_penalized() -> None:
    frozen = layer([[1.0, 2.0]]).requires_grad_(False)
    assert weight_penalty(frozen, Regularize(l1=1.0)) == 0


def test_only_units_beyond_the_limit_are_cut() -> None:
    made = layer([[3.0, 4.0], [0.3, 0.4]])
    cut_norms(made, 1.0)
    assert torch.allclose(made.weight, torch.tensor([[0.6, 0.8], [0.3, 0.4]]), atol=1e-6)
    assert made.bias.tolist() == [9, 9]


def test_activations_are_penalized_after_each_activation_layer() -> None:
    model = nn.Sequential(layer([[1.0], [-1.0]]), nn.ReLU(), layer([[1.0, 1.0]]), nn.Tanh())
    with torch.no_grad():
        model[0].bias.zero_()
        model[2].bias.zero_()
    penalty = ActivationPenalty(Regularize(activation_l1=0.5, activation_l2=2.0))
    with penalty.watching(model):
        model(torch.tensor([[1.0], [-3.0]]))
    tanhs = [torch.tanh(torch.tensor(x)).item() for x in (1.0, 3.0)]
    first, second = (1 + 3) / 2, sum(tanhs) / 2
    squares = (1 + 9) / 2 + sum(x**2 for x in tanhs) / 2
    assert isinstance(penalty.total, torch.Tensor)
    assert penalty.total.item() == pytest.approx(0.5 * (first + second) + 2.0 * squares)
    assert not any(module._forward_hooks for module in model.modules())


def test_without_a_penalty_nothing_is_hooked() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with ActivationPenalty(Regularize()).watching(model):
        assert not any(module._forward_hooks for module in model.modules())
