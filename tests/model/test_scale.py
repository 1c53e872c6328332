"""What a network's numbers mean."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neocog.model import fit_scale


@settings(deadline=None)
@given(arrays.arrays(np.float64, (20, 2), elements=st.floats(-1e6, 1e6)))
def test_there_and_back(values):
    scale = fit_scale(values)
    learned = scale.learned(values)
    assert np.abs(learned).max() < 1e7
    assert np.allclose(scale.answers(learned), values, rtol=1e-4, atol=1e-4 * max(1.0, np.abs(values).max()))


def test_what_is_learned_has_mean_0_and_deviation_1():
    values = np.random.default_rng(0).normal(300, 20, (500, 1))
    learned = fit_scale(values).learned(values)
    assert abs(float(learned.mean())) < 1e-4
    assert abs(float(learned.std()) - 1) < 1e-4


def test_counts_are_learned_as_they_are():
    scale = fit_scale([[0.0], [7.0]], log=True)
    assert scale.learned([[7.0]]).tolist() == [[7.0]]
    assert np.allclose(scale.answers([[np.log(7.0)]]), 7.0)
