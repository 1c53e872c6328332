"""Differences between paired answers: McNemar's test against SciPy, and how often chance is taken for a difference."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from neocog.evaluate import difference, holm, mcnemar, mean_accuracy
from neocog.evaluate.paired import spread

Rights = NDArray[np.bool_]


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_equals_scipy(lost: int, won: int) -> None:
    if lost + won:
        assert mcnemar(lost, won) == pytest.approx(stats.binomtest(won, lost + won, 0.5).pvalue)
    assert mcnemar(lost, won) == mcnemar(won, lost)
    assert 0 < mcnemar(lost, won) <= 1


def test_mcnemar_of_many_samples_is_no_number_too_large() -> None:
    assert mcnemar(4_900, 5_100) == pytest.approx(stats.binomtest(5_100, 10_000, 0.5).pvalue)
    assert mcnemar(0, 3_000) == pytest.approx(0.0, abs=1e-300)
    assert mcnemar(0, 0) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_only_raises(chances: list[float]) -> None:
    found = holm(chances)
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    assert all(found[one] <= found[other] for one, other in pairwise(order))
    assert all(before <= after <= 1 for before, after in zip(chances, found, strict=True))
    assert found[order[0]] == min(1.0, len(chances) * chances[order[0]])


def _pair(generator: np.random.Generator, n: int, lost: float, won: float) -> tuple[Rights, Rights]:
    kind = generator.random(n)
    first, second = np.ones((2, 1, n), dtype=bool)
    first[0, (kind < won) | (kind > 0.97)] = False
    second[0, ((kind >= won) & (kind < won + lost)) | (kind > 0.97)] = False
    return first, second


@pytest.mark.parametrize(("n", "lost", "won"), [(270, 0.01, 0.01), (270, 0.005, 0.03), (1000, 0.0005, 0.004)])
def test_the_interval_holds_the_true_difference(n: int, lost: float, won: float) -> None:
    generator, held = np.random.default_rng(0), 0
    for _ in range(200):
        ends = difference(*_pair(generator, n, lost, won), np.arange(n) % 3).interval
        held += ends.low - 1e-9 <= won - lost <= ends.high + 1e-9
    assert held / 200 > 0.92


def test_chance_is_seldom_taken_for_better() -> None:
    generator = np.random.default_rng(1)
    found = [difference(*_pair(generator, 400, 0.03, 0.03), np.arange(400) % 2) for _ in range(300)]
    assert sum(each.better for each in found) / 300 < 0.05
    assert sum(each.worse for each in found) / 300 < 0.05


def test_a_true_difference_is_found() -> None:
    generator = np.random.default_rng(2)
    assert all(difference(*_pair(generator, 1000, 0.01, 0.06), np.zeros(1000, np.int64)).better for _ in range(30))


def test_the_interval_is_that_of_a_slow_loop() -> None:
    generator = np.random.default_rng(3)
    first, second = _pair(generator, 300, 0.05, 0.1)
    strata = np.arange(300) % 3
    gains = second[0].astype(int) - first[0]
    slow = []
    for _ in range(1500):
        rows = np.concatenate([generator.choice(np.flatnonzero(strata == label), 100) for label in range(3)])
        slow.append(gains[rows].mean())
    ends = difference(first, second, strata).interval
    assert ends.low == pytest.approx(np.quantile(slow, 0.025), abs=0.012)
    assert ends.high == pytest.approx(np.quantile(slow, 0.975), abs=0.012)


def test_the_same_answers_leave_an_interval_about_zero() -> None:
    right = np.ones((1, 100), dtype=bool)
    found = difference(right, right, np.zeros(100, np.int64))
    assert (found.value, found.chance, found.better, found.worse) == (0.0, 1.0, False, False)
    assert found.interval.low < 0 < found.interval.high


def _runs(generator: np.random.Generator, runs: int, n: int, rate: float, luck: float) -> Rights:
    """Runs whose own rates are spread by luck, on images of which some are harder."""
    hard = np.linspace(-0.5, 0.5, n) * 2 * (1 - rate)
    own = rate + luck * generator.normal(size=(runs, 1))
    return np.asarray(generator.random((runs, n)) < own + hard)


def test_runs_that_differ_by_the_luck_of_their_seed_are_seldom_better() -> None:
    """Between runs lies four times what the images alone explain: single runs differ, their means do not."""
    generator, strata = np.random.default_rng(4), np.zeros(4000, np.int64)
    single, several = 0, 0
    for _ in range(120):
        runs = _runs(generator, 8, 4000, 0.9, 0.01)
        single += difference(runs[:1], runs[4:5], strata).better
        several += difference(runs[:4], runs[4:], strata).better
    assert single / 120 > 0.1, "one run each does not know of the seed"
    assert several / 120 < 0.06


def test_several_runs_find_a_way_that_is_better() -> None:
    generator = np.random.default_rng(5)
    found = difference(
        _runs(generator, 4, 2000, 0.88, 0.003), _runs(generator, 4, 2000, 0.93, 0.003), np.zeros(2000, int)
    )
    assert found.better
    assert (found.won, found.lost) == (None, None)


def test_the_sides_may_have_unlike_numbers_of_runs() -> None:
    generator = np.random.default_rng(8)
    found = difference(
        _runs(generator, 1, 900, 0.8, 0.0), _runs(generator, 5, 900, 0.95, 0.005), np.zeros(900, np.int64)
    )
    assert found.better
    assert (
        difference(_runs(generator, 7, 90, 0.8, 0.0), _runs(generator, 3, 90, 0.8, 0.0), np.arange(90) % 2).won is None
    )


def test_two_runs_know_little_of_their_spread() -> None:
    generator = np.random.default_rng(6)
    runs = _runs(generator, 12, 3000, 0.9, 0.01)
    few, many = (mean_accuracy(runs[:k], np.zeros(3000, np.int64)) for k in (2, 12))
    assert few.high - few.low > 3 * (many.high - many.low)
    assert spread(runs[:1]) == 0.0
    assert spread(runs) == pytest.approx(np.std(runs.mean(axis=1), ddof=1))


def test_the_mean_over_runs_holds_the_truth() -> None:
    generator, held = np.random.default_rng(7), 0
    for _ in range(150):
        runs = _runs(generator, 4, 1000, 0.9, 0.01)
        ends = mean_accuracy(runs, np.zeros(1000, np.int64))
        held += ends.low <= 0.9 <= ends.high
    assert held / 150 > 0.92
