"""The choices of an evaluation: `--set data.label=grade`, `--set compute.device=cpu`."""

from dataclasses import dataclass, field
from typing import Annotated

import torch
from annotated_types import Ge, Le

from neocog.core.errors import RecipeError
from neocog.data import DataOptions


@dataclass(frozen=True, kw_only=True)
class Compute:
    """On what, and how many images at once; the arithmetic is always float32."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes the best that is there."""
    batch: Annotated[int, Ge(1), Le(65536)] = 64
    """Images that the network computes at once."""


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """Every choice of an evaluation."""

    data: DataOptions = field(default_factory=DataOptions)
    """Where the samples are and how they are read; for a run on its own data, what its recipe says."""
    compute: Compute = field(default_factory=Compute)
    """On what it is computed."""


def device(name: str) -> str:
    """The device that a name means; raises `RecipeError` where this machine has no such device.

    >>> device("cpu")
    'cpu'
    """
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise RecipeError(
            f"`compute.device` must be a device of this machine, not {name!r}; use cpu or auto"
        ) from error
    return name
