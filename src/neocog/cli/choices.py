"""The recipe that a command line means: a name, a file or the defaults, with the choices of its flags put in."""

from pathlib import Path

from neocog import recipes
from neocog.core import config
from neocog.core.errors import RunError
from neocog.train import Recipe

_NETWORK_KEYS = {"net", "init", "data.size", "data.border", "data.channels", "transfer.way", "transfer.at"}
"""Choices that make a recipe's network text, and the hash of its frozen weights, out of date."""


def chosen_recipe(asked: str, changes: dict[str, str]) -> Recipe:
    """The recipe of a name or a file, or the default one, with dotted changes.

    Raises `RunError` for a file that cannot be read, `RecipeError` for an unknown name or a choice that cannot be.
    """
    if not asked:
        base = Recipe()
    elif asked in recipes.names() or not (asked.endswith(".toml") or Path(asked).exists()):
        base = recipes.recipe(asked)
    else:
        try:
            text = Path(asked).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{asked} cannot be read as a recipe ({error}); give a recipe.toml") from error
        base = config.from_toml(Recipe, text, asked)
    if _NETWORK_KEYS & changes.keys():
        changes = {"network": "", "transfer.body": "", **changes}
    return config.override(base, changes)
