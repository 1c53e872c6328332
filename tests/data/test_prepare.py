"""`prepare`: sizes by hand, values by other resizers, and what must hold for any image."""

import io
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.nn.functional import interpolate

from neocog.core.errors import DataError
from neocog.data.decode import decode
from neocog.data.prepare import fitted, prepare, resize, single, squash
from neocog.data.preprocessing import Preprocessing
from neocog.data.spectrogram import Spectrogram

SIDES = st.integers(1, 40)
POLICIES = st.sampled_from(["crop", "pad", "stretch"])


def noise(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


@settings(deadline=None, max_examples=150)
@given(SIDES, SIDES, SIDES, SIDES, POLICIES, st.sampled_from([1, 3]), st.sampled_from([1, 3]), st.integers(0, 3))
def test_any_image_takes_the_networks_shape(height, width, tall, wide, policy, given_channels, channels, border):
    size = (tall + 2 * border, wide + 2 * border)
    preprocessing = Preprocessing(size=size, channels=channels, resize=policy, border=border)
    image = prepare(noise(height, width, given_channels), preprocessing)
    assert image.shape == (channels, *size)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    if border:
        frame = image.copy()
        frame[:, border:-border, border:-border] = 0
        assert not frame.any()


@settings(deadline=None)
@given(SIDES, SIDES, POLICIES, st.sampled_from([1, 3]))
def test_an_image_of_the_right_size_keeps_every_bit(height, width, policy, channels):
    pixels = noise(height, width, channels)
    image = prepare(pixels, Preprocessing(size=(height, width), channels=channels, resize=policy))
    assert np.array_equal(image, pixels.transpose(2, 0, 1))


@settings(deadline=None)
@given(SIDES, SIDES, SIDES, SIDES)
def test_crop_covers_and_pad_fits_within_the_target(height, width, tall, wide):
    cropped, padded = (fitted(height, width, tall, wide, policy) for policy in ("crop", "pad"))
    assert (cropped[0] == tall and cropped[1] >= wide) or (cropped[1] == wide and cropped[0] >= tall)
    assert (padded[0] == tall and padded[1] <= wide) or (padded[1] == wide and padded[0] <= tall)
    for side, exact in ((cropped, max(tall / height, wide / width)), (padded, min(tall / height, wide / width))):
        assert abs(side[0] - height * exact) <= 0.5 or side[0] in (1, tall)
        assert abs(side[1] - width * exact) <= 0.5 or side[1] in (1, wide)


@pytest.mark.parametrize(
    ("size", "target", "policy", "expected"),
    [
        ((375, 500), (224, 224), "crop", (224, 299)),  # 298.67
        ((375, 500), (224, 224), "pad", (168, 224)),
        ((2, 3), (3, 3), "crop", (3, 5)),  # 4.5: halves up
        ((2, 3), (3, 3), "pad", (2, 3)),
        ((1, 1000), (8, 8), "pad", (1, 8)),  # 0.008: at least one row
        ((30, 20), (32, 32), "stretch", (32, 32)),
    ],
)
def test_sizes_before_the_crop_by_hand(size, target, policy, expected):
    assert fitted(*size, *target, policy) == expected


def test_the_crop_cuts_the_smaller_half_first():
    columns = np.tile(np.arange(0, 250, 10, dtype=np.uint8), (4, 1))[:, :, None]  # 4 25 1
    image = prepare(columns, Preprocessing(size=(4, 4), channels=1))
    assert image[0, 0].tolist() == [100, 110, 120, 130]  # (25 - 4) // 2 = 10 columns on the left, 11 on the right


def test_the_bars_are_black_and_the_smaller_one_comes_first():
    image = prepare(np.full((4, 1, 3), 200, np.uint8), Preprocessing(size=(4, 4), channels=3, resize="pad"))
    assert image[1, 2].tolist() == [0, 200, 0, 0]


@pytest.mark.parametrize(("height", "width"), [(97, 61), (20, 33), (64, 64)])
def test_the_resize_agrees_with_torch(height, width):
    pixels = noise(height, width, 3)
    ours = resize(pixels, 40, 24).transpose(2, 0, 1).astype(float)
    batch = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32))
    theirs = interpolate(batch, size=(40, 24), mode="bilinear", antialias=True, align_corners=False)[0].numpy()
    assert np.abs(ours - theirs).max() <= 1.01  # Pillow rounds to whole values after each of its two passes


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 255), SIDES, SIDES, SIDES)
def test_a_plain_image_stays_plain(value, height, width, side):
    assert set(squash(np.full((height, width, 3), value, np.uint8), side, 1).ravel().tolist()) == {value}


def test_luma_is_that_of_itu_r_601():
    pixels = noise(50, 50, 3)
    red, green, blue = pixels.astype(np.int64).transpose(2, 0, 1)
    assert np.array_equal(single(pixels)[:, :, 0], (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16)


def test_one_channel_of_a_gray_image_is_an_exact_copy():
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    assert np.array_equal(single(np.repeat(gray, 3, axis=2)), gray)


@pytest.mark.parametrize("channels", [1, 3])
def test_gray_as_rgb_and_gray_as_one_channel_are_prepared_alike(channels: Literal[1, 3]):
    gray = noise(30, 20, 1)
    preprocessing = Preprocessing(size=(16, 16), channels=channels)
    assert np.array_equal(prepare(gray, preprocessing), prepare(np.repeat(gray, 3, axis=2), preprocessing))


def test_squashed_images_hold_the_whole_picture():
    pixels = noise(30, 60, 3)
    assert np.array_equal(squash(pixels, 30, 3), resize(pixels, 30, 30).transpose(2, 0, 1))


@pytest.mark.parametrize("channels", [1, 3])
def test_preparing_leaves_the_image_alone(channels: Literal[1, 3]):
    pixels = noise(9, 9, channels)
    before = pixels.copy()
    prepare(pixels, Preprocessing(size=(9, 9), channels=channels))[:] = 0
    assert np.array_equal(pixels, before)


def by_pillow(image: Image.Image) -> np.ndarray:
    """The preparation by which ImageNet's networks are judged, in Pillow alone: 3 224 224."""
    image = image.convert("RGB")
    short = min(image.size)
    width, height = (round(256 * side / short) for side in image.size)
    left, top = (width - 224) // 2, (height - 224) // 2
    image = image.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))
    return np.asarray(image).transpose(2, 0, 1)


def test_a_short_side_is_what_imagenets_networks_are_judged_by(shared: Path) -> None:
    preprocessing = Preprocessing(size=(224, 224), channels=3, short=256)
    with zipfile.ZipFile(shared / "imagenet-sample-100.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".JPEG")]
        assert len(names) == 100
        for name in names:
            raw = archive.read(name)
            ours = prepare(decode(raw).pixels, preprocessing)
            assert np.array_equal(ours, by_pillow(Image.open(io.BytesIO(raw)))), name


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([1, 3, 64, 256, 300, 512]), st.integers(0, 300), st.booleans())
def test_a_short_side_of_any_image(short, more, upright):
    height, width = (short + more, short) if upright else (short, short + more)
    pixels = noise(min(height, 4 * short), min(width, 4 * short), 3)
    ours = prepare(pixels, Preprocessing(size=(224, 224), channels=3, short=256))
    assert np.array_equal(ours, by_pillow(Image.fromarray(pixels)))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((375, 500), (256, 341)),  # 341.33
        ((500, 333), (384, 256)),  # 384.38
        ((512, 681), (256, 340)),  # 340.5: halves to the even number, as Python rounds
        ((512, 683), (256, 342)),  # 341.5
        ((256, 256), (256, 256)),
    ],
)
def test_sizes_with_a_short_side_by_hand(size, expected):
    assert fitted(*size, 224, 224, "crop", short=256) == expected


@settings(deadline=None)
@given(SIDES, SIDES, SIDES, st.integers(0, 30), st.integers(0, 3), st.sampled_from([1, 3]))
def test_a_short_side_gives_the_networks_shape_too(height, width, side, more, border, channels):
    size = (side + 2 * border,) * 2
    preprocessing = Preprocessing(size=size, channels=channels, border=border, short=side + more)
    assert prepare(noise(height, width, 3), preprocessing).shape == (channels, *size)


def test_a_sound_is_not_prepared_from_its_picture() -> None:
    heard = Preprocessing(size=(40, 8), channels=1, resize="stretch", sound=Spectrogram(frames=8))
    with pytest.raises(DataError, match="a sound is prepared from its samples, got a picture; name the file"):
        prepare(np.zeros((40, 8, 1), np.uint8), heard)
