"""Ten ways down the same hill: LeNet-5 on digits by each optimizer of the lectures.

Rates and decays are those that the lectures give; where they give none, PyTorch's, and 0.05 for the gradient as it is
(0.005 for a single image's). Where eps stands is PyTorch's choice: added to the root of the squares, in AdaDelta under
the root. DATA and `--net` on the command line compare them on other data and another network.

Beside the saddle of x^2 - y^2, at (1, 0.001) with rate 0.01 for all but AdaDelta, y has gone 1 downhill after 31 steps
of AdaDelta, 67 of Nesterov, 72 of momentum and of RMSProp, 77 of Adam, 349 of plain descent, 1,263 of AdaGrad.

Source: the lectures' slides on optimizers, after Ruder, "An overview of gradient descent optimization algorithms",
    2016: momentum 0.9; Adam 0.9, 0.999, 1e-8; RMSProp 0.9, 0.001; AdaGrad 1e-8.
Cost: 5 epochs of 1,259 images, 0.4 million multiply-accumulates an image; a quarter of a minute of one processor, a
    minute for batches of one image.
Expected: training loss of the fifth epoch, mean of seeds 0, 1, 2 and largest distance from it: Nesterov 0.015 (0.004),
    momentum 0.018 (0.007), AdaDelta 0.042 (0.010), AdaGrad 0.061 (0.008), one image a step 0.067 (0.003), RMSProp 0.083
    (0.013), Adam and AdamW 0.086 (0.028), mini-batches 0.184 (0.014), whole batches, which took 5 steps, 1.93 (0.09).
    Validation accuracy is 55 % for whole batches and 95 to 98 % for all others, too near for 269 images to tell apart.
Command: neocog train --recipe batch_gradient_descent
    neocog train --recipe stochastic_gradient_descent
    neocog train --recipe mini_batch_gradient_descent
    neocog train --recipe momentum
    neocog train --recipe nesterov
    neocog train --recipe adagrad
    neocog train --recipe adadelta
    neocog train --recipe rmsprop
    neocog train --recipe adam
    neocog train --recipe adamw
"""

from typing import Literal

from neocog.data import DataOptions
from neocog.data.augment import NONE
from neocog.recipes.entry import Build, experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule


@experiment
def batch_gradient_descent() -> Recipe:
    """The gradient over all images at once: one step an epoch."""
    return _descent("all", Optimizer(name="sgd", rate=0.05, momentum=0.0, nesterov=False, weight_decay=0.0))


@experiment
def stochastic_gradient_descent() -> Recipe:
    """The gradient of one image a step."""
    return _descent(1, Optimizer(name="sgd", rate=0.005, momentum=0.0, nesterov=False, weight_decay=0.0))


@experiment
def mini_batch_gradient_descent() -> Recipe:
    """The gradient of 32 images a step."""
    return _descent(32, Optimizer(name="sgd", rate=0.05, momentum=0.0, nesterov=False, weight_decay=0.0))


@experiment
def momentum() -> Recipe:
    """The same rate, and nine tenths of the step before (Polyak, 1964)."""
    return _descent(32, Optimizer(name="sgd", rate=0.05, momentum=0.9, nesterov=False, weight_decay=0.0))


@experiment
def nesterov() -> Recipe:
    """Momentum whose gradient is taken where it leads (Nesterov, 1983)."""
    return _descent(32, Optimizer(name="sgd", rate=0.05, momentum=0.9, nesterov=True, weight_decay=0.0))


@experiment
def adagrad() -> Recipe:
    """Each weight's rate over the root of the sum of its squared gradients (Duchi et al., 2011)."""
    return _descent(32, Optimizer(name="adagrad", rate=0.01, eps=1e-8, weight_decay=0.0))


@experiment
def adadelta() -> Recipe:
    """Steps in the units of the steps before, so that no rate is needed (Zeiler, 2012)."""
    return _descent(32, Optimizer(name="adadelta", rate=1.0, squares=0.9, weight_decay=0.0))


@experiment
def rmsprop() -> Recipe:
    """AdaGrad with a mean that forgets instead of the sum (Hinton, lecture 6e, 2012)."""
    return _descent(32, Optimizer(name="rmsprop", rate=0.001, squares=0.9, weight_decay=0.0))


@experiment
def adam() -> Recipe:
    """RMSProp with momentum, both corrected for their start at zero (Kingma and Ba, 2015)."""
    return _descent(32, Optimizer(name="adam", rate=0.001, momentum=0.9, squares=0.999, eps=1e-8, weight_decay=0.0))


@experiment
def adamw() -> Recipe:
    """Adam, with the weights shrunk beside it instead of through the gradient (Loshchilov and Hutter, 2019)."""
    return _descent(32, Optimizer(name="adamw", rate=0.001, momentum=0.9, squares=0.999, eps=1e-8, weight_decay=0.01))


def optimizers() -> dict[str, Recipe]:
    """All of them by name, to be compared.

    >>> len(optimizers())
    10
    """
    return {build.__name__: build() for build in _ALL}


_ALL: tuple[Build, ...] = (
    batch_gradient_descent,
    stochastic_gradient_descent,
    mini_batch_gradient_descent,
    momentum,
    nesterov,
    adagrad,
    adadelta,
    rmsprop,
    adam,
    adamw,
)


def _descent(batch: int | Literal["all"], optimizer: Optimizer) -> Recipe:
    return Recipe(
        net="lenet5",
        data=DataOptions(path="digits"),
        epochs=5,
        batch=batch,
        augment=NONE,
        optimizer=optimizer,
        schedule=Schedule(name="constant", warmup=0.0),
        loss=Loss(label_smoothing=0.0),
    )
