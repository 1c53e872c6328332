"""What a way of transfer comes to: a recipe that says everything out.

Weights from elsewhere can be put to use in four ways, from the least that learns to the most:

    head      the last layer alone, on codes that are computed once
    earlier   a new last layer on the codes of an earlier one (`transfer.at`), which it normalizes first
    top       the layers above `transfer.at`, on codes that are computed once
    all       every layer, the first ones slower than the last

Each is no more than other choices of a recipe (what is frozen, how fast each layer learns, whether images are varied),
and a choice that was made by hand stays as it is. Nothing here asks which way fits: `neocog advise` does.
"""

import re
from dataclasses import replace

from neocog.build import Rule
from neocog.core.errors import RecipeError
from neocog.data import Augment
from neocog.data.augment import NONE
from neocog.network import BatchNorm, Dense, GlobalAvgPool, Network, Step, find, prefix, walk
from neocog.train.recipe import Optimizer, Recipe

TOP = 1 / 3
"""The share of the layers with weights that `top` trains, where `transfer.at` does not say."""
FIRST = 0.1
"""The rate of the first layer as a share of the last one's, in `all`."""
HOLD = 10.0
"""Over the training images it is the l2 of a new last layer on codes, which holds back the more the fewer there are, as
it does in a probe. (In repeated folds of 132 photographs it gains half a point, over 200 digits nothing is lost.)"""
GENTLE = 1 / 3
"""The rate as a share of the usual one where layers learn that have learned before."""
NEW_END = (BatchNorm(),)
"""What stands before the last layer of a network that `earlier` cuts; its weights are new, too."""
LOOKS = 10_000
"""Training images that `top` and `all` look at in all, repeats included; it sets the epochs."""
EPOCHS = (8, 20)
"""The fewest and the most epochs of both: weights that are good already need few."""


def check_way(recipe: Recipe) -> None:
    """Raise `RecipeError` where a way of transfer has nothing to start from, or does not say what it needs to."""
    choice = recipe.transfer
    if choice.way in ("auto", "none"):
        return
    if not recipe.init:
        raise RecipeError(
            f"transfer.way={choice.way} needs weights to start from, and none are given; give some with --init FILE"
        )
    if choice.way == "earlier" and not choice.at:
        raise RecipeError(
            "transfer.way=earlier must know which layer; give its path with --set transfer.at=PATH, as `neocog advise` "
            "finds it"
        )


def reused(recipe: Recipe, network: Network, classes: int, images: int) -> tuple[Recipe, Network]:
    """The recipe with what its way of transfer comes to, and the network, which `earlier` cuts.

    `network` is the whole one, `images` is how many there are to train on. Raises `RecipeError` or `NetworkError` where
    the way does not fit the network.
    """
    choice = recipe.transfer
    if choice.way in ("auto", "none"):
        return replace(recipe, transfer=replace(choice, way="none")), network
    if choice.way == "earlier":
        network = _with_head(network, choice.at, classes)
    if choice.way == "all":
        return _gentle(recipe, network), network
    freeze = recipe.optimizer.freeze or _last_frozen(walk(network), choice.way, choice.at)
    usual = (Augment(), Augment().of("image"))  # as it is asked for, and as it is resolved
    augment = NONE if recipe.augment in usual else recipe.augment
    optimizer = replace(recipe.optimizer, freeze=freeze)
    held = recipe.regularize.l2 or (float(f"{HOLD / images:.2g}") if choice.way != "top" else 0.0)
    regularize = replace(recipe.regularize, l2=held)
    return replace(recipe, augment=augment, optimizer=optimizer, regularize=regularize), network


def rate_factor(recipe: Recipe) -> float:
    """The share of the usual learning rate that `auto` comes to: layers that have learned before bear less."""
    return GENTLE if recipe.transfer.way in ("top", "all") else 1.0


def epochs_of(recipe: Recipe, images: int) -> int | None:
    """How many epochs `auto` comes to; None where the way has no rule of its own."""
    if recipe.transfer.way not in ("top", "all"):
        return None
    return min(max(LOOKS // images, EPOCHS[0]), EPOCHS[1])


def fresh_head(recipe: Recipe, network: Network) -> tuple[Rule, ...]:
    """How a last layer that starts fresh is drawn: at zero, where its outputs are the scores.

    What is drawn at random stays in all directions that no image shows, and adds noise to the scores of new images; on
    codes of ants and bees that costs a point. Behind an activation zero would never learn.
    """
    last = walk(network)[-1]
    if recipe.transfer.way == "none" or not isinstance(last.layer, Dense):
        return ()
    return ((rf"{re.escape(last.path)}\.weight", "zeros"),)


def _with_head(network: Network, at: str, classes: int) -> Network:
    """The network up to a layer, and a new end. The channels of an inner layer differ widely in scale; the probes that
    chose it had them normalized, and a classifier that has not learns from the loudest alone.
    """
    steps = walk(network)
    flat = len(steps[find(steps, at)].shape) == 1
    return prefix(network, at, *(() if flat else (GlobalAvgPool(),)), *NEW_END, Dense(classes))


def _last_frozen(steps: tuple[Step, ...], way: str, at: str) -> str:
    """The path of the last layer with weights that does not learn."""
    weighted = [step.path for step in steps if step.layer.params(step.received)]
    if way == "top" and at:
        place = find(steps, at)
        before = [step.path for step in steps[: place + 1] if step.path in weighted]
    elif way == "top":
        before = weighted[: round(len(weighted) * (1 - TOP))]
    else:
        before = weighted[: -1 - (len(NEW_END) if way == "earlier" else 0)]
    if not before or len(before) == len(weighted):
        raise RecipeError(
            f"transfer.way={way} needs layers that stay and layers that learn, and {at or 'the network'!r} leaves "
            f"{len(before)} of {len(weighted)} as they are; choose another transfer.at, or transfer.way=all"
        )
    return before[-1]


def _gentle(recipe: Recipe, network: Network) -> Recipe:
    """Every layer learns, each a little slower than the one behind it."""
    if recipe.optimizer.layer_decay != Optimizer().layer_decay:
        return recipe
    layers = sum(bool(step.layer.params(step.received)) for step in walk(network))
    decay = round(FIRST ** (1 / max(1, layers - 1)), 4)
    return replace(recipe, optimizer=replace(recipe.optimizer, layer_decay=decay))
