"""What `auto` comes to: a recipe and a data set in, a recipe that says everything out.

The rules are few and fixed, so that the same data on the same machine always give the same recipe, and each stands here
once with its reason. What was decided for the reader to know goes into `notes`.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from torch import nn

from neocog import zoo
from neocog.build import Rule, build, load_weights, read_weights
from neocog.core.errors import NetworkError, RecipeError, ShapeError
from neocog.data import (
    MOST_INPUTS,
    AnyPreprocessing,
    Dataset,
    NumbersPreprocessing,
    Preprocessing,
    WordsPreprocessing,
    target,
)
from neocog.data.augment import NONE
from neocog.data.spectrogram import Spectrogram, chosen
from neocog.data.spectrogram import told as as_told
from neocog.data.trees import listed
from neocog.model import credit, is_model, load, weights_file
from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    LayerNorm,
    Network,
    Tokens,
    adapt,
    cost,
    outputs,
    parse,
    read_network,
    shapes,
    walk,
)
from neocog.train import sentences
from neocog.train.compute import resolve_compute
from neocog.train.losses import check_loss, loss_for
from neocog.train.measure import fastest
from neocog.train.one_output import two_logits
from neocog.train.optimizers import squares_and_eps
from neocog.train.recipe import Compute, Optimizer, Recipe, located
from neocog.train.reuse import NEW_END, check_way, epochs_of, fresh_head, rate_factor, reused
from neocog.train.schedules import drop_epochs
from neocog.train.sentences import check_reads, load_vectors, sentence_network, starts_from_vectors, words_for

SEEN = 400_000
"""Training images that a run looks at in all, repeats included; it sets the epochs."""
EPOCHS = (8, 60)
"""The fewest and the most epochs that `auto` chooses."""
STEPS = 24
"""Steps that an epoch should have at least; it sets the batch of small sets."""
BATCHES = (16, 128)
"""The smallest and the largest batch that `auto` chooses."""
SMALL_SIDE = 64
"""Images up to this side keep it."""
SHALLOW = 5
"""Convolutions and dense layers up to which a network without batch norm bears the high learning rate."""
LARGE_SIDE = 112
"""Larger ones are brought to this side, or to their own where that is smaller."""
MASK_SIDE = 128
"""Images with masks keep their side up to this one: an outline needs the pixels."""
RATES = {"adamw": 0.003, "adam": 0.003, "sgd": 0.1, "rmsprop": 0.001, "adagrad": 0.01, "adadelta": 1.0}
"""The peak rate that `auto` chooses by optimizer; PyTorch's own defaults for the last three, rmsprop a tenth."""
DECAYS = {"adamw": 0.05, "sgd": 0.0005}
"""The weight decay that `auto` chooses; the other optimizers have none."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A recipe without `auto`, and what follows from it."""

    recipe: Recipe
    network: Network
    origin: Network
    """The network that the weights to start from are made for: the same, unless a way of transfer cuts it."""
    init: Sequence[Rule]
    """How the first weights are drawn, the first rule that matches deciding."""
    preprocessing: AnyPreprocessing
    """With the mean and deviation that the weights were trained with, where those are known."""
    measured: bool
    """Whether the preprocessing is still to be fitted to the training images."""
    reason: str
    """The network as asked for; where it was `auto`, why it is as it is."""
    notes: tuple[str, ...]


def resolve(recipe: Recipe, dataset: Dataset) -> Resolved:
    """Replace every `auto` by what the data and the machine ask for.

    Raises `NetworkError` where the network does not fit the data, `RecipeError` where the recipe does not.
    """
    images = len(dataset.rows("train"))
    recipe = named(replace(recipe, augment=recipe.augment.of(dataset.table.input_kind)))
    check_way(recipe)
    cut = recipe.transfer.way == "earlier"  # a recipe that was resolved before holds what was cut, not the whole
    words = words_for(recipe, dataset) if dataset.table.input_kind == "text" else None
    whole, border, init, reason = _network(replace(recipe, network="") if cut else recipe, dataset, images, words)
    _check_single(whole)
    recipe, network = reused(recipe, whole, len(dataset.classes), images)
    preprocessing = _preprocessing(recipe, dataset, network, border, words)
    data, known = located(recipe).data, None
    if isinstance(preprocessing, Preprocessing):
        data = replace(data, size=preprocessing.size[0], border=preprocessing.border, channels=preprocessing.channels)
        if preprocessing.sound is not None:
            data = replace(as_told(data, preprocessing.sound), size="auto")
        known = zoo.get(recipe.net).preparation if recipe.init and zoo.known(recipe.net) else None
    if words is not None:
        data = replace(data, length=words.length)
    if known is not None:
        if recipe.data.normalize != "set":
            raise RecipeError(
                f"`data.normalize` must be 'set' with --init, where {recipe.net} keeps the mean and deviation of its "
                f"released weights, got {recipe.data.normalize!r}; leave it out, or train without --init"
            )
        assert isinstance(preprocessing, Preprocessing), "released weights are for images"
        short = _short(known, recipe, dataset, preprocessing.size[0])
        preprocessing = replace(preprocessing, mean=known.mean, deviation=known.deviation, short=short)
    spent = cost(network)
    loss = loss_for(recipe.loss, dataset.task)
    if recipe.sampling == "balanced" and dataset.task != "class":
        raise RecipeError(
            f"sampling=balanced draws evenly from classes, and the data have {target(dataset.task).words}; leave it out"
        )
    check_loss(loss, bool(recipe.regularize.mixup or recipe.regularize.cutmix), dataset.masks is not None)
    batch = {"auto": _batch(images), "all": images}.get(recipe.batch, recipe.batch)  # type: ignore[arg-type]
    if batch > images:
        raise RecipeError(f"`batch` is {batch}, and there are {images} training images; choose a smaller one")
    seen, (fewest, most) = (SEEN, EPOCHS) if words is None else (sentences.SEEN, sentences.EPOCHS)
    usual = epochs_of(recipe, images) or min(max(seen // images, fewest), most)
    epochs = recipe.epochs if recipe.epochs != "auto" else usual
    compute = resolve_compute(recipe.compute, spent.macs, batch, walk(network))
    told = replace(
        located(recipe),
        augment=recipe.augment.of(dataset.table.input_kind),
        network=repr(network),
        epochs=epochs,
        batch=batch,
        data=data,
        optimizer=_optimizer(
            recipe.optimizer, network, rate_factor(recipe), DECAYS if words is None else sentences.DECAYS
        ),
        loss=loss,
        schedule=replace(recipe.schedule, every=drop_epochs(recipe.schedule, epochs)),
        compute=compute,
    )
    if recipe.compute.measure:
        told = replace(told, compute=fastest(told, network, recipe.compute))
    return Resolved(
        recipe=told,
        network=network,
        origin=whole,
        init=(*fresh_head(recipe, network), *(() if cut else init)),
        preprocessing=preprocessing,
        measured=known is None and recipe.data.normalize != "none",
        reason=reason,
        notes=(f"{_described(told.compute)}; batch {batch}, {epochs} epochs", *_told(known, recipe.net)),
    )


def named(recipe: Recipe) -> Recipe:
    """The recipe with the network of the model file that it starts from, where it leaves the network open.

    Other files do not say what network they are for: names and shapes leave strides and paddings open.
    """
    if recipe.net != "auto" or not is_model(recipe.init):
        return recipe
    return replace(recipe, net=recipe.init)


def initialize(module: nn.Module, resolved: Resolved) -> str:
    """Load the weights that the recipe starts from, if it names any; returns what was loaded, in a sentence."""
    init, net = resolved.recipe.init, resolved.recipe.net
    if not init:
        return ""
    foreign, fresh = (zoo.get(net).foreign, zoo.get(net).fresh) if zoo.known(net) else ((), "")
    if isinstance(resolved.preprocessing, WordsPreprocessing) and starts_from_vectors(resolved.recipe):
        return load_vectors(module, resolved.network, resolved.preprocessing, Path(init))
    whole = module if resolved.origin == resolved.network else build(resolved.origin)
    file = weights_file(init, net)
    loaded = load_weights(whole, load(file).weights if is_model(file) else read_weights(file), foreign, fresh)
    if whole is not module:
        own, given = module.state_dict(), whole.state_dict()
        learned = [step.path for step in walk(resolved.network) if step.layer.params(step.received)]
        ends = tuple(f"{path}." for path in learned[-1 - len(NEW_END) :])
        kept = {name: given[name] for name in own if not name.startswith(ends)}
        module.load_state_dict({**own, **kept})
        return f"{credit(init, net)}; {len(kept)} tensors loaded, up to `{resolved.recipe.transfer.at}`"
    return f"{credit(init, net)}; {loaded.note}"


def _network(
    recipe: Recipe, dataset: Dataset, images: int, words: WordsPreprocessing | None
) -> tuple[Network, int, Sequence[Rule], str]:
    """The network for the data, the border of its preparation, its rules of initialization, and why it is as it is."""
    classes = len(dataset.classes)
    if words is not None:
        network, init, reason = sentence_network(recipe, words, classes, images)
        _check_outputs(network, classes)
        return network, 0, init, reason
    masks = dataset.masks is not None
    init = zoo.get(recipe.net).init if zoo.known(recipe.net) else ()
    if recipe.network:  # a recipe that was resolved before
        network = parse(recipe.network)
        _check_outputs(network, classes, masks)
        border = 0 if recipe.data.border == "auto" else recipe.data.border
        return network, border, init, recipe.net
    size = None if recipe.data.size == "auto" else recipe.data.size
    border = 0 if recipe.data.border == "auto" else recipe.data.border
    if recipe.net == "auto" and dataset.table.input_kind == "numbers":
        network, reason = zoo.auto_numbers(len(dataset.table.inputs), images, classes)
        return network, border, init, reason
    if recipe.net == "auto" and masks:
        most = _mask_side(dataset)
        side = size or most // zoo.MASK_STEP * zoo.MASK_STEP or most
        network, reason = zoo.auto_masks(side, dataset.channels, images, classes)
        return network, border, init, reason
    if recipe.net == "auto" and dataset.table.input_kind == "sound":
        how = heard(dataset, recipe)
        network, reason = zoo.auto((how.height, how.frames), 1, images, classes)
        return network, border, init, reason
    if dataset.table.input_kind == "board":
        sides = _board(dataset)
        size = size or sides[0]
        if recipe.net == "auto":
            network, reason = zoo.auto_board(sides, dataset.channels, images)
            return network, border, init, reason
    if recipe.net == "auto":
        side = size or _side(dataset) + 2 * border
        network, reason = zoo.auto(side, dataset.channels, images, classes)
        return network, border, init, reason
    pictured = dataset.table.input_kind != "numbers"
    channels = dataset.channels if pictured and not recipe.init else None
    if recipe.net.endswith(".network"):
        network = adapt(read_network(Path(recipe.net)), channels=channels, side=size)
        if dataset.task == "class":
            network = two_logits(network, classes)
        _check_outputs(network, classes, masks)
        return network, border, init, recipe.net
    if recipe.net.endswith(".safetensors"):
        model = load(recipe.net)
        if recipe.data.border == "auto" and size is None and pictured:
            border = model.pictured.border
        fits = list(shapes(model.network).values())[-1] == (classes,)
        ends = None if fits else classes
        return adapt(model.network, classes=ends, channels=channels, side=size), border, init, recipe.net
    if recipe.data.border == "auto" and size is None:
        border = zoo.get(recipe.net).border
    if masks and size is None:
        size = _fitting_side(recipe.net, _mask_side(dataset))
    network = zoo.network(recipe.net, classes=classes, channels=channels, side=size)
    _check_outputs(network, classes, masks)
    return network, border, init, recipe.net


def _preprocessing(
    recipe: Recipe, dataset: Dataset, network: Network, border: int, words: WordsPreprocessing | None
) -> AnyPreprocessing:
    """How the samples become the network's input, its mean and deviation still to be measured."""
    table = dataset.table
    if words is not None:
        check_reads(network, words)
        return words
    if table.input_kind == "numbers":
        numbers = NumbersPreprocessing(columns=table.inputs)
        if network.input != numbers.input:
            raise NetworkError(
                f"a network for {table.name} must read {len(table.inputs)} numbers, one for each of its columns "
                f"{listed(list(table.inputs))}, got one that reads {network.input}; give one whose input is "
                f"{numbers.input}"
            )
        return numbers
    if isinstance(network.input, Tokens) or len(network.input) != 3:
        raise NetworkError(
            f"a network to train must read images, got one that reads {network.input}; give one whose input is "
            "(channels, height, width)"
        )
    channels, height, width = network.input
    if table.input_kind == "board" and (height, width) != _board(dataset):
        rows, columns = _board(dataset)
        raise NetworkError(
            f"a network for {table.name} must read boards of {rows} x {columns} points, got one that reads "
            f"{network.input}; leave data.size out, or change its input"
        )
    sound = heard(dataset, recipe, (height, width)) if table.input_kind == "sound" else None
    if sound is not None and sound.height != height:
        raise NetworkError(
            f"a network for these sounds must read pictures of {sound.height} rows, as `data.bands` and "
            f"`data.coefficients` say, got one that reads {network.input}; leave them out, or change its input"
        )
    pictures = Preprocessing(
        size=(height, width),
        channels=_channels(channels),
        resize=recipe.data.resize if sound is None else "stretch",
        border=border if sound is None else 0,
        sound=sound,
        mean=(0.0,) * channels,
        deviation=(1.0,) * channels,
        normalize=None if recipe.data.normalize == "set" or recipe.data.normalize == "none" else recipe.data.normalize,
    )
    _check_whitening(pictures)
    return pictures


def _board(dataset: Dataset) -> tuple[int, int]:
    """Height and width of the board that all positions are on."""
    first = int(dataset.rows("train")[0])
    return int(dataset.scan.heights[first]), int(dataset.scan.widths[first])


def heard(dataset: Dataset, recipe: Recipe, size: tuple[int, int] | None = None) -> Spectrogram:
    """How the sounds of a data set become pictures, of the `size` that a network reads where there is one."""
    rows = dataset.rows("train")
    rates, samples = dataset.scan.heights[rows], dataset.scan.widths[rows]
    options, hearing = recipe.data, zoo.get(recipe.net).hearing if zoo.known(recipe.net) else None
    if hearing is not None:
        own = {name: value for name, value in asdict(hearing).items() if not getattr(options, name)}
        options = replace(options, **own)
    return chosen(rates.tolist(), (samples / np.maximum(rates, 1)).tolist(), options, size)


def _side(dataset: Dataset) -> int:
    """The side that images are brought to: their own where it is small, the middle one of all their shorter sides."""
    native = _native(dataset)
    return native if native <= SMALL_SIDE else min(native, LARGE_SIDE)


def _mask_side(dataset: Dataset) -> int:
    """The side that images with masks are brought to, their own up to `MASK_SIDE`."""
    return min(_native(dataset), MASK_SIDE)


def _fitting_side(name: str, most: int) -> int | None:
    """The largest side up to `most` that the layers of a network of the zoo fit; None where there is none near it."""
    for side in range(most, max(most - 64, 0), -1):
        with suppress(ShapeError):
            zoo.network(name, side=side)
            return side
    return None


def _native(dataset: Dataset) -> int:
    """The middle one of the images' shorter sides."""
    rows = dataset.rows("train")
    return int(float(np.median(np.minimum(dataset.scan.widths[rows], dataset.scan.heights[rows]))))


def _short(known: zoo.Preparation, recipe: Recipe, dataset: Dataset, side: int) -> int | None:
    """The shorter side from which photographs are cut, as for the weights' own verdicts, where codes are computed once.

    Images that are no larger than the network's input hold no margin to cut off, and training that varies its images
    looks at the whole of them.
    """
    network = zoo.network(recipe.net)
    if not recipe.optimizer.freeze or recipe.augment != NONE or recipe.data.resize != "crop":
        return None
    return round(known.short * side / network.shape[1]) if _native(dataset) > side else None


def _check_outputs(network: Network, classes: int, masks: bool = False) -> None:
    shape = list(shapes(network).values())[-1]
    if masks:
        wanted = (classes, *network.shape[1:])
        if shape != wanted:
            raise NetworkError(
                f"a network for masks must give a score for each of {classes} classes in every pixel, {wanted}, got "
                f"{shape}; take one such as unet_025, or end it in Conv({classes}, 1) on a map of its input's sides"
            )
        return
    if shape != (classes,):
        raise NetworkError(
            f"the network ends in {shape}, and the data have {classes} classes; end it in Dense({classes})"
        )


def _check_single(network: Network) -> None:
    ends = outputs(network)
    if len(ends) > 1:
        raise NetworkError(
            f"a network to train must have one output, got {len(ends)} ({', '.join(ends)}); "
            "take one without side heads, such as googlenet"
        )


def _check_whitening(preprocessing: Preprocessing) -> None:
    numbers = math.prod(preprocessing.size) * preprocessing.channels
    if preprocessing.whitens and numbers > MOST_INPUTS:
        height, width = preprocessing.size
        raise RecipeError(
            f"whitening (`data.normalize`) takes images of at most {MOST_INPUTS:,} numbers, got "
            f"{preprocessing.channels} x {height} x {width} = {numbers:,}; "
            "give a smaller --set data.size, or --set data.normalize=image"
        )


def _channels(channels: int) -> Literal[1, 3]:
    if channels not in (1, 3):
        raise NetworkError(f"a network for images takes 1 or 3 channels, not {channels}; change its input")
    return 1 if channels == 1 else 3


def _batch(images: int) -> int:
    """A power of two that gives an epoch enough steps."""
    power = 1 << int(math.log2(max(images // STEPS, 1)))
    return min(max(power, BATCHES[0]), BATCHES[1], images)


def _optimizer(choice: Optimizer, network: Network, factor: float, decays: Mapping[str, float]) -> Optimizer:
    """Normalization, or few layers, bear a high rate; a deep plain network diverges at it (Ioffe and Szegedy, 2015).

    `factor` is the share of it that the way of transfer leaves; both guard against the same, so the smaller one holds.
    """
    layers = [step.layer for step in walk(network)]
    shallow = sum(isinstance(layer, Conv | Dense) for layer in layers) <= SHALLOW
    high = shallow or any(isinstance(layer, BatchNorm | LayerNorm) for layer in layers)
    rate, decay = choice.rate, choice.weight_decay
    if rate == "auto":
        rate = float(f"{RATES[choice.name] * min(1.0 if high else 0.1, factor):.2g}")
    if decay == "auto":
        decay = decays.get(choice.name, 0.0)
    squares, eps = squares_and_eps(choice)
    return replace(choice, rate=rate, weight_decay=decay, squares=squares, eps=eps)


def _told(preparation: zoo.Preparation | None, net: str) -> tuple[str, ...]:
    if preparation is None:
        return ()
    mean, deviation = (
        " ".join(f"{value:g}" for value in values) for values in (preparation.mean, preparation.deviation)
    )
    return (f"images less {mean}, over {deviation}: as the released weights of {net} were trained",)


def _described(compute: Compute) -> str:
    threads = "1 thread" if compute.threads == 1 else f"{compute.threads} threads"
    return f"{compute.device}, {compute.precision}, {threads}"
