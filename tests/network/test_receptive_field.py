"""The receptive field, measured: which inputs change an output is found by gradient, with every weight positive."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neocog import zoo
from neocog.core.errors import ShapeError
from neocog.network import (
    INPUT,
    AvgPool,
    Branches,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Identity,
    MaxPool,
    Network,
    Repeat,
    Residual,
    Sequence,
    receptive_field,
    table,
    walk,
)


def positive(step, parts):
    """The step as torch does it, all weights 1 and maxima taken as sums, so that nothing that is read is hidden."""
    if isinstance(step.layer, Dense):
        return parts[0].sum(1, keepdim=True).repeat(1, step.layer.features)
    if isinstance(step.layer, Flatten):
        return parts[0].flatten(1)
    if isinstance(step.layer, GlobalAvgPool):
        return parts[0].mean((2, 3))
    if isinstance(step.layer, Concat):
        return torch.cat(parts, 1)
    if not step.windows:
        return sum(parts)
    rows, columns = step.windows
    padded = F.pad(parts[0].sum(1, keepdim=True), (columns.low, columns.high, rows.low, rows.high))
    return F.conv2d(
        padded,
        torch.ones(step.shape[0], 1, rows.size, columns.size, dtype=padded.dtype),
        None,
        (rows.stride, columns.stride),
        0,
        (rows.dilation, columns.dilation),
    )


def measured(network, index=None):
    """(first, last) row and column that the output in the middle of a step sees, and that place."""
    steps = walk(network)
    image = torch.ones(1, *network.input, dtype=torch.float64, requires_grad=True)
    values = []
    for step in steps:
        values.append(positive(step, [image if source == INPUT else values[source] for source in step.inputs]))
    output = values[-1 if index is None else index]
    place = tuple(side // 2 for side in output.shape[2:])
    (seen,) = torch.autograd.grad(output[(0, slice(None), *place)].sum(), image)
    return [(int(axis.min()), int(axis.max())) for axis in seen[0].sum(0).nonzero().T], place


def agrees(network):
    seen, place = measured(network)
    extents = receptive_field(network, walk(network)[-1].path)
    for axis, (extent, (first, last)) in enumerate(zip(extents, seen, strict=True)):
        start = place[axis] * extent.stride if place else 0
        # at the border the outermost place that is read may be a padded one, and the next one inside lies further in
        assert start + extent.low == first or start + extent.low < 0 <= first < start + extent.high
        last_place = network.input[1 + axis] - 1
        assert start + extent.high == last or start + extent.high > last_place >= last > start + extent.low


windowed = st.one_of(
    st.builds(Conv, st.just(2), st.sampled_from([1, 2, 3, (1, 3)]), stride=st.integers(1, 2), pad=st.integers(0, 1),
              dilation=st.integers(1, 2)),
    st.builds(Conv, st.just(2), st.integers(1, 4), stride=st.integers(1, 2), pad=st.just("same")),
    st.builds(MaxPool, st.integers(2, 3), stride=st.integers(2, 3), pad=st.integers(0, 1)),
    st.builds(AvgPool, st.integers(2, 3), pad=st.just(((0, 1), (1, 0)))),
)  # fmt: skip
still = st.builds(lambda size: Conv(2, 2 * size + 1, pad=size), st.integers(0, 2))
blocks = st.one_of(
    windowed,
    st.builds(lambda body, times: Residual(Repeat(times, body), shortcut=Conv(2, 1)), still, st.integers(1, 2)),
    st.builds(lambda one, two: Branches(one, Sequence(two, two), Identity()), still, still),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(blocks, min_size=1, max_size=4))
def test_any_network_sees_what_its_gradient_says(layers):
    network = Network((1, 96, 93), layers, fit="floor")
    try:
        walk(network)
    except ShapeError:
        reject()
    agrees(network)


@pytest.mark.parametrize("end", [GlobalAvgPool(), Sequence(Flatten(), Dense(3))])
def test_what_reads_everything_sees_everything(end):
    network = Network((1, 16, 20), (Conv(2, 3, stride=2), Conv(2, 2), end), fit="floor")
    agrees(network)


def test_lenet5_and_resnet18_of_the_zoo():
    agrees(zoo.network("lenet5"))
    network = zoo.network("resnet18", side=64)
    for index, path in ((3, "pool1"), (17, "stage1"), (24, "stage2.block1.shortcut.norm1")):
        extents = receptive_field(network, path)
        (seen, _), place = measured(network, index)
        start = place[0] * extents[0].stride
        assert (max(0, start + extents[0].low), min(63, start + extents[0].high)) == seen


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
