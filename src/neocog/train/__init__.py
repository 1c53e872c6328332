"""Training: a recipe in, events out, a run folder with a model file at the end."""

from neocog.train.distributed import here
from neocog.train.events import CheckpointSaved, Epoch, Event, Finished, Note, Resumed, Started, Step, to_dict
from neocog.train.recipe import Recipe
from neocog.train.session import is_finished, recipe_of, train

__all__ = [
    "CheckpointSaved",
    "Epoch",
    "Event",
    "Finished",
    "Note",
    "Recipe",
    "Resumed",
    "Started",
    "Step",
    "here",
    "is_finished",
    "recipe_of",
    "to_dict",
    "train",
]
