"""How far a number may be off: the promise of split conformal prediction, kept in simulation."""

import numpy as np
import pytest

from neocog.model.half_width import half_widths


def test_nine_of_ten_new_errors_lie_within():
    random = np.random.default_rng(0)
    kept = []
    for _ in range(300):
        errors = random.standard_cauchy((29, 1))  # no law is asked for
        width = half_widths(errors)[0]
        kept.append(float((np.abs(random.standard_cauchy(200)) <= width).mean()))
    assert np.mean(kept) == pytest.approx(0.9, abs=0.015)


def test_nine_samples_are_the_fewest():
    assert half_widths(np.ones((8, 2))) == (None, None)
    assert half_widths(np.array([[float(value)] for value in range(9)])) == (8.0,)
