"""Where a network is probed, and how far data are from what its normalization remembers."""

import numpy as np
import pytest
import torch
from torch import nn

from neocog import zoo
from neocog.build import build, cuts, tapped
from neocog.core.errors import NetworkError
from neocog.network import BatchNorm, Conv, Dense, Flatten, Network, ReLU
from neocog.transfer import depths, shift
from neocog.transfer.shift import norm_inputs

NETS = {
    "squeezenet1_1": ("fire1", "fire2", "fire3", "fire5", "fire7", "fire8"),
    "resnet18": ("relu1", "stage1", "stage2", "stage3", "stage4"),
    "vgg11": ("relu2", "relu3", "relu5", "relu7", "relu8", "relu10"),
    "lenet5": ("tanh1", "tanh2", "tanh3", "tanh4"),
}


@pytest.mark.parametrize("name", NETS)
def test_depths_are_ends_of_parts_before_the_last_layer(name: str) -> None:
    module = build(zoo.network(name), device="meta")
    assert depths(module) == NETS[name]
    assert set(depths(module)) <= set(cuts(module))


def test_a_network_of_one_layer_has_no_depth() -> None:
    with pytest.raises(
        NetworkError, match="has no layer before its last one to take codes from; take a deeper network"
    ):
        depths(build(zoo.network("perceptron")))


def test_data_of_the_same_kind_are_not_shifted() -> None:
    """The oracle is torch's own update: after a pass in training mode the running mean is that of the batch."""
    network = Network(
        (1, 6, 6), (Conv(3, 3), BatchNorm(), ReLU(), Conv(4, 3), BatchNorm(), ReLU(), Flatten(), Dense(2))
    )
    module, images = build(network, seed=1), torch.rand(64, 1, 6, 6)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    module(images)
    norms = norm_inputs(module)
    assert list(norms) == ["conv1", "conv2"]
    seen = {
        path: found.detach().mean(dim=(2, 3)).numpy() for path, found in tapped(module, list(norms))(images).items()
    }
    assert shift(seen, norms) == pytest.approx(0, abs=1e-4)
    moved = {
        path: codes + 2.0 * np.sqrt(norms[path].running_var.numpy() + 1e-5)  # type: ignore[operator, union-attr]
        for path, codes in seen.items()
    }
    assert shift(moved, norms) == pytest.approx(2, abs=1e-3)


def test_many_normalizations_are_asked_evenly() -> None:
    norms = norm_inputs(build(zoo.network("mobilenet_v1_075"), device="meta"))
    assert len(norms) == 8
    assert next(iter(norms)) == "conv1"


def test_without_normalization_nothing_is_known() -> None:
    module = build(zoo.network("squeezenet1_1"), device="meta")
    assert norm_inputs(module) == {}
    assert shift({}, {}) is None
