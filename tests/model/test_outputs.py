"""Codes: what the last layer with weights receives, against that layer computed by hand from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neocog import zoo
from neocog.build import build
from neocog.data import Preprocessing
from neocog.model import Model, codes, logits, penultimate, seen, weights_of
from neocog.network import Add, Conv, Dense, Dropout, Flatten, GlobalAvgPool, Graph, Network, Node, ReLU

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 3, 12, 12), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("lenet5", "tanh4"),
        ("perceptron", "flatten1"),
        ("alexnet", "dropout2"),
        ("vgg16", "dropout2"),
        ("resnet18", "pool2"),
        ("densenet121", "pool2"),
        ("squeezenet1_1", "dropout1"),
    ],
)
def test_the_code_is_what_the_last_layer_with_weights_receives(name: str, path: str) -> None:
    assert penultimate(zoo.get(name).build()) == path


def test_the_last_layer_makes_the_logits_of_the_codes(small: Model) -> None:
    found = codes(small, IMAGES)
    assert found.shape == (10, 4 * 3 * 3)
    assert found.dtype == np.float32
    again = found @ small.weights["dense1.weight"].numpy().T + small.weights["dense1.bias"].numpy()
    np.testing.assert_allclose(again, logits(small.module(), IMAGES, small.preprocessing), rtol=1e-4, atol=1e-5)


def test_one_pass_gives_the_same_bits_as_two(small: Model) -> None:
    both = seen(small, IMAGES)
    np.testing.assert_array_equal(both.logits, logits(small.module(), IMAGES, small.preprocessing))
    np.testing.assert_array_equal(both.codes, codes(small, IMAGES))


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_the_batch_size_does_not_matter(small: Model, batch: int) -> None:
    np.testing.assert_allclose(codes(small, IMAGES, batch=batch), codes(small, IMAGES), rtol=1e-5, atol=1e-6)


def test_the_module_keeps_its_mode(small: Model) -> None:
    module = small.module().train()
    np.testing.assert_array_equal(codes(small, IMAGES, module), codes(small, IMAGES))
    assert module.training


def test_the_code_of_a_map_is_its_mean_over_the_places(small: Model) -> None:
    network = Network((3, 12, 12), (Conv(5, 3), ReLU(), Dropout(0.5), Conv(3, 1), GlobalAvgPool(), Flatten()))
    model = replace(small, network=network, weights=weights_of(build(network)))
    both = seen(model, IMAGES)
    found, code = both.logits, both.codes
    assert code.shape == (10, 5)
    weight, bias = model.weights["conv2.weight"].flatten(1), model.weights["conv2.bias"]
    np.testing.assert_allclose(found, torch.from_numpy(code) @ weight.T + bias, rtol=1e-4, atol=1e-5)


def test_the_code_of_a_single_layer_is_its_input() -> None:
    network = Network((4,), (Dense(2),))
    assert penultimate(network) == ""
    network = Network((1, 2, 2), (Conv(2, 2), Flatten()))
    preprocessing = Preprocessing(size=(2, 2), channels=1)
    model = Model(network=network, weights=weights_of(build(network)), classes=("a", "b"), preprocessing=preprocessing)
    white = np.full((3, 1, 2, 2), 255, np.uint8)
    np.testing.assert_array_equal(codes(model, white), np.ones((3, 4), np.float32))


def test_a_sum_after_the_last_weights_is_the_code() -> None:
    heads = Graph(Node("a", Dense(2)), Node("b", Dense(2), inputs=("input",)), Node("sum", Add(), inputs=("a", "b")))
    assert penultimate(Network((4,), (heads,))) == "sum"
