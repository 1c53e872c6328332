"""A network for other data: another number of classes, of channels or another image side."""

from collections.abc import Sequence as Ordered
from dataclasses import replace

from neocog.core.errors import NetworkError, ShapeError
from neocog.network.composites import Sequence
from neocog.network.graph import Network, walk
from neocog.network.layers import Dense, Elementwise, Layer


def adapt(
    network: Network, *, classes: int | None = None, channels: int | None = None, side: int | None = None
) -> Network:
    """The same network with its last dense layer, input channels or input side changed; what is None stays.

    Raises `NetworkError` where the network does not end in a dense layer, and `ShapeError` where its layers do not fit
    the new side.

    >>> from neocog.network import Conv, Flatten
    >>> network = Network((1, 8, 8), (Conv(4, 3), Flatten(), Dense(10)))
    >>> adapt(network, classes=6, side=12).layers[-1]
    Dense(6)
    """
    layers = network.layers
    if classes is not None:
        layers = _with_classes(layers, classes)
        if not layers:
            raise NetworkError(
                f"{network.name or 'the network'} does not end in a Dense layer, so it cannot be made for {classes} "
                "classes; end it in one, such as Dense(10)"
            )
    input_ = network.input
    if (channels is not None or side is not None) and len(input_) != 3:
        raise NetworkError(
            f"{network.name or 'the network'} reads {input_}, not images; give a network whose input is "
            "(channels, height, width)"
        )
    if channels is not None:
        input_ = (channels, *input_[1:])
    if side is not None:
        input_ = (input_[0], side, side)
    adapted = replace(network, input=input_, layers=layers)
    try:
        walk(adapted)
    except ShapeError as error:
        size = "x".join(map(str, input_))
        raise ShapeError(f"{network.name or 'the network'} does not fit an input of {size}: {error}") from None
    return adapted


def _with_classes(layers: Ordered[Layer], classes: int) -> tuple[Layer, ...]:
    """The layers with the last dense one replaced; empty where something else than activations follows it."""
    *before, last = layers
    if isinstance(last, Dense):
        return (*before, replace(last, features=classes))
    if isinstance(last, Sequence):
        inner = _with_classes(last.layers, classes)
        return (*before, Sequence(*inner, name=last.name)) if inner else ()
    if isinstance(last, Elementwise) and before:
        rest = _with_classes(before, classes)
        return (*rest, last) if rest else ()
    return ()
