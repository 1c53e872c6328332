"""Thresholds of labels: none does better on what they were tuned on."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from neocog.model.label_thresholds import fit_thresholds


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(12, 60))
def test_no_threshold_has_a_higher_f1(seed, rows):
    random = np.random.default_rng(seed)
    chances = np.round(random.random(rows), 2)
    held = chances + random.normal(size=rows) * 0.4 > 0.6
    (limit,) = fit_thresholds(chances[:, None], held[:, None])
    if min(held.sum(), (~held).sum()) < 5:
        assert limit == 0.5
        return
    best = max(f1_score(held, chances >= other) for other in np.linspace(0, 1, 201))
    assert f1_score(held, chances >= limit) >= best - 1e-12


def test_a_label_that_is_told_at_any_threshold_keeps_one_half():
    chances = np.repeat([[0.1], [0.9]], 6, axis=0)
    assert fit_thresholds(chances, chances > 0.5) == (0.5,)
