"""Augmentation: composed maps, sampled once, drawn as a function of (seed, epoch, sample)."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional

from neocog.data import Augment, Preprocessing, augmented, normalize, prepare
from neocog.data.augment import NONE, color_map, draw_color, draw_geometry, frame, recolor, sample
from neocog.data.prepare import squash

ALL = Augment(
    flip_horizontal=True,
    flip_vertical=True,
    crop=0.5,
    scale=1.5,
    rotation=45,
    translation=0.2,
    brightness=0.2,
    contrast=1.5,
)
KEYS = np.array([3, 5, 2**63, 8], dtype=np.uint64)


def smooth(count: int, channels: int, side: int) -> torch.Tensor:
    """Images of low frequency, which interpolation hardly blurs."""
    noise = torch.rand(count, channels, 4, 4, generator=torch.Generator().manual_seed(1))
    return functional.interpolate(noise, size=(side, side), mode="bicubic").clamp(0, 1) * 255


@given(seed=st.integers(0, 1000), epoch=st.integers(0, 100))
def test_a_sample_is_varied_alike_alone_and_among_others(seed: int, epoch: int) -> None:
    together = draw_geometry(ALL, seed, epoch, KEYS)
    assert np.array_equal(together[2:3], draw_geometry(ALL, seed, epoch, KEYS[2:3]))
    assert not np.array_equal(together, draw_geometry(ALL, seed, epoch + 1, KEYS))


def test_no_augmentation_is_the_identity() -> None:
    assert np.allclose(draw_geometry(NONE, 0, 0, KEYS), np.eye(3))
    assert np.allclose(draw_color(NONE, 0, 0, KEYS, 3), np.eye(4))
    assert not NONE.geometric
    assert Augment(crop=0.5, scale=1, rotation=0, translation=0).geometric


def test_ranges_are_kept_and_reached() -> None:
    samples = np.arange(20_000, dtype=np.uint64)
    only = {"scale": 1.0, "rotation": 0.0, "translation": 0.0}
    turns = draw_geometry(Augment(**{**only, "rotation": 30.0}), 0, 0, samples)
    angles = np.rad2deg(np.arctan2(turns[:, 1, 0], turns[:, 0, 0]))
    assert 29 < angles.max() <= 30
    assert -30 <= angles.min() < -29
    zooms = 1 / draw_geometry(Augment(**{**only, "scale": 1.6}), 0, 0, samples)[:, 0, 0]
    assert 1 / 1.6 <= zooms.min() < 0.64
    assert 1.59 < zooms.max() <= 1.6
    assert abs(np.log(zooms).mean()) < 0.01, "log-uniform: as much larger as smaller"
    shifts = draw_geometry(Augment(**{**only, "translation": 0.25}), 0, 0, samples)[:, :2, 2]
    assert 0.49 < np.abs(shifts).max() <= 0.5, "a share of the side is twice that share of half the side"
    areas = np.linalg.det(draw_geometry(Augment(**only, crop=0.3), 0, 0, samples)[:, :2, :2])
    assert 0.3 <= areas.min() < 0.31
    assert 0.99 < areas.max() <= 1
    mirrored = np.linalg.det(draw_geometry(Augment(**only, flip_horizontal=True), 0, 0, samples)[:, :2, :2]) < 0
    assert abs(mirrored.mean() - 0.5) < 0.02


def test_a_crop_stays_within_the_image() -> None:
    maps = draw_geometry(Augment(scale=1, rotation=0, translation=0, crop=0.2), 0, 0, np.arange(5_000, dtype=np.uint64))
    corners = maps[:, :2, :2] @ np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]]) + maps[:, :2, 2:]
    assert np.abs(corners).max() <= 1 + 1e-9


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_quarter_turn_is_exact(degrees: int) -> None:
    image = torch.rand(1, 2, 9, 9)
    angle = np.deg2rad(degrees)
    turn = np.array([[[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]])
    out = sample(image, turn, Preprocessing(size=(9, 9), channels=1))
    assert torch.allclose(out, torch.rot90(image, degrees // 90, (2, 3)), atol=1e-5)


def test_composed_equals_chained_and_is_sharper() -> None:
    """Law 3: one sampling of the composed map gives what a chain of samplings gives, less their blur."""
    plain = Preprocessing(size=(64, 64), channels=1)
    images = smooth(4, 1, 64)
    one, two = (draw_geometry(Augment(rotation=8, scale=1.1, translation=0.03), seed, 0, KEYS) for seed in (1, 2))
    chained = sample(sample(images, one, plain), two, plain)
    composed = sample(images, one @ two, plain)
    inner = (slice(None), slice(None), slice(12, -12), slice(12, -12))
    assert (composed[inner] - chained[inner]).abs().mean() < 0.5
    noise = torch.rand(4, 1, 64, 64) * 255
    assert (
        sample(noise, one @ two, plain)[inner].std() > 1.1 * sample(sample(noise, one, plain), two, plain)[inner].std()
    )


@pytest.mark.parametrize("policy", ["crop", "pad", "stretch"])
@pytest.mark.parametrize(("width", "height"), [(120, 80), (80, 120), (96, 96)])
@pytest.mark.parametrize("size", [(40, 40), (32, 48)])
def test_a_still_map_from_the_squashed_image_shows_what_prepare_shows(
    policy: str, width: int, height: int, size: tuple[int, int]
) -> None:
    """The training view without any draw lies where validation lies: no skew between them."""
    pixels = smooth(1, 1, 120)[0, 0].to(torch.uint8).numpy()
    pixels = np.asarray(Image.fromarray(pixels).resize((width, height)))[:, :, None]
    preprocessing = Preprocessing(size=size, channels=1, resize=policy)  # type: ignore[arg-type]
    inward, outward = frame(preprocessing, np.array([width / height], np.float32))
    squashed = torch.from_numpy(squash(pixels, 56, 1))[None].float()
    still = sample(squashed, outward @ inward, preprocessing)[0, 0].numpy()
    expected = prepare(pixels, preprocessing)[0].astype(float)
    inner = (slice(4, -4), slice(4, -4))
    difference = np.abs(still - expected)[inner]
    assert np.median(difference) < 4, "of 255"


def test_a_still_square_is_bit_exact() -> None:
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    preprocessing = Preprocessing(size=(32, 32), channels=1, border=2, mean=(0.2,), deviation=(0.3,))
    inward, outward = frame(preprocessing, np.ones(4, np.float32))
    out = sample(images.float(), outward @ inward, preprocessing)
    assert torch.allclose(out, functional.pad(images.float(), (2, 2, 2, 2)), atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
def test_without_augmentation_training_sees_what_validation_sees(channels: int) -> None:
    images = torch.randint(0, 256, (4, channels, 12, 12), dtype=torch.uint8)
    preprocessing = Preprocessing(
        size=(12, 12),
        channels=channels,
        mean=(0.2,) * channels,
        deviation=(0.3,) * channels,  # type: ignore[arg-type]
    )
    out = augmented(images, np.ones(4, np.float32), preprocessing, NONE, seed=0, epoch=0, samples=KEYS)
    assert torch.allclose(out, normalize(images, preprocessing), atol=1e-5)


def test_color_maps_compose_and_match_the_formula() -> None:
    images = torch.rand(2, 3, 5, 5)
    gain, offset = np.array([1.2, 0.8]), np.array([0.1, -0.1])
    once = recolor(images, color_map(gain, offset, 3))
    assert torch.allclose(
        once, images * torch.tensor([1.2, 0.8]).view(2, 1, 1, 1) + torch.tensor([0.1, -0.1]).view(2, 1, 1, 1)
    )
    twice = recolor(once, color_map(gain, offset, 3))
    assert torch.allclose(twice, recolor(images, color_map(gain, offset, 3) @ color_map(gain, offset, 3)), atol=1e-6)


def test_contrast_leaves_mid_gray_alone() -> None:
    maps = draw_color(Augment(brightness=0, contrast=1.5), 0, 0, KEYS, 3)
    assert np.allclose(maps @ np.array([0.5, 0.5, 0.5, 1]), [0.5, 0.5, 0.5, 1])
