"""Figures in words: no rounding that lies, no name that breaks a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.evaluate.words import clean, count, listed, percent, short


@given(st.integers(1, 1_000_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_percentage_is_100_or_0_only_where_it_is(case: tuple[int, int]) -> None:
    share = case[0] / case[1]
    text = percent(share)
    assert (float(text.removesuffix(" %")) == 100) == (share == 1.0)
    assert (float(text.removesuffix(" %")) == 0) == (share == 0.0)
    assert float(text.removesuffix(" %")) == pytest.approx(100 * share, abs=0.051)


@given(st.text(max_size=60), st.integers(3, 30))
def test_a_short_name_is_short_and_printable(text: str, most: int) -> None:
    cut = short(text, most)
    assert len(cut) <= most
    assert clean(cut) == cut
    assert len(text) > most or cut == clean(text)


def test_counts_and_lists() -> None:
    assert count(1, "image") == "1 image"
    assert count(1234, "class", "classes") == "1,234 classes"
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
