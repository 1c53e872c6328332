"""The first part of a network, up to a layer, with other layers behind it: a classifier on an earlier layer.

The layers that stay keep their paths, so that weights made for the whole network fit them.

>>> from neocog.network import Conv, Dense, Flatten, ReLU
>>> network = Network((1, 8, 8), (Conv(4, 3), ReLU(), Conv(6, 3), Flatten(), Dense(10)))
>>> prefix(network, "relu1", Flatten(), Dense(2)).layers
(Conv(4, 3), ReLU(), Flatten(), Dense(2))
"""

import copy
from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import replace
from itertools import groupby

from neocog.core.errors import NetworkError, nearest
from neocog.network.composites import Graph, Repeat, Sequence
from neocog.network.graph import Network, walk
from neocog.network.layers import Layer


def prefix(network: Network, path: str, *behind: Layer) -> Network:
    """The network up to the layer at `path`, one of its outermost, and the layers `behind` it instead of the rest.

    Raises `NetworkError` where no outermost layer is called so.
    """
    layers = list(_unfolded(network.layers))
    labels = [label for label, _ in groupby(walk(network), key=lambda step: step.path.partition(".")[0])]
    if any(isinstance(layer, Graph) and layer.name is None for layer in layers):
        raise NetworkError(
            f"{network.name or 'the network'} is a graph of layers, which cannot be cut at {path!r}; "
            "take one that is a sequence of layers"
        )
    if path not in labels:
        raise NetworkError(f"the network has no outermost layer {path!r} to cut it at; {nearest(path, labels)}")
    kept = layers[: labels.index(path) + 1]
    named = [_called(layer, label, kept) for layer, label in zip(kept, labels, strict=False)]
    return replace(network, layers=(*named, *behind), name=None)


def _unfolded(layers: Several[Layer]) -> Iterator[Layer]:
    """The outermost layers that have paths of their own."""
    for layer in layers:
        if isinstance(layer, Repeat):
            for _ in range(layer.times):
                yield from _unfolded((layer.layer,))
        elif isinstance(layer, Sequence) and layer.name is None:
            yield from _unfolded(layer.layers)
        else:
            yield layer


def _called(layer: Layer, label: str, kept: Several[Layer]) -> Layer:
    """The layer; the only one left of several of a name bears the number that it had among them."""
    if layer.name in (None, label) or sum(other.name == layer.name for other in kept) > 1:
        return layer
    renamed = copy.copy(layer)
    object.__setattr__(renamed, "name", label)
    return renamed
