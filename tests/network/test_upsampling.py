"""The layers that enlarge and join maps: shape, parameters and MACs are torch's, and misfits are told with the sum."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Graph,
    MaxPool,
    Network,
    Node,
    Unpool,
    Upsample,
    cost,
    shapes,
    walk,
)


@settings(deadline=None, max_examples=60)
@given(
    sides=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    groups=st.sampled_from([1, 2]),
    size=st.one_of(st.integers(1, 5), st.tuples(st.integers(1, 5), st.integers(1, 5))),
    stride=st.integers(1, 4),
    pad=st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 2), st.integers(0, 2))),
    dilation=st.integers(1, 3),
    extra=st.integers(0, 3),
    bias=st.booleans(),
)
def test_a_transposed_convolution_counts_as_torchs(sides, groups, size, stride, pad, dilation, extra, bias):
    layer = ConvTranspose(6, size, stride, pad, dilation, groups, bias, extra)
    network = Network((4, *sides), (layer,))
    module = nn.ConvTranspose2d(4, 6, size, stride, pad, extra, groups, bias, dilation)
    if extra >= max(stride, dilation):
        with pytest.raises(ShapeError, match=r"extra must be less than the stride or the dilation|pad by at most"):
            walk(network)
        return
    with FlopCounterMode(display=False) as counter:
        try:
            output = module(torch.zeros(1, 4, *sides))
        except RuntimeError:  # a side below 0
            output = torch.zeros(0)
    if not output.numel():
        with pytest.raises(ShapeError, match=r"gives \(.* = -?\d+; pad by at most"):
            walk(network)
        return
    assert shapes(network)["up1"] == tuple(output.shape[1:])
    assert cost(network).params == sum(weight.numel() for weight in module.parameters())
    assert 2 * cost(network).macs == counter.get_total_flops()


@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(1, 2))
def test_it_leads_back_to_every_side_that_a_convolution_came_from(side, size, stride, pad, dilation):
    """`extra` tells apart the sides that one convolution leads to the same."""
    layer = Conv(1, size, stride=stride, pad=pad, dilation=dilation, fit="floor")
    try:
        (there,) = shapes(Network((1, side), (layer,))).values()
    except ShapeError:
        return
    extra = (side + 2 * pad - dilation * (size - 1) - 1) % stride
    back = ConvTranspose(1, size, stride=stride, pad=pad, dilation=dilation, extra=extra)
    assert shapes(Network(there, (back,)))["up1"] == (1, side)


@pytest.mark.parametrize(("shape", "scale"), [((3, 4), 3), ((3, 4, 5), 2), ((3, 4, 5), (2, 3)), ((2, 2, 3, 4), 2)])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_upsampling_multiplies_the_sides_and_costs_nothing(shape, scale, mode):
    network = Network(shape, (Upsample(scale, mode=mode),))
    expected = nn.Upsample(scale_factor=scale)(torch.zeros(1, *shape)).shape[1:]
    assert shapes(network)["upsample1"] == tuple(expected)
    assert (cost(network).params, cost(network).macs) == (0, 0)


def unpooled(pool, unpool, shape=(3, 7, 9)):
    return Network(shape, (Graph(Node("pool", pool), Node("back", unpool, inputs=("pool", "input"))),))


@pytest.mark.parametrize(
    ("pool", "unpool"),
    [
        (MaxPool(2, fit="floor"), Unpool(2)),
        (MaxPool(2, fit="ceil"), Unpool(2)),
        (MaxPool(3, stride=2), Unpool(3, stride=2)),
        (MaxPool((2, 3), fit="floor"), Unpool((2, 3))),
    ],
)
def test_unpooling_gives_the_shape_that_was_pooled(pool, unpool):
    assert shapes(unpooled(pool, unpool))["back"] == (3, 7, 9)
    assert cost(unpooled(pool, unpool)).macs == 0


def cropped(crop, shape=(3, 7, 9)):
    return Network(shape, (Graph(Node("small", Conv(5, 3)), Node("crop", crop, inputs=("input", "small"))),))


@pytest.mark.parametrize(("crop", "begins"), [(Crop(), (1, 1)), (Crop(0), (0, 0)), (Crop((2, 1)), (2, 1))])
def test_a_crop_keeps_its_channels_and_takes_the_others_extents(crop, begins):
    step = walk(cropped(crop))[-1]
    assert step.shape == (3, 5, 7)
    assert tuple(-window.low for window in step.windows) == begins


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Network((3, 4, 4), (ConvTranspose(2, 3, pad=4),)),
         r"`up1`: a map of 4 rows, size 3, stride 1, pad 4 gives \(4 - 1\)\*1 - 2\*4 \+ 3 \+ 0 = -2; pad by at most 2"),
        (Network((3, 4, 4), (ConvTranspose(2, 3, extra=1),)),
         r"`up1`: extra must be less than the stride or the dilation \(1\), got 1; use at most 0"),
        (Network((3, 4, 4), (ConvTranspose(2, 3, groups=2),)), "it reads 3 channels, which 2 groups do not divide"),
        (Network((3,), (ConvTranspose(2, 3),)), "ConvTranspose needs a map"),
        (Network((3,), (Upsample(2),)), "Upsample needs a map"),
        (Network((3, 4, 4), (Upsample((2, 2, 2)),)), "scale .* has 3 numbers for a map of 2 axes"),
        (unpooled(MaxPool(3, stride=2), Unpool(4)),
         "it spreads 3x3x4 over 3x7x9, which no max pool of size 4 and stride 4 leads to; give it that pool's"),
        (unpooled(Conv(4, 2, stride=2, fit="floor"), Unpool(2)), "it spreads 4x3x4 over 3x7x9"),
        (Network((3, 8, 8), (Graph(Node("same", Unpool(2), inputs=("input", "input", "input"))),)),
         "Unpool reads two maps of as many axes, got 3x8x8 and 3x8x8 and 3x8x8; give it both, the one to change first"),
        (cropped(Crop(3)), "must cut 5 of 7 rows from 3 on, which are not there; begin at 2 at most"),
        (Network((3, 4, 4), (Graph(Node("large", Upsample(2)), Node("c", Crop(), inputs=("input", "large"))),)),
         "must cut 8 of 4 rows, which are not there; give it a larger map first"),
    ],
)  # fmt: skip
def test_misfits_are_told(network, message):
    with pytest.raises(ShapeError, match=message):
        walk(network)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ConvTranspose(2, 3, pad="same"),
            "`pad` of ConvTranspose must be a whole number of at least 0, or",
        ),
        (lambda: ConvTranspose(2, 3, extra=-1), "`extra` of ConvTranspose must be a whole number of at least 0"),
        (lambda: Upsample(2, mode="cubic"), '`mode` of Upsample must be one of "nearest", "bilinear", got .cubic.'),
        (lambda: Crop((1, -1)), "`offset` of Crop must be a whole number of at least 0, or one for each axis"),
    ],
)
def test_fields_are_checked(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_they_stand_in_graphs_only():
    with pytest.raises(NetworkError, match=r"`crop1` \(Crop\) reads 1 input; give it two or more in a Graph"):
        walk(Network((3, 8, 8), (Crop(),)))
    assert Concat().merges and Unpool(2).merges
