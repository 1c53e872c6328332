"""Every choice of the recipe in a real run: it does what it says, and a stopped run resumes to the same bytes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog.core import config
from neocog.core.run import MODEL, RECIPE, RunFolder
from neocog.data.augment import NONE
from neocog.model import load
from neocog.train import Epoch, Finished, Note, Recipe, Started, Step, train
from neocog.train.batches import balanced_order, occurrences

PLAIN = """Network(input=(1, 8, 8), layers=(Conv(4, 3), Tanh(), Flatten(), Dense(3)))"""


def chosen(recipe: Recipe, **changes: str) -> Recipe:
    return config.override(recipe, {key.replace("__", "."): text for key, text in changes.items()})


@pytest.fixture
def plain(recipe: Recipe, tmp_path: Path) -> Recipe:
    """Without batch norm, dropout and augmentation: nothing depends on how a batch is cut into parts."""
    (tmp_path / "plain.network").write_text(PLAIN)
    return replace(
        chosen(recipe, net=str(tmp_path / "plain.network"), optimizer__name="sgd", optimizer__rate="0.05"),
        augment=NONE,
    )


CHOICES = {
    "averaged": {"regularize__average": "0.9"},
    "blended": {"regularize__mixup": "0.2", "regularize__cutmix": "1.0"},
    "plateau": {"schedule__name": "plateau", "schedule__every": "1", "optimizer__rate": "0.3"},
    "cycle": {"schedule__name": "one_cycle", "optimizer__name": "sgd"},
    "adagrad": {"optimizer__name": "adagrad", "sampling": "balanced", "loss__class_weights": "balanced"},
    "adadelta": {"optimizer__name": "adadelta", "loss__name": "hinge", "regularize__max_norm": "1.0"},
    "rmsprop": {"optimizer__name": "rmsprop", "loss__name": "mean_squared", "loss__output": "sigmoid"},
    "adam": {"optimizer__name": "adam", "optimizer__accumulate": "3", "optimizer__clip": "0.5"},
    "frozen": {"optimizer__freeze": "relu1", "optimizer__rates": '[["conv2", 0.5]]', "optimizer__layer_decay": "0.9"},
    "penalized": {"regularize__l1": "1e-4", "regularize__l2": "1e-4", "regularize__activation_l1": "1e-3"},
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_stopped_run_resumes_to_the_same_bytes(recipe: Recipe, tmp_path: Path, name: str) -> None:
    asked = chosen(recipe, **CHOICES[name])
    whole = list(train(asked, tmp_path / "whole"))
    steps = iter(range(100))
    list(train(asked, tmp_path / "parts", stop=lambda: next(steps) >= 22))
    list(train(asked, tmp_path / "parts", resume=True))
    assert isinstance(whole[-1], Finished)
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()


def weights(recipe: Recipe, folder: Path) -> dict[str, torch.Tensor]:
    list(train(recipe, folder))
    return dict(load(folder).weights)


def test_parts_of_a_batch_make_the_same_step(plain: Recipe, tmp_path: Path) -> None:
    whole = weights(plain, tmp_path / "whole")
    parts = weights(chosen(plain, optimizer__accumulate="5"), tmp_path / "parts")
    other = weights(chosen(plain, batch="8"), tmp_path / "other")
    assert all(torch.allclose(whole[name], parts[name], atol=1e-5) for name in whole)
    assert not any(torch.allclose(whole[name], other[name], atol=1e-5) for name in whole)


def test_a_batch_of_all_images_is_one_step_an_epoch(plain: Recipe, tmp_path: Path) -> None:
    events = list(train(chosen(plain, batch="all"), tmp_path / "run"))
    assert [event.step for event in events if isinstance(event, Epoch)] == [1, 2, 3, 4]
    assert isinstance(events[0], Started)
    assert f"batch = {events[0].train}\n" in RunFolder(tmp_path / "run").read_text(RECIPE)


def test_a_clipped_gradient_makes_a_step_no_longer_than_it_may_be(plain: Recipe, tmp_path: Path) -> None:
    short = chosen(
        plain, batch="all", epochs="1", optimizer__clip="0.01", optimizer__momentum="0", schedule__warmup="0"
    )
    short = chosen(short, schedule__name="constant", optimizer__rate="1.0", optimizer__weight_decay="0")
    still = chosen(short, optimizer__clip="1e-9")
    moved, stayed = weights(short, tmp_path / "moved"), weights(still, tmp_path / "stayed")
    length = sum(float((moved[name] - stayed[name]).square().sum()) for name in moved) ** 0.5
    assert length == pytest.approx(0.01, rel=1e-3)


def test_the_norm_of_each_unit_stays_below_the_limit(plain: Recipe, tmp_path: Path) -> None:
    found = weights(chosen(plain, regularize__max_norm="0.5", optimizer__rate="0.5"), tmp_path / "run")
    norms = [tensor.flatten(1).norm(dim=1) for tensor in found.values() if tensor.ndim > 1]
    assert max(float(norm.max()) for norm in norms) == pytest.approx(0.5, abs=1e-5)


def test_the_running_mean_is_what_is_kept(plain: Recipe, tmp_path: Path) -> None:
    """Two steps: the mean begins with the first step's weights and moves a tenth of the way to the second's."""
    steady = chosen(plain, batch="all", schedule__name="constant", schedule__warmup="0", optimizer__momentum="0")
    first, second = (weights(chosen(steady, epochs=str(n)), tmp_path / str(n)) for n in (1, 2))
    kept = weights(chosen(steady, epochs="2", regularize__average="0.9"), tmp_path / "mean")
    for name, tensor in kept.items():
        assert torch.allclose(tensor, 0.9 * first[name] + 0.1 * second[name], atol=1e-6)
        assert not torch.allclose(tensor, second[name], atol=1e-6)


def test_a_run_that_no_longer_improves_ends_early(plain: Recipe, tmp_path: Path) -> None:
    asked = chosen(plain, epochs="40", optimizer__rate="1e-9", regularize__patience="2")
    events = list(train(asked, tmp_path / "run"))
    (note,) = [event.text for event in events if isinstance(event, Note) and "ended" in event.text]
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert len(epochs) < 40
    assert note == f"ended after epoch {len(epochs)} of 40: 2 epochs without a better validation"
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.epoch == len(epochs) == finished.best_epoch + 2
    assert load(tmp_path / "run").card["epoch"] == finished.best_epoch


def test_the_rate_drops_where_validation_no_longer_falls(plain: Recipe, tmp_path: Path) -> None:
    """A rate that is far too high at first."""
    asked = chosen(plain, epochs="12", optimizer__rate="30.0", schedule__name="plateau", schedule__every="1")
    events = list(train(asked, tmp_path / "run"))
    drops = [event for event in events if isinstance(event, Note) and "no longer falls" in event.text]
    rates = sorted({event.rate for event in events if isinstance(event, Step)}, reverse=True)
    assert drops
    assert rates[0] == 30.0
    assert len(rates) >= len(drops)


def test_rare_classes_are_drawn_as_often() -> None:
    targets = np.array([0] * 900 + [1] * 90 + [2] * 10)
    rows = balanced_order(targets, 1, 0)
    assert len(rows) == 1000
    assert np.bincount(targets[rows]) == pytest.approx([333, 333, 333], abs=60)
    assert not np.array_equal(rows, balanced_order(targets, 1, 1))


def test_a_sample_that_comes_again_in_an_epoch_looks_different() -> None:
    rows = np.array([4, 7, 4, 4])
    assert occurrences(rows).tolist() == [0, 0, 1, 2]
