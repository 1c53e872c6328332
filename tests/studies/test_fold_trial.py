"""Answers of networks trained on folds: one for each training and validation image, never for a test image."""

from pathlib import Path

import numpy as np
import pytest

from neocog.cli.__main__ import run
from neocog.core import config
from neocog.data import load as load_data
from neocog.model import load as load_model
from neocog.studies import fold_trial
from neocog.train import Epoch, Event, Note, Recipe, train


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A short run on digits."""
    recipe = config.override(
        Recipe(), {"data.path": "digits", "net": "perceptron", "epochs": "2", "compute.device": "cpu"}
    )
    list(train(recipe, tmp_path / "run"))
    return tmp_path / "run"


def test_every_training_and_validation_image_is_answered_once(folder: Path) -> None:
    events: list[Event] = []
    titles: list[str] = []

    def show(title: str, event: Event) -> None:
        titles.append(title)
        events.append(event)

    found = fold_trial(folder, 3, show)
    data = load_data(config.from_toml(Recipe, (folder / "recipe.toml").read_text(), "it").data)
    asked = np.concatenate([data.rows("train"), data.rows("val")])
    assert sum(isinstance(event, Epoch) for event in events) == 6
    assert len(found.logits) == len(found.targets) == len(found.strange) == len(asked)
    assert np.bincount(found.targets).tolist() == np.bincount(data.targets(asked)).tolist()
    assert (found.logits.argmax(axis=1) == found.targets).mean() > 0.8
    assert found.strange.mean() < 0.1
    assert list(dict.fromkeys(titles)) == [f"training {fold} of 3, fold-{fold}" for fold in (1, 2, 3)]
    assert not any("trust.folds" in event.text for event in events if isinstance(event, Note)), "folds are in use"
    again = fold_trial(folder, 3, show)
    assert sum(isinstance(event, Epoch) for event in events) == 6, "what is trained is not trained again"
    np.testing.assert_array_equal(again.logits, found.logits)


def test_the_command_line_promises_by_folds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--set", "trust.error=0.2", "--set", "trust.folds=2", "--set", "compute.device=cpu"]
    assert run(["evaluate", str(folder), *changes]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip().endswith("report.html")
    assert "training 2 of 2, fold-2: " in captured.err
    assert "trust.folds" not in captured.out + captured.err
    told = load_model(folder).calibration
    assert told is not None
    assert (told["folds"], told["images"]) == (2, 1528)
    assert run(["evaluate", str(folder), "--quiet", "--set", "trust.error=0.0001"]) == 2
    assert "at most 0.01 % wrong cannot be promised, 269 validation images are too few" in capsys.readouterr().err
