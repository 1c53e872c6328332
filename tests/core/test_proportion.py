"""Shares and their intervals, against SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from neocog.core.errors import DataError
from neocog.core.proportion import Proportion, wilson


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(case: tuple[int, int]) -> None:
    hits, n = case
    oracle = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson(hits, n) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_the_interval_holds_the_share_and_narrows_with_more() -> None:
    few, many = Proportion.of(9, 10), Proportion.of(900, 1000)
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="0 <= hits <= n and n >= 1, not 0 of 0; count again"):
        wilson(0, 0)
