"""Two classes by one number: the same as a sigmoid and its cross-entropy, from training to the model file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from neocog.core import config
from neocog.core.errors import NetworkError
from neocog.data import load
from neocog.model import predict
from neocog.network import Dense, Flatten, Network, PadChannels, Sigmoid
from neocog.train import Recipe, fit
from neocog.train.one_output import two_logits


def test_the_softmax_of_both_is_the_sigmoid_of_one() -> None:
    numbers = torch.linspace(-4, 4, 9)[:, None]
    both = functional.pad(numbers, (0, 1))
    assert torch.allclose(both.softmax(1)[:, 0], numbers[:, 0].sigmoid())
    first = torch.tensor([0, 1, 0, 1, 0, 1, 0, 1, 0])
    assert torch.allclose(
        functional.cross_entropy(both, first),
        functional.binary_cross_entropy_with_logits(numbers[:, 0], (first == 0).float()),
    )


def test_networks_that_stay_as_they_are() -> None:
    one, two = (Network((1, 4, 4), (Flatten(), Dense(count))) for count in (1, 2))
    assert two_logits(two, 2) == two
    assert two_logits(one, 3) == one
    assert two_logits(one, 2).layers[-1] == PadChannels(2)
    with pytest.raises(
        NetworkError, match=r"must end in the number before the sigmoid, got `sigmoid1` at its end; lea"
    ):
        two_logits(Network((1, 4, 4), (Flatten(), Dense(1), Sigmoid())), 2)


def test_a_run_with_one_output(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    kinds = random.integers(0, 2, 120)
    images = (random.integers(0, 90, (120, 4, 4)) + 120 * kinds[:, None, None]).astype(np.uint8)
    np.savez(tmp_path / "two.npz", x=images, y=kinds)
    (tmp_path / "one.network").write_text("Network(input=(1, 4, 4), layers=(Flatten(), Dense(1)))")
    asked = {"data.path": str(tmp_path / "two.npz"), "net": str(tmp_path / "one.network"), "epochs": "20"}
    recipe = config.override(
        Recipe(), asked | {"optimizer.rate": "0.1", "compute.device": "cpu", "compute.threads": "1"}
    )
    data = load(recipe.data)
    model = fit(recipe, data)
    assert model.network.layers[-1] == PadChannels(2)
    assert set(model.weights) == {"dense1.weight", "dense1.bias"}
    rows = data.rows("test")
    said = predict(model, images[rows][:, None])
    right = [max(range(2), key=lambda place: each.probabilities[place]) for each in said] == data.targets(rows)
    assert np.mean(right) > 0.9
