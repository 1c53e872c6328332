"""Each layer's shape and count against torch's own, and against the lecture's figures."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from neocog.core.errors import ShapeError
from neocog.network import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Network,
    PadChannels,
    ReLU,
    Softmax,
    cost,
    shapes,
    walk,
)

CASES = [
    (Conv(6, 3), (4, 9, 9), nn.Conv2d(4, 6, 3)),
    (Conv(6, 3, stride=2, pad=1, bias=False), (4, 9, 9), nn.Conv2d(4, 6, 3, 2, 1, bias=False)),
    (Conv(6, (3, 5), stride=(2, 1), pad=(1, 0), dilation=(1, 2), groups=2), (4, 9, 11),
     nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 0), (1, 2), 2)),
    (Conv(8, 4, stride=2), (3, 12), nn.Conv1d(3, 8, 4, 2)),
    (MaxPool(2), (3, 8, 8), nn.MaxPool2d(2)),
    (MaxPool(3, stride=2, pad=1, fit="ceil"), (3, 8, 8), nn.MaxPool2d(3, 2, 1, ceil_mode=True)),
    (AvgPool(2), (3, 8, 8), nn.AvgPool2d(2)),
    (GlobalAvgPool(), (3, 8, 8), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),
    (Flatten(), (3, 8, 8), nn.Flatten()),
    (Dense(7), (5,), nn.Linear(5, 7)),
    (Dense(7, bias=False), (5,), nn.Linear(5, 7, bias=False)),
    (Dropout(), (5,), nn.Dropout()),
    (BatchNorm(), (3, 4, 4), nn.BatchNorm2d(3)),
    (LayerNorm(), (5,), nn.LayerNorm(5)),
    (LayerNorm(), (3, 4, 4), nn.GroupNorm(1, 3)),
    (LocalResponseNorm(), (3, 4, 4), nn.LocalResponseNorm(5)),
    (Softmax(), (5,), nn.Softmax(1)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "module"), CASES, ids=lambda part: type(part).__name__)
def test_shape_parameters_and_macs_are_torchs(layer, shape, module):
    (step,) = walk(Network(shape, (layer,)))
    with FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(2, *shape))
    assert tuple(output.shape[1:]) == step.shape
    assert sum(weight.numel() for weight in module.parameters()) == layer.params(step.received).total
    assert counter.get_total_flops() == 2 * 2 * layer.macs(step.received, step.shape).total


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_convolution_counts(inward, outward, groups, size, bias):
    layer = Conv(outward * groups, size, groups=groups, bias=bias)
    module = nn.Conv2d(inward * groups, outward * groups, size, groups=groups, bias=bias)
    assert layer.params(((inward * groups, 5, 5),)).total == sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(
    ("shape", "layer", "output", "params"),
    [
        ((3, 32, 32), Conv(20, 5, pad=2), (20, 32, 32), 1_500 + 20),
        ((3, 32, 32), Conv(6, 3), (6, 30, 30), 162 + 6),
        ((3, 5, 5), Conv(2, 3, stride=2, pad=1), (2, 3, 3), 54 + 2),
        ((3 * 32 * 32,), Dense(1), (1,), 3_072 + 1),
        ((3 * 200 * 200,), Dense(1), (1,), 120_000 + 1),
        ((1, 200, 200), Conv(10, 10, bias=False), (10, 191, 191), 1_000),
    ],
)
def test_lecture_counts(shape, layer, output, params):
    network = Network(shape, (layer,))
    assert list(shapes(network).values()) == [output]
    assert cost(network).params == params


def test_a_layer_scale_has_a_number_a_channel():
    assert cost(Network((7, 4, 4), (LayerScale(),))).params == 7


def test_one_large_filter_costs_more_than_three_small_ones():
    small = cost(Network((4, 9, 9), tuple(Conv(4, 3, bias=False) for _ in range(3)))).params
    large = cost(Network((4, 9, 9), (Conv(4, 7, bias=False),))).params
    assert (small, large) == (27 * 16, 49 * 16)


def test_activations_are_the_elements_of_every_output():
    network = Network((1, 8, 8), (Conv(2, 3), ReLU(), Flatten(), Dense(5)))
    assert cost(network).activations == sum(math.prod(shape) for shape in shapes(network).values()) == 72 + 72 + 72 + 5


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        ((4, 9, 9), Dense(3), r"layer `dense1`: Dense reads features, got a 4x9x9 map; put Flatten\(\)"),
        ((5,), Conv(2, 3), r"layer `conv1`: Conv needs a map of \(channels, height, width\), got 5 features; put"),
        ((5,), GlobalAvgPool(), "GlobalAvgPool needs a map"),
        ((5,), LocalResponseNorm(), "LocalResponseNorm needs a map"),
        ((6, 9, 9), Conv(8, 3, groups=4), "it reads 6 channels, which 4 groups do not divide; use groups=2"),
        ((8, 9, 9), PadChannels(6), "it pads to 6 channels and gets 8 already; give it at least 8"),
        ((8, 9, 9), Conv(6, 3, groups=4), "it gives 6 channels, which 4 groups do not divide; use groups=2"),
    ],
)  # fmt: skip
def test_misfits_name_the_layer(shape, layer, message):
    with pytest.raises(ShapeError, match=message):
        walk(Network(shape, (layer,)))
