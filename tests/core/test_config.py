"""Values to TOML and back, and dotted overrides."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core import config
from neocog.core.errors import RecipeError
from neocog.data import DataOptions
from neocog.train.recipe import Optimizer, Recipe


@given(
    seed=st.integers(0, 2**40),
    rate=st.one_of(st.just("auto"), st.floats(1e-6, 10)),
    path=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_a_recipe_survives_toml(seed: int, rate: float | str, path: str) -> None:
    recipe = Recipe(seed=seed, optimizer=Optimizer(rate=rate), data=DataOptions(path=path))  # type: ignore[arg-type]
    assert config.from_toml(Recipe, config.to_toml(recipe), "recipe.toml") == recipe


def test_toml_says_its_format() -> None:
    assert tomllib.loads(config.to_toml(Recipe()))["format"] == 1


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("seed", "7", 7),
        ("optimizer.rate", "0.1", 0.1),
        ("augment.flip_horizontal", "true", True),
        ("epochs", "auto", "auto"),
    ],
)
def test_override_reads_texts_by_the_type_of_the_field(key: str, text: str, expected: object) -> None:
    value: object = config.override(Recipe(), {key: text})
    for name in key.split("."):
        value = getattr(value, name)
    assert value == expected


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("optimizer.rat", "1", r"unknown key 'optimizer\.rat'; did you mean 'optimizer\.rate'\?"),
        ("rate", "1", r"unknown key 'rate'; did you mean 'optimizer\.rate'\?"),
        ("optimizer", "1", r"unknown key 'optimizer'"),
        ("seed.x", "1", r"unknown key 'seed"),
        ("optimizer.rate", "-1", r"`optimizer\.rate` must be greater than 0 or 'auto' or 'find', not '-1'; change it"),
        ("epochs", "many", r"`epochs` must be an integer or 'auto', not 'many'"),
        ("compute.precision", "fp8", r"`compute\.precision` must be 'auto', 'bf16' or 'float32', not 'fp8'"),
        ("data.resize", "squash", r"`data\.resize` must be 'crop', 'pad' or 'stretch', not 'squash'"),
    ],
)
def test_a_wrong_override_says_what_it_must_be(key: str, text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        config.override(Recipe(), {key: text})


def test_changes_are_key_and_value() -> None:
    assert config.parse_changes(["a.b=c=d", " e = 1 "]) == {"a.b": "c=d", "e": "1"}
    with pytest.raises(RecipeError, match="--set takes key=value, not 'seed'"):
        config.parse_changes(["seed"])
    with pytest.raises(RecipeError, match="--set gives seed more than once; leave all but one of them out"):
        config.parse_changes(["seed=1", "epochs=2", "seed=1"])


def test_a_file_that_is_no_toml_or_of_another_format_is_refused() -> None:
    with pytest.raises(RecipeError, match="r is not TOML: .*line 1"):
        config.from_toml(Recipe, "seed = = 1", "r")
    with pytest.raises(RecipeError, match="r has format 2, and this version reads 1"):
        config.from_toml(Recipe, "format = 2", "r")
    with pytest.raises(RecipeError, match=r"r: unknown key 'augment.rotatoin'; did you mean 'augment.rotation'\?"):
        config.from_toml(Recipe, "[augment]\nrotatoin = 3", "r")


def test_keys_are_dotted() -> None:
    assert {"seed", "augment.rotation", "data.path"} <= set(config.keys(Recipe))


def test_lists_are_written_as_in_toml() -> None:
    changed = config.override(Recipe(), {"optimizer.rates": '[["conv1", 0.1], ["conv2", 0]]'})
    assert changed.optimizer.rates == (("conv1", 0.1), ("conv2", 0.0))
    assert config.from_toml(Recipe, config.to_toml(changed), "recipe.toml") == changed
    with pytest.raises(
        RecipeError, match=r'`optimizer.rates` must be a list such as .*not \'\[\["conv1", 0.1\'; mend it'
    ):
        config.override(Recipe(), {"optimizer.rates": '[["conv1", 0.1'})
