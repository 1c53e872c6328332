"""The way back from leaves to a network: the walk's inverse, by which one leaf is exchanged wherever it stands.

>>> from neocog.network.layers import Conv, Dense, Flatten
>>> network = Network((1, 5, 5), (Conv(2, 3), Flatten(), Dense(4)))
>>> rewritten(network, (Conv(2, 3), Flatten(), Dense(7))).layers[-1]
Dense(7)
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from neocog.network.activations import Identity
from neocog.network.composites import Branches, DenseBlock, Graph, Node, Repeat, Residual, Sequence
from neocog.network.graph import Network
from neocog.network.layers import Layer, Leaf


def rewritten(network: Network, leaves: Iterable[Leaf]) -> Network | None:
    """The network with these leaves, one for each step of its walk, in that order.

    None where one layer would have to be two: different leaves within a `Repeat`, a `DenseBlock` or shared weights.
    """
    rest = iter(leaves)
    try:
        layers = tuple(_rewritten(layer, rest) for layer in network.layers)
    except _DifferError:
        return None
    assert next(rest, None) is None, "a leaf for each step"
    return replace(network, layers=layers)


class _DifferError(Exception):
    """The same layer would have to be two."""


def _rewritten(layer: Layer, leaves: Iterator[Leaf]) -> Layer:
    """A layer from the leaves that it is lowered to, in the order of the walk."""
    if isinstance(layer, Repeat):
        return replace(layer, layer=_same(layer.layer, layer.times, leaves))
    if isinstance(layer, Sequence):
        return Sequence(*(_rewritten(part, leaves) for part in layer.layers), name=layer.name)
    if isinstance(layer, Branches):
        branches = [_rewritten(branch, leaves) for branch in layer.branches]
        next(leaves)  # where they are joined
        return Branches(*branches, name=layer.name)
    if isinstance(layer, DenseBlock):
        return replace(layer, body=_same(layer.body, layer.times, leaves, joined=True))
    if isinstance(layer, Residual):
        body = _rewritten(layer.body, leaves)
        shortcut = layer.shortcut if layer.shortcut == Identity() else _rewritten(layer.shortcut, leaves)
        next(leaves)  # where they are added
        activation = layer.activation if layer.activation == Identity() else next(leaves)
        return replace(layer, body=body, shortcut=shortcut, activation=activation)
    if isinstance(layer, Graph):
        return _rewritten_graph(layer, leaves)
    return next(leaves)


def _same(layer: Layer, times: int, leaves: Iterator[Leaf], joined: bool = False) -> Layer:
    """One layer from the leaves of several copies of it; `joined` copies have a leaf more each."""
    copies = []
    for _ in range(times):
        copies.append(_rewritten(layer, leaves))
        if joined:
            next(leaves)
    if any(copy != copies[0] for copy in copies):
        raise _DifferError
    return copies[0]


def _rewritten_graph(graph: Graph, leaves: Iterator[Leaf]) -> Graph:
    nodes: list[Node] = []
    old: dict[str, Layer] = {}
    new: dict[str, Layer] = {}
    for node in graph.nodes:
        layer = old[node.layer] if isinstance(node.layer, str) else node.layer
        old[node.name], new[node.name] = layer, _rewritten(layer, leaves)
        if isinstance(node.layer, str) and new[node.name] != new[node.layer]:
            raise _DifferError
        nodes.append(node if isinstance(node.layer, str) else replace(node, layer=new[node.name]))
    return Graph(*nodes, outputs=graph.outputs, name=graph.name)
