"""Training: a recipe in, events out, a run folder with a model file at the end."""

from neocog.train.events import Event
from neocog.train.recipe import Recipe
from neocog.train.session import is_finished, recipe_of, train

__all__ = ["Event", "Recipe", "is_finished", "recipe_of", "train"]
