"""Training on codes of frozen layers: as on images, only faster; killed, it goes on to the same file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from neocog.build import build
from neocog.core import config
from neocog.core.errors import DivergedError, RunError
from neocog.core.run import CHECKPOINT, MODEL, RECIPE
from neocog.data import load as load_data
from neocog.data.augment import NONE
from neocog.data.cache import clear, entries
from neocog.model import load
from neocog.network import parse
from neocog.train import Epoch, Finished, Note, Recipe, Reuse, fit, recipe_of, train
from neocog.train.frozen import Frozen, frozen_path
from neocog.train.recipe import Optimizer

NET = """Network(
    input=(1, 8, 8),
    layers=(
        Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(8, 3, pad=1), ReLU(),
        Dropout(0.2), Flatten(), Dense(3),
    ),
)"""
"""The network of the recipe that all tests of training share."""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Weights of the small network, as if others had trained it."""
    path = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(build(parse(NET), seed=9).state_dict(), path)
    return path


@pytest.fixture
def reusing(recipe: Recipe, weights: Path) -> Recipe:
    """A recipe that trains the head of the small network alone, in float32."""
    return replace(recipe, init=str(weights), transfer=Reuse(way="head"))


def after(steps: int) -> Callable[[], bool]:
    """Asks to stop after so many steps."""
    counted = iter(range(steps + 1))
    return lambda: next(counted, steps) >= steps - 1


def test_codes_end_before_what_learns_or_draws_lots() -> None:
    """The small network has dropout before its last layer: the code is what dropout reads."""
    module = build(parse(NET))
    frozen = Recipe(augment=NONE, optimizer=Optimizer(freeze="conv2"))
    assert frozen_path(module, frozen) == "relu2"
    assert frozen_path(module, replace(frozen, optimizer=Optimizer(freeze="norm1"))) == "relu1"
    assert frozen_path(module, replace(frozen, optimizer=Optimizer(freeze="conv1", rates=(("norm1", 0.0),)))) == "relu1"
    assert frozen_path(module, replace(frozen, optimizer=Optimizer())) is None
    assert frozen_path(module, Recipe(optimizer=Optimizer(freeze="conv2"))) is None, "images are varied"
    mixed = replace(frozen, regularize=replace(frozen.regularize, mixup=0.2))
    assert frozen_path(module, mixed) is None


def test_it_learns_what_images_would_have_taught(
    reusing: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oracle is the same run without codes, which computes the frozen layers anew for each image."""
    (told,) = [
        event for event in train(reusing, tmp_path / "codes") if isinstance(event, Note) and "codes" in event.text
    ]
    assert (
        told.text == "`relu2` and all before it are frozen: their codes are computed once, and the rest trains on them"
    )
    monkeypatch.setattr(Frozen, "codes", lambda *_: None)
    events = list(train(reusing, tmp_path / "images"))
    assert not [event for event in events if isinstance(event, Note) and "codes" in event.text]
    one, other = (load(tmp_path / name / MODEL).weights for name in ("codes", "images"))
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.allclose(tensor, other[name], atol=2e-3), name


def test_the_body_is_that_of_the_weights(reusing: Recipe, weights: Path, tmp_path: Path) -> None:
    finished = list(train(reusing, tmp_path / "run"))[-1]
    assert isinstance(finished, Finished)
    model, given = load(tmp_path / "run" / MODEL), safetensors.torch.load_file(weights)
    changed = {name for name, tensor in model.weights.items() if not torch.equal(tensor, given[name])}
    assert changed == {"dense1.weight", "dense1.bias"}
    assert {entry.kind for entry in entries()} > {"codes"}


def test_killed_it_goes_on_to_the_same_file(reusing: Recipe, tmp_path: Path) -> None:
    """Even where the codes have to be made anew."""
    list(train(reusing, tmp_path / "whole"))
    list(train(reusing, tmp_path / "parts", stop=after(14)))
    assert not (tmp_path / "parts" / MODEL).exists()
    clear()
    begun = recipe_of(tmp_path / "parts", reusing, ["init", "transfer.way"])
    assert begun is not None
    list(train(begun, tmp_path / "parts", resume=True))
    assert (tmp_path / "parts" / MODEL).read_bytes() == (tmp_path / "whole" / MODEL).read_bytes()


def test_the_recipe_alone_repeats_the_run(reusing: Recipe, tmp_path: Path) -> None:
    list(train(reusing, tmp_path / "one"))
    again = config.from_toml(Recipe, (tmp_path / "one" / RECIPE).read_text(), RECIPE)
    list(train(again, tmp_path / "two"))
    assert (tmp_path / "two" / MODEL).read_bytes() == (tmp_path / "one" / MODEL).read_bytes()
    assert (tmp_path / "two" / RECIPE).read_bytes() == (tmp_path / "one" / RECIPE).read_bytes()


def test_other_weights_than_it_was_begun_with_are_refused(reusing: Recipe, weights: Path, tmp_path: Path) -> None:
    list(train(reusing, tmp_path / "run", stop=after(14)))
    safetensors.torch.save_file(build(parse(NET), seed=10).state_dict(), weights)
    begun = recipe_of(tmp_path / "run", reusing, [])
    assert begun is not None
    with pytest.raises(RunError, match="are not those that the run was begun with; bring those back, or begin a new"):
        list(train(begun, tmp_path / "run", resume=True))
    assert (tmp_path / "run" / CHECKPOINT).exists()


def test_an_earlier_layer_can_be_classified(reusing: Recipe, weights: Path, tmp_path: Path) -> None:
    recipe = replace(reusing, transfer=Reuse(way="earlier", at="relu1"))
    list(train(recipe, tmp_path / "run"))
    model, given = load(tmp_path / "run" / MODEL), safetensors.torch.load_file(weights)
    assert {name.partition(".")[0] for name in model.weights} == {"conv1", "norm1", "norm2", "dense1"}
    assert torch.equal(model.weights["norm1.weight"], given["norm1.weight"])
    again = config.from_toml(Recipe, (tmp_path / "run" / RECIPE).read_text(), RECIPE)
    list(train(again, tmp_path / "again"))
    assert (tmp_path / "again" / MODEL).read_bytes() == (tmp_path / "run" / MODEL).read_bytes()


def test_a_way_is_asked_for_where_it_is_open(reusing: Recipe, tmp_path: Path) -> None:
    asked: list[str] = []

    def advise(recipe: Recipe, _dataset: object, _progress: object) -> tuple[Recipe, str]:
        asked.append(recipe.init)
        return replace(recipe, transfer=Reuse(way="head")), "because"

    recipe = replace(reusing, transfer=Reuse(), epochs=1)
    events = list(train(recipe, tmp_path / "open", advise=advise))
    assert [event.text for event in events if isinstance(event, Note)].count("because") == 1
    assert config.from_toml(Recipe, (tmp_path / "open" / RECIPE).read_text(), RECIPE).transfer.way == "head"
    list(train(replace(recipe, init=""), tmp_path / "none", advise=advise))
    list(train(replace(recipe, transfer=Reuse(way="none")), tmp_path / "said", advise=advise))
    assert asked == [recipe.init]


def test_fit_trains_without_a_folder(reusing: Recipe, tmp_path: Path) -> None:
    events = list(train(reusing, tmp_path / "run"))
    assert any(isinstance(event, Epoch) for event in events)
    model, other = fit(reusing, load_data(reusing.data)), load(tmp_path / "run" / MODEL)
    assert all(torch.equal(model.weights[name], tensor) for name, tensor in other.weights.items())
    assert model.card == other.card


def test_fit_says_that_the_rate_is_too_high(recipe: Recipe) -> None:
    wild = replace(recipe, optimizer=replace(recipe.optimizer, name="sgd", rate=1e30))
    with np.errstate(all="ignore"), pytest.raises(DivergedError, match="no longer finite; take a lower rate with"):
        fit(wild, load_data(wild.data))
