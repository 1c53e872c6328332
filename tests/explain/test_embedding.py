"""The space of codes: components as scikit-learn's, t-SNE that keeps more neighbors, and what a map says of itself."""

import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from neocog.build import build
from neocog.core.errors import DataError, ExtensionError
from neocog.data import Preprocessing
from neocog.explain import nearest_images, pca, tsne
from neocog.explain.embedding import _neighbors, preservation
from neocog.model import Keeping, logits
from neocog.network import Conv, Dense, Flatten, Network, ReLU


def unit(codes: NDArray[np.float32]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = codes / np.linalg.norm(codes.astype(np.float64), axis=1, keepdims=True)
    return found


@pytest.fixture(scope="module")
def digits() -> NDArray[np.float32]:
    return load_digits().data[:600].astype(np.float32)


@pytest.mark.parametrize("shape", [(300, 7), (40, 90), (5000, 3)])
def test_components_are_scikit_learns(shape: tuple[int, int]) -> None:
    """In several blocks, of more numbers than images too; the sign of an axis is no matter."""
    random = np.random.default_rng(0)
    codes = (random.normal(size=shape) @ random.normal(size=(shape[1], shape[1])) + 1).astype(np.float32)
    found = pca(codes)
    oracle = PCA(2).fit(unit(codes))
    wanted = oracle.transform(unit(codes))
    signs = np.sign((wanted * found.points).sum(axis=0))
    assert found.points == pytest.approx(wanted * signs, abs=1e-4)
    assert found.explained == pytest.approx(oracle.explained_variance_ratio_, abs=1e-6)
    assert (pca(codes).points == found.points).all()


def test_preservation_is_the_share_of_common_neighbors(digits: NDArray[np.float32]) -> None:
    points = pca(digits).points
    near = NearestNeighbors(n_neighbors=10).fit(unit(digits)).kneighbors(return_distance=False)
    beside = NearestNeighbors(n_neighbors=10).fit(points).kneighbors(return_distance=False)
    shares = [len(set(one) & set(other)) / 10 for one, other in zip(near.tolist(), beside.tolist(), strict=True)]
    assert preservation(digits, points) == pytest.approx(np.mean(shares), abs=2e-3)
    dealt = np.random.default_rng(0).normal(size=points.shape).astype(np.float32)
    assert preservation(digits, dealt) == pytest.approx(pca(digits).by_chance, abs=0.01)
    plane = np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32)
    plane /= np.linalg.norm(plane, axis=1, keepdims=True)
    assert preservation(plane, plane) == 1


def test_few_images_and_short_codes() -> None:
    with pytest.raises(DataError, match="a map needs 2 images at least, got 1; give more"):
        pca(np.ones((1, 4), np.float32))
    line = pca(np.array([[1], [-2], [3]], np.float32))
    assert line.points.shape == (3, 2) and (line.points[:, 1] == 0).all()
    assert np.isfinite(pca(np.zeros((3, 4), np.float32)).points).all()
    told = line.to_dict()
    assert told["way"] == "pca" and len(told["points"]) == 3


def test_t_sne_keeps_more_neighbors_than_components(digits: NDArray[np.float32]) -> None:
    pytest.importorskip("openTSNE")
    steps: list[int] = []
    found, flat = tsne(digits, progress=lambda done, _: steps.append(done)), pca(digits)
    assert found.preserved > flat.preserved + 0.1
    assert trustworthiness(unit(digits), found.points) > trustworthiness(unit(digits), flat.points) + 0.05
    assert steps[:2] == [1, 2] and steps[-1] == 752 and steps == sorted(steps), "neighbors in two parts, then 750 steps"
    steps.clear()
    assert (tsne(digits, progress=lambda done, _: steps.append(done)).points == found.points).all()
    assert steps == [], "it was kept"
    with pytest.raises(DataError, match="a map needs 4 images at least, got 3; give more"):
        tsne(digits[:3])
    assert tsne(digits[:4]).points.shape == (4, 2)


def test_neighbors_are_scikit_learns() -> None:
    points = np.random.default_rng(0).normal(size=(1100, 5))
    told: list[None] = []
    places, distances = _neighbors(points, 7, lambda: told.append(None))
    far, near = NearestNeighbors(n_neighbors=7).fit(points).kneighbors()
    assert (places == near).all()
    assert distances == pytest.approx(far, abs=1e-6)
    assert len(told) == 3


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(
        ExtensionError, match=r"the t-SNE map needs the package openTSNE, and openTSNE is not installed"
    ):
        tsne(np.ones((5, 3), np.float32))


def test_nearest_images_are_those_of_nearest_codes() -> None:
    network = Network((1, 8, 8), (Conv(4, 3), ReLU(), Flatten(), Dense(9), ReLU(), Dense(3)))
    module = build(network, seed=1)
    preprocessing = Preprocessing(size=(8, 8), channels=1)
    known = np.random.default_rng(0).integers(0, 256, (150, 1, 8, 8)).astype(np.uint8)
    asked = known[[3, 77]].copy()
    asked[0, 0, 0, 0] ^= 3
    keeping = Keeping(name="noise", hashes=[str(at) for at in range(150)])
    for kept in (None, keeping, keeping):
        found = nearest_images(module, "relu2", asked, known, preprocessing, kept, count=4)
        assert found.place[:, 0].tolist() == [3, 77]
        assert found.distance[1, 0] == pytest.approx(0, abs=1e-6)
    seen = logits(build(Network((1, 8, 8), network.layers[:5]), seed=1), known, preprocessing)
    oracle = NearestNeighbors(n_neighbors=4).fit(unit(seen)).kneighbors(unit(seen[[77]]), return_distance=False)
    assert found.place[1].tolist() == oracle[0].tolist()
