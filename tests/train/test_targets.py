"""Runs on several labels and on numbers, from data to a model file; resumed to the byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog.core import config
from neocog.core.errors import RecipeError
from neocog.data import load
from neocog.model import kind_answers, to_bytes
from neocog.model import load as load_model
from neocog.train import Finished, Note, Recipe, Started, fit, train
from neocog.train.recipe import Loss

NETS = """Network(
    input=(1, 8, 8),
    layers=(Conv(8, 3, pad=1), ReLU(), Conv(8, 3, pad=1), ReLU(), Flatten(), Dense({outputs})),
)"""


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 noisy 8 x 8 images with a row, a column, both or neither."""
    random = np.random.default_rng(1)
    held = random.random((200, 2)) < 0.5
    images = random.integers(0, 60, (200, 8, 8)).astype(np.uint8)
    for image, (row, column) in zip(images, held, strict=True):
        image[random.integers(8)] += np.uint8(150 * row)
        image[:, random.integers(8)] |= np.uint8(128 * column)
    folder = tmp_path_factory.mktemp("scenes")
    np.savez(folder / "labels.npz", x=images, y=held.astype(np.uint8))
    bright = images.reshape(200, -1).mean(axis=1)
    np.savez(folder / "numbers.npz", x=images, y=1000 + bright.astype(np.float64) / 7)
    np.savez(folder / "counts.npz", x=images, y=np.floor(bright / 8)[:, None].repeat(2, axis=1))
    return folder


def recipe(scenes: Path, name: str, outputs: int, **changes: str) -> Recipe:
    (scenes / f"{outputs}.network").write_text(NETS.format(outputs=outputs))
    given = {
        "data.path": str(scenes / name),
        "net": str(scenes / f"{outputs}.network"),
        "epochs": "4",
        "batch": "16",
        "optimizer.rate": "0.01",
        "compute.device": "cpu",
        "compute.threads": "1",
    }
    return config.override(Recipe(), given | changes)


@pytest.mark.parametrize(
    ("name", "outputs", "measure", "least"), [("labels.npz", 2, "micro F1", 0.7), ("numbers.npz", 1, "R2", 0.7)]
)
def test_a_run_and_its_resumption(scenes: Path, tmp_path: Path, name: str, outputs: int, measure: str, least: float):
    asked = recipe(scenes, name, outputs, epochs="8")
    whole = list(train(asked, tmp_path / "whole"))
    started, finished = (next(event for event in whole if isinstance(event, kind)) for kind in (Started, Finished))
    assert started.measure == measure
    assert finished.val_accuracy > least
    assert finished.val_low <= finished.val_accuracy <= finished.val_high
    steps = iter(range(1000))
    for _ in train(asked, tmp_path / "parts", stop=lambda: next(steps) == 13):
        pass
    for _ in train(asked, tmp_path / "parts", resume=True):
        pass
    file = "model.safetensors"
    assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    model = load_model(tmp_path / "whole")
    assert to_bytes(model) == (tmp_path / "whole" / file).read_bytes()
    assert model.familiarity is not None
    assert measure.replace(" ", "_").lower() in model.card["validation"]
    assert any(
        "nine of ten" in event.text or "a label holds" in event.text for event in whole if isinstance(event, Note)
    )


def test_labels_are_answered(scenes: Path) -> None:
    data = load(recipe(scenes, "labels.npz", 2).data)
    model = fit(recipe(scenes, "labels.npz", 2, epochs="8"), data)
    assert (model.task, model.classes, len(model.thresholds)) == ("classes", ("0", "1"), 2)
    rows = data.rows("test")
    images = np.stack([data.table.source.read(int(row)) for row in rows])[:, None]
    said = kind_answers(model, images)
    held = np.array([[name in answer.record["labels"] for name in model.classes] for answer in said])
    assert (held == data.targets(rows)).mean() > 0.8


def test_numbers_are_answered_in_their_own_unit(scenes: Path) -> None:
    data = load(recipe(scenes, "numbers.npz", 1).data)
    model = fit(recipe(scenes, "numbers.npz", 1, epochs="8"), data)
    assert model.scale is not None and 1000 < model.scale.mean[0] < 1050
    rows = data.rows("test")
    images = np.stack([data.table.source.read(int(row)) for row in rows])[:, None]
    answers = [answer.record["numbers"]["number"] for answer in kind_answers(model, images)]
    inside = [one["low"] <= truth <= one["high"] for one, truth in zip(answers, data.targets(rows)[:, 0], strict=True)]
    assert np.mean(inside) > 0.7


def test_counts_by_a_poisson_loss(scenes: Path) -> None:
    asked = recipe(scenes, "counts.npz", 2, **{"loss.name": "poisson"})
    model = fit(asked, load(asked.data))
    assert model.scale is not None and model.scale.log and model.scale.mean == (0.0, 0.0)
    images = torch.zeros(1, 1, 8, 8, dtype=torch.uint8).numpy()
    assert kind_answers(model, images)[0].record["numbers"]["number 1"]["value"] > 0


def test_choices_that_do_not_fit(scenes: Path) -> None:
    labels = recipe(scenes, "labels.npz", 2)
    with pytest.raises(RecipeError, match="sampling=balanced draws evenly from classes, and the data have several"):
        fit(replace(labels, sampling="balanced"), load(labels.data))
    numbers = recipe(scenes, "numbers.npz", 1)
    data = load(numbers.data)
    data.labels[:] -= 2000
    with pytest.raises(RecipeError, match=r"loss\.name=poisson is for counts, which are 0 or more, got -"):
        fit(replace(numbers, loss=Loss(name="poisson")), data)
