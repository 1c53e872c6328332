"""The recipe: every choice of a run, one frozen value, one TOML file.

What says `auto` is resolved before the first step and written back, so that `recipe.toml` alone repeats the run.
Each field is followed by one line that says what it is; the ranges stand in the annotations and are checked where a
file or a command line comes in (`neocog.core.config`).

>>> from neocog.core.config import override
>>> override(Recipe(), {"optimizer.rate": "0.1"}).optimizer.rate
0.1
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

from neocog.data import Augment, DataOptions
from neocog.model import IMAGENET

Auto = Literal["auto"]


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How a gradient becomes a step."""

    name: Literal["adamw", "sgd"] = "adamw"
    """`adamw`, or `sgd` with momentum."""
    rate: Annotated[float, Gt(0)] | Auto = "auto"
    """The peak learning rate; `auto` is 0.003 for adamw, 0.1 for sgd, a tenth for a deep network without batch norm."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    """The momentum of sgd; the first moment's decay of adamw."""
    nesterov: bool = True
    """Whether sgd looks ahead (Nesterov, 1983)."""
    weight_decay: Annotated[float, Ge(0)] | Auto = "auto"
    """Shrinks weights, not biases or normalization; `auto` is 0.05 for adamw (decoupled), 0.0005 for sgd."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate runs over the steps."""

    name: Literal["cosine", "constant"] = "cosine"
    """`cosine` falls towards zero at the last step (Loshchilov and Hutter, 2017); `constant` stays."""
    warmup: Annotated[float, Ge(0), Le(0.9)] = 0.1
    """The share of all steps in which the rate rises from zero."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What training makes small."""

    name: Literal["cross_entropy"] = "cross_entropy"
    """Softmax cross-entropy."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.05
    """The share of the target that is spread over all classes (Szegedy et al., 2016)."""


@dataclass(frozen=True, kw_only=True)
class Compute:
    """On what, and in which arithmetic."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes the best that is there."""
    precision: Literal["auto", "bf16", "float32"] = "auto"
    """`bf16` computes convolutions and dense layers in bfloat16 and keeps the weights in float32."""
    channels_last: bool | Auto = "auto"
    """Whether images lie in memory with their channels together."""
    threads: Annotated[int, Ge(1), Le(1024)] | Auto = "auto"
    """Threads of the processor that compute."""
    deterministic: bool = True
    """Algorithms that give the same bits each time; where torch has none for a GPU, it warns."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """How often a run can be taken up again."""

    minutes: Annotated[float, Gt(0)] = 5.0
    """The longest time between two checkpoints, in minutes; there is one at the end of each epoch besides."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Every choice of a run."""

    seed: int = 0
    """Draws the first weights, the order, the augmentation and the dropout."""
    net: str = "auto"
    """The network as it was asked for: a name of the zoo, a `.network` file, or `auto`."""
    network: str = ""
    """The network's text; empty until it is resolved."""
    init: str = ""
    """A file of weights to start from, or `imagenet`: those released for the network; empty: drawn from the seed."""
    epochs: Annotated[int, Ge(1)] | Auto = "auto"
    """Passes over the training images; `auto` gives small sets more."""
    batch: Annotated[int, Ge(1)] | Auto = "auto"
    """Images a step; `auto` gives small sets smaller ones."""
    data: DataOptions = field(default_factory=DataOptions)
    """Where the samples are and how they become tensors."""
    augment: Augment = field(default_factory=Augment)
    """How training images are varied."""
    optimizer: Optimizer = field(default_factory=Optimizer)
    """How a gradient becomes a step."""
    schedule: Schedule = field(default_factory=Schedule)
    """How the learning rate runs."""
    loss: Loss = field(default_factory=Loss)
    """What training makes small."""
    compute: Compute = field(default_factory=Compute)
    """On what, and in which arithmetic."""
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    """How often a run can be taken up again."""


def located(recipe: Recipe) -> Recipe:
    """The recipe with its paths made absolute, so that it means the same from any folder.

    >>> located(Recipe()).data.path
    ''
    """
    data = recipe.data if recipe.data.path in ("", "digits") else replace(recipe.data, path=_absolute(recipe.data.path))
    return replace(recipe, data=data, init=recipe.init if recipe.init in ("", IMAGENET) else _absolute(recipe.init))


def _absolute(path: str) -> str:
    return str(Path(path).resolve())
