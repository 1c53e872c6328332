"""Iterative stratification by its properties: every label gets its share, groups stay whole."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neocog.data.iterative import stratified

SHARES = (0.7, 0.15, 0.15)


def drawn(rows: int, frequencies: list[float], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((rows, len(frequencies))) < np.array(frequencies)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(60, 200),
    st.lists(st.floats(0.02, 0.9), min_size=1, max_size=6),
    st.integers(0, 1000),
)
def test_every_label_gets_its_share(rows, frequencies, seed):
    held = drawn(rows, frequencies, seed)
    assume(held.any())
    parts = np.array(stratified([[row] for row in range(rows)], held, SHARES))
    assert set(parts.tolist()) <= {0, 1, 2}
    for part, share in enumerate(SHARES):
        assert abs((parts == part).sum() - share * rows) <= 3 + len(frequencies)
    # each label alone: as near its share as whole rows permit, or off by what a later, more frequent label forced
    rarest = held.sum(axis=0)[held.sum(axis=0) > 0].argmin()
    label = np.flatnonzero(held.sum(axis=0) > 0)[rarest]
    for part, share in enumerate(SHARES):
        assert abs(held[parts == part][:, label].sum() - share * held[:, label].sum()) <= 1


def test_it_is_nearer_to_the_shares_than_a_plain_draw():
    held = drawn(300, [0.02, 0.05, 0.1, 0.3, 0.6], 7)
    parts = np.array(stratified([[row] for row in range(300)], held, SHARES))
    plain = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [210, 45, 45]))

    def off(given: np.ndarray) -> float:
        wanted = np.outer(SHARES, held.sum(axis=0))
        found = np.array([held[given == part].sum(axis=0) for part in range(3)])
        return float(np.abs(found - wanted).sum())

    assert off(parts) < off(plain) / 2


@given(st.lists(st.integers(1, 4), min_size=3, max_size=20))
def test_groups_count_by_their_rows(sizes):
    rows = iter(range(sum(sizes)))
    groups = [[next(rows) for _ in range(size)] for size in sizes]
    parts = stratified(groups, np.zeros((sum(sizes), 2)), (0.5, 0.5))
    total = [sum(size for size, part in zip(sizes, parts, strict=True) if part == side) for side in (0, 1)]
    assert abs(total[0] - total[1]) <= max(sizes)


def test_what_occurs_once_goes_to_the_largest_part():
    held = np.array([[1], [0], [0], [0], [0], [0], [0], [0], [0], [0]])
    assert stratified([[row] for row in range(10)], held, SHARES)[0] == 0


def test_nothing_to_deal():
    assert stratified([], np.zeros((0, 3)), SHARES) == []
