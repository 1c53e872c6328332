"""The intervals: against SciPy's bootstrap, against a slow loop of our own, and by how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics

from neocog.core.proportion import wilson
from neocog.evaluate import Interval, measure, per_class
from neocog.evaluate.bootstrap import DRAWS, class_means, drawn_counts, drawn_sums, mirrored, percentiles
from neocog.evaluate.roc import areas

COVERED = 0.9
"""The least share of 300 simulated test sets whose 95 % interval must hold the truth: below it lies no luck."""


def _answers(seed: int, n: int, classes: int, sharpness: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    targets = np.arange(n) % classes
    scores = generator.normal(size=(n, classes)) * 2
    scores[np.arange(n), targets] += sharpness
    odds = np.exp(scores)
    return targets, odds / odds.sum(axis=1, keepdims=True)


def test_the_sums_are_drawn_as_scipy_draws_them() -> None:
    values = np.random.default_rng(3).gamma(1.0, size=80)
    draws = drawn_sums(values[:, None], np.zeros(80, dtype=np.int64))[:, 0] / 80
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0))
    ours = percentiles(draws)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.02)
    assert draws.std() == pytest.approx(theirs.standard_error, rel=0.06)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 9))
def test_each_draw_holds_as_many_of_each_stratum(sizes: list[int], seed: int) -> None:
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    drawn = drawn_sums(np.eye(len(sizes))[strata], strata, seed)
    assert drawn.shape == (DRAWS, len(sizes))
    assert (drawn == sizes).all()
    table = np.random.default_rng(seed).integers(0, 9, (len(sizes), 4))
    for row, cells, counts in drawn_counts(table, seed):
        assert (counts.sum(axis=1) == table[row].sum()).all()
        assert (table[row][cells] > 0).all()
        assert counts.mean(axis=0) == pytest.approx(table[row][cells], abs=0.5)


def test_the_draws_are_a_function_of_the_seed() -> None:
    targets, given_ = _answers(1, 60, 3, 2.0)
    names = ["a", "b", "c"]
    assert measure(targets, given_, names).to_dict() == measure(targets, given_, names).to_dict()
    matrix = measure(targets, given_, names).confusion
    assert (class_means(matrix, 0)[0] == class_means(matrix, 0)[0]).all()
    assert (class_means(matrix, 0)[0] != class_means(matrix, 1)[0]).any()


def test_a_large_set_is_drawn_in_parts_of_the_same_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    values, strata = np.random.default_rng(0).normal(size=(50, 2)), np.arange(50) % 3
    whole = drawn_sums(values, strata)
    monkeypatch.setattr("neocog.core.resampling._AT_ONCE", 120)
    assert drawn_sums(values, strata) == pytest.approx(whole), "the parts do not change what is drawn"


def _slow(targets: NDArray[np.int64], given: NDArray[np.float64], draws: int = 300) -> dict[str, NDArray[np.float64]]:
    """Every figure by scikit-learn, on test sets that a plain loop draws."""
    generator = np.random.default_rng(11)
    found: dict[str, list[float]] = {"balanced": [], "f1": [], "area": [], "loss": []}
    labels = np.arange(given.shape[1])
    for _ in range(draws):
        rows = np.concatenate(
            [generator.choice(np.flatnonzero(targets == label), (targets == label).sum()) for label in labels]
        )
        truth, chances = targets[rows], given[rows]
        found["balanced"].append(metrics.balanced_accuracy_score(truth, chances.argmax(axis=1)))
        found["f1"].append(metrics.f1_score(truth, chances.argmax(axis=1), labels=labels, average="macro"))
        areas_ = [metrics.roc_auc_score(truth == label, chances[:, label]) for label in labels]
        found["area"].append(float(np.mean(areas_)))
        found["loss"].append(metrics.log_loss(truth, chances, labels=labels))
    return {name: np.array(values) for name, values in found.items()}


def test_the_intervals_equal_those_of_a_slow_loop() -> None:
    targets, given_ = _answers(5, 200, 3, 2.5)
    got = measure(targets, given_, ["a", "b", "c"])
    slow = {name: percentiles(values) for name, values in _slow(targets, given_).items()}
    ours = got.intervals
    assert ours.macro_area is not None
    pairs = [
        (ours.balanced_accuracy, slow["balanced"], 0.015),
        (ours.macro_f1, slow["f1"], 0.015),
        (ours.macro_area, slow["area"], 0.01),
        (ours.log_loss, slow["loss"], 0.03),
    ]
    for mine, theirs, near in pairs:
        assert mine.low == pytest.approx(theirs.low, abs=near)
        assert mine.high == pytest.approx(theirs.high, abs=near)


def test_the_pulls_move_the_mean_area_as_one_more_sample_does() -> None:
    targets, given_ = _answers(2, 300, 3, 2.0)
    found = areas(targets, given_)
    assert found.pulls.sum() == pytest.approx(0, abs=1e-12)
    mean = np.mean([metrics.roc_auc_score(targets == label, given_[:, label]) for label in range(3)])
    for sample in (0, 100, 250):
        weights = np.ones(300)
        weights[sample] += 1e-3
        moved = [metrics.roc_auc_score(targets == k, given_[:, k], sample_weight=weights) for k in range(3)]
        assert (np.mean(moved) - mean) / 1e-3 == pytest.approx(found.pulls[sample], abs=2e-4)


def test_without_a_mistake_the_intervals_are_not_nothing_wide() -> None:
    targets = np.arange(60) % 3
    got = measure(targets, np.eye(3)[targets] * 0.97 + 0.01, ["a", "b", "c"])
    assert got.intervals.balanced_accuracy == Interval(pytest.approx(0.95), 1.0)
    assert got.intervals.macro_f1 == Interval(pytest.approx(0.95), 1.0)
    assert got.intervals.macro_area == Interval(pytest.approx(0.975), 1.0)
    assert got.per_class[0].f1_interval == Interval(pytest.approx(2 / (1 + 1 / wilson(20, 20)[0])), 1.0)
    assert got.area_intervals[0] == Interval(*wilson(20, 20))


def test_no_interval_of_a_handful_of_samples_leaves_zero_to_one() -> None:
    targets = np.array([0, 1])
    given = np.array([[0.9, 0.1], [0.1, 0.9]])
    for each in (given, given[:, ::-1].copy()):
        found = measure(targets, each, ("a", "b")).intervals
        for told in (found.balanced_accuracy, found.macro_f1):
            assert 0 <= told.low <= told.high <= 1


def test_balanced_accuracy_and_f1_hold_the_truth() -> None:
    """Three classes of unlike sizes; the truth is that of the rates the answers are drawn from."""
    sizes = np.array([100, 30, 30])
    rates = np.array([[0.98, 0.01, 0.01], [0.05, 0.9, 0.05], [0.02, 0.08, 0.9]])
    expected = rates * sizes[:, None]
    own = expected.diagonal()
    each = 2 * own / (sizes + expected.sum(axis=0))
    generator = np.random.default_rng(0)
    held = np.zeros(3)
    for trial in range(300):
        matrix = np.stack([generator.multinomial(size, row) for size, row in zip(sizes, rates, strict=True)])
        balanced, f1 = map(percentiles, class_means(matrix, trial))
        last = per_class(matrix)[2].f1_interval
        assert last is not None
        held += [
            balanced.low <= rates.diagonal().mean() <= balanced.high,
            f1.low <= each.mean() <= f1.high,
            last.low <= each[2] <= last.high,
        ]
    assert (held / 300 > COVERED).all(), held / 300


def test_rare_mistakes_are_held_too() -> None:
    """Where most test sets show one mistake or none: a plain bootstrap holds the truth in about half of them."""
    generator = np.random.default_rng(1)
    held = 0
    for trial in range(300):
        right = generator.binomial(60, 0.995, 3)
        matrix = np.diag(right) + np.roll(np.diag(60 - right), 1, axis=1)
        ends = percentiles(class_means(matrix, trial)[0])
        held += ends.low <= 0.995 <= ends.high
    assert held / 300 > COVERED


def test_area_loss_and_calibration_hold_the_truth() -> None:
    """Answers with probabilities of which the truth is known from a hundred thousand samples."""
    names = ["a", "b", "c"]
    large = measure(*_answers(99, 99_999, 3, 3.0), names)
    held = np.zeros(4)
    for trial in range(120):
        got = measure(*_answers(trial, 200, 3, 3.0), names)
        ends = [got.intervals.macro_area, got.intervals.log_loss, got.intervals.calibration_error]
        truths = [large.macro_area, large.log_loss, large.calibration.error]
        pairs = zip([*ends, got.area_intervals[0]], [*truths, large.areas[0]], strict=True)
        for place, (interval, truth) in enumerate(pairs):
            assert interval is not None
            assert truth is not None
            held[place] += interval.low <= truth <= interval.high
    assert (held / 120 > COVERED - 0.02).all(), held / 120


def test_a_calibrated_model_may_have_no_error_at_all() -> None:
    """Chance alone makes some error: the interval must reach down to 0, which the plain percentiles never do."""
    generator = np.random.default_rng(4)
    zero = 0
    for _ in range(100):
        sure = generator.uniform(0.5, 1.0, 200)
        right, label = generator.random(200) < sure, generator.integers(0, 2, 200)
        chances = np.where(np.eye(2, dtype=bool)[label], sure[:, None], 1 - sure[:, None])
        got = measure(np.where(right, label, 1 - label), chances, ["a", "b"])
        zero += got.intervals.calibration_error.low == 0.0
        assert got.calibration.off == (got.intervals.calibration_error.low > 0)
    assert zero >= 90


def test_mirrored_never_leaves_zero() -> None:
    assert mirrored(np.array([0.3, 0.5]), 0.1).low == 0.0


def test_many_classes_and_samples_stay_bounded() -> None:
    """A thousand classes; what is drawn at once does not grow with the samples."""
    targets, given_ = _answers(0, 3000, 1000, 6.0)
    got = measure(targets, given_, [str(label) for label in range(1000)])
    ends = got.intervals.balanced_accuracy
    assert ends.low < got.balanced_accuracy < ends.high
    assert ends.high - ends.low < 0.1
