"""Augmentation: what is drawn, as a function of (seed, epoch, sample), and how it is applied and told."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neocog.core import config, draw
from neocog.core.errors import RecipeError
from neocog.data import Augment, Preprocessing, augmented, fitted, looks, normalize
from neocog.data.augment import NONE, draw_parameters, words
from neocog.data.geometry import Drawn, Values, composed, frame
from neocog.data.spectrogram import Spectrogram

ALL = Augment(
    flip_horizontal=True,
    flip_vertical=True,
    crop=0.5,
    scale=1.5,
    stretch=1.3,
    rotation=45,
    translation=0.2,
    shear=20,
    perspective=0.2,
    lens=0.1,
    brightness=0.2,
    contrast=1.5,
    saturation=1.5,
    hue=30,
    noise=0.1,
)
KEYS = np.array([3, 5, 2**63, 8], dtype=np.uint64)
MANY = np.arange(20_000, dtype=np.uint64)
OF_SOUNDS = ("shift", "mask_time", "mask_frequency")
STILL = {"scale": 1.0, "rotation": 0.0, "translation": 0.0, "brightness": 0.0, "contrast": 1.0}
COLOR = Preprocessing(size=(16, 16), channels=3, mean=(0.4, 0.5, 0.6), deviation=(0.2, 0.3, 0.25))


def drawn(augment: Augment, samples: np.ndarray[Any, Any] = MANY, seed: int = 0, epoch: int = 0) -> Drawn:
    laid = frame(COLOR, np.ones(len(samples), np.float32))
    return draw_parameters(augment, laid, seed=seed, epoch=epoch, samples=samples)


def only(**choices: Any) -> Values:
    """The one thing that is drawn, for many samples."""
    (values,) = drawn(Augment(**(STILL | choices))).values()
    return values


def seen(
    images: torch.Tensor,
    aspects: np.ndarray[Any, Any],
    preprocessing: Preprocessing,
    augment: Augment,
    samples: np.ndarray[Any, Any] = KEYS,
) -> torch.Tensor:
    """Some samples as training sees them."""
    got = looks(aspects, preprocessing, augment, images.shape[2], seed=1, epoch=2, samples=samples)
    return augmented(images, got, preprocessing)


@given(seed=st.integers(0, 1000), epoch=st.integers(0, 100))
def test_a_sample_is_varied_alike_alone_and_among_others(seed: int, epoch: int) -> None:
    together, other = drawn(ALL, KEYS, seed, epoch), drawn(ALL, KEYS, seed, epoch + 1)
    alone = drawn(ALL, KEYS[2:3], seed, epoch)
    assert together.keys() == alone.keys() == set(config.to_dict(ALL)) - {"crop_aspect", "words", *OF_SOUNDS}
    assert all(np.array_equal(values[2:3], alone[name]) for name, values in together.items())
    assert not any(np.array_equal(values, other[name]) for name, values in together.items() if name[:4] != "flip")


@pytest.mark.parametrize("side", [16, 24])
def test_its_pixels_are_the_same_alone_and_among_others(side: int) -> None:
    """Shrunken ones too, whose pixels take several samples."""
    images = torch.randint(0, 256, (4, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    aspects = np.array([1.0, 1.5, 0.7, 1.0], np.float32)
    together = seen(images, aspects, COLOR, ALL)
    for place in range(4):
        chosen = slice(place, place + 1)
        alone = seen(images[chosen], aspects[chosen], COLOR, ALL, KEYS[chosen])
        torch.testing.assert_close(together[chosen], alone, atol=1e-4, rtol=0)


def test_no_augmentation_is_the_identity() -> None:
    assert drawn(NONE) == {}
    assert np.array_equal(composed({}, 2), np.stack([np.eye(3)] * 2))
    assert not NONE.geometric
    assert not Augment(scale=1, rotation=0, translation=0, saturation=2, hue=10, noise=0.1).geometric
    for name, value in {"crop": 0.5, "stretch": 1.1, "shear": 5, "perspective": 0.1, "lens": 0.1}.items():
        assert Augment(**(STILL | {name: value})).geometric


def test_ranges_are_kept_and_reached() -> None:
    for name, largest in (("scale", 1.6), ("stretch", 1.3), ("contrast", 1.5), ("saturation", 2.0)):
        values = only(**{name: largest})
        assert 1 / largest <= values.min() < 1.01 / largest
        assert 0.99 * largest < values.max() <= largest
        assert abs(np.log(values).mean()) < 0.01, "log-uniform: as much larger as smaller"
    for name, largest in (("rotation", 180.0), ("shear", 20.0), ("hue", 30.0)):
        values = np.rad2deg(only(**{name: largest}))
        assert -largest <= values.min() < -0.99 * largest
        assert 0.99 * largest < values.max() <= largest
        assert abs(np.histogram(values, 4)[0] / 5_000 - 1).max() < 0.05, "uniform"
    for name, largest in (("perspective", 0.2), ("lens", 0.1), ("brightness", 0.3)):
        assert 0.99 * largest < np.abs(only(**{name: largest})).max() <= largest
    shifts = only(translation=0.25)
    assert 0.495 < np.abs(shifts).max() <= 0.5, "a share of the side is twice that share of half the side"
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.03
    noise = only(noise=0.1)
    assert 0 <= noise.min() < 0.001 < 0.099 < noise.max() <= 0.1
    assert abs((only(flip_horizontal=True) < 0).mean() - 0.5) < 0.02
    areas = only(crop=0.3)[:, :2].prod(axis=1)
    assert 0.3 <= areas.min() < 0.31
    assert areas.max() <= 1


def test_the_default_recipe_draws_what_it_always_drew() -> None:
    """Runs of earlier versions go on as they began: the maps written out, turn, then zoom, then shift."""
    default = Augment()
    turn, zoom, right, down = (
        2 * draw.uniform(3, 4, KEYS, name) - 1 for name in ("rotation", "scale", "translation x", "translation y")
    )
    maps = composed(drawn(default, KEYS, 3, 4), 4)
    for place in range(4):
        angle, factor = np.deg2rad(8) * turn[place], 1.1 ** zoom[place]
        rotate = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        shift = np.array([[1, 0, -0.12 * right[place]], [0, 1, -0.12 * down[place]], [0, 0, 1]])
        np.testing.assert_allclose(maps[place], rotate @ np.diag([1 / factor, 1 / factor, 1]) @ shift, atol=1e-12)
    assert drawn(default, KEYS).keys() == {"scale", "rotation", "translation", "brightness", "contrast"}


def test_the_recipe_of_the_plankton_contest_is_a_few_numbers() -> None:
    """Any angle, 10 pixels, sizes and stretches log-uniform, mirrored or not, sheared by 20 degrees."""
    changes = {
        "rotation": "180",
        "translation": str(10 / 96),
        "scale": "1.6",
        "flip_horizontal": "true",
        "shear": "20",
        "stretch": "1.3",
    }
    got = drawn(config.override(NONE, changes))
    assert 9.99 < np.abs(got["translation"]).max() * 96 / 2 <= 10
    assert got.keys() == {"rotation", "translation", "scale", "flip_horizontal", "shear", "stretch"}


@pytest.mark.parametrize(
    ("name", "value"), [("perspective", "0.4"), ("lens", "0.2"), ("stretch", "0.9"), ("noise", "-1"), ("shear", "90")]
)
def test_what_would_fold_the_image_is_refused(name: str, value: str) -> None:
    with pytest.raises(RecipeError, match=f"`{name}` must be"):
        config.override(Augment(), {name: value})


@given(seed=st.integers(0, 10_000))
def test_the_largest_tilt_through_the_strongest_lens_never_folds(seed: int) -> None:
    got = drawn(Augment(**(STILL | {"perspective": 0.3, "lens": 0.15})), MANY[:100], seed)
    corner = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) * (1 + 2 * got["lens"][:, None, None])
    assert (1 + (corner * got["perspective"][:, None]).sum(axis=-1)).min() > 0.2


@pytest.mark.parametrize("channels", [1, 3])
def test_without_augmentation_training_sees_what_validation_sees(channels: int) -> None:
    images = torch.randint(0, 256, (4, channels, 12, 12), dtype=torch.uint8)
    preprocessing = Preprocessing(
        size=(12, 12),
        channels=channels,
        mean=(0.2,) * channels,
        deviation=(0.3,) * channels,  # type: ignore[arg-type]
    )
    out = seen(images, np.ones(4, np.float32), preprocessing, NONE)
    assert torch.allclose(out, normalize(images, preprocessing), atol=1e-5)


@pytest.mark.parametrize("kind", ["image", "pca", "zca"])
def test_normalization_comes_last_and_is_that_of_validation(kind: Literal["image", "pca", "zca"]) -> None:
    """Also with noise and color: an augmented image of bytes is finished as any image of bytes is."""
    images = torch.randint(0, 256, (4, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    plain = Preprocessing(size=(12, 12), channels=3, normalize=kind)
    preprocessing = fitted(plain, images.numpy())
    out = seen(images, np.ones(4, np.float32), preprocessing, NONE)
    torch.testing.assert_close(out, normalize(images, preprocessing), atol=1e-4, rtol=0)
    raw = Preprocessing(size=(12, 12), channels=3, deviation=(1 / 255,))
    varied = seen(images, np.ones(4, np.float32), raw, ALL)
    found = seen(images, np.ones(4, np.float32), preprocessing, ALL)
    torch.testing.assert_close(found, normalize(varied, preprocessing), atol=1e-3, rtol=0)
    if kind == "image":
        assert found.mean(dim=(1, 2, 3)).abs().max() < 1e-5
        assert (found.std(dim=(1, 2, 3), correction=0) - 1).abs().max() < 1e-5


def test_noise_is_a_share_of_full_scale_whatever_the_normalization() -> None:
    images = torch.full((4, 3, 64, 64), 128, dtype=torch.uint8)
    augment = Augment(**(STILL | {"noise": 0.2}))
    large = Preprocessing(size=(64, 64), channels=3, mean=COLOR.mean, deviation=COLOR.deviation)
    out = seen(images, np.ones(4, np.float32), large, augment)
    spread = out.flatten(2).std(dim=2).double() * torch.tensor(COLOR.deviation).double()
    expected = torch.from_numpy(drawn(augment, KEYS, seed=1, epoch=2)["noise"])[:, None].expand(4, 3)
    torch.testing.assert_close(spread, expected, rtol=0.05, atol=1e-4)


def test_it_is_told_in_words() -> None:
    got = {
        "flip_horizontal": np.array([-1.0, 1.0]),
        "flip_vertical": np.array([-1.0, 1.0]),
        "crop": np.array([[0.5, 0.25, 0, 0], [1, 1, 0, 0]]),
        "scale": np.array([1.1, 1]),
        "rotation": np.deg2rad([12.2, -0.2]),
        "translation": np.array([[0.5, -0.25], [0, 0]]),
        "perspective": np.array([[0.1, -0.2], [0, 0]]),
        "lens": np.array([0.05, -0.05]),
        "brightness": np.array([-0.1, 0.1]),
        "noise": np.array([0.034, 0]),
    }
    bordered = Preprocessing(size=(32, 32), channels=1, border=6)
    assert words(got, 0, bordered) == [
        "mirrored",
        "upside down",
        "crop 10 x 5 px",
        "scale 1.10",
        "rotation 12°",
        "shift 5.0, -2.5 px",
        "perspective 10, -20 %",
        "lens +5 %",
        "brightness -10 %",
        "noise 3 %",
    ]
    assert words(got, 1, bordered)[:3] == ["crop 20 x 20 px", "scale 1.00", "rotation 0°"]


SOUND = Preprocessing(
    size=(40, 64), channels=1, resize="stretch", sound=Spectrogram(frames=64), mean=(0.5,), deviation=(0.25,)
)


def heard(images: torch.Tensor, augment: Augment, samples: np.ndarray[Any, Any] = KEYS) -> torch.Tensor:
    """Spectrograms as training sees them."""
    ones = np.ones(len(samples), np.float32)
    got = looks(ones, SOUND, augment, (images.shape[2], images.shape[3]), seed=1, epoch=2, samples=samples)
    return augmented(images, got, SOUND)


def spectrograms(count: int = 4) -> torch.Tensor:
    return torch.randint(1, 256, (count, 1, 40, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_a_shift_is_exact_and_leaves_silence() -> None:
    images = spectrograms()
    drawn = draw_parameters(
        replace(NONE, shift=0.2), frame(SOUND, np.ones(4, np.float32)), seed=1, epoch=2, samples=KEYS
    )
    moved = np.rint(drawn["shift"] * 32).astype(int)  # half the larger side is 32 columns
    assert len(set(moved.tolist())) > 1 and np.abs(moved).max() <= 12
    plain = normalize(images, SOUND)
    out = heard(images, replace(NONE, shift=0.2))
    for image, before, columns in zip(out, plain, moved.tolist(), strict=True):
        expected = torch.roll(before, columns, 2)
        gap = slice(0, columns) if columns > 0 else slice(64 + columns, 64)
        expected[:, :, gap] = -0.5 / 0.25  # black
        torch.testing.assert_close(image, expected, atol=2e-4, rtol=0)


def test_every_shift_is_drawn_and_none_beyond() -> None:
    laid = frame(SOUND, np.ones(len(MANY), np.float32))
    drawn = draw_parameters(replace(NONE, shift=0.1), laid, seed=0, epoch=0, samples=MANY)["shift"] * 32
    assert sorted(set(np.rint(drawn).astype(int).tolist())) == list(range(-6, 7))
    np.testing.assert_allclose(drawn, np.rint(drawn), atol=1e-9)


@pytest.mark.parametrize(("name", "axis"), [("mask_time", 3), ("mask_frequency", 2)])
def test_masks_cover_whole_lines_with_the_mean(name: str, axis: int) -> None:
    images = spectrograms(200)
    keys = np.arange(200, dtype=np.uint64)
    augment = replace(NONE, **{name: 0.2})
    out, plain = heard(images, augment, keys), normalize(images, SOUND)
    masked = (out == 0).all(dim=5 - axis).all(dim=1)  # N side
    kept = (out - plain).abs().amax(dim=5 - axis).amax(dim=1) < 1e-5
    assert (masked | kept).all()
    share = masked.double().mean(dim=1)
    assert share.max() <= 0.4 + 2 / 40
    assert share.mean() == pytest.approx(0.2, abs=0.02), "twice half of the widest, less what overlaps"
    assert masked.any(dim=0).all(), "everywhere"


def test_frequency_is_masked_from_the_bottom() -> None:
    images = spectrograms(1)
    laid = frame(SOUND, np.ones(1, np.float32))
    augment, key = replace(NONE, mask_frequency=0.3), KEYS[:1]
    bounds = draw_parameters(augment, laid, seed=1, epoch=2, samples=key)["mask_frequency"][0]
    places = (np.arange(40) + 0.5) / 40
    expected = ((places >= bounds[:, :1]) & (places < bounds[:, 1:])).any(axis=0)
    assert ((heard(images, augment, key)[0, 0] == 0).all(dim=1).numpy()[::-1] == expected).all()


def test_a_sound_is_varied_alike_alone_and_among_others() -> None:
    augment = replace(Augment().of("sound"), noise=0.1)
    images = spectrograms()
    together = heard(images, augment)
    for place in range(4):
        chosen = slice(place, place + 1)
        torch.testing.assert_close(together[chosen], heard(images[chosen], augment, KEYS[chosen]), atol=1e-4, rtol=0)


def test_each_kind_of_input_has_its_own() -> None:
    image, sound, board = (Augment().of(kind) for kind in ("image", "sound", "board"))
    assert replace(image, shift="auto", mask_time="auto", mask_frequency="auto", words=Augment().words) == Augment()
    assert sound == replace(NONE, shift=0.1, mask_time=0.1, mask_frequency=0.15)
    assert board == NONE
    assert NONE.of("sound") == NONE.of("image") == NONE
    assert Augment(shift=0.0).of("sound").shift == 0
    assert image.of("image") == image and sound.of("sound") == sound
    assert sound.geometric and not replace(sound, shift=0.0).geometric


def test_what_does_not_apply_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"`augment.rotation` does not apply to the input kind sound, got 20; leave"):
        Augment(rotation=20).of("sound")
    with pytest.raises(RecipeError, match=r"`augment.mask_time` does not apply to the input kind image, got 0.2"):
        Augment(mask_time=0.2).of("image")


def test_what_a_sound_got_is_told_in_words() -> None:
    got = {"shift": np.array([-3 / 32]), "mask_time": np.array([[[0.1, 0.15], [0.5, 0.6]]])}
    assert words(got, 0, SOUND) == ["moved -3 columns", "masked 5 + 10 % of time"]
