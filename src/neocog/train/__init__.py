"""Training: a recipe in, events out, a run folder with a model file at the end."""

from neocog.train.distributed import here
from neocog.train.events import (
    CheckpointSaved,
    Epoch,
    Event,
    Finished,
    Note,
    Resumed,
    Started,
    Step,
    from_dicts,
    to_dict,
)
from neocog.train.recipe import Recipe, Reuse
from neocog.train.session import Advisor, is_finished, recipe_of, train
from neocog.train.sitting import fit

__all__ = [
    "Advisor",
    "CheckpointSaved",
    "Epoch",
    "Event",
    "Finished",
    "Note",
    "Recipe",
    "Resumed",
    "Reuse",
    "Started",
    "Step",
    "fit",
    "from_dicts",
    "here",
    "is_finished",
    "recipe_of",
    "to_dict",
    "train",
]
