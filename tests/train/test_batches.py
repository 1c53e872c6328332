"""Batches as functions of (seed, epoch, step)."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from neocog.data import Augment, Preprocessing, normalize
from neocog.train import batches
from neocog.train.batches import TrainingSet, Validation, order
from neocog.train.recipe import Compute

PLAIN = Preprocessing(size=(6, 6), channels=1, mean=(0.5,), deviation=(0.2,))
CPU = Compute(device="cpu", precision="float32", channels_last=False, threads=1)


def training(count: int, batch: int) -> TrainingSet:
    images = np.random.default_rng(0).integers(0, 256, (count, 1, 6, 6), dtype=np.uint8)
    return TrainingSet(
        images=images,
        aspects=np.ones(count, np.float32),
        keys=np.arange(count, dtype=np.uint64),
        targets=np.arange(count),
        preprocessing=PLAIN,
        augment=Augment(),
        seed=1,
        batch=batch,
        compute=CPU,
    )


@given(count=st.integers(0, 200), cursor=st.integers(0, 220), epoch=st.integers(0, 5))
def test_the_order_from_a_cursor_is_the_rest_of_the_order(count: int, cursor: int, epoch: int) -> None:
    whole = order(count, 7, epoch)
    assert np.array_equal(order(count, 7, epoch, cursor), whole[cursor:])
    assert sorted(whole.tolist()) == list(range(count))


@given(count=st.integers(1, 60), batch=st.integers(1, 20), cursor=st.integers(0, 60))
def test_an_epoch_taken_up_again_gives_the_batches_that_were_left(count: int, batch: int, cursor: int) -> None:
    data = training(count, batch)
    steps = count // batch
    cursor = min(cursor, steps)
    whole = list(data.batches(2, 0))
    rest = list(data.batches(2, cursor))
    assert len(whole) == steps
    assert len(rest) == steps - cursor
    for (images, targets), (again, targets_again) in zip(whole[cursor:], rest, strict=True):
        assert torch.equal(images, again)
        assert torch.equal(targets, targets_again)
        assert len(targets) == batch


@pytest.mark.parametrize("cursor", [0, 1, 4, 5, 9])
def test_how_many_batches_are_made_at_once_changes_nothing(cursor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = training(44, 4)
    at_once = list(data.batches(2, cursor))
    monkeypatch.setattr(batches, "MADE", 2 * 4 * 36)  # two batches
    monkeypatch.setattr(batches, "DRAWN", 4 * 4)  # the looks of four
    by_two = list(data.batches(2, cursor))
    assert len(by_two) == len(at_once) == 11 - cursor
    for (images, targets), (again, targets_again) in zip(at_once, by_two, strict=True):
        assert torch.equal(images, again)
        assert torch.equal(targets, targets_again)


def test_epochs_differ_in_order_and_in_looks() -> None:
    data = training(32, 8)
    first, second = next(iter(data.batches(0, 0))), next(iter(data.batches(1, 0)))
    assert not torch.equal(first[1], second[1])
    rows = np.array([4, 5])
    assert not torch.equal(data.gather(rows, 0), data.gather(rows, 1))


def test_validation_counts_as_torch_does() -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 1, 6, 6), dtype=np.uint8)
    targets = np.random.default_rng(2).integers(0, 4, 50)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 4))
    figures = dict(Validation(images=images, targets=targets, preprocessing=PLAIN, batch=7, compute=CPU).run(model))
    with torch.no_grad():
        logits = model(normalize(torch.from_numpy(images), PLAIN))
    expected = functional.cross_entropy(logits, torch.from_numpy(targets))
    assert np.isclose(figures["loss"], float(expected), rtol=1e-5)
    assert figures["figure"] == float((logits.argmax(1).numpy() == targets).mean())
