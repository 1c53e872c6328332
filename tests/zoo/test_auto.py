"""`auto` gives a network that fits, for any data, and says why in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.network import cost, parse, shapes, walk
from neocog.zoo import auto, auto_board


@given(st.integers(4, 512), st.sampled_from([1, 3]), st.integers(10, 2_000_000), st.integers(2, 1000))
def test_any_data_gets_a_network_that_fits(side, channels, images, classes):
    network, reason = auto(side=side, channels=channels, images=images, classes=classes)
    steps = walk(network)
    assert network.input == (channels, side, side)
    assert steps[-1].shape == (classes,)
    assert steps[-3].shape[1] >= 1
    assert any(".add" in step.path for step in steps)
    assert parse(repr(network)) == network
    assert reason.startswith("auto: ")
    assert "\n" not in reason
    assert f"{side}x{side}" in reason
    map_side = steps[-2].received[0][1]
    assert f"{map_side}x{map_side}" in reason


def test_more_images_pay_for_more_blocks():
    few, many = (auto(side=28, channels=1, images=images, classes=10)[0] for images in (1_000, 500_000))
    assert cost(many).macs > cost(few).macs


@pytest.mark.parametrize("side", [8, 28, 64, 96, 128, 200, 224])
def test_large_images_do_not_cost_a_network_per_pixel(side):
    network, _ = auto(side=side, channels=3, images=1_000, classes=5)
    assert cost(network).macs < 400e6


def test_a_board_keeps_its_points() -> None:
    for size in ((9, 9), (19, 19), (8, 8)):
        network, reason = auto_board(size, 3, 5_000)
        assert list(shapes(network).values())[-1] == (size[0] * size[1],)
        assert reason.startswith("auto: ")


def test_a_picture_that_is_not_square_is_met() -> None:
    network, reason = auto(side=(40, 72), channels=1, images=680, classes=10)
    assert network.input == (1, 40, 72)
    assert list(shapes(network).values())[-1] == (10,)
    assert "40x72 images come down to 3x5" in reason
    square, words = auto(side=(28, 28), channels=1, images=680, classes=10)
    assert (square, words) == auto(side=28, channels=1, images=680, classes=10)
