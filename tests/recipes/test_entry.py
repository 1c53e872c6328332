"""Every recipe: it resolves, its text gives it back, and its file says where it is from and what it comes to."""

import importlib
import re
import shlex

import numpy as np
import pytest

from neocog import recipes
from neocog.core import config
from neocog.core.errors import RecipeError
from neocog.data import Dataset, load
from neocog.recipes.entry import RECIPES
from neocog.train import Recipe
from neocog.train.resolve import resolve

PARTS = ("Source", "Cost", "Expected", "Command")
FILES = sorted({build.__module__ for build in (RECIPES[name] for name in RECIPES)})


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """400 images of ten kinds."""
    noise = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("noise") / "noise.npz"
    np.savez(path, x=noise.integers(0, 256, (400, 8, 8), dtype=np.uint8), y=np.arange(400) % 10)
    return load(config.override(Recipe(), {"data.path": str(path)}).data)


@pytest.mark.parametrize("name", recipes.names())
def test_it_resolves(images: Dataset, name: str) -> None:
    asked = recipes.recipe(name)
    told = resolve(asked, images).recipe
    assert told.epochs == asked.epochs
    assert told.batch == (len(images.rows("train")) if asked.batch == "all" else asked.batch)
    assert (told.optimizer.rate, told.optimizer.weight_decay) == (asked.optimizer.rate, asked.optimizer.weight_decay)


@pytest.mark.parametrize("name", recipes.names())
def test_its_text_gives_it_back(images: Dataset, name: str) -> None:
    asked = recipes.recipe(name)
    told = resolve(asked, images).recipe
    assert config.from_toml(Recipe, config.to_toml(asked), name) == asked
    assert config.from_toml(Recipe, config.to_toml(told), name) == told


@pytest.mark.parametrize("module", FILES)
def test_its_file_says_source_cost_figure_and_command(module: str) -> None:
    text = importlib.import_module(module).__doc__ or ""
    found = re.findall(r"^(\w+): (.+(?:\n    .+)*)", text, re.MULTILINE)
    assert tuple(part for part, _ in found) == PARTS
    said = dict(found)
    assert re.search(r"\b(1[89]|20)\d\d\b", said["Source"]), "a year"
    assert re.search(r"\d", said["Cost"])
    assert re.search(r"\d", said["Expected"])
    commands = [shlex.split(line) for line in said["Command"].splitlines()]
    asked = {command[command.index("--recipe") + 1]: command for command in commands}
    assert set(asked) == {name for name in RECIPES if RECIPES[name].__module__ == module}
    for name, command in asked.items():
        assert command[:2] == ["neocog", "train"]
        assert (command[2] == "--recipe") == bool(recipes.recipe(name).data.path), "data from one place"


def test_every_recipe_is_a_public_function_with_a_line_of_its_own() -> None:
    assert [name for name in recipes.names() if getattr(recipes, name) is not RECIPES[name]] == []
    lines = [RECIPES[name].__doc__ for name in recipes.names()]
    assert len(set(lines)) == len(lines)
    assert all(line and line.endswith(".") for line in lines)


def test_no_recipe_is_an_abbreviation_of_another() -> None:
    values = {name: recipes.recipe(name) for name in recipes.names()}
    assert len(set(values.values())) == len(values)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(RecipeError, match="unknown recipe 'plane56'; did you mean 'plain56'?"):
        recipes.recipe("plane56")


def test_the_lectures_defaults() -> None:
    """AlexNet and ResNet as the decks give them."""
    alexnet, resnet = recipes.alexnet(), recipes.resnet()
    assert (alexnet.batch, alexnet.optimizer.momentum, alexnet.optimizer.weight_decay) == (128, 0.9, 5e-4)
    assert (resnet.batch, resnet.optimizer.momentum, resnet.optimizer.weight_decay) == (256, 0.9, 1e-4)
    assert (alexnet.optimizer.rate, resnet.optimizer.rate) == (0.01, 0.1)
    for recipe in (alexnet, resnet):
        assert (recipe.schedule.name, recipe.schedule.factor, recipe.optimizer.nesterov) == ("plateau", 0.1, False)
        assert recipe.augment.flip_horizontal and 0 < recipe.augment.crop < 1
