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

from neocog.core.errors import RecipeError
from neocog.data import Augment, DataOptions
from neocog.model import IMAGENET, Trust

Auto = Literal["auto"]
Precision = Literal["auto", "bf16", "float32"]


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How a gradient becomes a step; each optimizer is PyTorch's own."""

    name: Literal["adamw", "adam", "sgd", "rmsprop", "adagrad", "adadelta"] = "adamw"
    """`adamw`, `adam`, `sgd` (with `momentum` or without), `rmsprop`, `adagrad` or `adadelta`."""
    rate: Annotated[float, Gt(0)] | Literal["auto", "find"] = "auto"
    """The peak learning rate; `auto` is 0.003 for adamw, 0.1 for sgd, a tenth for a deep network without batch norm;
    `find` measures one by a range test of 100 steps (Smith, 2017)."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    """The momentum of sgd; the first moment's decay of adam and adamw; the others have none."""
    nesterov: bool = True
    """Whether sgd looks ahead (Nesterov, 1983)."""
    squares: Annotated[float, Ge(0), Lt(1)] | Auto = "auto"
    """The decay of the mean of squared gradients; `auto` is 0.999 for adam and adamw, 0.9 for rmsprop and adadelta."""
    eps: Annotated[float, Gt(0)] | Auto = "auto"
    """Added to the root of the squares (adadelta: under it), as in PyTorch; `auto` is 1e-8, adadelta's 1e-6."""
    weight_decay: Annotated[float, Ge(0)] | Auto = "auto"
    """Shrinks weights, not biases or normalization; `auto` is 0.05 for adamw (decoupled; 0.5 for
    sentences), 0.0005 for sgd, else 0."""
    rates: tuple[tuple[str, Annotated[float, Ge(0)]], ...] = ()
    """Layers that learn at another rate: a path and a factor of the rate, such as ["conv1", 0.1]; 0 freezes."""
    layer_decay: Annotated[float, Gt(0), Le(1)] = 1.0
    """The rate of each learned layer as a share of the next one's: 1 for all alike, below it first layers go slower."""
    freeze: str = ""
    """The path of the last layer that keeps its weights, with all before it; empty: every layer learns."""
    clip: Annotated[float, Ge(0)] = 0.0
    """The largest norm of the whole gradient; a longer one is shortened to it (Pascanu et al., 2013). 0: no limit."""
    accumulate: Annotated[int, Ge(1)] = 1
    """The parts in which a batch is computed, one after the other, their gradients added up: less memory, same step."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate runs over the steps."""

    name: Literal["cosine", "constant", "step", "exponential", "plateau", "one_cycle"] = "cosine"
    """`cosine` falls towards zero at the last step (Loshchilov and Hutter, 2017); `constant` stays; `step` is
    multiplied by `factor` every so many epochs; `exponential` falls evenly, as e^(-kt), to `factor` at the end;
    `plateau` is multiplied by `factor` when validation no longer improves; `one_cycle` rises and falls once (Smith,
    2018)."""
    warmup: Annotated[float, Ge(0), Le(0.9)] = 0.1
    """The share of all steps in which the rate rises from zero; `one_cycle` rises over at least three tenths."""
    factor: Annotated[float, Gt(0), Lt(1)] = 0.1
    """What `step` and `plateau` multiply the rate by, and what `exponential` comes to at the end."""
    every: Annotated[int, Ge(1)] | Auto = "auto"
    """Epochs between two drops of `step`, or without a lower validation loss before one of `plateau`; `auto` is a third
    of the epochs for the first and a tenth, but at least 2, for the second."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What training makes small, a mean over the samples."""

    name: Literal[
        "auto",
        "cross_entropy",
        "hinge",
        "perceptron",
        "mean_squared",
        "quadratic",
        "mean_absolute",
        "huber",
        "poisson",
        "sigmoid_cross_entropy",
    ] = "auto"
    """`auto` is cross_entropy for one class (of a sample, or of each pixel of a mask), sigmoid_cross_entropy for
    several labels and mean_squared for numbers. `cross_entropy` after a softmax; `hinge`, the multiclass support vector
    machine's with margin 1; `perceptron`, by how much the best wrong class beats the right one. Against numbers, or 1
    for a class that is right and 0 for the others: `mean_squared`, `quadratic` (half the squared distance),
    `mean_absolute`, `huber` (squared up to a distance of 1, straight beyond it), `poisson` (outputs are logarithms of
    rates) and `sigmoid_cross_entropy` (each class by itself)."""
    output: Literal["identity", "sigmoid", "softmax"] = "identity"
    """What the logits pass before `mean_squared`, `quadratic` or `mean_absolute` compares them."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.05
    """The share of the target that `cross_entropy` spreads over all classes (Szegedy et al., 2016)."""
    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weighs every sample by how rare its class is, so that all classes count alike."""


@dataclass(frozen=True, kw_only=True)
class Regularize:
    """What holds weights and activations back, besides weight decay, dropout and augmentation."""

    l1: Annotated[float, Ge(0)] = 0.0
    """Times the sum of the weights' absolute values, added to the loss; with `l2` it is the elastic net."""
    l2: Annotated[float, Ge(0)] = 0.0
    """Times the sum of the weights' squares, added to the loss."""
    activation_l1: Annotated[float, Ge(0)] = 0.0
    """Times the mean over the samples of the sum of the activations' absolute values, added to the loss."""
    activation_l2: Annotated[float, Ge(0)] = 0.0
    """Times the mean over the samples of the sum of the activations' squares, added to the loss."""
    max_norm: Annotated[float, Ge(0)] = 0.0
    """The largest norm of the weights of one unit; after each step longer ones are cut to it. 0: no limit."""
    mixup: Annotated[float, Ge(0)] = 0.0
    """Alpha of the beta distribution by which two images are blended, and their labels too (Zhang et al., 2018)."""
    cutmix: Annotated[float, Ge(0)] = 0.0
    """Alpha of the beta distribution of the area of one image that is pasted onto another (Yun et al., 2019)."""
    average: Annotated[float, Ge(0), Lt(1)] = 0.0
    """The decay of a running mean of the weights, which is what is validated and kept; 0: the last step's weights."""
    patience: Annotated[int, Ge(0)] = 0
    """Epochs without a better validation after which the run ends early; 0: it never does."""


@dataclass(frozen=True, kw_only=True)
class Compute:
    """On what, and in which arithmetic."""

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`; `auto` takes the best that is there."""
    precision: Precision = "auto"
    """`bf16` computes convolutions and dense layers in bfloat16 and keeps the weights in float32."""
    channels_last: bool | Auto = "auto"
    """Whether images lie in memory with their channels together."""
    threads: Annotated[int, Ge(1), Le(1024)] | Auto = "auto"
    """Threads of the processor that compute."""
    measure: bool = False
    """Whether the precision, format and threads that are `auto` are measured before the first step, not set by rule."""
    deterministic: bool = True
    """Algorithms that give the same bits each time; where torch has none for a GPU, it warns."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """How often a run can be taken up again."""

    minutes: Annotated[float, Gt(0)] = 5.0
    """The longest time between two checkpoints, in minutes; there is one at the end of each epoch besides."""


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """How weights from elsewhere are put to use."""

    way: Literal["auto", "none", "head", "earlier", "top", "all"] = "auto"
    """What learns: the `head` alone; a new one on an `earlier` layer; the `top`; `all` layers, the first ones slower;
    `none`: all alike. `auto` is what `neocog advise` recommends where weights are given, else `none`."""
    at: str = ""
    """The layer whose output `earlier` classifies, or that and those before which `top` leaves as they are; empty: for
    `top` the first two thirds of the layers."""
    body: str = ""
    """The hash of the frozen weights whose codes are trained on; empty until it is resolved, or where none are."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Every choice of a run."""

    seed: int = 0
    """Draws the first weights, the order, the augmentation and the dropout."""
    net: str = "auto"
    """The network as it was asked for: a name of the zoo, a `.network` file, a model file, or `auto`:
    the network of the model file in `init`, where one stands there, else one sized from the data."""
    network: str = ""
    """The network's text; empty until it is resolved."""
    init: str = ""
    """A file of weights to start from, or `imagenet`: those released for the network; empty: drawn from the seed."""
    transfer: Reuse = field(default_factory=Reuse)
    """How the weights of `init` are put to use."""
    epochs: Annotated[int, Ge(1)] | Auto = "auto"
    """Passes over the training images; `auto` gives small sets more."""
    batch: Annotated[int, Ge(1)] | Literal["auto", "all"] = "auto"
    """Images a step; `auto` gives small sets smaller ones, `all` makes it gradient descent on the whole set."""
    sampling: Literal["shuffled", "balanced"] = "shuffled"
    """`shuffled` takes each image once an epoch; `balanced` draws as often from each class, so rare ones repeat."""
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
    regularize: Regularize = field(default_factory=Regularize)
    """What holds weights and activations back."""
    compute: Compute = field(default_factory=Compute)
    """On what, and in which arithmetic."""
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    """How often a run can be taken up again."""
    trust: Trust = field(default_factory=Trust)
    """How often the model may be wrong."""


def located(recipe: Recipe) -> Recipe:
    """The recipe with its paths made absolute, so that it means the same from any folder.

    >>> located(Recipe()).data.path
    ''
    """
    data = recipe.data if recipe.data.path in ("", "digits") else replace(recipe.data, path=_absolute(recipe.data.path))
    return replace(recipe, data=data, init=recipe.init if recipe.init in ("", IMAGENET) else _absolute(recipe.init))


def _absolute(path: str) -> str:
    if "\0" in path:
        raise RecipeError(f"a path must hold no NUL character, got {path!r}; mend it")
    return str(Path(path).resolve())
