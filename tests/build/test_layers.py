"""Every leaf: what the network predicts is what torch does, whatever its fields."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from neocog.build import build
from neocog.build.layers import MODULES
from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    GELU,
    LAYERS,
    Add,
    Affine,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Dropout,
    Embedding,
    Fit,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Graph,
    Identity,
    Layer,
    LayerNorm,
    LayerScale,
    Leaf,
    LeakyReLU,
    LocalResponseNorm,
    Log,
    Maxout,
    MaxPool,
    Network,
    Node,
    PadChannels,
    Pool,
    RadialBasis,
    ReLU,
    ReLU6,
    Shape,
    Sigmoid,
    Sign,
    Softmax,
    StochasticDepth,
    SumPool,
    TableConv,
    Tanh,
    Unpool,
    Upsample,
    cost,
    shapes,
)
from neocog.network.checks import Pad, Sides

Measure = Callable[[nn.Module, torch.Tensor], int]

WHOLE = {
    "Conv": Conv(4, 3),
    "MaxPool": MaxPool(2),
    "AvgPool": AvgPool(2),
    "GlobalAvgPool": GlobalAvgPool(),
    "Flatten": Flatten(),
    "Dense": Dense(5),
    "Dropout": Dropout(0.3),
    "BatchNorm": BatchNorm(),
    "LayerNorm": LayerNorm(),
    "LayerScale": LayerScale(),
    "StochasticDepth": StochasticDepth(0.2),
    "LocalResponseNorm": LocalResponseNorm(3),
    "Identity": Identity(),
    "ReLU": ReLU(),
    "ReLU6": ReLU6(),
    "GELU": GELU(),
    "LeakyReLU": LeakyReLU(0.2),
    "Sigmoid": Sigmoid(),
    "Tanh": Tanh(),
    "Softmax": Softmax(),
    "Log": Log(),
    "Sign": Sign(),
    "PadChannels": PadChannels(9),
    "Add": Graph(Node("twice", Add(), inputs=("input", "input"))),
    "Concat": Graph(Node("twice", Concat(), inputs=("input", "input"))),
    "SumPool": SumPool(2),
    "GlobalMaxPool": GlobalMaxPool(),
    "Maxout": Maxout(2),
    "Affine": Affine(),
    "TableConv": TableConv(((0, 1), (1,), (0,)), 3),
    "RadialBasis": RadialBasis(("011010", "100111")),
    "Embedding": Embedding(5),
    "ConvTranspose": ConvTranspose(4, 3, stride=2),
    "Upsample": Upsample(2),
    "Unpool": Graph(Node("pool", MaxPool(2)), Node("back", Unpool(2), inputs=("pool", "input"))),
    "Crop": Graph(Node("small", MaxPool(2)), Node("crop", Crop(), inputs=("input", "small"))),
}
INPUTS: dict[int, Shape] = {1: (6,), 2: (6, 8), 3: (6, 8, 10), 4: (2, 4, 6, 4)}


def agree(network: Network, measured_macs: Measure, device: str = "cpu") -> torch.Tensor:
    """Build, run, and hold shape, parameters and MACs against the prediction; gives the output."""
    model = build(network, device=device).eval()
    x = torch.randn(1, *network.input) if device == "cpu" else torch.empty(1, *network.input, device=device)
    output = model(x)
    predicted = cost(network)
    assert tuple(output.shape[1:]) == list(shapes(network).values())[-1]
    assert sum(parameter.numel() for parameter in model.parameters()) == predicted.params
    assert measured_macs(model, x) == predicted.macs
    assert torch.equal(torch.fx.symbolic_trace(model)(x), output) or device == "meta"
    return output


def test_every_leaf_can_be_built() -> None:
    leaves = {name for name in LAYERS if issubclass(LAYERS[name], Leaf)}
    assert set(MODULES) - {"Timm"} == leaves == set(WHOLE), "test_timm.py holds what an extension adds"


def test_an_unknown_leaf_is_named() -> None:
    with pytest.raises(NetworkError, match=r"unknown layer to build 'Cnov'; did you mean 'Conv'\?"):
        MODULES["Cnov"]


@pytest.mark.parametrize("axes", [1, 2, 3, 4])
@pytest.mark.parametrize("name", list(WHOLE))
def test_leaves_agree_for_every_rank(name: str, axes: int, measured_macs: Measure) -> None:
    mapped = {"Conv", "MaxPool", "AvgPool", "GlobalAvgPool", "LocalResponseNorm", "SumPool", "GlobalMaxPool",
              "TableConv", "ConvTranspose", "Upsample", "Unpool", "Crop"}  # fmt: skip
    if (name in mapped and axes == 1) or (name in {"Dense", "RadialBasis"} and axes > 1):
        with pytest.raises(ShapeError, match=r"needs a map|reads features|its codes have 6 digits"):
            build(Network(INPUTS[axes], (WHOLE[name],)))
        return
    if name == "Embedding":
        with pytest.raises(NetworkError, match="reads words, and gets none"):
            build(Network(INPUTS[axes], (WHOLE[name],)))
        return
    agree(Network(INPUTS[axes], (WHOLE[name],)), measured_macs)


SIDES = st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4)))
ENDS = st.tuples(st.integers(0, 3), st.integers(0, 3))
PADS = st.one_of(st.integers(0, 3), ENDS, st.tuples(ENDS, ENDS), st.just("same"))


def fitting(shape: Shape, layer: Layer) -> Network:
    """A network of that one layer, where it fits."""
    network = Network(shape, (layer,), fit="floor")
    try:
        shapes(network)
    except ShapeError:
        assume(False)
    return network


@settings(deadline=None, max_examples=150)
@given(
    groups=st.sampled_from([1, 2, 3]),
    multiples=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    sides=st.tuples(st.integers(3, 11), st.integers(3, 11)),
    size=SIDES,
    stride=SIDES,
    pad=PADS,
    dilation=st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    bias=st.booleans(),
)
def test_convolutions_agree_whatever_their_fields(
    measured_macs: Measure,
    groups: int,
    multiples: tuple[int, int],
    sides: tuple[int, int],
    size: Sides,
    stride: Sides,
    pad: Pad,
    dilation: Sides,
    bias: bool,
) -> None:
    shape = (groups * multiples[0], *sides)
    agree(fitting(shape, Conv(groups * multiples[1], size, stride, pad, dilation, groups, bias)), measured_macs)


def pooled(x: NDArray[np.float32], window: tuple[int, ...], kind: str, counts_pad: bool) -> NDArray[np.float32]:
    """The oracle: one row, pooled place by place. `window` is (size, stride, low, high, places)."""
    size, stride, low, high, places = window
    result = []
    for place in range(places):
        reach = range(place * stride - low, place * stride - low + size)
        inside = [float(x[index]) for index in reach if 0 <= index < len(x)]
        padded = [index for index in reach if -low <= index < len(x) + high]
        mean = sum(inside) / (len(padded) if counts_pad else len(inside))
        result.append({"max": max(inside), "sum": sum(inside), "mean": mean}[kind])
    return np.array(result, dtype=np.float32)


@settings(deadline=None, max_examples=300)
@given(
    kind=st.sampled_from(["max", "mean", "sum"]),
    side=st.integers(3, 12),
    size=st.integers(1, 5),
    stride=st.integers(1, 4),
    pad=st.one_of(st.integers(0, 4), st.tuples(ENDS), st.just("same")),
    fit=st.sampled_from(["floor", "ceil"]),
    counts_pad=st.booleans(),
)
def test_pools_agree_with_a_pool_done_by_hand(
    measured_macs: Measure, kind: str, side: int, size: int, stride: int, pad: Pad, fit: Fit, counts_pad: bool
) -> None:
    mean = AvgPool(size, stride, pad, counts_pad, fit=fit)
    layer = {"max": MaxPool(size, stride, pad, fit=fit), "sum": SumPool(size, stride, pad, fit=fit), "mean": mean}[kind]
    network = fitting((1, side), layer)
    (window,) = layer.windows(((1, side),), "floor")
    torch.manual_seed(0)
    agree(network, measured_macs)
    x = torch.randn(1, 1, side)
    expected = pooled(x[0, 0].numpy(), (size, stride, window.low, window.high, window.output), kind, counts_pad)
    np.testing.assert_allclose(build(network)(x)[0, 0].numpy(), expected, rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(
    sides=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    size=SIDES,
    stride=SIDES,
    pad=PADS,
    pool=st.sampled_from([AvgPool, MaxPool, SumPool]),
)
def test_pools_of_two_axes_agree(
    measured_macs: Measure, sides: tuple[int, int], size: Sides, stride: Sides, pad: Pad, pool: type[Pool]
) -> None:
    agree(fitting((2, *sides), pool(size, stride, pad)), measured_macs)


@pytest.mark.parametrize(
    ("side", "size", "stride", "before", "after"), [(6, 3, 2, 0, 1), (5, 2, 1, 0, 1), (7, 4, 3, 1, 2)]
)
def test_same_padding_is_tensorflows(side: int, size: int, stride: int, before: int, after: int) -> None:
    """The padding by TensorFlow's published rule, worked by hand: the odd one goes right and below."""
    model = build(Network((1, side, side), (Conv(1, size, stride=stride, pad="same"),)))
    x = torch.randn(2, 1, side, side)
    padded = F.pad(x, (before, after, before, after))
    expected = F.conv2d(padded, model.conv1.weight, model.conv1.bias, stride=stride)
    assert expected.shape[-1] == math.ceil(side / stride)
    torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_local_response_normalization_is_the_papers(size: int) -> None:
    """Krizhevsky et al. 2012, section 3.3, element by element: the sum runs from i - n/2 to i + n/2."""
    x = torch.randn(1, 7, 2, 2, dtype=torch.float64)
    alpha, beta, k = 0.3, 0.75, 2.0
    given = build(Network((7, 2, 2), (LocalResponseNorm(size, alpha, beta, k),)))(x)
    expected = torch.empty_like(x)
    for channel in range(7):
        low = max(0, channel - size // 2)
        squares = x[:, low : channel - size // 2 + size].square().sum(1)
        expected[:, channel] = x[:, channel] / (k + alpha * squares) ** beta
    torch.testing.assert_close(given, expected)


def test_formulas_of_the_small_ones() -> None:
    x = torch.randn(4, 3, 5, 5)

    def out(layer: Layer) -> torch.Tensor:
        return build(Network((3, 5, 5), (layer,)))(x)

    torch.testing.assert_close(out(GlobalAvgPool()), x.sum((2, 3)) / 25)
    torch.testing.assert_close(out(Softmax()).sum(1), torch.ones(4, 5, 5))
    torch.testing.assert_close(out(LeakyReLU(0.2)), torch.where(x > 0, x, 0.2 * x))
    torch.testing.assert_close(out(Sign()), x / x.abs())
    torch.testing.assert_close(out(WHOLE["Add"]), 2 * x)
    torch.testing.assert_close(out(WHOLE["Concat"]), torch.cat([x, x], 1))
    torch.testing.assert_close(out(PadChannels(5)), torch.cat([x, torch.zeros(4, 2, 5, 5)], 1))
    torch.testing.assert_close(out(ReLU6()), x.clamp(0, 6))
    normal = torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(out(GELU()), x * normal.cdf(x))
    normed = out(BatchNorm())
    torch.testing.assert_close(normed.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(normed.var((0, 2, 3), correction=0), torch.ones(3), atol=1e-3, rtol=0)
    kept = build(Network((50,), (Dropout(0.25),)))(torch.ones(4, 50))
    torch.testing.assert_close(kept.unique(), torch.tensor([0, 4 / 3]))


def test_relu6_stops_at_six() -> None:
    x = torch.tensor([[-1.0, 0.5, 6.0, 7.0]])
    torch.testing.assert_close(build(Network((4,), (ReLU6(),)))(x), torch.tensor([[0.0, 0.5, 6.0, 6.0]]))


@pytest.mark.parametrize("axes", [1, 2, 3, 4])
def test_a_layer_norm_is_over_the_channels_of_each_place(axes: int) -> None:
    shape = INPUTS[axes]
    model = build(Network(shape, (LayerNorm(1e-3),)))
    x = torch.randn(3, *shape)
    with torch.no_grad():
        model.norm1.weight.uniform_(0.5, 2)
        model.norm1.bias.uniform_(-1, 1)
    scale, offset = (part.view(-1, *[1] * (axes - 1)) for part in (model.norm1.weight, model.norm1.bias))
    deviation = (x.var(1, correction=0, keepdim=True) + 1e-3).sqrt()
    torch.testing.assert_close(model(x), (x - x.mean(1, keepdim=True)) / deviation * scale + offset)


def test_a_layer_scale_begins_where_a_rule_says_and_scales_each_channel() -> None:
    network = Network((3, 2, 2), (LayerScale(),))
    x = torch.randn(2, 3, 2, 2)
    torch.testing.assert_close(build(network)(x), x)
    model = build(network, init=[(r"scale1\.weight", "constant(1e-6)")])
    torch.testing.assert_close(model(x), 1e-6 * x)
    model.scale1.weight.data = torch.tensor([1.0, 2.0, 3.0])
    torch.testing.assert_close(model(x), x * torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1))


@pytest.mark.parametrize("axes", [1, 2, 3, 4])
def test_stochastic_depth_drops_whole_samples_in_training_alone(axes: int) -> None:
    model = build(Network(INPUTS[axes], (StochasticDepth(0.25),)))
    x = torch.rand(4000, *INPUTS[axes]) + 1
    kept = model(x).flatten(1) / x.flatten(1)
    torch.testing.assert_close(kept, kept[:, :1].expand_as(kept))
    torch.testing.assert_close(kept[:, 0].round(decimals=4).unique(), torch.tensor([0, 1.3333]))
    assert 0.21 < float((kept[:, 0] == 0).float().mean()) < 0.29
    assert torch.equal(model.eval()(x), x)
