"""Slices: planted weaknesses are found, chance is not taken for one, and what is cut how."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from neocog.data import Encoded
from neocog.evaluate import Slices, slices
from neocog.evaluate.slices import LEAST, Cut, column_cuts, looks, picture_cuts, quarters


def _right(n: int, rate: float, seed: int = 0) -> NDArray[np.bool_]:
    return np.asarray(np.random.default_rng(seed).random(n) < rate)


def _cut(name: str, n: int, groups: int, seed: int = 1) -> Cut:
    return Cut(name, tuple(f"g{group}" for group in np.random.default_rng(seed).integers(0, groups, n)))


def test_a_planted_weakness_is_named_and_told_from_the_rest() -> None:
    right, cut = _right(600, 0.97), _cut("camera", 600, 4)
    weak = np.array(cut.groups) == "g2"
    right[weak] = _right(int(weak.sum()), 0.75, 5)
    found = slices(right, [_cut("noise", 600, 5, 9), cut, quarters("age", np.arange(600.0))])
    assert found.worst is not None
    assert (found.worst.name, found.worst.weaker) == ("camera: g2", True)
    assert found.sentence.startswith("Weaker on camera: g2: ")
    assert found.sentence.endswith("that is more than chance, even of 13 slices.")
    assert found.worst.share.n + found.worst.rest.n == 600


def test_the_weakest_of_many_is_not_told_from_the_rest_by_chance() -> None:
    told = 0
    for trial in range(200):
        cuts = [_cut(str(place), 400, 5, 1000 * trial + place) for place in range(5)]
        told += any(each.weaker for each in slices(_right(400, 0.9, trial), cuts).all)
    assert told / 200 < 0.07


def test_a_weaker_one_comes_before_a_lower_one_that_chance_explains() -> None:
    right = np.ones(1000, dtype=bool)
    right[:180:2] = False  # the large slice: 90 of 300 wrong
    groups = ["large"] * 300 + ["small"] * 20 + ["rest"] * 680
    right[300:308] = False
    found = slices(right, [Cut("part", tuple(groups))])
    assert found.all[0].name == "part: small"
    assert found.worst is not None
    assert found.worst.weaker


def test_small_slices_and_small_rests_are_not_judged() -> None:
    right = _right(60, 0.9)
    for size, judged in ((LEAST - 1, 0), (LEAST, 2), (60 - LEAST, 2), (60 - LEAST + 1, 0)):
        cut = Cut("part", ("a",) * size + ("b",) * (60 - size))
        assert len(slices(right, [cut]).all) == judged
    assert slices(right, [Cut("part", ("a",) * 30 + ("",) * 30)]).all[0].name == "part: a", "no name: no slice"
    none = Slices()
    assert none.worst is None
    assert none.sentence == "No slice could be judged: each needs 20 images, and as many outside it."


def test_columns_are_cut_by_value_or_into_quarters_or_left_out() -> None:
    columns = {
        "camera": ["old", "new"] * 50,
        "age": [str(place / 7) for place in range(100)],
        "note": [f"text {place}" for place in range(100)],
        "odd": ["nan" if place == 5 else str(place) for place in range(100)],
    }
    cuts, left_out = column_cuts(columns)
    assert [cut.name for cut in cuts] == ["camera", "age"]
    assert sorted(set(cuts[1].groups)) == ["0.0 to 3.4", "10.7 to 14.1", "3.6 to 7.0", "7.1 to 10.6"]
    assert left_out == ["note", "odd"]


@given(st.lists(st.integers(-5, 5) | st.floats(-1e6, 1e6), min_size=1, max_size=80))
def test_quarters_keep_the_order_and_never_part_equals(values: list[float]) -> None:
    numbers = np.array(values, dtype=np.float64)
    groups = np.array(quarters("x", numbers).groups)
    assert 1 <= len(set(groups)) <= 4
    for group in set(groups):
        inside = numbers[groups == group]
        assert not ((numbers > inside.min()) & (numbers < inside.max()) & (groups != group)).any()
    for value in set(values):
        assert len(set(groups[numbers == value])) == 1


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 9, 12)).astype(np.uint8)
    bright, sharp = looks(images)
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    for place, image in enumerate(images):
        gray = image.mean(axis=0)
        inner = ndimage.convolve(gray, kernel)[1:-1, 1:-1]
        assert sharp[place] == pytest.approx(inner.var(), rel=1e-4)
        assert bright[place] == pytest.approx(gray.mean() / 255, rel=1e-5)
    encoded = Encoded(images.shape, lambda row: images[row])
    assert looks(encoded)[1] == pytest.approx(sharp)


def test_pictures_of_two_pixels_have_no_sharpness() -> None:
    assert looks(np.zeros((3, 1, 2, 2), np.uint8))[1].tolist() == [0, 0, 0]


def test_pictures_are_cut_by_size_brightness_and_sharpness() -> None:
    images = np.repeat(np.arange(0, 200, 2, dtype=np.uint8), 16).reshape(100, 1, 4, 4)
    sides = np.array([20] * 50 + [40] * 50, dtype=np.int32)
    size, brightness, sharpness = picture_cuts(images, sides, sides)
    assert set(size.groups) == {"20 pixels a side", "40 pixels a side"}
    assert brightness.groups[0].endswith(" %")
    assert len(set(brightness.groups)) == 4
    assert set(sharpness.groups) == {"0"}
