"""What torch has no layer for, against what torch has: other ways to the same numbers."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from neocog.build import build
from neocog.network import (
    Affine,
    Conv,
    ConvTranspose,
    Crop,
    Embedding,
    GlobalMaxPool,
    Graph,
    Layer,
    Maxout,
    MaxPool,
    Network,
    Node,
    RadialBasis,
    Shape,
    SumPool,
    TableConv,
    Tanh,
    Tokens,
    Unpool,
    Upsample,
)


def out(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    result = build(Network(tuple(x.shape[1:]), (layer,)))(x)
    assert isinstance(result, torch.Tensor)
    return result


@settings(deadline=None, max_examples=40)
@given(
    sides=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    groups=st.sampled_from([1, 2]),
    size=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    pad=st.integers(0, 1),
)
def test_a_transposed_convolution_is_the_gradient_of_a_convolution(
    sides: tuple[int, int], groups: int, size: int, stride: int, dilation: int, pad: int
) -> None:
    """The lecture's way to it: if you can compute gradients of a convolution, you know up-convolution."""
    layer = ConvTranspose(4, size, stride, pad, dilation, groups, bias=False)
    if any((side - 1) * stride - 2 * pad + dilation * (size - 1) + 1 < 1 for side in sides):
        return
    model, x = build(Network((6, *sides), (layer,))), torch.randn(2, 6, *sides)
    larger = model(x)
    image = torch.zeros_like(larger, requires_grad=True)
    down = F.conv2d(image, model.up1.weight, None, stride, pad, dilation, groups)
    (gradient,) = torch.autograd.grad(down, image, x)
    torch.testing.assert_close(larger, gradient)


def test_upsampling_repeats_or_interpolates() -> None:
    x = torch.tensor([[[1.0, 3.0]]])
    assert out(Upsample(2), x).tolist() == [[[1, 1, 3, 3]]]
    assert out(Upsample(2, mode="bilinear"), x).tolist() == [[[1, 1.5, 2.5, 3]]]
    image = torch.randn(1, 2, 3, 4)
    torch.testing.assert_close(out(Upsample((2, 3)), image), image.repeat_interleave(2, 2).repeat_interleave(3, 3))


@pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [((2, 8), 2, None), ((2, 6, 8), 2, None), ((2, 7, 9), (3, 2), None), ((2, 4, 4, 6), 2, 2)],
)
def test_unpooling_is_torchs(shape: Shape, size: int | tuple[int, ...], stride: int | None) -> None:
    axes = len(shape) - 2
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[axes]
    back = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[axes]
    x = torch.randn(3, *shape)
    graph = Graph(Node("pool", MaxPool(size, stride, fit="floor")), Node("tanh", Tanh()),
                  Node("back", Unpool(size, stride), inputs=("tanh", "input")))  # fmt: skip
    values, places = pool(x, size, stride, return_indices=True)
    torch.testing.assert_close(out(graph, x), back(values.tanh(), places, size, stride, 0, x.shape[2:]))


@pytest.mark.parametrize("fit", ["floor", "ceil"])
def test_unpooling_of_overlapping_windows_is_the_gradient_of_pooling(fit: str) -> None:
    """Zeiler and Fergus pool by 3 with stride 2: a maximum of two windows gets both values."""
    x = torch.randn(2, 3, 8, 10, requires_grad=True)
    graph = Graph(Node("pool", MaxPool(3, 2, fit=fit)), Node("back", Unpool(3, 2), inputs=("pool", "input")))  # type: ignore[arg-type]
    pooled = F.max_pool2d(x, 3, 2, ceil_mode=fit == "ceil")
    (gradient,) = torch.autograd.grad(pooled, x, pooled)
    torch.testing.assert_close(out(graph, x.detach()), gradient)


def test_a_crop_is_centered_or_begins_where_it_says() -> None:
    x = torch.randn(2, 3, 7, 8)
    for offset, rows, columns in [(None, slice(1, 6), slice(1, 7)), (0, slice(0, 5), slice(0, 6)),
                                  ((2, 1), slice(2, 7), slice(1, 7))]:  # fmt: skip
        graph = Graph(Node("like", Conv(2, 3)), Node("crop", Crop(offset), inputs=("input", "like")))  # type: ignore[arg-type]
        assert torch.equal(out(graph, x), x[:, :, rows, columns])


def test_a_crop_and_an_unpooling_follow_the_size_of_the_input() -> None:
    graph = Graph(Node("small", MaxPool(2)), Node("back", Unpool(2), inputs=("small", "input")),
                  Node("crop", Crop(), inputs=("back", "small")))  # fmt: skip
    model = build(Network((1, 8, 8), (graph,)))
    assert model(torch.randn(2, 1, 12, 16)).shape == (2, 1, 6, 8)


def test_sums_largest_and_affine() -> None:
    x = torch.randn(2, 6, 4, 4)
    torch.testing.assert_close(out(SumPool(2), x), 4 * F.avg_pool2d(x, 2))
    torch.testing.assert_close(out(SumPool(3, 2, pad=2, fit="floor"), x),
                               F.conv2d(x, torch.ones(6, 1, 3, 3), None, 2, 2, groups=6))  # fmt: skip
    torch.testing.assert_close(out(GlobalMaxPool(), x), x.flatten(2).max(2).values)
    torch.testing.assert_close(out(Maxout(3), x), torch.stack([x[:, :3].max(1).values, x[:, 3:].max(1).values], 1))
    assert torch.equal(out(Affine(), x), x)
    model = build(Network((6, 4, 4), (Affine(),)), init=[(r"affine1\.weight", "constant(2)")])
    model.affine1.bias.data = torch.arange(6.0)
    torch.testing.assert_close(model(x), 2 * x + torch.arange(6.0).view(6, 1, 1))


def test_lecuns_tangent() -> None:
    """LeCun et al. (1998), appendix A: f(1) = 1 and f(-1) = -1."""
    x = torch.tensor([[-1.0, 0.0, 1.0]])
    torch.testing.assert_close(out(Tanh(1.7159, slope=2 / 3), x), x, atol=1e-4, rtol=0)
    assert isinstance(build(Network((3,), (Tanh(),))).tanh1, torch.nn.Tanh)


@pytest.mark.parametrize(("axes", "pad"), [(1, 0), (2, 1), (2, "same"), (3, 0)])
def test_a_table_of_connections_is_a_convolution_with_zeros(axes: int, pad: int) -> None:
    table = ((0, 2), (1,), (0, 1, 2, 3), (3, 1))
    shape = (4, *[7] * axes)
    model = build(Network(shape, (TableConv(table, 3, stride=2, pad=pad),)))
    plain = build(Network(shape, (Conv(4, 3, stride=2, pad=pad),)))
    with torch.no_grad():
        plain.conv1.weight.zero_()
        model.conv1.bias.uniform_(-1, 1)
        plain.conv1.bias.copy_(model.conv1.bias)
        for filter_, (row, channel) in zip(
            model.conv1.weight, [(row, channel) for row, reads in enumerate(table) for channel in reads], strict=True
        ):
            plain.conv1.weight[row, channel] = filter_[0]
    x = torch.randn(2, *shape)
    torch.testing.assert_close(model(x), plain(x))


def test_codes_give_minus_half_the_squared_distance() -> None:
    x = torch.randn(3, 8)
    codes = torch.tensor([[-1.0, -1, -1, -1, 1, 1, 1, 1], [1, -1, 1, -1, -1, -1, -1, 1]])
    model = build(Network((8,), (RadialBasis(("0f", "a1")),)))
    torch.testing.assert_close(model(x), -0.5 * torch.cdist(x, codes).square())
    assert not list(model.parameters()) and not model.state_dict()
    assert model.double()(x.double()).dtype == torch.float64


def test_an_embedding_is_a_convolution_of_one_hot_words() -> None:
    words = torch.randint(0, 9, (2, 5))
    model = build(Network(Tokens(5, 9), (Embedding(3),)))
    one_hot = F.one_hot(words, 9).float().transpose(1, 2)
    torch.testing.assert_close(model(words), F.conv1d(one_hot, model.embedding1.weight.T.unsqueeze(2)))


@pytest.mark.parametrize("layer", [TableConv(((0,), (1, 2)), 3), RadialBasis(("0110", "1001"))], ids=repr)
def test_what_is_fixed_is_there_after_weights_are_assigned_to_a_frame(layer: Layer) -> None:
    """A frame on the meta device has no values to keep: tables and codes must not be among them."""
    network = Network((4,) if isinstance(layer, RadialBasis) else (3, 6, 6), (layer,))
    model, frame = build(network), build(network, device="meta")
    frame.load_state_dict(model.state_dict(), assign=True)
    x = torch.randn(2, *network.shape)
    assert torch.equal(frame(x), model(x))
