"""Normalization and the figures it takes: NumPy in float64 is the oracle."""

import numpy as np
import pytest
import torch

from neocog.data.preprocessing import Preprocessing
from neocog.data.tensors import SMALLEST_DEVIATION, fitted, normalization, normalize, statistics


def test_statistics_are_those_of_float64():
    prepared = np.random.default_rng(0).integers(0, 200, (700, 3, 9, 7), np.uint8)
    mean, deviation = statistics(prepared)
    exact = prepared.astype(np.float64) / 255
    assert mean == pytest.approx(exact.mean(axis=(0, 2, 3)), abs=5.1e-7)
    assert deviation == pytest.approx(exact.std(axis=(0, 2, 3)), abs=5.1e-7)
    assert all(value == round(value, 6) for value in (*mean, *deviation))


def test_statistics_do_not_depend_on_the_order():
    prepared = np.random.default_rng(1).integers(0, 256, (600, 1, 8, 8), np.uint8)
    assert statistics(prepared) == statistics(prepared[::-1])


def test_a_constant_set_has_the_smallest_deviation():
    assert statistics(np.full((3, 1, 4, 4), 51, np.uint8)) == ((0.2,), (round(SMALLEST_DEVIATION, 6),))


def test_statistics_of_nothing_are_a_mistake():
    with pytest.raises(AssertionError, match="one image at least"):
        statistics(np.zeros((0, 1, 4, 4), np.uint8))


@pytest.mark.parametrize("channels", [1, 3])
def test_normalize_is_the_formula(channels):
    mean, deviation = (0.4, 0.5, 0.6)[:channels], (0.2, 0.25, 0.3)[:channels]
    preprocessing = Preprocessing(size=(5, 4), channels=channels, mean=mean, deviation=deviation)
    batch = torch.randint(0, 256, (6, channels, 5, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    expected = (batch.double() / 255 - torch.tensor(mean).view(1, -1, 1, 1)) / torch.tensor(deviation).view(1, -1, 1, 1)
    found = normalize(batch, preprocessing)
    assert found.dtype == torch.float32
    assert torch.allclose(found.double(), expected, atol=1e-5)
    assert torch.equal(normalize(batch.float(), preprocessing), found)


def test_one_value_holds_for_three_channels():
    preprocessing = Preprocessing(size=(8, 8), channels=3, mean=(0.5,), deviation=(0.5,))
    assert normalization(preprocessing)[1] == (-1.0, -1.0, -1.0)


def test_normalized_training_pixels_have_mean_0_and_deviation_1():
    prepared = np.random.default_rng(2).integers(0, 256, (100, 3, 8, 8), np.uint8)
    mean, deviation = statistics(prepared)
    preprocessing = Preprocessing(size=(8, 8), channels=3, mean=mean, deviation=deviation)
    batch = normalize(torch.from_numpy(prepared), preprocessing).double()
    assert torch.allclose(batch.mean(dim=(0, 2, 3)), torch.zeros(3, dtype=torch.float64), atol=1e-5)
    assert torch.allclose(batch.std(dim=(0, 2, 3), correction=0), torch.ones(3, dtype=torch.float64), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_each_image_has_mean_0_and_deviation_1(channels):
    pixels = np.random.default_rng(3).integers(0, 256, (5, channels, 8, 6), np.uint8)
    preprocessing = fitted(Preprocessing(size=(8, 6), channels=channels, normalize="image"), pixels)
    assert (preprocessing.mean, preprocessing.deviation) == ((0.0,), (1.0,)), "nothing is measured on the set"
    found = normalize(torch.from_numpy(pixels), preprocessing).double().numpy()
    exact = pixels.astype(np.float64)
    middle, spread = (figure(exact, axis=(1, 2, 3), keepdims=True) for figure in (np.mean, np.std))
    np.testing.assert_allclose(found, (exact - middle) / spread, atol=1e-5)
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(axis=(1, 2, 3)), 1, atol=1e-6)


def test_light_and_contrast_of_an_image_do_not_count():
    pixels = torch.randint(0, 100, (4, 3, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    preprocessing = Preprocessing(size=(6, 6), channels=3, normalize="image")
    found = normalize(pixels, preprocessing)
    assert torch.allclose(normalize(pixels * 2 + 40, preprocessing), found, atol=1e-4)


def test_a_blank_image_is_0_and_rounding_is_no_picture():
    preprocessing = Preprocessing(size=(6, 6), channels=1, normalize="image")
    blank = torch.full((1, 1, 6, 6), 51, dtype=torch.uint8)
    assert torch.allclose(normalize(blank, preprocessing), torch.zeros(1, 1, 6, 6), atol=1e-4)
    blank[0, 0, 2, 2] += 1  # one step of one byte
    assert float(normalize(blank, preprocessing).abs().max()) == pytest.approx(35 / 36, abs=1e-4)


def test_what_is_fitted_to_the_set_by_default_is_its_mean_and_deviation():
    pixels = np.random.default_rng(4).integers(0, 256, (9, 1, 4, 4), np.uint8)
    preprocessing = fitted(Preprocessing(size=(4, 4), channels=1), pixels)
    assert (preprocessing.mean, preprocessing.deviation) == statistics(pixels)
    assert preprocessing.whitening is None


def test_whitening_that_is_not_fitted_is_a_mistake():
    with pytest.raises(AssertionError, match="a whitening is fitted"):
        normalize(torch.zeros(1, 1, 2, 2), Preprocessing(size=(2, 2), channels=1, normalize="zca"))
