"""A network for other data: another number of classes, of channels or another image side."""

from dataclasses import replace

from neocog.core.errors import NetworkError, ShapeError
from neocog.network.classic import RadialBasis
from neocog.network.composites import Add
from neocog.network.graph import INPUT, Network, Step, outputs, walk
from neocog.network.layers import Conv, Dense, Elementwise, Flatten, Leaf
from neocog.network.pools import GlobalPool, Pool
from neocog.network.rewrite import rewritten
from neocog.network.sequences import Tokens
from neocog.network.upsampling import ConvTranspose, Crop, Upsample


def adapt(
    network: Network,
    *,
    classes: int | None = None,
    channels: int | None = None,
    side: int | None = None,
    tokens: Tokens | None = None,
) -> Network:
    """The same network with its last layer of weights, input channels, input side or words changed; what is None stays.

    That layer is dense, a convolution with a map for each class, or holds a code for each. Where scores are enlarged or
    added up before the end, as FCN's are, all layers that give them change together; of several outputs each has its
    own. Raises `NetworkError` where the network ends otherwise, `ShapeError` where its layers do not fit the new side.

    >>> from neocog.network import Conv, Flatten
    >>> network = Network((1, 8, 8), (Conv(4, 3), Flatten(), Dense(10)))
    >>> adapt(network, classes=6, side=12).layers[-1]
    Dense(6)
    """
    adapted = network if classes is None else _with_classes(network, classes)
    if adapted is None and _gives(network, channels, side, classes):
        adapted = network
    if adapted is None:
        raise NetworkError(
            f"{network.name or 'the network'} does not end in a Dense layer, so it cannot be made for {classes} "
            "classes; end it in one, such as Dense(10), or in Conv(10, 1) and GlobalAvgPool()"
        )
    if channels is not None or side is not None:
        adapted = replace(adapted, input=_input(network, channels, side))
    if tokens is not None:
        if not isinstance(network.input, Tokens):
            raise NetworkError(
                f"{network.name or 'the network'} reads {network.input}, not words; give a network whose input is "
                "Tokens(length, vocabulary)"
            )
        adapted = replace(adapted, input=tokens)
    try:
        walk(adapted)
    except ShapeError as error:
        size = "x".join(map(str, adapted.shape))
        raise ShapeError(f"{network.name or 'the network'} does not fit an input of {size}: {error}") from None
    return adapted


def _gives(network: Network, channels: int | None, side: int | None, classes: int | None) -> bool:
    """Whether a network with that input has so many outputs by itself, as one that answers with a point of a board."""
    try:
        steps = walk(replace(network, input=_input(network, channels, side)))
    except NetworkError:
        return False
    return all(steps[place].shape == (classes,) for place in outputs(network).values())


def _input(network: Network, channels: int | None, side: int | None) -> tuple[int, ...]:
    given = network.input
    if isinstance(given, Tokens) or len(given) != 3:
        raise NetworkError(
            f"{network.name or 'the network'} reads {given}, not images; give a network whose input is "
            "(channels, height, width)"
        )
    sides = given[1:] if side is None else (side, side)
    return (given[0] if channels is None else channels, *sides)


def _with_classes(network: Network, classes: int) -> Network | None:
    """The network with every layer changed that its outputs' classes come from; None where it is no such layer."""
    steps = walk(network)
    leaves = [step.layer for step in steps]
    homes = [step.shares or step.path for step in steps]
    left, seen = list(outputs(network).values()), set[int]()
    while left:
        place = left.pop()
        if place in seen:
            continue
        seen.add(place)
        sources = None if place == INPUT else _class_sources(steps[place])
        if sources is None:
            return None
        left += sources
        layer = _for_classes(steps[place].layer, classes)
        for other, home in enumerate(homes):
            if home == homes[place]:
                leaves[other] = layer
    return rewritten(network, leaves)


def _for_classes(layer: Leaf, classes: int) -> Leaf:
    """A layer of weights that gives as many channels or features; any other as it is."""
    if isinstance(layer, Dense):
        return replace(layer, features=classes)
    if isinstance(layer, ConvTranspose):
        return replace(layer, channels=classes, groups=1 if layer.groups == 1 else classes)
    if isinstance(layer, Conv):
        return replace(layer, channels=classes)
    return layer.for_classes(classes) if isinstance(layer, RadialBasis) else layer


def _class_sources(step: Step) -> tuple[int, ...] | None:
    """The inputs whose channels are the classes that a step's are: none where its own weights make them.

    None where a step mixes classes with something else, so that nothing can be changed. A transposed convolution that
    gives as many channels as it reads enlarges scores.
    """
    layer = step.layer
    if isinstance(layer, Dense | RadialBasis) or (isinstance(layer, Conv) and layer.groups == 1):
        return ()
    if isinstance(layer, ConvTranspose) and layer.groups in (1, layer.channels):
        return step.inputs if layer.channels == step.received[0][0] else () if layer.groups == 1 else None
    if isinstance(layer, Elementwise | Pool | GlobalPool | Upsample | Add):
        return step.inputs
    if isinstance(layer, Crop) or (isinstance(layer, Flatten) and set(step.received[0][1:]) == {1}):
        return step.inputs[:1]
    return None
