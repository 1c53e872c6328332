"""Whether two images are the same picture: what may differ, and what may not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neocog.data.compare import may_be_same, reduced, same_picture
from neocog.data.decode import decode
from neocog.data.prepare import resize


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([1, 3]), st.integers(0, 5))
def test_an_image_is_the_same_as_itself_and_the_order_does_not_matter(height, width, channels, seed):
    random = np.random.default_rng(seed)
    one, other = (random.integers(0, 256, (height, width, channels), np.uint8) for _ in range(2))
    assert same_picture(one, one)
    assert same_picture(one, other) == same_picture(other, one)


@settings(deadline=None, max_examples=60)
@given(st.tuples(st.integers(1, 300), st.integers(1, 300)), st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_any_two_sizes_can_be_compared(size, other):
    assert same_picture(np.full((*size, 1), 90, np.uint8), np.full((*other, 3), 90, np.uint8))


@pytest.mark.parametrize("side", [28, 64, 200, 500])
def test_a_picture_saved_again_moved_or_resized_is_the_same(scene, encoded, side):
    picture = scene(0, side, side * 3 // 4)
    again = decode(encoded(picture, "JPEG", quality=70)).pixels
    moved = np.roll(picture, (1, -1), axis=(0, 1))
    smaller = np.asarray(Image.fromarray(picture).resize((side * 7 // 10, side * 9 // 10), Image.Resampling.BICUBIC))
    for copy in (again, moved, smaller, picture[1:], picture[:, :-1]):
        assert same_picture(picture, copy)


def test_other_pictures_are_not_the_same(scene):
    pictures = [scene(seed, 40, 40) for seed in range(8)]
    assert not any(same_picture(one, other) for place, one in enumerate(pictures) for other in pictures[:place])


def test_a_mirror_image_and_a_turned_one_are_other_pictures(scene):
    picture = scene(0, 40, 40)
    assert not same_picture(picture, picture[:, ::-1])
    assert not same_picture(picture, np.rot90(picture))


@pytest.mark.parametrize("size", [8, 12, 20])
def test_two_parts_that_differ_in_one_spot_stay_two(scene, size):
    picture = scene(0, 200, 200)
    scratched = picture.copy()
    spot = scratched[90 : 90 + size, 50 : 50 + size * 3].astype(np.int64)
    scratched[90 : 90 + size, 50 : 50 + size * 3] = np.clip(spot - 60, 0, 255)
    assert not same_picture(picture, scratched)


def test_plain_images_agree_by_their_value_alone():
    red, green = np.zeros((2, 30, 30, 3), np.uint8)
    red[:, :, 0], green[:, :, 1] = 200, 102  # the same luma
    assert same_picture(red, red.copy())
    assert not same_picture(red, green)
    assert not same_picture(np.full((30, 30, 1), 100, np.uint8), np.full((30, 30, 1), 104, np.uint8))


def test_faint_textures_are_not_the_same_for_being_faint():
    random = np.random.default_rng(0)
    one, other = (random.integers(100, 110, (32, 32, 1)).astype(np.uint8) for _ in range(2))
    assert not same_picture(one, other)
    assert same_picture(one, one.copy())


def test_a_gray_image_may_have_one_channel_or_three(scene):
    gray = scene(0, 30, 30, 1)
    assert same_picture(gray, np.repeat(gray, 3, axis=2))


def test_reduced_images_are_bounded_and_keep_their_shape(scene):
    assert reduced(scene(0, 100, 768)).shape == (50, 384, 3)
    small = scene(0, 30, 40)
    assert reduced(small) is small
    assert np.array_equal(reduced(scene(1, 768, 768)), resize(scene(1, 768, 768), 384, 384))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 30), st.integers(0, 5))
def test_the_sieve_lets_through_all_that_are_the_same(height, width, noise, seed):
    random = np.random.default_rng(seed)
    ones = random.integers(0, 256, (6, height, width)).astype(np.uint8)
    moved = np.roll(ones, (1, -1), axis=(1, 2))
    others = np.clip(moved + random.normal(0, noise, ones.shape), 0, 255).astype(np.uint8)
    possible = may_be_same(ones, others)
    for one, other, let_through in zip(ones, others, possible.tolist(), strict=True):
        assert let_through or not same_picture(one[:, :, None], other[:, :, None])


def test_the_sieve_holds_other_pictures_back(scene):
    pictures = np.stack([scene(seed, 40, 40, 1)[:, :, 0] for seed in range(8)])
    assert not may_be_same(pictures, np.roll(pictures, 1, axis=0)).any()
