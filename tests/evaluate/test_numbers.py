"""Measures of numbers, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from neocog.core.errors import DataError
from neocog.evaluate import measure_numbers


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(2, 50), st.integers(1, 3), st.sampled_from([0.0, 1e4]))
def test_every_figure_is_that_of_scikit_learn(seed, rows, columns, far):
    random = np.random.default_rng(seed)
    truth = far + random.normal(size=(rows, columns)) * (1, 10, 100)[:columns]
    answers = truth + random.normal(size=(rows, columns))
    found = measure_numbers(truth, answers, ["a", "b", "c"][:columns])
    for place, each in enumerate(found.per_number):
        own, given_ = truth[:, place], answers[:, place]
        assert each.mae == pytest.approx(mean_absolute_error(own, given_))
        assert each.rmse == pytest.approx(root_mean_squared_error(own, given_))
        assert each.r2 == pytest.approx(r2_score(own, given_), rel=1e-6, abs=1e-6)
        assert each.bias == pytest.approx(float((given_ - own).mean()))
        assert each.mae_interval.low <= each.mae <= each.mae_interval.high
    assert found.r2 == pytest.approx(r2_score(truth, answers), rel=1e-6, abs=1e-6)
    assert found.to_dict()["per_number"][0]["mae"] == found.per_number[0].mae


def test_the_interval_of_the_mean_error_is_that_of_a_mean():
    random = np.random.default_rng(3)
    errors = random.normal(size=(400, 1))
    each = measure_numbers(np.zeros((400, 1)), errors, ["a"]).per_number[0]
    half = 1.96 * float(errors.std()) / 20
    assert each.bias_interval.high - each.bias_interval.low == pytest.approx(2 * half, rel=0.1)
    assert each.r2 is None and each.r2_interval is None


def test_the_baseline_and_the_half_width():
    found = measure_numbers([[0.0], [4.0]], [[1.0], [4.0]], ["a"], half_widths=(0.5,), usual=(1.0,)).per_number[0]
    assert (found.baseline, found.within.hits, found.within.n) == (2.0, 1, 2)
    assert measure_numbers([[0.0], [4.0]], [[1.0], [4.0]], ["a"]).per_number[0].within is None


def test_what_cannot_be_judged():
    with pytest.raises(
        DataError, match=r"must be \[n, 2\] with n at least 1, got \[1, 1\] and \[1, 1\]; give a column"
    ):
        measure_numbers([[1.0]], [[1.0]], ["a", "b"])
