"""The model that a user means: a model file, a run folder, or a network of the zoo with weights from elsewhere.

Weights from elsewhere bring neither classes nor preprocessing with them. The classes come from a file, else they are
numbered; the preprocessing is what the zoo states for the network, by which its released weights are judged.

    model = open_model("runs/digits-2026-11-21")
    model = open_model("squeezenet1_1", init="imagenet", classes="imagenet_class_index.json")
"""

from dataclasses import replace
from pathlib import Path

from neocog import zoo
from neocog.build import build, load_weights, read_weights
from neocog.core.download import Transfer
from neocog.core.errors import ModelFileError, NetworkError, RecipeError
from neocog.data import Preprocessing
from neocog.model.classes import read_classes
from neocog.model.file import is_model, load
from neocog.model.initial import IMAGENET, credit, weights_file
from neocog.model.model import Model, weights_of
from neocog.network import Network, Tokens, adapt, outputs, walk


def open_model(name: str, init: str = "", classes: str = "", progress: Transfer | None = None) -> Model:
    """The model that `name` means: a path, or with `init` (a file of weights, or `imagenet`) a network of the zoo.

    `classes` is a file that names the outputs of such a network; `progress` is told how much of its weights is fetched.
    Raises `ModelFileError` for a file that is no model, `RecipeError` for choices that do not go together,
    `NetworkError`, `DataError` or `DownloadError` where the network, its classes or its weights will not do.
    """
    if init:
        return _from_zoo(name, init, classes, progress)
    if zoo.known(name) and not Path(name).exists():
        raise RecipeError(
            f"{name} is a network of the zoo, without weights; give some with --init FILE, or --init {IMAGENET}"
        )
    if classes:
        raise RecipeError(f"{name} has its own classes; leave --classes out, or give a network of the zoo with --init")
    return load(name)


def _from_zoo(name: str, init: str, classes: str, progress: Transfer | None) -> Model:
    if not zoo.known(name) and Path(name).exists():
        raise RecipeError(f"{name} has its own weights; leave --init out, or give a network of the zoo")
    if is_model(init):
        raise RecipeError(f"{init} is a model with its own network and classes; give it as MODEL, without --init")
    entry = zoo.get(name)
    network = entry.build()
    count = _answers(network, name)
    names = read_classes(Path(classes)) if classes else tuple(f"class {place}" for place in range(count))
    if len(names) != count:
        network = adapt(network, classes=len(names))
    module = build(network)
    loaded = load_weights(module, read_weights(weights_file(init, name, progress)), entry.foreign)
    if loaded.fresh is not None:
        told = f"{classes} names" if classes else f"the network {name} has"
        mend = "name theirs in it" if classes else "name theirs with --classes FILE"
        raise ModelFileError(f"the weights answer for {loaded.classes} classes, and {told} {len(names)}; {mend}")
    return Model(
        network=network,
        weights=weights_of(module),
        classes=names,
        preprocessing=_preprocessing(entry, network),
        card={"weights": credit(init, name)},
    )


def _answers(network: Network, name: str) -> int:
    """How many classes a network answers for; raises `NetworkError` where it does something else."""
    ends = outputs(network)
    if len(ends) > 1:
        raise NetworkError(
            f"{name} must have one output to predict, got {len(ends)} ({', '.join(ends)}); take its variant without "
            "side heads"
        )
    shape = walk(network)[next(iter(ends.values()))].shape
    if isinstance(network.input, Tokens) or len(network.input) != 3 or len(shape) != 1:
        raise NetworkError(
            f"{name} must give one number a class for an image, and it gives {shape} for {network.input}; take another"
        )
    return shape[0]


def _preprocessing(entry: zoo.Entry, network: Network) -> Preprocessing:
    """What the zoo states for released weights; without that, whole images with values from 0 to 1."""
    assert not isinstance(network.input, Tokens), "it reads images"
    channels, height, width = network.input
    plain = Preprocessing(size=(height, width), channels=1 if channels == 1 else 3, border=entry.border)
    if entry.preparation is None:
        return plain
    wanted = entry.preparation
    return replace(plain, short=wanted.short, mean=wanted.mean, deviation=wanted.deviation)
