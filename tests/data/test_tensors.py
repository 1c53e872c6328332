"""Normalization and the figures it takes: NumPy in float64 is the oracle."""

import numpy as np
import pytest
import torch

from neocog.data.preprocessing import Preprocessing
from neocog.data.tensors import SMALLEST_DEVIATION, normalization, normalize, statistics


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
