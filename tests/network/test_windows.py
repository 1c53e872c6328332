"""(N - F + P)/S + 1 against torch, and the sum that an error does for the reader."""

import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neocog.core.errors import ShapeError
from neocog.network.windows import cut, magnify, slide, spread

sides = st.integers(1, 14)


@given(sides, sides, st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.integers(1, 3))
def test_convolution_as_torch(height, width, size, stride, pad, dilation):
    span = dilation * (size - 1) + 1
    if min(height, width) + 2 * pad < span:
        with pytest.raises(ShapeError, match="use a size of at most"):
            slide((height, width), size, stride, pad, dilation, "floor")
        return
    windows = slide((height, width), size, stride, pad, dilation, "floor")
    output = F.conv2d(torch.zeros(1, 1, height, width), torch.zeros(1, 1, size, size), None, stride, pad, dilation)
    assert tuple(output.shape[2:]) == tuple(window.output for window in windows)


@given(sides, st.integers(1, 5), st.integers(1, 5), st.integers(0, 2), st.booleans())
def test_pool_as_torch(side, size, stride, pad, ceil):
    if 2 * pad > size or side + 2 * pad < size:
        return
    (window,) = slide((side,), size, stride, pad, 1, "ceil" if ceil else "floor", filled=True)
    output = F.max_pool1d(torch.zeros(1, 1, side), size, stride, pad, ceil_mode=ceil)
    assert output.shape[2] == window.output
    assert (window.output - 1) * stride + size == side + 2 * pad + window.overhang or not window.overhang


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 5), st.integers(1, 3))
def test_same_is_tensorflows_rule(side, size, stride, dilation):
    (window,) = slide((side,), size, stride, "same", dilation, "exact")
    assert window.output == -(-side // stride)
    assert 0 <= window.high - window.low <= 1
    reach = (window.output - 1) * stride + window.span
    assert reach <= side + window.low + window.high
    assert window.low + window.high == max(0, reach - side)


@settings(max_examples=300)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), st.booleans())
def test_what_the_error_proposes_is_true(side, size, stride, pad, filled):
    if filled and pad >= size:
        with pytest.raises(ShapeError, match=f"lie in the padding alone; pad by at most {size - 1}"):
            slide((side,), size, stride, pad, 1, "exact", filled=True)
        return
    try:
        (window,) = slide((side,), size, stride, pad, 1, "exact", filled=filled)
    except ShapeError as error:
        message = str(error)
    else:
        assert (side + 2 * pad - size) / stride + 1 == window.output
        return
    proposed = message.partition("; ")[2]
    for largest in re.findall(r"size of at most (\d+)", proposed):
        slide((side,), int(largest), 1, pad, 1, "exact")
    for more in re.findall(r"pad by (\d+) more", proposed):
        slide((side,), size, 1, ((pad, pad + int(more)),), 1, "exact")
    for steps in re.findall(r"stride ([\d, or]+\d|\d)", proposed):
        for step in re.findall(r"\d+", steps):
            slide((side,), size, int(step), pad, 1, "exact", filled=filled)
    for more in re.findall(r"one end by (\d+) more", proposed):
        slide((side,), size, stride, ((pad, pad + int(more)),), 1, "exact", filled=filled)
    if "so that it divides" in proposed:
        most = size if filled else pad + stride + 1
        assert any((side + 2 * more - size) % stride == 0 for more in range(pad, most))
    assert not filled or "more in all" not in proposed
    if 'fit="floor"' in proposed:
        slide((side,), size, stride, pad, 1, "floor", filled=filled)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ((7, 7), 3, 3, 0, 1),
            "a 7x7 map, size 3, stride 3, pad 0 gives (7 - 3 + 0)/3 + 1 = 2.33 columns; "
            "use stride 1 or 2, or pad so that it divides",
        ),
        (
            ((224, 224), 7, 2, 3, 1),
            "a 224x224 map, size 7, stride 2, pad 3 gives (224 - 7 + 6)/2 + 1 = 112.50 columns; "
            'use stride 1, pad one end by 1 more, or leave the rest out by fit="floor"',
        ),
        (
            ((3, 9), 5, 1, 0, 1),
            "a 3x9 map, size 5, stride 1, pad 0 gives (3 - 5 + 0)/1 + 1 = -1 rows; "
            "use a size of at most 3, or pad by 2 more in all",
        ),
        (
            ((6,), 3, 2, 0, 2),
            "a map of 6, size 3, dilation 2 (spans 5), stride 2, pad 0 gives (6 - 5 + 0)/2 + 1 = 1.50 positions; "
            'use stride 1, pad one end by 1 more, or leave the rest out by fit="floor"',
        ),
        (((8, 8), (3, 3, 3), 1, 0, 1), "size (3, 3, 3) has 3 numbers for a map of 2 axes; give one for each axis"),
        (((8,), 3, 1, (1, 1), 1), "pad (1, 1) has 2 parts for a map of 1 axes; give one for each axis"),
    ],
)
def test_the_sum_is_done_for_the_reader(arguments, message):
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        slide(*arguments, "exact")


def test_lecture_sums():
    assert [slide((9,), 3, 1, 0, 1, "exact")[0].output, slide((7,), 3, 1, 0, 1, "exact")[0].output] == [7, 5]
    assert slide((7,), 3, 2, 0, 1, "exact")[0].output == 3


@given(sides, st.integers(1, 5), st.integers(1, 4), st.integers(0, 4), st.integers(1, 3), st.integers(0, 2))
def test_spread_windows_read_what_torchs_transposed_convolution_reads(side, size, stride, pad, dilation, extra):
    assume(extra < max(stride, dilation))
    try:
        (window,) = spread((side,), size, stride, pad, dilation, extra)
    except ShapeError:
        assert (side - 1) * stride - 2 * pad + dilation * (size - 1) + 1 + extra < 1
        return
    x = torch.ones(1, 1, side, requires_grad=True)
    output = F.conv_transpose1d(x, torch.ones(1, 1, size), None, stride, pad, extra, 1, dilation)[0, 0]
    assert len(output) == window.output
    for place, value in enumerate(output):
        (seen,) = torch.autograd.grad(value, x, retain_graph=True)
        assert [index for index in window.reads(place) if 0 <= index < side] == seen[0, 0].nonzero().flatten().tolist()


@given(st.integers(2, 9), st.integers(1, 5))
def test_magnified_windows_read_what_torchs_interpolation_reads(side, scale):
    for mode in ("nearest", "linear"):
        (window,) = magnify((side,), scale, linear=mode == "linear")
        x = torch.ones(1, 1, side, dtype=torch.float64, requires_grad=True)
        output = F.interpolate(x, scale_factor=scale, mode=mode)[0, 0]
        assert len(output) == window.output
        for place, value in enumerate(output):
            (seen,) = torch.autograd.grad(value, x, retain_graph=True)
            # beyond the border the outermost place stands in
            inside = sorted({min(max(index, 0), side - 1) for index in window.reads(place)})
            assert inside == (seen[0, 0] > 1e-12).nonzero().flatten().tolist()


@given(sides, st.integers(1, 5), st.integers(1, 4), st.integers(0, 4), st.integers(1, 3))
def test_windows_of_a_convolution_read_in_steps_of_the_dilation(side, size, stride, pad, dilation):
    try:
        (window,) = slide((side,), size, stride, pad, dilation, "floor")
    except ShapeError:
        return
    for place in range(window.output):
        assert list(window.reads(place)) == [place * stride - pad + dilation * index for index in range(size)]


@given(st.integers(1, 9), st.integers(1, 9), st.one_of(st.none(), st.integers(0, 9)))
def test_cut_windows_read_one_place_each(side, length, offset):
    if length + (offset or 0) > side:
        with pytest.raises(ShapeError, match="which are not there"):
            cut((side,), (length,), offset)
        return
    (window,) = cut((side,), (length,), offset)
    start = (side - length) // 2 if offset is None else offset
    assert [list(window.reads(place)) for place in range(length)] == [[start + place] for place in range(length)]
    assert window.overhang == 0
