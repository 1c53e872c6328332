"""Measures of several labels, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    hamming_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

from neocog.core.errors import DataError
from neocog.evaluate import measure_labels
from neocog.evaluate.labels import average_precision

NAMES = ("a", "b", "c", "d")


def drawn(seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities that tell something of them, with ties."""
    random = np.random.default_rng(seed)
    held = random.random((rows, 4)) < np.array([0.1, 0.3, 0.5, 0.8])
    chances = np.round(np.clip(0.3 * held + random.random((rows, 4)) * 0.7, 0, 1), 2)
    held[0] = True
    return held.astype(int), chances


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(3, 40))
def test_average_precision_is_that_of_scikit_learn(seed, rows):
    random = np.random.default_rng(seed)
    held, chances = random.random(rows) < 0.4, np.round(random.random(rows), 1)
    if held.any():
        assert average_precision(held, chances) == pytest.approx(average_precision_score(held, chances))
    else:
        assert average_precision(held, chances) is None


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_that_of_scikit_learn(seed):
    held, chances = drawn(seed)
    limits = (0.3, 0.5, 0.4, 0.7)
    claimed = chances >= np.array(limits)
    found = measure_labels(held, chances, NAMES, limits)
    assert found.mean_average_precision == pytest.approx(average_precision_score(held, chances, average="macro"))
    assert found.micro_f1 == pytest.approx(f1_score(held, claimed, average="micro"))
    assert found.macro_f1 == pytest.approx(f1_score(held, claimed, average="macro", zero_division=0))
    assert found.subset_accuracy.value == accuracy_score(held, claimed)
    assert found.hamming_loss == pytest.approx(hamming_loss(held, claimed))
    assert found.base_rate == pytest.approx(held.mean())
    for place, each in enumerate(found.per_label):
        own, said = held[:, place], claimed[:, place]
        assert each.area == pytest.approx(roc_auc_score(own, chances[:, place]))
        assert each.precision is not None and each.recall is not None
        assert each.precision.value == pytest.approx(precision_score(own, said))
        assert each.recall.value == pytest.approx(recall_score(own, said))
        assert each.f1 == pytest.approx(f1_score(own, said))
    assert found.together.diagonal().tolist() == (held & claimed).sum(axis=0).tolist()
    assert np.array_equal(found.occurring, held.T @ held)
    document = found.to_dict()
    assert document["mean_average_precision_low"] <= document["mean_average_precision"]
    assert len(document["per_label"]) == 4


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Of samples from a large set, the interval holds the large set's figure in most cases."""
    held, chances = drawn(1, 4000)
    truth = average_precision_score(held, chances, average="macro")
    random, inside = np.random.default_rng(2), 0
    for _ in range(40):
        rows = random.integers(0, 4000, 80)
        ends = measure_labels(held[rows], chances[rows], NAMES).mean_average_precision_interval
        inside += ends.low <= truth <= ends.high
    assert 32 <= inside <= 40


def test_a_perfect_ranking_has_an_interval():
    found = measure_labels([[1], [0], [1], [0]], [[0.9], [0.2], [0.8], [0.1]], ["a"])
    assert found.mean_average_precision == 1.0
    ends = found.mean_average_precision_interval
    assert ends.low < 1.0 == ends.high


def test_the_top_label_of_a_group():
    held = [[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    chances = [[0.2, 0.1, 0.9], [0.6, 0.4, 0.1], [0.9, 0.1, 0.2], [0.9, 0.2, 0.8]]
    found = measure_labels(held, chances, ["red", "blue", "shirt"], groups=[("color", ("red", "blue"))])
    assert [(each.name, each.accuracy.hits, each.accuracy.n) for each in found.groups] == [("color", 2, 3)]
    assert measure_labels(held, chances, ["a", "b", "c"], groups=[("kind", ("b",))]).groups[0].accuracy.n == 1


def test_a_label_that_no_image_has():
    found = measure_labels([[1, 0], [0, 0]], [[0.9, 0.6], [0.1, 0.2]], ["a", "b"])
    assert found.mean_average_precision == 1.0
    last = found.per_label[1]
    assert (last.average_precision, last.area, last.recall, last.claimed) == (None, None, None, 1)
    assert found.to_dict()["per_label"][1]["average_precision"] is None


def test_what_cannot_be_judged():
    with pytest.raises(DataError, match=r"must be \[n, 2\], got \[2, 1\] and \[2, 2\]; give a column for each label"):
        measure_labels([[1], [0]], [[0.5, 0.5], [0.5, 0.5]], ["a", "b"])
    with pytest.raises(DataError, match="needs images that have some, got none; give others"):
        measure_labels([[0, 0]], [[0.5, 0.5]], ["a", "b"])
