"""A network for other data: another number of classes, of channels or another image side."""

from collections.abc import Sequence as Ordered
from dataclasses import replace

from neocog.core.errors import NetworkError, ShapeError
from neocog.network.composites import Graph, Node, Sequence
from neocog.network.graph import Network, walk
from neocog.network.layers import Conv, Dense, Elementwise, GlobalAvgPool, Layer


def adapt(
    network: Network, *, classes: int | None = None, channels: int | None = None, side: int | None = None
) -> Network:
    """The same network with its last layer of weights, input channels or input side changed; what is None stays.

    That layer is dense, or a convolution whose maps are averaged as a whole; of several outputs each has its own.
    Raises `NetworkError` where the network ends otherwise, and `ShapeError` where its layers do not fit the new side.

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
                "classes; end it in one, such as Dense(10), or in Conv(10, 1) and GlobalAvgPool()"
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


def _with_classes(layers: Ordered[Layer], classes: int, pooled: bool = False) -> tuple[Layer, ...]:
    """The layers with the last of weights replaced, a convolution where its maps are `pooled`; empty if there is none.

    Nothing but activations may follow it, and that pool.
    """
    *before, last = layers
    if isinstance(last, Dense) and not pooled:
        return (*before, replace(last, features=classes))
    if isinstance(last, Conv) and pooled and last.groups == 1:
        return (*before, replace(last, channels=classes))
    if isinstance(last, Sequence):
        inner = _with_classes(last.layers, classes, pooled)
        return (*before, Sequence(*inner, name=last.name)) if inner else ()
    if isinstance(last, Graph):
        graph = _graph_with_classes(last, classes)
        return (*before, graph) if graph else ()
    if isinstance(last, Elementwise | GlobalAvgPool) and before:
        rest = _with_classes(before, classes, pooled or isinstance(last, GlobalAvgPool))
        return (*rest, last) if rest else ()
    return ()


def _graph_with_classes(graph: Graph, classes: int) -> Graph | None:
    """The graph with each of its outputs changed; None where one does not end in weights of its own."""
    ends = graph.outputs or (graph.nodes[-1].name,)
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.name in ends:
            inner = _with_classes((node.layer,), classes) if isinstance(node.layer, Layer) else ()
            if not inner:
                return None
            node = replace(node, layer=inner[0])
        nodes.append(node)
    return Graph(*nodes, outputs=graph.outputs, name=graph.name)
