"""The shape that each layer gives, by path."""

from neocog.network.graph import Network, walk
from neocog.network.layers import Shape


def shapes(network: Network, input: Shape | None = None) -> dict[str, Shape]:
    """The output shape of every layer, for the nominal input or another; raises `ShapeError` where one does not fit.

    >>> from neocog.network import Conv, Network
    >>> shapes(Network((3, 32, 32), (Conv(20, 5, pad=2),)))
    {'conv1': (20, 32, 32)}
    """
    return {step.path: step.shape for step in walk(network, input)}
