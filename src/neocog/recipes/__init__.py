"""Recipes of the lectures' experiments, each beside its source, its cost and what it came to.

To add one, add a function under `@experiment` to the file of its experiment, and its name here.

>>> from neocog.recipes import nielsen_mlp
>>> nielsen_mlp().batch
10
"""

from neocog.recipes.alexnet_2012 import alexnet
from neocog.recipes.depth import plain20, plain56, residual20, residual56
from neocog.recipes.entry import experiment, names, recipe, summary
from neocog.recipes.nielsen import nielsen_mlp
from neocog.recipes.optimizers import (
    adadelta,
    adagrad,
    adam,
    adamw,
    batch_gradient_descent,
    mini_batch_gradient_descent,
    momentum,
    nesterov,
    optimizers,
    rmsprop,
    stochastic_gradient_descent,
)
from neocog.recipes.relu_tanh import relu, tanh
from neocog.recipes.resnet_2015 import resnet
from neocog.recipes.rosenblatt import perceptron
from neocog.recipes.shift import shift_cnn, shift_dense

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "alexnet",
    "batch_gradient_descent",
    "experiment",
    "mini_batch_gradient_descent",
    "momentum",
    "names",
    "nesterov",
    "nielsen_mlp",
    "optimizers",
    "perceptron",
    "plain20",
    "plain56",
    "recipe",
    "relu",
    "residual20",
    "residual56",
    "resnet",
    "rmsprop",
    "shift_cnn",
    "shift_dense",
    "stochastic_gradient_descent",
    "summary",
    "tanh",
]
