"""The receptive field, measured: which inputs change an output is found by gradient, with every weight positive."""

from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neocog import zoo
from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    INPUT,
    Add,
    AvgPool,
    Branches,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Flatten,
    GlobalAvgPool,
    Graph,
    Identity,
    MaxPool,
    Network,
    Node,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    Unpool,
    Upsample,
    receptive_field,
    receptive_fields,
    table,
    walk,
)


def positive(step, parts):
    """The step as torch does it, all weights 1 and maxima taken as sums, so that nothing that is read is hidden."""
    layer, x = step.layer, parts[0]
    ones = {"dtype": torch.float64}
    if isinstance(layer, Dense):
        return x.sum(1, keepdim=True).repeat(1, layer.features)
    if isinstance(layer, Flatten):
        return x.flatten(1)
    if isinstance(layer, GlobalAvgPool):
        return x.mean((2, 3))
    if isinstance(layer, Concat):
        return torch.cat(parts, 1)
    if isinstance(layer, Crop):
        places = [slice(-window.low, -window.low + window.output) for window in step.windows]
        return x[(..., *places)]
    if isinstance(layer, Upsample):
        return F.interpolate(x, scale_factor=layer.scale, mode=layer.mode)
    if isinstance(layer, Unpool):
        chosen = F.avg_pool2d(parts[1], layer.size, layer.stride)
        filters = torch.ones(x.shape[1], 1, *[layer.size] * 2, **ones)
        return F.conv_transpose2d(x + chosen, filters, None, layer.stride or layer.size, groups=x.shape[1])
    if isinstance(layer, ConvTranspose):
        filters = torch.ones(x.shape[1], step.shape[0], *[layer.size] * 2, **ones)
        return F.conv_transpose2d(x, filters, None, layer.stride, layer.pad, layer.extra, 1, layer.dilation)
    if not step.windows:
        return sum(parts)
    rows, columns = step.windows
    ends = (columns.low, columns.high + columns.overhang, rows.low, rows.high + rows.overhang)
    padded = F.pad(x.sum(1, keepdim=True), ends)
    filters = torch.ones(step.shape[0], 1, rows.size, columns.size, **ones)
    return F.conv2d(padded, filters, None, (rows.stride, columns.stride), 0, (rows.dilation, columns.dilation))


def measured(network):
    """What each place of each step sees, as torch's gradients say: a function of (step, axis, place)."""
    steps = walk(network)
    image = torch.ones(1, *network.input, dtype=torch.float64, requires_grad=True)
    values = []
    for step in steps:
        values.append(positive(step, [image if source == INPUT else values[source] for source in step.inputs]))

    def seen(index, place):
        output = values[index]
        (gradient,) = torch.autograd.grad(output[(0, slice(None), *place)].sum(), image, retain_graph=True)
        axes = (gradient[0].sum(0) > 1e-12).nonzero().T
        return [(int(axis.min()), int(axis.max())) if len(axis) else None for axis in axes]

    return values, seen


def agrees(network, indices=(-1,), places=1):
    """Hold the middle of each step, and neighbors of it, against the gradient."""
    steps, (values, seen) = walk(network), measured(network)
    fields = receptive_fields(steps)
    for index in indices:
        middle = [side // 2 for side in values[index].shape[2:]]
        for more in range(places):
            place = [min(side + more, end - 1) for side, end in zip(middle, values[index].shape[2:], strict=True)]
            found = [extent.at(place[axis] if place else 0) for axis, extent in enumerate(fields[index])]
            for axis, (low_high, measure) in enumerate(zip(found, seen(index, place), strict=True)):
                last_place = network.input[1 + axis] - 1
                if None in found:  # one axis reads nothing, and then neither does the other
                    assert measure is None
                    continue
                (low, high), (first, last) = low_high, measure
                # at the border the outermost place that is read may be a padded one, and the next one lies further in
                assert low == first or low < 0 <= first < high, (steps[index].path, place)
                assert high == last or high > last_place >= last > low, (steps[index].path, place)


windowed = st.one_of(
    st.builds(Conv, st.just(2), st.sampled_from([1, 2, 3, (1, 3)]), stride=st.integers(1, 2), pad=st.integers(0, 1),
              dilation=st.integers(1, 2)),
    st.builds(Conv, st.just(2), st.integers(1, 4), stride=st.integers(1, 2), pad=st.just("same")),
    st.builds(MaxPool, st.integers(2, 3), stride=st.integers(2, 3), pad=st.integers(0, 1)),
    st.builds(AvgPool, st.integers(2, 3), pad=st.just(((0, 1), (1, 0)))),
)  # fmt: skip
still = st.builds(lambda size: Conv(2, 2 * size + 1, pad=size), st.integers(0, 2))
larger = st.one_of(
    st.builds(ConvTranspose, st.just(2), st.integers(1, 4), stride=st.integers(1, 3), pad=st.integers(0, 1),
              dilation=st.integers(1, 3)),
    st.builds(Upsample, st.integers(1, 3), mode=st.sampled_from(["nearest", "bilinear"])),
)  # fmt: skip
blocks = st.one_of(
    windowed,
    larger,
    st.builds(lambda body, times: Residual(Repeat(times, body), shortcut=Conv(2, 1)), still, st.integers(1, 2)),
    st.builds(lambda one, two: Branches(one, Sequence(two, two), Identity()), still, still),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(blocks, min_size=1, max_size=4))
def test_any_network_sees_what_its_gradient_says(layers):
    network = Network((1, 96, 93), layers, fit="floor")
    try:
        if walk(network)[-1].shape[1] > 400:
            reject()
    except ShapeError:
        reject()
    agrees(network, places=3)


def double(channels):
    return Sequence(Conv(channels, 3, pad=1), ReLU(), Conv(channels, 3, pad=1), ReLU())


def unet(up, levels, side):
    """Ronneberger et al. (2015), padded, each level as narrow as it can be."""
    nodes, below = [], "input"
    for level in range(levels):
        nodes += [Node(f"down{level}", double(2), inputs=below), Node(f"pool{level}", MaxPool(2))]
        below = f"pool{level}"
    nodes.append(Node("bottom", double(2)))
    for level in reversed(range(levels)):
        joined = (f"down{level}", f"up{level}")
        nodes += [Node(f"up{level}", up), Node(f"join{level}", Concat(), inputs=joined), Node(f"on{level}", double(2))]
    return Network((1, side, side), (Graph(*nodes, Node("scores", Conv(2, 1))),))


@pytest.mark.parametrize("up", [ConvTranspose(2, 2, stride=2), Upsample(2), Upsample(2, mode="bilinear")], ids=repr)
def test_a_small_unet_everywhere(up):
    network = unet(up, 2, 64)
    agrees(network, range(len(walk(network))), places=4)


def test_a_unet_of_which_the_textbook_says_200_sees_204():
    network = unet(ConvTranspose(2, 2, stride=2), 4, 256)
    steps = walk(network)
    size, step = 1, 1  # r + (F - 1) * D * j down and up again, a transposed convolution dividing j and adding nothing
    for window in (each.windows[0] for each in steps if each.windows):
        size += (window.span - 1) * step if window.spread == 1 else 0
        step = step * window.stride // window.spread
    (extent, _) = receptive_field(network, "scores")
    assert (size, extent.size, extent.stride) == (200, 204, 1)
    agrees(network, places=16)
    assert len({seen[1] - seen[0] for seen in extent.reach}) > 1


def test_fcn_with_padding_crops_and_sums():
    """FCN-16s in small: scores of two strides, the coarse enlarged, the fine cut to it, both added and cut."""
    graph = Graph(
        Node("fine", Sequence(Conv(2, 3, pad=20), MaxPool(2, fit="ceil"))),
        Node("coarse", Sequence(Conv(2, 3, pad=1), MaxPool(2, fit="ceil"), Conv(2, 3))),
        Node("up", ConvTranspose(2, 4, stride=2)),
        Node("score", Conv(2, 1), inputs="fine"),
        Node("cut", Crop(1), inputs=("score", "up")),
        Node("sum", Add(), inputs=("up", "cut")),
        Node("large", ConvTranspose(2, 4, stride=2)),
        Node("end", Crop(9), inputs=("large", "input")),
    )
    network = Network((1, 40, 43), (graph,), fit="floor")
    steps = walk(network)
    assert steps[-1].shape == (2, 40, 43)
    agrees(network, [index for index, step in enumerate(steps) if step.path in ("up1", "cut", "sum", "end")], places=4)


def test_what_unpooling_reads():
    """The values, and the whole windows that decide where they go."""
    graph = Graph(
        Node("stem", Conv(2, 3)),
        Node("small", MaxPool(3, stride=2)),
        Node("mid", Conv(2, 3, pad=1)),
        Node("back", Unpool(3, stride=2), inputs=("mid", "stem")),
        Node("end", Conv(2, 2)),
    )
    network = Network((1, 35, 35), (graph,))
    agrees(network, range(len(walk(network))), places=4)


def test_strides_below_one():
    rows = {row.path: row for row in table(Network((1, 9, 9), (Upsample(2), Conv(2, 3, stride=3, fit="floor")))).rows}
    assert (rows["upsample1"].stride, rows["conv1"].stride) == ((Fraction(1, 2),) * 2, (Fraction(3, 2),) * 2)
    document = table(Network((1, 9, 9), (Upsample(2), Conv(2, 2, stride=2)))).document()
    assert [layer["stride"] for layer in document["layers"]] == [[0.5, 0.5], [1, 1]]
    assert isinstance(document["layers"][1]["stride"][0], int)


def test_places_that_read_nothing():
    """Between the places of a stride larger than the filter there is nothing but the bias."""
    (extent,) = receptive_field(Network((1, 4), (ConvTranspose(1, 1, stride=3),)), "up1")
    assert [extent.at(place) for place in range(5)] == [(0, 0), None, None, (1, 1), None]
    assert (extent.size, extent.stride) == (1, Fraction(1, 3))
    unread = Network((1, 4), (ConvTranspose(1, 1, stride=2), Conv(1, 1, stride=2, pad=((1, 0),), fit="floor")))
    assert receptive_field(unread, "conv1")[0].size == 0


def test_branches_of_different_strides():
    """Maps of one size whose places lie apart differently have no cycle in common: each place is told by itself."""
    graph = Graph(
        Node("wide", Conv(2, 1, stride=2)),
        Node("narrow", Conv(2, 6), inputs="input"),
        Node("sum", Add(), inputs=("wide", "narrow")),
        Node("end", Conv(2, 2)),
    )
    network = Network((1, 11, 11), (graph,))
    for place in range(5):
        extent = receptive_field(network, "end")[0]
        assert extent.at(place) == (min(2 * place, place), max(2 * place + 2, place + 6))
    assert extent.stride == 2


def test_flattened_maps_of_different_sizes():
    graph = Graph(
        Node("conv", Conv(2, 3)),
        Node("near", Flatten()),
        Node("pool", MaxPool(3), inputs="conv"),
        Node("far", Sequence(Conv(2, 2), Flatten())),
        Node("both", Concat(), inputs=("near", "far")),
        Node("dense", Dense(3)),
    )
    network = Network((1, 17, 17), (graph,))
    assert [extent.at(0) for extent in receptive_field(network, "dense")] == [(0, 16), (0, 16)]


def test_ways_to_see_are_bounded():
    for layers in [(Upsample(100_000), Conv(1, 3)), (Upsample(1_000), Upsample(1_000), Conv(1, 3))]:
        with pytest.raises(
            NetworkError, match=r"layer `.*` sees the input in too many ways to tell apart \(.*upsample"
        ):
            receptive_fields(walk(Network((1, 9), (Repeat(3, layers[0]), *layers[1:]))))
    apart = Graph(Node("a", Conv(1, 1, stride=2)), Node("b", Conv(1, 300_001), inputs="input"),
                  Node("sum", Add(), inputs=("a", "b")))  # fmt: skip
    with pytest.raises(NetworkError, match="layer `sum` sees the input in too many ways"):
        receptive_fields(walk(Network((1, 600_001), (apart,))))


@pytest.mark.parametrize("end", [GlobalAvgPool(), Sequence(Flatten(), Dense(3))])
@pytest.mark.parametrize("begin", [(Conv(2, 3, stride=2), Conv(2, 2)), (Conv(2, 3, stride=2), Upsample(3), Conv(2, 2))])
def test_what_reads_everything_sees_everything(begin, end):
    network = Network((1, 16, 20), (*begin, end), fit="floor")
    agrees(network)


def test_lenet5_and_resnet18_of_the_zoo():
    agrees(zoo.network("lenet5"))
    agrees(zoo.network("resnet18", side=64), (3, 17, 24))


def test_published_figures():
    """Long, Shelhamer and Darrell (2015), table 1: 355 and 404 pixels, stride 32; the lecture: three 3x3 see 7."""
    for name, size in (("alexnet", 355), ("vgg16", 404)):
        extent = receptive_field(zoo.network(name), "dense1")[0]
        assert (extent.size, extent.stride) == (size, 32)
    rows = {row.path: row for row in table(zoo.network("vgg16")).rows}
    assert (rows["pool5"].receptive_field, rows["pool5"].stride) == ((212, 212), (32, 32))
    assert receptive_field(Network((1, 9, 9), (Repeat(3, Conv(1, 3)),)), "conv3")[0].size == 7


def test_features_have_no_axes():
    assert receptive_field(Network((4,), (Dense(2),)), "dense1") == ()
