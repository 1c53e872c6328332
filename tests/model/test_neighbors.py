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


def test_codes_of_zeros_are_far_from_all() -> None:
    assert np.isfinite(nearest(np.zeros((2, 3), np.float32), np.eye(3, dtype=np.float32)).distance).all()
