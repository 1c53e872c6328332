"""Every measure against scikit-learn or SciPy on random answers, then the edges by hand."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.calibration import calibration_curve

from neocog.core.errors import DataError
from neocog.evaluate import accuracy, checked, measure, precision_recall
from neocog.evaluate.accuracy import top_accuracies
from neocog.evaluate.calibration import calibration
from neocog.evaluate.confusion import largest_confusions
from neocog.evaluate.log_loss import log_loss
from neocog.evaluate.roc import areas, curve

Answers = tuple[NDArray[np.int64], NDArray[np.float64]]


def _random(seed: int, n: int, classes: int, sharpness: float = 2.0) -> Answers:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, classes, n)
    logits = generator.normal(size=(n, classes)) * sharpness
    logits[np.arange(n), targets] += sharpness
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return targets, odds / odds.sum(axis=1, keepdims=True)


some_answers = st.builds(
    _random, st.integers(0, 10_000), st.integers(2, 120), st.integers(2, 12), st.sampled_from([0.1, 1.0, 4.0, 40.0])
)


@settings(max_examples=60, deadline=None)
@given(some_answers)
def test_the_figures_equal_those_of_scikit_learn(answers: Answers) -> None:
    targets, probabilities = answers
    classes = probabilities.shape[1]
    answer = probabilities.argmax(axis=1)
    labels = list(range(classes))
    got = measure(targets, probabilities, [str(label) for label in labels])
    assert got.accuracy.value == pytest.approx(metrics.accuracy_score(targets, answer))
    present = np.unique(targets)
    recalls = metrics.recall_score(targets, answer, labels=present, average=None)
    assert got.balanced_accuracy == pytest.approx(recalls.mean())
    occurring = np.union1d(present, answer)
    assert got.macro_f1 == pytest.approx(metrics.f1_score(targets, answer, labels=occurring, average="macro"))
    assert got.log_loss == pytest.approx(metrics.log_loss(targets, probabilities, labels=labels), rel=1e-6)
    assert (got.confusion == metrics.confusion_matrix(targets, answer, labels=labels)).all()
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        targets, answer, labels=labels, zero_division=np.nan
    )
    for label, figures in enumerate(got.per_class):
        assert figures.support == support[label]
        assert (figures.recall.value if figures.recall else np.nan) == pytest.approx(recall[label], nan_ok=True)
        assert (figures.precision.value if figures.precision else np.nan) == pytest.approx(
            precision[label], nan_ok=True
        )
        if figures.support + figures.answered:
            assert figures.f1_interval is not None
            assert figures.f1_interval.low <= f1[label] <= figures.f1_interval.high
            assert figures.f1 == pytest.approx(f1[label])
    for label, area in enumerate(got.areas):
        if area is not None:
            assert area == pytest.approx(metrics.roc_auc_score(targets == label, probabilities[:, label]))


@settings(max_examples=60, deadline=None)
@given(some_answers)
def test_top_k_equals_scikit_learn(answers: Answers) -> None:
    targets, probabilities = answers
    labels = list(range(probabilities.shape[1]))
    for k, value in enumerate(top_accuracies(targets, probabilities), 1):
        if (
            k < len(labels) > 2
            and (np.sort(probabilities, axis=1)[:, 1:] > np.sort(probabilities, axis=1)[:, :-1]).all()
        ):
            oracle = metrics.top_k_accuracy_score(targets, probabilities, k=k, labels=labels)
            assert value.value == pytest.approx(oracle)
        if k == len(labels):
            assert value.value == 1.0


@settings(max_examples=60, deadline=None)
@given(some_answers, st.integers(1, 30))
def test_reliability_bins_equal_those_of_scikit_learn(answers: Answers, bins: int) -> None:
    targets, probabilities = answers
    right = probabilities.argmax(axis=1) == targets
    confidence = np.minimum(probabilities.max(axis=1), 1.0)
    got = calibration(targets, probabilities, bins)
    accuracies, confidences = calibration_curve(right, confidence, n_bins=bins)
    assert [each.accuracy.value for each in got.bins] == pytest.approx(accuracies.tolist())
    assert [each.confidence for each in got.bins] == pytest.approx(confidences.tolist())
    weights = np.array([each.accuracy.n for each in got.bins]) / len(targets)
    assert got.error == pytest.approx(float((weights * np.abs(accuracies - confidences)).sum()))


def test_a_class_that_is_absent_has_no_recall_and_no_area() -> None:
    got = measure([0, 0, 1], [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1]], ["a", "b", "c"])
    absent = got.per_class[2]
    assert (absent.support, absent.answered, absent.recall, absent.f1) == (0, 1, None, 0.0)
    assert got.areas[2] is None
    assert got.balanced_accuracy == 0.75  # over the two classes that occur
    assert got.confusion.shape == (3, 3)
    json.dumps(got.to_dict(), allow_nan=False)


def test_one_class_only_among_the_targets() -> None:
    got = measure([1, 1], [[0.4, 0.6], [0.6, 0.4]], ["a", "b"])
    assert got.macro_area is None
    assert got.baseline.accuracy == 1.0
    json.dumps(got.to_dict(), allow_nan=False)


def test_one_class_only_among_the_answers() -> None:
    got = measure([0, 1, 1], [[0.9, 0.1]] * 3, ["a", "b"])
    assert got.per_class[1].precision is None
    assert got.per_class[1].recall is not None
    assert (got.per_class[1].recall.value, got.per_class[1].f1) == (0.0, 0.0)
    assert got.areas == (0.5, 0.5)  # ties everywhere: a coin


def test_probabilities_of_exactly_zero_and_one() -> None:
    sure = [[1.0, 0.0], [1.0, 0.0]]
    assert log_loss([0, 0], sure) == 0.0
    assert log_loss([0, 1], sure) == pytest.approx(metrics.log_loss([0, 1], sure, labels=[0, 1]))
    assert calibration([0, 1], sure).error == 0.5
    assert calibration([0, 1], sure).bins[0].high == 1.0


def test_one_sample() -> None:
    got = measure([1], [[0.3, 0.7]], ["a", "b"])
    assert (got.n, got.accuracy.value, got.accuracy.high) == (1, 1.0, 1.0)
    assert 0.2 < got.accuracy.low < 0.21  # by hand: 1 / (1 + 1.96^2)
    json.dumps(got.to_dict(), allow_nan=False)


def test_fewer_than_five_classes_give_fewer_tops() -> None:
    assert len(measure([0], [[0.5, 0.3, 0.2]], ["a", "b", "c"]).top) == 3


def test_the_decks_confusion_matrix() -> None:
    """Lecture text 000: TP 1, FP 1, FN 8, TN 90."""
    targets = np.array([1] * 9 + [0] * 91)
    yes = np.array([1] + [0] * 8 + [1] + [0] * 90)
    got = measure(targets, np.stack([1.0 - yes, yes], axis=1), ["no", "yes"])
    assert got.accuracy.value == 0.91
    assert got.per_class[1].recall is not None
    assert got.per_class[1].recall.value == pytest.approx(1 / 9)
    assert got.confusion.tolist() == [[90, 1], [8, 1]]


def test_a_roc_curve_rises_and_its_area_is_the_one_reported() -> None:
    targets, probabilities = _random(3, 200, 4)
    line = curve(targets, probabilities, 2)
    assert (np.diff(line.false_positive) >= 0).all()
    assert (np.diff(line.true_positive) >= 0).all()
    assert metrics.auc(line.false_positive, line.true_positive) == pytest.approx(
        areas(targets, probabilities).values[2]
    )


def test_largest_confusions_come_in_order_and_skip_empty_cells() -> None:
    matrix = np.array([[5, 2, 0], [7, 1, 0], [0, 0, 3]])
    assert [(each.true, each.answer, each.count, each.of) for each in largest_confusions(matrix)] == [
        (1, 0, 7, 8),
        (0, 1, 2, 7),
    ]


@pytest.mark.parametrize(
    ("targets", "probabilities", "message"),
    [
        ([0], [[np.nan, 0.5]], "probabilities must be finite, not .* in row 0; train the model anew"),
        ([0], [[np.inf, 0.5]], "probabilities must be finite"),
        ([0, 1], [[0.5, 0.5]], r"must share n, not \[2\] and \[1, 2\]; give one row"),
        ([], np.zeros((0, 2)), "a verdict needs at least one sample, not 0; give data"),
        ([0], [[1.0]], "at least two classes, not 1; give a column"),
        ([2], [[0.5, 0.5]], "targets must be whole numbers from 0 to 1, not 2 to 2; count classes from 0"),
        ([0.5], [[0.5, 0.5]], "targets must be whole numbers"),
        ([0], [[-0.5, 1.5]], "probabilities must lie in 0 to 1, not -0.5 to 1.5; apply softmax first"),
        ([0], [[0.5, 0.2]], "must sum to 1, not to 0.7 in row 0; apply softmax first"),
    ],
)
def test_what_is_no_probability_is_refused(targets: list[int], probabilities: list[list[float]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        checked(targets, probabilities)
    with pytest.raises(DataError, match=message):
        accuracy(targets, probabilities)


def test_names_must_be_as_many_as_columns() -> None:
    with pytest.raises(DataError, match="a class name for each of the 2 columns, not 1; name them all"):
        measure([0], [[0.5, 0.5]], ["a"])


@settings(max_examples=40, deadline=None)
@given(some_answers)
def test_precision_and_recall_are_scikit_learn_s(answers: Answers) -> None:
    targets, probabilities = answers
    label = int(targets[0])
    found = precision_recall(targets, probabilities, label)
    own = targets == label
    assert found.average == pytest.approx(metrics.average_precision_score(own, probabilities[:, label]))
    assert (found.recall[0], found.recall[-1]) == (0.0, 1.0)
    assert (np.diff(found.recall) >= 0).all()
    assert found.precision[-1] >= own.mean() - 1e-12
    gained = float(np.sum(np.diff(found.recall) * found.precision[1:]))
    assert gained == pytest.approx(found.average), "the step function under the curve"
