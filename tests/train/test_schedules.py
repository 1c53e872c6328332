"""The learning rate as a function of the step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim

from neocog.train.recipe import Schedule
from neocog.train.schedules import rate_share


@given(steps=st.integers(1, 500), warmup=st.floats(0, 0.9))
def test_the_share_rises_then_falls_within_zero_and_one(steps: int, warmup: float) -> None:
    shares = [rate_share(Schedule(warmup=warmup), step, steps) for step in range(steps)]
    top = shares.index(max(shares))
    assert all(0 < share <= 1 for share in shares)
    assert shares[: top + 1] == sorted(shares[: top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)


def test_cosine_is_torchs() -> None:
    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
    for step in range(50):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(rate_share(Schedule(warmup=0), step, 50))
        optimizer.step()
        scheduler.step()


def test_constant_stays_after_the_warmup() -> None:
    shares = [rate_share(Schedule(name="constant", warmup=0.25), step, 8) for step in range(8)]
    assert shares == [0.5, 1, 1, 1, 1, 1, 1, 1]
