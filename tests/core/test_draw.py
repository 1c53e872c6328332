"""Random numbers as functions: repeatable, independent of order, and of the right distribution."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neocog.core import draw


@given(seed=st.integers(-(2**63), 2**63 - 1), sample=st.integers(0, 2**63 - 1), name=st.text())
def test_one_sample_draws_what_it_draws_among_others(seed: int, sample: int, name: str) -> None:
    among = draw.uniform(seed, np.array([1, sample, 3], dtype=np.uint64), name)
    assert among[1] == draw.uniform(seed, sample, name)[0]


def test_the_numbers_never_change() -> None:
    """Runs of years ago must be repeatable: these values are part of the format."""
    assert draw.bits(0, 1, "rotation")[0] == np.uint64(0x8CA6E741D18D12E1)
    assert draw.permutation(6, 0, 3, "order").tolist() == [0, 2, 1, 5, 3, 4]


def test_uniform_and_normal_have_their_moments() -> None:
    samples = np.arange(200_000)
    flat, bell = draw.uniform(1, samples), draw.normal(1, samples)
    assert abs(flat.mean() - 0.5) < 0.005
    assert abs(flat.var() - 1 / 12) < 0.002
    assert 0 <= flat.min() <= flat.max() < 1
    assert abs(bell.mean()) < 0.01
    assert abs(bell.std() - 1) < 0.01
    assert abs(np.corrcoef(flat, draw.uniform(2, samples))[0, 1]) < 0.01
    assert abs(np.corrcoef(flat[:-1], flat[1:])[0, 1]) < 0.01


@given(count=st.integers(0, 300), seed=st.integers(0, 100))
def test_a_permutation_holds_each_number_once(count: int, seed: int) -> None:
    assert sorted(draw.permutation(count, seed).tolist()) == list(range(count))


def test_an_integer_fits_a_generator() -> None:
    assert all(0 <= draw.integer(seed, "dropout") < 2**63 for seed in range(1000))
