"""Nearest by the codes: beside scikit-learn's search, and copies that are named."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from neocog.model import nearest


@pytest.mark.parametrize("count", [1, 7])
def test_they_are_the_nearest(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neocog.model.neighbors._KNOWN", 16)  # four blocks, the last one shorter than the others
    random = np.random.default_rng(0)
    ours, theirs = random.normal(size=(600, 8)).astype(np.float32), random.normal(size=(50, 8)).astype(np.float32)
    found = nearest(ours, theirs, count)
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (ours, theirs)]
    distance, place = NearestNeighbors(n_neighbors=count).fit(unit[1]).kneighbors(unit[0])
    assert found.place.tolist() == place.tolist()
    assert found.distance == pytest.approx(distance, abs=1e-6)


def test_of_few_known_ones_all_come_and_of_equals_the_first() -> None:
    known = np.array([[1, 0], [0, 1], [2, 0]], np.float32)
    assert nearest(known[:1], known, 9).place.tolist() == [[0, 2, 1]]
    assert nearest(known[:1], known, 1).place.tolist() == [[0]]


def test_copies_are_suspicious_and_nothing_else() -> None:
    random = np.random.default_rng(1)
    theirs = random.normal(size=(200, 16)).astype(np.float32)
    ours = random.normal(size=(100, 16)).astype(np.float32)
    ours[[7, 30]] = theirs[[3, 9]] + [[0.001], [0.01]] * random.normal(size=(2, 16)).astype(np.float32)
    found = nearest(ours, theirs)
    assert found.suspicious.tolist() == [7, 30]
    assert found.place[[7, 30], 0].tolist() == [3, 9]


def test_each_image_is_its_own_measure() -> None:
    """A cluster of images that are all alike names none; one that is nearer than its cluster is named."""
    random = np.random.default_rng(2)
    cluster = np.array([10.0] * 16) + 0.01 * random.normal(size=(50, 16))
    theirs = np.concatenate([random.normal(size=(50, 16)), cluster]).astype(np.float32)
    ours = np.array([10.0] * 16) + 0.01 * random.normal(size=(20, 16))
    assert not len(nearest(ours.astype(np.float32), theirs).suspicious)
    ours[4] = theirs[60] + 0.0005 * random.normal(size=16)
    assert nearest(ours.astype(np.float32), theirs).suspicious.tolist() == [4]


def test_beside_each_other_pairs_are_named_once_the_nearest_first() -> None:
    random = np.random.default_rng(3)
    codes = random.normal(size=(700, 16)).astype(np.float32)
    codes[600] = codes[20] + 0.01 * random.normal(size=16)
    codes[5] = codes[9] + 0.001 * random.normal(size=16)
    found = nearest(codes)
    assert (found.place != np.arange(700)[:, None]).all()
    assert found.pairs == [(5, 9), (20, 600)]


def test_among_few_nothing_is_suspicious() -> None:
    assert not nearest(np.eye(5, dtype=np.float32) + 1).pairs
    assert not len(nearest(np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32)).suspicious)


def test_codes_of_zeros_are_far_from_all() -> None:
    assert np.isfinite(nearest(np.zeros((2, 3), np.float32), np.eye(3, dtype=np.float32)).distance).all()
