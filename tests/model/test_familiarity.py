"""What is unlike the training images: distances against scipy's and scikit-learn's, limits, and odd training sets."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.covariance import ledoit_wolf

from neocog.model.familiarity import (
    MOST_DIMENSIONS,
    Gauge,
    fit_gauge,
    picture_statistics,
    shrunk_covariance,
    statistics_length,
)


def classes_of(images: int, size: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes of vectors around their own centers, stretched differently in every direction."""
    generator = np.random.default_rng(seed)
    targets = np.arange(images) % 3
    centers = generator.normal(0, 5, (3, size))
    return centers[targets] + generator.normal(0, 1, (images, size)) * np.linspace(0.2, 3, size), targets


@given(st.integers(2, 60), st.integers(1, 40), st.integers(0, 50))
def test_the_shrunk_covariance_is_ledoit_and_wolfs(images: int, size: int, seed: int) -> None:
    residuals = np.random.default_rng(seed).normal(0, 1, (images, size)) * np.linspace(0.1, 2, size)
    expected = ledoit_wolf(residuals, assume_centered=True)[0]
    np.testing.assert_allclose(shrunk_covariance(residuals), expected, rtol=1e-9, atol=1e-12)


def test_the_distance_is_mahalanobis_to_the_nearest_class() -> None:
    vectors, targets = classes_of(600, 12)
    asked = classes_of(50, 12, seed=1)[0]
    gauge = fit_gauge(vectors, targets, 3, vectors)
    centers = np.stack([vectors[targets == label].mean(axis=0) for label in range(3)])
    covariance = ledoit_wolf(vectors - centers[targets], assume_centered=True)[0]
    expected = cdist(asked, centers, "mahalanobis", VI=np.linalg.inv(covariance)).min(axis=1) ** 2
    np.testing.assert_allclose(gauge.distances(asked), expected, rtol=1e-4)


def test_units_do_not_matter_much() -> None:
    vectors, targets = classes_of(3000, 6)
    scaled = vectors * 1000 + 7000
    one, other = fit_gauge(vectors, targets, 3, vectors), fit_gauge(scaled, targets, 3, scaled)
    np.testing.assert_allclose(other.distances(scaled), one.distances(vectors), rtol=1e-3)


@pytest.mark.parametrize(("count", "refused"), [(10, 0), (99, 0), (199, 1), (1000, 9)])
def test_the_limit_leaves_one_in_a_hundred_beyond_it(count: int, refused: int) -> None:
    vectors, targets = classes_of(600, 5)
    validation = classes_of(count, 5, seed=3)[0]
    assert int(fit_gauge(vectors, targets, 3, validation).strange(validation).sum()) == refused


def test_new_vectors_of_the_same_kind_are_familiar_and_others_are_not() -> None:
    vectors, targets = classes_of(3000, 30)
    gauge = fit_gauge(vectors[:2000], targets[:2000], 3, vectors[2000:2500])
    assert gauge.strange(vectors[2500:]).mean() < 0.04
    assert gauge.strange(np.random.default_rng(0).uniform(-100, 100, (200, 30))).mean() > 0.99


def test_long_codes_are_kept_short() -> None:
    generator = np.random.default_rng(0)
    inner, targets = classes_of(400, 20)
    codes = inner @ generator.normal(0, 1, (20, 3000)) + generator.normal(0, 1, (400, 3000))
    gauge = fit_gauge(codes.astype(np.float32), targets, 3, codes)
    assert tuple(gauge.projection.shape) == (3000, MOST_DIMENSIONS)
    assert gauge.projection.dtype == gauge.centers.dtype == torch.float32
    away = inner[:50] * 30 @ generator.normal(0, 1, (20, 3000))
    assert gauge.strange(away).all()


@pytest.mark.parametrize("size", [40, 768])
@pytest.mark.parametrize("images", [30, 60, 200])
def test_few_training_images_are_as_familiar_as_new_ones(images: int, size: int) -> None:
    refused = []
    for seed in range(4):
        vectors, targets = classes_of(images + 512, size)
        chosen = np.random.default_rng(seed).permutation(len(vectors))
        learned, validated, new = np.split(chosen, [images, images + 12])
        gauge = fit_gauge(vectors[learned], targets[learned], 3, vectors[validated])
        assert not gauge.strange(vectors[learned]).any()
        assert gauge.strange(np.random.default_rng(seed).uniform(-100, 100, (50, size))).all()
        refused.append(gauge.strange(vectors[new]).mean())
    assert np.mean(refused) < 0.03  # twelve alone would leave one in thirteen


def test_a_class_with_one_image_sets_no_limit() -> None:
    vectors, targets = classes_of(60, 10)
    lonely = np.vstack([vectors, vectors[:1] + 1000])
    gauge = fit_gauge(lonely, np.append(targets, 3), 4, vectors[:5])
    assert gauge.strange(vectors + 300).all()
    assert not gauge.strange(lonely).any()


def test_odd_training_sets() -> None:
    same = np.ones((20, 4))
    gauge = fit_gauge(same, np.zeros(20, np.int64), 2, same)  # nothing differs, and a class has no image
    assert not gauge.strange(same).any()
    wide = fit_gauge(np.ones((20, 300)), np.zeros(20, np.int64), 2, np.ones((20, 300)))
    assert not wide.strange(np.ones((2, 300))).any()
    one = fit_gauge(np.arange(8.0).reshape(2, 4), np.arange(2), 2, np.zeros((1, 4)))  # one image a class
    assert np.isfinite(one.limit)


def test_what_is_no_number_is_strange() -> None:
    gauge = Gauge(torch.eye(2), torch.zeros(1, 2), 1.0)
    assert gauge.strange(np.array([[np.nan, 0.0], [0.5, 0.5], [2.0, 0.0]])).tolist() == [True, False, True]


def test_picture_statistics_by_hand() -> None:
    checks = np.zeros((1, 2, 4, 4), np.uint8)
    checks[0, 0, ::2, ::2] = checks[0, 0, 1::2, 1::2] = 255  # one channel of checks, one black
    found = picture_statistics(checks)[0]
    assert found.shape == (statistics_length(2),)
    np.testing.assert_allclose(found[:2], [0.5, 0.0])
    gray = 1 / 255
    np.testing.assert_allclose(found[2], np.log(np.sqrt(3) / 4 + gray), rtol=1e-6)  # a quarter is white
    np.testing.assert_allclose(found[3], np.log(np.sqrt(0.5) + gray), rtol=1e-6)  # every neighbor in one channel of two
    np.testing.assert_allclose(found[4], np.log(gray), rtol=1e-6)  # two places apart all is alike
    np.testing.assert_allclose(found[7], np.log(0.5 + gray), rtol=1e-6)  # each channel is half its value off the mean
    np.testing.assert_allclose(found[[5, 6, 8, 9]], np.log(gray), rtol=1e-6)  # nothing is 4 or 16 places apart


def grains(count: int, seed: int, colorful: float) -> np.ndarray:
    """Coarse grains on a tinted ground (uint8 N 3 32 32): gray ones, or those of each channel for itself."""
    generator = np.random.default_rng(seed)
    gray, color = generator.normal(0, 30, (count, 1, 8, 8)), generator.normal(0, 30, (count, 3, 8, 8))
    tint = generator.uniform(100, 150, (count, 3, 1, 1))
    coarse = tint + (1 - colorful) * gray + colorful * color
    return np.clip(coarse, 0, 255).astype(np.uint8).repeat(4, axis=2).repeat(4, axis=3)


def test_enlarged_noise_is_told_by_its_color() -> None:
    """By brightness, contrast and sharpness alone it passes."""
    known, noise = (picture_statistics(images) for images in (grains(400, 0, 0.1), grains(100, 1, 1.0)))
    targets = np.zeros(300, np.int64)
    gauge = fit_gauge(known[:300], targets, 1, known[300:])
    assert gauge.strange(noise).all()
    assert gauge.strange(picture_statistics(grains(100, 2, 0.1))).mean() < 0.1
    short = statistics_length(3, color=False)
    blind = fit_gauge(known[:300, :short], targets, 1, known[300:, :short])
    assert blind.strange(noise).mean() < 0.5
    np.testing.assert_array_equal(blind.strange(noise), blind.strange(noise[:, :short]))  # a gauge of an earlier file


def test_pictures_of_one_pixel_have_statistics() -> None:
    assert np.isfinite(picture_statistics(np.full((2, 1, 1, 1), 9, np.uint8))).all()
