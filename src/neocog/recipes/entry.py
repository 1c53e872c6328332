"""The recipes by name: a function without arguments that returns every choice of a run.

>>> recipe("nielsen_mlp").optimizer.rate
3.0
>>> recipe("nielson_mlp")
Traceback (most recent call last):
...
neocog.core.errors.RecipeError: unknown recipe 'nielson_mlp'; did you mean 'nielsen_mlp'?
"""

from collections.abc import Callable
from typing import TypeAlias

from neocog.core.errors import RecipeError
from neocog.core.registry import Registry
from neocog.train import Recipe

Build: TypeAlias = Callable[[], Recipe]

RECIPES: Registry[Build] = Registry("recipe", RecipeError)


def experiment(build: Build) -> Build:
    """File the function below it under its own name."""
    return RECIPES.add(build.__name__)(build)


def names() -> tuple[str, ...]:
    """The names of all recipes, in alphabetical order.

    >>> names()[:2]
    ('adadelta', 'adagrad')
    """
    return tuple(sorted(RECIPES))


def recipe(name: str) -> Recipe:
    """The recipe of a name; an unknown one raises `RecipeError` with the nearest."""
    return RECIPES[name]()


def summary(name: str) -> str:
    """What a recipe is, in its first sentence; an unknown one raises `RecipeError` with the nearest.

    >>> summary("nielsen_mlp")
    '784-30-10 sigmoids by plain gradient descent on the quadratic cost.'
    """
    return (RECIPES[name].__doc__ or "").strip().partition("\n")[0]
