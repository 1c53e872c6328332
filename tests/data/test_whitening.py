"""Whitening: scikit-learn's principal components and NumPy in float64 are the oracles."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from neocog.data import cache
from neocog.data.encoded import Encoded
from neocog.data.preprocessing import Preprocessing
from neocog.data.tensors import fitted, normalize
from neocog.data.whitening import LEAST_VARIANCE, MOST_INPUTS, fit_whitening, whiten

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def digits() -> Array:
    """Real images of 8 x 8, 0 to 255, some of whose pixels never vary."""
    return (load_digits().images * 15).astype(np.uint8)[:, None]


@pytest.fixture(scope="module")
def colors() -> Array:
    """Images in color whose pixels and channels go together, with a variance along every axis."""
    noise = np.random.default_rng(0)
    mixed = noise.normal(size=(1500, 48)) @ noise.normal(size=(48, 48))
    return np.clip(120 + 12 * mixed, 0, 255).astype(np.uint8).reshape(1500, 3, 4, 4)


def whitened(images: Array, kind: Any) -> tuple[Array, Array]:
    """The images by channel in mean 0 and deviation 1, and what whitening makes of them (N D, float64)."""
    plain = fitted(Preprocessing(size=(*images.shape[2:],), channels=images.shape[1], normalize=None), images)
    full = fitted(Preprocessing(size=(*images.shape[2:],), channels=images.shape[1], normalize=kind), images)
    assert (full.mean, full.deviation) == (plain.mean, plain.deviation)
    batch = torch.from_numpy(images)
    return tuple(normalize(batch, each).flatten(1).double().numpy() for each in (plain, full))  # type: ignore[return-value]


def shrunk(covariance: Array) -> Array:
    """Variances v as v / (v + the least variance): what is left of a covariance that is whitened."""
    variances, axes = np.linalg.eigh(covariance)
    return np.asarray((axes * (variances / (variances + LEAST_VARIANCE))) @ axes.T)


@pytest.mark.parametrize("name", ["digits", "colors"])
def test_pca_gives_the_components_of_scikit_learn(name: str, request: pytest.FixtureRequest) -> None:
    plain, found = whitened(request.getfixturevalue(name), "pca")
    oracle = PCA(svd_solver="full").fit(plain)
    expected = oracle.transform(plain) / np.sqrt(oracle.explained_variance_ * (1 - 1 / len(plain)) + LEAST_VARIANCE)
    turned = np.sign((expected * found).sum(0))
    varied = oracle.explained_variance_ > 1e-6
    np.testing.assert_allclose((found * turned)[:, varied], expected[:, varied], atol=2e-3)


@pytest.mark.parametrize("kind", ["pca", "zca"])
@pytest.mark.parametrize("name", ["digits", "colors"])
def test_nothing_goes_together_any_more(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    plain, found = whitened(request.getfixturevalue(name), kind)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-4)
    left = shrunk(np.cov(plain.T, bias=True))
    covariance = np.cov(found.T, bias=True)
    if kind == "pca":
        np.testing.assert_allclose(covariance, np.diag(np.sort(np.linalg.eigvalsh(left))[::-1]), atol=1e-4)
    else:
        np.testing.assert_allclose(covariance, left, atol=1e-4)


def test_strong_axes_come_out_with_variance_1() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (6000, 1, 4, 4), np.uint8)
    _, found = whitened(noise, "zca")
    np.testing.assert_allclose(np.cov(found.T, bias=True), np.eye(16) / (1 + LEAST_VARIANCE), atol=0.01)


def test_zca_changes_the_images_least(colors: Array) -> None:
    """Of all whitened images those nearest to the originals, as Bell and Sejnowski say."""
    plain, zca = whitened(colors, "zca")
    _, pca = whitened(colors, "pca")
    plain = plain - plain.mean(0)
    noise = np.random.default_rng(3)
    turns = [np.linalg.qr(noise.normal(size=(48, 48)))[0] for _ in range(20)]
    others = [((pca @ turn - plain) ** 2).mean() for turn in (np.eye(48), *turns)]
    assert ((zca - plain) ** 2).mean() < min(others)


def test_the_matrix_of_zca_is_symmetric_and_components_point_up(colors: Array) -> None:
    scale, offset = (1 / 64,) * 3, (-2.0,) * 3
    matrix = fit_whitening(colors, scale, offset, "zca").matrix
    assert torch.allclose(matrix, matrix.T, atol=1e-5)
    axes = fit_whitening(colors, scale, offset, "pca").matrix
    assert bool((axes.gather(1, axes.abs().argmax(1, keepdim=True)) > 0).all())


def test_the_order_of_the_images_does_not_matter(colors: Array) -> None:
    one, two = (fit_whitening(images, (1 / 64,), (-2.0,), "zca") for images in (colors, colors[::-1]))
    assert torch.equal(one.mean, two.mean)
    assert torch.equal(one.matrix, two.matrix)


def test_a_constant_set_is_not_divided_by_zero() -> None:
    images = np.full((3, 1, 2, 2), 51, np.uint8)
    for kind in ("pca", "zca"):
        _, found = whitened(images, kind)
        np.testing.assert_allclose(found, 0, atol=1e-4)


def test_the_least_variance_bounds_what_is_enlarged(digits: Array) -> None:
    matrix = fit_whitening(digits, (1 / 96,), (-0.8,), "zca").matrix
    assert float(torch.linalg.matrix_norm(matrix, 2)) == pytest.approx(LEAST_VARIANCE**-0.5, rel=1e-3)


def test_a_batch_keeps_its_shape_and_an_image_its_result(colors: Array) -> None:
    whitening = fit_whitening(colors, (1 / 64,), (-2.0,), "zca")
    batch = torch.randn(6, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    together = whiten(batch.contiguous(memory_format=torch.channels_last), whitening)
    assert together.shape == batch.shape
    assert torch.allclose(together[2:3], whiten(batch[2:3], whitening), atol=1e-5)


def test_large_images_are_a_mistake_here() -> None:
    with pytest.raises(AssertionError, match=f"at most {MOST_INPUTS} numbers an image, got 3136"):
        fit_whitening(np.zeros((2, 1, 56, 56), np.uint8), (1.0,), (0.0,), "zca")


def test_a_whitening_is_fitted_once_and_looked_up_after_that(
    colors: Array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_SMALL", 0)  # bytes; else so small a matrix is not worth a file
    plain = Preprocessing(size=(4, 4), channels=3, normalize="zca")
    first = fitted(plain, colors, name="colors").whitening
    assert [(entry.kind, entry.name, entry.shape) for entry in cache.entries()] == [("whitening", "colors", (49, 48))]
    with monkeypatch.context() as patched:
        patched.setattr("neocog.data.tensors.fit_whitening", None)
        again = fitted(plain, colors).whitening
        encoded = fitted(plain, Encoded(colors.shape, lambda place: colors[place])).whitening
    for found in (again, encoded):
        assert first is not None and found is not None
        assert torch.equal(found.mean, first.mean)
        assert torch.equal(found.matrix, first.matrix)
    changed = colors.copy()
    changed[0, 0, 0, :2] = changed[0, 0, 0, 1::-1]  # neither mean nor deviation differ
    for images, kind in (colors, "pca"), (changed, "zca"):
        other = fitted(Preprocessing(size=(4, 4), channels=3, normalize=kind), images).whitening  # type: ignore[arg-type]
        assert other is not None and first is not None
        assert not torch.equal(other.matrix, first.matrix)
    assert len(cache.entries()) == 3


def test_without_room_a_whitening_is_fitted_each_time(
    colors: Array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_SMALL", 0)
    plain = Preprocessing(size=(4, 4), channels=3, normalize="zca")
    found, kept = fitted(plain, colors, cache_gb=1e-9).whitening, fitted(plain, colors).whitening
    assert found is not None and kept is not None
    assert torch.equal(found.matrix, kept.matrix)
