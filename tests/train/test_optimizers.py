"""Optimizers against hand calculations."""

import pytest
import torch
from torch import nn

from neocog.build import build
from neocog.core.errors import RecipeError
from neocog.network import BatchNorm, Conv, Dense, Flatten, Network, ReLU, Sequence
from neocog.train.optimizers import freeze_statistics, make_optimizer, rate_shares, set_rate
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


RATE, SLOPES = 0.1, [2.0, -3.0, 0.5]


def by_hand(name: str) -> float:
    """The weight after three steps from 1, from the papers' formulas with torch's place for eps."""
    x, first, second, change = 1.0, 0.0, 0.0, 0.0
    for step, slope in enumerate(SLOPES, 1):
        match name:
            case "adam":
                first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
                x -= RATE * (first / (1 - 0.9**step)) / ((second / (1 - 0.999**step)) ** 0.5 + 1e-8)
            case "rmsprop":
                second = 0.9 * second + 0.1 * slope**2
                x -= RATE * slope / (second**0.5 + 1e-8)
            case "adagrad":
                second += slope**2
                x -= RATE * slope / (second**0.5 + 1e-8)
            case "adadelta":
                second = 0.9 * second + 0.1 * slope**2
                delta = (change + 1e-6) ** 0.5 / (second + 1e-6) ** 0.5 * slope
                change = 0.9 * change + 0.1 * delta**2
                x -= RATE * delta
    return x


@pytest.mark.parametrize("name", ["adam", "rmsprop", "adagrad", "adadelta"])
def test_three_steps_by_hand(name: str) -> None:
    choice = Optimizer(name=name, rate=RATE, weight_decay=0.0)  # type: ignore[arg-type]
    assert stepped(choice, SLOPES) == pytest.approx(by_hand(name), rel=1e-5)


NETWORK = Network(
    input=(1, 6, 6),
    layers=(
        Sequence(Conv(2, 3), BatchNorm(), ReLU(), name="stem"),
        Sequence(Conv(2, 3), BatchNorm(), ReLU(), name="body"),
        Flatten(),
        Dense(3),
    ),
)


def shares(choice: Optimizer) -> dict[str, float]:
    module = build(NETWORK)
    found = rate_shares(module, choice)
    return {name: round(found[parameter], 6) for name, parameter in module.named_parameters()}


def test_layers_learn_at_their_own_rates() -> None:
    found = shares(Optimizer(rates=(("stem", 0.5), ("stem.conv1", 0.1)), layer_decay=0.5))
    assert found["dense1.weight"] == found["dense1.bias"] == 1
    assert found["body.norm1.weight"] == 0.5
    assert found["body.conv1.weight"] == 0.25
    assert found["stem.norm1.bias"] == 0.125 * 0.5
    assert found["stem.conv1.weight"] == 0.0625 * 0.5 * 0.1


def test_frozen_layers_keep_weights_and_statistics() -> None:
    module = build(NETWORK)
    choice = Optimizer(name="sgd", rate=0.1, weight_decay=0.1, freeze="stem", rates=(("body.norm1", 0.0),))
    optimizer = make_optimizer(module, choice)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    module.train()
    freeze_statistics(module)
    module(torch.randn(4, 1, 6, 6)).square().mean().backward()
    optimizer.step()
    changed = {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"body.conv1.weight", "body.conv1.bias", "dense1.weight", "dense1.bias"}


def test_a_layer_without_weights_may_end_what_is_frozen() -> None:
    assert {name for name, share in shares(Optimizer(freeze="flatten1")).items() if share} == {
        "dense1.weight",
        "dense1.bias",
    }


@pytest.mark.parametrize(
    ("choice", "match"),
    [
        (Optimizer(freeze="steam"), "optimizer.freeze names 'steam', which is no layer; did you mean 'stem'"),
        (Optimizer(rates=(("boddy", 0.1),)), "optimizer.rates names 'boddy', which is no layer; did you mean 'body'"),
        (Optimizer(freeze="dense1", rate=0.1, weight_decay=0.0), "every layer is frozen, and one at least must learn;"),
    ],
)
def test_what_cannot_be_frozen_is_refused(choice: Optimizer, match: str) -> None:
    with pytest.raises(RecipeError, match=match):
        make_optimizer(build(NETWORK), choice) if choice.rate != "auto" else rate_shares(build(NETWORK), choice)
