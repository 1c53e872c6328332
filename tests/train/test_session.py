"""A run from recipe to model file, and back after a stop: to the same bytes."""

import itertools
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from neocog import data, zoo
from neocog.build import build
from neocog.core import config
from neocog.core.errors import (
    DataError,
    DivergedError,
    DownloadError,
    ModelFileError,
    NetworkError,
    RecipeError,
    RunError,
)
from neocog.core.run import CHECKPOINT, EVENTS, LEDGER, MODEL, RECIPE, RunFolder
from neocog.model import load, logits
from neocog.train import Recipe, is_finished, recipe_of, train
from neocog.train.events import CheckpointSaved, Epoch, Event, Finished, Note, Resumed, Started, Step
from neocog.train.optimizers import set_rate


def after(steps: int) -> Callable[[], bool]:
    """Ask to stop once that many steps are done."""
    count = itertools.count(1)
    return lambda: next(count) >= steps


def kinds(events: Iterator[Event]) -> list[str]:
    return [event.kind for event in events]


def test_a_run_writes_all_that_it_says(recipe: Recipe, tmp_path: Path) -> None:
    events = list(train(recipe, str(tmp_path / "run")))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [event.epoch for event in epochs] == [1, 2, 3, 4]
    assert epochs[-1].step == 4 * events[0].steps_per_epoch
    assert events[-1].val_low <= events[-1].val_accuracy <= events[-1].val_high
    assert epochs[-1].train_loss < epochs[0].train_loss
    run = RunFolder.open(tmp_path / "run")
    assert [line["kind"] for line in run.read_events()] == [event.kind for event in events]
    assert run.read_events()[0]["format"] == 1
    assert {row.split for row in run.read_splits()} == {"train", "val", "test"}
    assert run.read_json("environment.json")["neocog"]
    assert is_finished(run.path)
    assert not run.has(LEDGER), "training does not open the test set"


def test_the_recipe_of_a_run_says_everything_and_repeats_it(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "one"))
    text = (tmp_path / "one" / RECIPE).read_text()
    again = config.from_toml(Recipe, text, RECIPE)
    left_open = set(re.findall(r'(?m)^(\w+) = "auto"$', text))
    assert left_open <= {"task", "ignore", "encoding", "length"}, "these are told by the data each time"
    assert tomllib.loads(text)["network"].startswith("Network(")
    list(train(again, tmp_path / "two"))
    assert (tmp_path / "one" / MODEL).read_bytes() == (tmp_path / "two" / MODEL).read_bytes()
    assert (tmp_path / "two" / RECIPE).read_text() == text


def test_another_seed_is_another_model(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "one"))
    list(train(replace(recipe, seed=4), tmp_path / "two"))
    one, two = (RunFolder(tmp_path / name) for name in ("one", "two"))
    assert one.read(MODEL) != two.read(MODEL)
    assert one.read_splits() == two.read_splits(), "runs that differ in seed share their test set"


def test_the_model_file_holds_the_best_epoch_and_no_path_or_time(recipe: Recipe, tmp_path: Path) -> None:
    events = list(train(recipe, tmp_path / "run"))
    best = max((event for event in events if isinstance(event, Epoch)), key=lambda event: event.val_accuracy)
    model = load(tmp_path / "run")
    assert model.card["validation"]["accuracy"] == pytest.approx(best.val_accuracy, abs=0.05)
    assert model.card["epoch"] == events[-1].best_epoch  # type: ignore[union-attr]
    assert model.classes == ("0", "1", "2")
    assert str(tmp_path) not in json.dumps(dict(model.card))
    assert "path" not in model.card["recipe"]["data"]


@pytest.mark.parametrize("steps", [1, 5, 9, 20])
def test_a_stopped_run_resumes_to_the_same_bytes(recipe: Recipe, tmp_path: Path, steps: int) -> None:
    list(train(recipe, tmp_path / "whole"))
    first = list(train(recipe, tmp_path / "parts", stop=after(steps)))
    assert not isinstance(first[-1], Finished)
    assert not is_finished(tmp_path / "parts")
    again = recipe_of(tmp_path / "parts", recipe, [])
    assert again is not None
    second = list(train(again, tmp_path / "parts", resume=True, stop=after(7)))
    assert isinstance(second[0], Resumed)
    assert second[0].step == steps
    list(train(again, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
    whole, parts = (
        [line for line in RunFolder(tmp_path / name).read_events() if line["kind"] == "epoch"]
        for name in ("whole", "parts")
    )
    told = ("epoch", "step", "train_loss", "val_loss", "val_accuracy", "best")
    assert [[line[key] for key in told] for line in whole] == [[line[key] for key in told] for line in parts]


def test_whoever_asks_in_the_folder_stops_a_run(recipe: Recipe, tmp_path: Path) -> None:
    """The run goes on to the same bytes, and does not find the wish again."""
    run, told = RunFolder(tmp_path / "parts"), list[str]()
    for event in train(recipe, run.path):
        told.append(event.kind)
        if told.count("epoch") == 1:
            run.ask_to_stop()
    assert "finished" not in told
    assert not run.asked_to_stop()
    assert kinds(train(recipe, run.path, resume=True))[-1] == "finished"
    list(train(recipe, tmp_path / "whole"))
    assert (run.path / MODEL).read_bytes() == (tmp_path / "whole" / MODEL).read_bytes()


@pytest.mark.parametrize("kind", ["image", "pca", "zca"])
def test_normalization_is_the_same_in_training_file_and_resumed(recipe: Recipe, tmp_path: Path, kind: str) -> None:
    recipe = config.override(recipe, {"data.normalize": kind})
    events = list(train(recipe, tmp_path / "whole"))
    list(train(recipe, tmp_path / "parts", stop=after(11)))
    again = recipe_of(tmp_path / "parts", recipe, [])
    assert again is not None
    list(train(again, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
    model = load(tmp_path / "whole")
    assert model.preprocessing.normalize == kind
    dataset = data.load(recipe.data)
    rows = dataset.rows("val")
    images = data.prepared(dataset.table, dataset.scan, rows, model.preprocessing, cache_gb=1)
    scores = torch.from_numpy(logits(model.module(), images, model.preprocessing))
    loss = functional.cross_entropy(scores.double(), torch.from_numpy(dataset.targets(rows)))
    assert model.card["validation"]["loss"] == pytest.approx(float(loss), abs=1e-6)
    best = next(event for event in events if isinstance(event, Epoch) and event.epoch == model.card["epoch"])
    assert best.val_loss == pytest.approx(float(loss), rel=0.02), "seen in the precision of training"


def test_weights_to_start_from_come_without_what_else_their_file_holds(recipe: Recipe, tmp_path: Path) -> None:
    list(train(config.override(recipe, {"data.normalize": "zca", "epochs": "1"}), tmp_path / "one"))
    events = list(train(replace(recipe, init=str(tmp_path / "one" / MODEL), epochs=1), tmp_path / "two"))
    assert "9 tensors loaded" in notes(events)
    assert "left out" not in notes(events)
    assert load(tmp_path / "two").preprocessing.whitening is None


def test_a_run_that_died_between_checkpoints_forgets_what_came_after(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "whole"))
    events = train(recipe, tmp_path / "parts")
    for event in events:
        if isinstance(event, Step) and event.epoch == 3:
            break
    events.close()  # type: ignore[attr-defined]
    with (tmp_path / "parts" / EVENTS).open("a") as file:
        file.write('{"kind": "step", "half')
    list(train(recipe, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
    steps = [line["step"] for line in RunFolder(tmp_path / "parts").read_events() if line["kind"] == "epoch"]
    assert steps == sorted(set(steps))


def test_resume_begins_where_there_is_no_checkpoint(recipe: Recipe, tmp_path: Path) -> None:
    assert recipe_of(tmp_path / "run", recipe, []) is None
    assert isinstance(next(iter(train(recipe, tmp_path / "run", resume=True))), Started)


def test_time_based_checkpoints_come_within_an_epoch(recipe: Recipe, tmp_path: Path) -> None:
    often = config.override(recipe, {"checkpoint.minutes": "0.0000001", "epochs": "1"})
    saved = [event for event in train(often, tmp_path / "run") if isinstance(event, CheckpointSaved)]
    assert [event.step for event in saved] == list(range(1, len(saved) + 1))


def test_a_run_goes_on_as_it_began(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run", stop=after(2)))
    given = ["epochs", "net", "batch", "data.path", "compute.threads"]
    assert recipe_of(tmp_path / "run", replace(recipe, batch="auto"), given) is not None
    for other, message in (
        (replace(recipe, epochs=5), "begun with epochs = 4, not 5, and a run goes on as it began; leave epochs out"),
        (replace(recipe, net="auto"), "begun with net = .*, not 'auto'"),
        (replace(recipe, compute=replace(recipe.compute, threads=2)), "begun with compute.threads = 1, not 2"),
        (replace(recipe, data=replace(recipe.data, path="digits")), "begun with data.path = "),
    ):
        with pytest.raises(RunError, match=message):
            recipe_of(tmp_path / "run", other, given)


def test_a_recipe_that_is_changed_by_hand_is_noticed(recipe: Recipe, shapes: Path, tmp_path: Path) -> None:
    """Where the data lies, and how much of it is kept prepared, may change: the images stay the same."""
    list(train(recipe, tmp_path / "run", stop=after(2)))
    begun = recipe_of(tmp_path / "run", recipe, [])
    assert begun is not None
    for changes in {"batch": "8"}, {"optimizer.rate": "0.5"}, {"augment.rotation": "3"}, {"seed": "4"}:
        with pytest.raises(
            RunError, match="the recipe has changed since .*checkpoint.* was written; bring it back, or"
        ):
            list(train(config.override(begun, changes), tmp_path / "run", resume=True))
    moved = shapes.rename(tmp_path / "moved.npz")
    elsewhere = config.override(begun, {"data.path": str(moved), "data.cache_gb": "1"})
    assert list(train(elsewhere, tmp_path / "run", resume=True))[-1].kind == "finished"


def test_changed_data_are_noticed(recipe: Recipe, shapes: Path, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run", stop=after(2)))
    with np.load(shapes) as held:
        images, labels = held["x"], held["y"]
    images[0, 0, 0] ^= 1
    np.savez(shapes, x=images, y=labels)
    again = recipe_of(tmp_path / "run", recipe, [])
    assert again is not None
    with pytest.raises(RunError, match="have changed since .* was begun; bring them back"):
        list(train(again, tmp_path / "run", resume=True))


def test_a_folder_in_the_way_is_refused_before_any_work(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run", stop=after(1)))
    before = (tmp_path / "run" / CHECKPOINT).read_bytes()
    with pytest.raises(RunError, match="already holds a run; continue it with --resume"):
        list(train(replace(recipe, data=replace(recipe.data, path="/nowhere")), tmp_path / "run"))
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == before


def test_what_cannot_be_trained_leaves_no_folder(recipe: Recipe, tmp_path: Path) -> None:
    wrong = {
        "nowhere": (
            replace(recipe, data=replace(recipe.data, path="/nowhere")),
            DataError,
            "there is no .nowhere. in /",
        ),
        "net": (replace(recipe, net="lenet6"), NetworkError, "unknown network 'lenet6'; did you mean 'lenet5'"),
        "batch": (replace(recipe, batch=1000), RecipeError, "`batch` is 1000, and there are 14. training images"),
        "init": (replace(recipe, init=str(tmp_path / "none.pth")), ModelFileError, "no file of weights at"),
    }
    for name, (each, error, message) in wrong.items():
        with pytest.raises(error, match=message):
            list(train(each, tmp_path / name))
        assert not (tmp_path / name).exists()


def test_a_path_that_no_system_can_have_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="a path must hold no NUL character, got 'a.x00b'; mend it"):
        list(train(config.override(recipe, {"init": "a\0b"}), tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_rate_that_is_too_high_names_step_and_layer(recipe: Recipe, tmp_path: Path) -> None:
    high = config.override(recipe, {"optimizer.rate": "1e30", "optimizer.name": "sgd", "schedule.warmup": "0"})
    told: list[Event] = []
    with pytest.raises(
        DivergedError, match=r"at step \d+ training is no longer finite: (layer|weight) `.+` is the first"
    ):
        for event in train(high, tmp_path / "run"):
            told.append(event)
    assert isinstance(told[-1], Note)
    assert "replayed from the last checkpoint" in told[-1].text


def test_the_last_good_checkpoint_is_kept(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are ruined in the third epoch: the checkpoint of the second stays, and it is finite."""
    list(train(recipe, tmp_path / "run", stop=after(18)))
    before = (tmp_path / "run" / CHECKPOINT).read_bytes()
    again = recipe_of(tmp_path / "run", recipe, [])
    assert again is not None
    monkeypatch.setattr("neocog.train.loop.set_rate", lambda optimizer, *_: set_rate(optimizer, 1e30, 0.9))
    with pytest.raises(DivergedError, match="checkpoints from before are kept"):
        list(train(again, tmp_path / "run", resume=True))
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == before


def test_weights_to_start_from_are_loaded_and_said(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "one"))
    events = list(train(replace(recipe, init=str(tmp_path / "one" / MODEL), epochs=1), tmp_path / "two"))
    first, second = (
        next(line for line in RunFolder(tmp_path / name).read_events() if line["kind"] == "epoch")
        for name in ("one", "two")
    )
    assert second["val_loss"] < first["val_loss"]
    assert any(isinstance(event, Note) and "loaded" in event.text.lower() for event in events)


def test_a_damaged_checkpoint_is_said(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run", stop=after(2)))
    path = tmp_path / "run" / CHECKPOINT
    whole = path.read_bytes()
    again = recipe_of(tmp_path / "run", recipe, [])
    assert again is not None
    for damage, message in (
        (whole[: len(whole) // 2], "is damaged"),
        (whole.replace(b'\\"format\\": 1', b'\\"format\\": 2'), "is not of format 1"),
        (whole.replace(b"weights/conv1.weight", b"weights/conv9.weight"), "belongs to another network"),
    ):
        path.write_bytes(damage)
        with pytest.raises(RunError, match=message):
            list(train(again, tmp_path / "run", resume=True))


def test_a_checkpoint_that_lacks_something_is_said(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run", stop=after(2)))
    path = tmp_path / "run" / CHECKPOINT
    whole = path.read_bytes()
    for lost in (b'"loss_sum"', b'\\"events\\"', b'\\"recipe\\"', b'\\"best_epoch\\"'):
        assert lost in whole
        path.write_bytes(
            whole.replace(lost, lost[:-2] + b"X" + lost[-1:] if lost[0] == 34 else lost[:-3] + b"X" + lost[-2:])
        )
        with pytest.raises(RunError, match="is damaged"):
            list(train(recipe, tmp_path / "run", resume=True))


def test_a_kill_between_the_first_files_can_be_resumed(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "whole"))
    for lost in (["splits.csv", "environment.json"], ["environment.json"]):
        shutil.rmtree(tmp_path / "parts", ignore_errors=True)
        list(train(recipe, tmp_path / "parts", stop=after(1)))
        for name in (*lost, CHECKPOINT, EVENTS):
            (tmp_path / "parts" / name).unlink()
        begun = recipe_of(tmp_path / "parts", recipe, [])
        assert begun is not None
        list(train(begun, tmp_path / "parts", resume=True))
        assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
        assert (tmp_path / "parts" / "splits.csv").is_file()


def test_a_run_resumes_when_its_first_weights_are_gone(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "one"))
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes((tmp_path / "one" / MODEL).read_bytes())
    list(train(replace(recipe, init=str(weights)), tmp_path / "two", stop=after(3)))
    weights.unlink()
    begun = recipe_of(tmp_path / "two", recipe, [])
    assert begun is not None
    assert isinstance(list(train(begun, tmp_path / "two", resume=True))[-1], Finished)


def notes(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Note))


def test_a_run_starts_from_released_weights(
    shapes: Path, tmp_path: Path, released: Callable[[str, nn.Module], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are fetched once, their license is told, and what they were trained on decides mean and deviation."""
    file = released("lenet5", build(zoo.network("lenet5"), seed=9))
    told: list[tuple[int, int]] = []
    changes = {"data.path": str(shapes), "net": "lenet5", "init": "imagenet", "epochs": "1", "compute.threads": "1"}
    recipe = config.override(Recipe(), changes)
    events = list(train(recipe, tmp_path / "one", transfer=lambda *at: told.append(at)))
    size = (tmp_path / "server" / file).stat().st_size
    assert told[-1] == (size, size)
    assert "weights: a server of our own, license CC0-1.0; " in notes(events)
    assert "starts fresh, since the file has 10 classes and the data 3" in notes(events)
    assert "images less 0.4, over 0.3: as the released weights of lenet5 were trained" in notes(events)
    model = load(tmp_path / "one")
    assert (model.preprocessing.mean, model.preprocessing.deviation) == ((0.4,), (0.3,))
    assert model.preprocessing.short is None, "training looks at the whole image"
    assert model.card["recipe"]["init"] == "imagenet"
    (tmp_path / "server" / file).unlink()
    again = config.from_toml(Recipe, (tmp_path / "one" / RECIPE).read_text(), RECIPE)
    list(train(again, tmp_path / "two"))
    assert (tmp_path / "one" / MODEL).read_bytes() == (tmp_path / "two" / MODEL).read_bytes(), "offline, from the cache"
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "empty"))
    with pytest.raises(DownloadError, match="is not at hand, and http.* cannot be fetched"):
        list(train(again, tmp_path / "three"))
    assert not (tmp_path / "three").exists()


def test_a_run_that_goes_on_needs_its_first_weights_no_more(
    shapes: Path, tmp_path: Path, released: Callable[[str, nn.Module], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    released("lenet5", build(zoo.network("lenet5"), seed=9))
    changes = {"data.path": str(shapes), "net": "lenet5", "init": "imagenet", "epochs": "2", "compute.threads": "1"}
    recipe = config.override(Recipe(), changes)
    list(train(recipe, tmp_path / "whole"))
    list(train(recipe, tmp_path / "parts", stop=after(3)))
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "empty"))
    (tmp_path / "server" / "lenet5.safetensors").unlink()
    again = recipe_of(tmp_path / "parts", recipe, ["net", "init"])
    assert again is not None
    list(train(again, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()


def test_a_network_without_released_weights_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="there are no released weights for the network '.*small.network'; there are"):
        list(train(replace(recipe, init="imagenet"), tmp_path / "run"))
