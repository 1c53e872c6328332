"""The choices of an evaluation: `--set data.label=grade`, `--set compute.device=cpu`; each one has an effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from neocog.core.config import override
from neocog.data import DataOptions
from neocog.model import Trust


@dataclass(frozen=True, kw_only=True)
class Compute:
    """On what, and how many images at once; the arithmetic is always float32."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes the best that is there."""
    batch: Annotated[int, Ge(1), Le(65536)] = 64
    """Images that the network computes at once."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Where the samples are; how they become tensors is the model's own. Fields and defaults are `DataOptions`'."""

    path: str = DataOptions.path
    """A folder, a file, an archive or `digits`; for a run on its own data, the place that it has moved to."""
    label: str = DataOptions.label
    """The target column of a table; empty: the one named label, class or target."""
    task: Literal["auto", "class", "classes", "number", "mask"] = DataOptions.task
    """The kind of target; `auto` reads it off the labels."""
    cache_gb: Annotated[float, Gt(0)] = DataOptions.cache_gb
    """The room that prepared images may take on disk, in gigabytes."""


@dataclass(frozen=True, kw_only=True)
class TrustChoice(Trust):
    """How often the model of a run may be wrong; choosing it calibrates the model anew."""

    folds: Literal[0] | Annotated[int, Ge(2), Le(50)] = 0
    """Where validation is small: so many networks, trained on parts of its and the training images, try the rest; 0:
    validation alone."""


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """Every choice of an evaluation."""

    data: Finding = field(default_factory=Finding)
    """Where the samples are; for a run on its own data, what its recipe says."""
    compute: Compute = field(default_factory=Compute)
    """On what it is computed."""
    trust: TrustChoice = field(default_factory=TrustChoice)
    """How often the model may be wrong."""
    test_time: Literal["none", "flips", "ten_crop", "auto", "ensemble"] = "none"
    """Views of each image that are averaged: it and its mirror image, or ten crops; `auto` takes what is better on
    validation by more than chance. `ensemble` makes one model of the runs in a folder."""


def data_options(base: DataOptions, changes: Mapping[str, str]) -> DataOptions:
    """The options of some data with an evaluation's dotted changes; raises `RecipeError` for a key that is none of it.

    >>> data_options(DataOptions(path="photos", label="grade"), {"data.path": "moved"}).label
    'grade'
    """
    told = Finding(**{each.name: getattr(base, each.name) for each in fields(Finding)})
    return replace(base, **vars(override(EvaluateOptions(data=told), changes).data))
