"""Masks: their values as the file holds them, the geometry of their images, and never a mixture of two classes."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neocog.core.errors import ImageError
from neocog.data.augment import NONE, Augment, augmented, looks, moved
from neocog.data.mask import IGNORED, Legend, decode_mask, nearest, prepare_mask
from neocog.data.prepare import prepare, squash
from neocog.data.preprocessing import Preprocessing


def blocks(seed: int, height: int, width: int, classes: int = 3) -> np.ndarray:
    """A mask of rectangles (uint8 H W)."""
    random = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(4):
        top, left = random.integers(0, height), random.integers(0, width)
        mask[top : top + height // 2, left : left + width // 2] = random.integers(0, classes)
    return mask


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def test_grey_palette_and_one_bit_masks_hold_the_same_values() -> None:
    values = blocks(0, 9, 7)
    grey = Image.fromarray(values)
    palette = Image.frombytes("P", (7, 9), values.tobytes())
    palette.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    for image in (grey, palette):
        assert np.array_equal(decode_mask(encoded(image)), values)
    assert np.array_equal(decode_mask(encoded(Image.merge("RGB", [grey] * 3))), values)
    bits = Image.fromarray(values > 0)
    assert np.array_equal(decode_mask(encoded(bits)), values > 0)
    wide = Image.fromarray(values.astype(np.uint16))
    assert np.array_equal(decode_mask(encoded(wide)), values)


def test_masks_that_cannot_be_classes_say_why() -> None:
    values = np.full((4, 4), 300, np.uint16)
    with pytest.raises(ImageError, match="values from 300 to 300, not 0 to 255"):
        decode_mask(encoded(Image.fromarray(values)))
    colored = Image.new("RGB", (4, 4), (255, 0, 0))
    with pytest.raises(ImageError, match=r"a mask of colors \(RGB\), not of values: save it as grey or with a palette"):
        decode_mask(encoded(colored))
    with pytest.raises(ImageError, match="JPEG blurs the values of a mask, save it as PNG"):
        decode_mask(encoded(Image.new("L", (8, 8)), "JPEG"))
    with pytest.raises(ImageError, match="not an image"):
        decode_mask(b"nothing of the kind")
    with pytest.raises(ImageError, match=r"a mask of shape \(4, 4\) and type float64, not of whole numbers H W"):
        decode_mask(np.zeros((4, 4)))  # type: ignore[arg-type]


def test_a_mask_is_turned_upright_as_its_image_is() -> None:
    values = blocks(3, 6, 4)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG", exif=exif)
    assert np.array_equal(decode_mask(file.getvalue()), np.rot90(values, -1))


def test_the_legend_names_values_and_ignores_the_rest() -> None:
    lookup = Legend((0, 255)).lookup()
    assert lookup[[0, 255]].tolist() == [0, 1]
    assert set(lookup[1:255].tolist()) == {IGNORED}


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(5, 60),
    width=st.integers(5, 60),
    side=st.integers(8, 32),
    border=st.integers(0, 2),
    policy=st.sampled_from(["crop", "pad", "stretch"]),
    seed=st.integers(0, 99),
)
def test_a_prepared_mask_is_its_prepared_image_wherever_nothing_is_mixed(
    height: int, width: int, side: int, border: int, policy: str, seed: int
) -> None:
    preprocessing = Preprocessing(size=(side, side), channels=1, resize=policy, border=border)  # type: ignore[arg-type]
    mask = blocks(seed, height, width)
    got = prepare_mask(mask, preprocessing)
    assert got.shape == (side, side)
    inside = prepare(np.full((height, width, 1), 255, np.uint8), preprocessing)[0] == 255
    assert (got[~inside] == IGNORED).all()
    assert (got[inside] != IGNORED).all()
    for value in range(3):
        plane = ((mask == value) * 255).astype(np.uint8)[:, :, None]
        prepared = prepare(plane, preprocessing)[0]
        assert (got[prepared == 255] == value).all()
        assert (got[inside & (prepared == 0)] != value).all()


def test_a_mask_of_the_right_size_comes_out_as_it_is() -> None:
    mask = blocks(1, 16, 16, 7)
    assert np.array_equal(prepare_mask(mask, Preprocessing(size=(16, 16), channels=3)), mask)
    assert nearest(mask, 16, 16) is mask


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999),
    policy=st.sampled_from(["crop", "pad"]),
    augment=st.builds(
        Augment,
        flip_horizontal=st.booleans(),
        crop=st.sampled_from([0.4, 1.0]),
        scale=st.sampled_from([1.0, 1.5]),
        rotation=st.sampled_from([0.0, 40.0]),
        translation=st.sampled_from([0.0, 0.2]),
        shear=st.sampled_from([0.0, 10.0]),
        perspective=st.sampled_from([0.0, 0.1]),
        lens=st.sampled_from([0.0, 0.1]),
        brightness=st.just(0.0),
        contrast=st.just(1.0),
    ),
)
def test_a_moved_mask_is_its_moved_image_wherever_nothing_is_mixed(seed: int, policy: str, augment: Augment) -> None:
    preprocessing = Preprocessing(size=(24, 24), channels=1, resize=policy)  # type: ignore[arg-type]
    mask = blocks(seed, 40, 32)
    square = 28
    squashed = nearest(mask, square, square)
    aspects = np.array([32 / 40], np.float32)
    seen = looks(aspects, preprocessing, augment, square, seed=seed, epoch=1, samples=np.array([7], np.uint64))
    source = squashed if augment.geometric else prepare_mask(mask, preprocessing)
    got = moved(torch.from_numpy(source.copy())[None], seen, preprocessing)[0]
    assert got.dtype == torch.int64
    for value in range(3):
        plane = torch.from_numpy(np.where(source == value, 255, 0).astype(np.uint8))[None, None]
        image = augmented(plane, seen, preprocessing)[0, 0]
        inside = got != IGNORED
        assert (got[inside & (image > 0.9999)] == value).all()
        assert (got[inside & (image < 0.0001)] != value).all()


def test_beyond_the_edge_of_an_image_nothing_is_claimed() -> None:
    preprocessing = Preprocessing(size=(16, 16), channels=1)
    away = Augment(scale=1.0, rotation=0.0, translation=0.5, brightness=0.0, contrast=1.0)
    seen = looks(np.ones(1, np.float32), preprocessing, away, 16, seed=4, epoch=0, samples=np.array([1], np.uint64))
    got = moved(torch.zeros(1, 16, 16, dtype=torch.uint8), seen, preprocessing)[0].numpy()
    assert set(np.unique(got)) == {0, IGNORED}
    still = looks(np.ones(1, np.float32), preprocessing, NONE, 16, seed=4, epoch=0, samples=np.array([1], np.uint64))
    mask = torch.from_numpy(blocks(0, 16, 16))[None]
    assert torch.equal(moved(mask, still, preprocessing), mask.long())


def test_squashing_keeps_a_mask_beside_its_image() -> None:
    mask = blocks(5, 50, 30)
    image = squash(((mask == 1) * 255).astype(np.uint8)[:, :, None], 20, 1)[0]
    squashed = nearest(mask, 20, 20)
    assert (squashed[image == 255] == 1).all()
    assert (squashed[image == 0] != 1).all()
