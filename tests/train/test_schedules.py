"""The learning rate as a function of the step."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim

from neocog.train.recipe import Schedule
from neocog.train.schedules import drop_epochs, momentum_at, rate_share


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


def test_one_cycle_is_torchs() -> None:
    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0, momentum=0.95)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=60)
    for step in range(60):
        group = optimizer.param_groups[0]
        assert group["lr"] == pytest.approx(rate_share(Schedule(name="one_cycle"), step, 60), abs=1e-9)
        assert group["momentum"] == pytest.approx(momentum_at(Schedule(name="one_cycle"), 0.95, step, 60))
        optimizer.step()
        if step < 59:
            scheduler.step()


@given(steps=st.integers(1, 300), warmup=st.floats(0, 0.9))
def test_one_cycle_stays_within_zero_and_one(steps: int, warmup: float) -> None:
    shares = [rate_share(Schedule(name="one_cycle", warmup=warmup), step, steps) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)


def test_steps_of_a_stair_are_torchs() -> None:
    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)
    schedule = Schedule(name="step", warmup=0, every=3)
    for epoch in range(10):
        for step in range(epoch * 7, epoch * 7 + 7):
            assert optimizer.param_groups[0]["lr"] == pytest.approx(rate_share(schedule, step, 70, 10))
        optimizer.step()
        scheduler.step()


def test_exponential_falls_by_the_same_ratio_each_step_to_its_factor() -> None:
    schedule = Schedule(name="exponential", warmup=0, factor=0.01)
    shares = [rate_share(schedule, step, 100) for step in range(100)]
    assert [after / before for before, after in pairwise(shares)] == pytest.approx([0.01**0.01] * 99)
    assert shares[0] == 1
    assert shares[-1] * 0.01**0.01 == pytest.approx(0.01)


def test_plateau_drops_as_often_as_it_was_told() -> None:
    schedule = Schedule(name="plateau", warmup=0, factor=0.5)
    assert [rate_share(schedule, 5, 10, drops=drops) for drops in range(3)] == [1, 0.5, 0.25]
    assert (drop_epochs(schedule, 40), drop_epochs(schedule, 4)) == (4, 2)
    assert drop_epochs(Schedule(name="plateau", every=7), 40) == 7
