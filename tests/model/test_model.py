"""A model refuses parts that do not fit, and its module is the network with exactly these weights."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from neocog.build import build
from neocog.core.errors import ModelFileError
from neocog.data import Preprocessing
from neocog.data.spectrogram import Spectrogram
from neocog.model import Model, Scale, weights_of
from neocog.network import Conv, Dense, Flatten, Graph, Network, Node

PREPROCESSING = Preprocessing(size=(12, 12), channels=3)


def test_module_computes_what_the_weights_came_from(small: Model) -> None:
    original = build(small.network, seed=3)
    images = torch.rand(8, 3, 12, 12)
    original(images)  # moves the running statistics of the normalization
    original.eval()
    module = replace(small, weights=weights_of(original)).module()
    assert not module.training
    with torch.no_grad():
        assert torch.equal(module(images), original(images))


def test_weights_are_a_copy_without_counters(small: Model) -> None:
    module = build(small.network).double()
    weights = weights_of(module)
    assert not any(name.endswith("num_batches_tracked") for name in weights)
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}
    before = weights["dense1.bias"].clone()
    with torch.no_grad():
        module.get_parameter("dense1.bias").add_(1)
    assert torch.equal(weights["dense1.bias"], before)


def test_training_a_module_leaves_the_model(small: Model) -> None:
    before = small.weights["dense1.bias"].clone()
    with torch.no_grad():
        small.module().get_parameter("dense1.bias").add_(1)
    assert torch.equal(small.weights["dense1.bias"], before)


def test_temperature(small: Model) -> None:
    assert small.temperature == 1.5
    assert replace(small, calibration=None).temperature == 1.0
    assert replace(small, calibration={"method": "none"}).temperature == 1.0


def heard(**choices: Any) -> Preprocessing:
    """A preprocessing of sounds with something wrong."""
    return replace(PREPROCESSING, sound=Spectrogram(**({"frames": 12, "bands": 12} | choices)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ()}, "its classes must be one or more names, none of them empty; the model is damaged"),
        ({"classes": ("a", "", "c")}, "none of them empty"),
        ({"classes": ("a", "b", "a")}, "its classes must differ from each other, got 'a' twice"),
        ({"classes": ("a", "b")}, r"its network must end in 2 numbers, one a class, got \(3,\)"),
        ({"task": "number"}, "its scale must be that of numbers, its task is 'number'"),
        ({"scale": Scale(mean=(0.0,), deviation=(1.0,))}, "its scale must be that of numbers, its task is 'class'"),
        (
            {"task": "number", "scale": Scale(mean=(0.0,), deviation=(1.0,))},
            "its scale's mean must be 3 numbers, got 1",
        ),
        (
            {"task": "number", "scale": Scale(mean=(0.0,) * 3, deviation=(1.0, 0.0, 1.0))},
            "its scale's deviation must be positive",
        ),
        (
            {"task": "number", "scale": Scale(mean=(float("nan"),) * 3, deviation=(1.0,) * 3)},
            "the scale of its numbers must be finite, its mean is",
        ),
        ({"groups": (("kind", ("a", "x")),)}, r"its groups must be of its labels, got \['a', 'x'\]"),
        ({"calibration": {"thresholds": [0.5]}}, "the thresholds of its calibration must be 3 numbers of 0 to 1"),
        ({"calibration": {"half_width": [-1.0, None, 2.0]}}, "the half_width of its calibration must be 3 numbers"),
        ({"threshold": 1.2}, "its threshold must lie between 0 and 1, got 1.2"),
        ({"threshold": float("nan")}, "its threshold must lie between 0 and 1, got nan"),
        (
            {"calibration": {"temperature": 0.0}},
            "the temperature of its calibration must be a positive number, got 0.0",
        ),
        ({"calibration": {"temperature": "hot"}}, "must be a positive number, got 'hot'"),
        ({"calibration": {"temperature": float("nan")}}, "must be a positive number, got nan"),
        ({"preprocessing": replace(PREPROCESSING, size=(0, 12))}, r"its size must be 1 to 8192 pixels, got \(0, 12\)"),
        ({"preprocessing": replace(PREPROCESSING, size=(9000, 12))}, "its size must be 1 to 8192 pixels"),
        (
            {"preprocessing": replace(PREPROCESSING, size=(12, 13))},
            r"its preprocessing gives \(3, 12, 13\) and its network takes \(3, 12, 12\)",
        ),
        ({"preprocessing": replace(PREPROCESSING, channels=1)}, r"gives \(1, 12, 12\) and its network takes"),
        ({"preprocessing": replace(PREPROCESSING, border=6)}, "its border must leave room for the image, got 6"),
        ({"preprocessing": replace(PREPROCESSING, border=-1)}, "its border must leave room for the image, got -1"),
        ({"preprocessing": replace(PREPROCESSING, short=11)}, "its short side must be 12 to 8192 pixels, got 11"),
        ({"preprocessing": replace(PREPROCESSING, short=9000)}, "its short side must be 12 to 8192 pixels, got 9000"),
        (
            {"preprocessing": replace(PREPROCESSING, short=12, resize="pad")},
            "its short side is for `crop`, got it with 'pad'",
        ),
        (
            {
                "network": Network((3, 33, 33), (Flatten(), Dense(3))),
                "preprocessing": replace(PREPROCESSING, size=(33, 33), normalize="zca"),
            },
            "its whitening must be of at most 3,072 numbers an image, got 3,267",
        ),
        (
            {"preprocessing": replace(PREPROCESSING, sound=Spectrogram(frames=12))},
            r"its sounds become \(40, 12\), its size is \(12, 12\)",
        ),
        ({"preprocessing": heard(rate=10)}, "its sounds must have 1,000 samples a second or more, got 10"),
        ({"preprocessing": heard(hop=0.0)}, "its window, hop and span must be positive, got"),
        ({"preprocessing": heard(bands=2000, coefficients=12)}, "its bands must be 1 to 1024, got 2000"),
        (
            {"preprocessing": heard(bands=8, coefficients=12)},
            "its coefficients must be as many as its bands at most",
        ),
        ({"preprocessing": replace(PREPROCESSING, mean=(0.1, 0.2))}, "its mean must be 1 or 3 numbers, got 2"),
        ({"preprocessing": replace(PREPROCESSING, deviation=())}, "its deviation must be 1 or 3 numbers, got 0"),
        ({"preprocessing": replace(PREPROCESSING, mean=(float("inf"),))}, "its mean must be finite, got"),
        ({"preprocessing": replace(PREPROCESSING, deviation=(0.0,))}, "its deviation must be positive"),
    ],
)
def test_parts_that_do_not_fit(small: Model, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        replace(small, **changes)


def test_a_network_that_cannot_be(small: Model) -> None:
    with pytest.raises(ModelFileError, match=r"its network cannot be: layer `conv1`: a 12x12 map, size 99"):
        replace(small, network=Network((3, 12, 12), (Conv(3, 99), Flatten(), Dense(3))))


def test_several_outputs(small: Model) -> None:
    heads = Graph(Node("flat", Flatten()), Node("one", Dense(3)), Node("two", Dense(3), "flat"), outputs=("one", "two"))
    with pytest.raises(ModelFileError, match="its network must have one output, got one, two"):
        replace(small, network=Network((3, 12, 12), (heads,)))


def test_weights_of_another_network(small: Model) -> None:
    other = dict(small.weights)
    del other["dense1.bias"]
    with pytest.raises(ModelFileError, match=r"dense1\.bias is missing"):
        replace(small, weights=other).module()
    other = {**small.weights, "dense1.weight": torch.zeros(4, 36), "dense1.bias": torch.zeros(4)}
    with pytest.raises(ModelFileError, match="the weights do not fit the network's last layer `dense1`"):
        replace(small, weights=other).module()
