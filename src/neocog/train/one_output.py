"""Two classes by one number: the other class's logit is 0, and all that reads two logits works as ever.

The softmax of (z, 0) gives the first class the sigmoid of z, so cross-entropy on both is sigmoid cross-entropy on the
one. The zero is a layer of the network, `PadChannels(2)`: it is in the text, in the model file and in what is exported.

>>> from neocog.network import Flatten
>>> two_logits(Network((1, 4, 4), (Flatten(), Dense(1))), classes=2).layers
(Flatten(), Dense(1), PadChannels(2))
"""

from dataclasses import replace

from neocog.core.errors import NetworkError
from neocog.network import Dense, Network, PadChannels, Sigmoid, outputs, walk


def two_logits(network: Network, classes: int) -> Network:
    """The network with a second logit of 0, where it ends in one number and there are two classes; else as it is.

    Raises `NetworkError` where that number is a sigmoid's already.
    """
    steps, ends = walk(network), outputs(network)
    last = steps[next(iter(ends.values()))]
    if classes != 2 or len(ends) > 1 or last.shape != (1,):
        return network
    if isinstance(last.layer, Sigmoid):
        raise NetworkError(
            f"a network to train must end in the number before the sigmoid, got `{last.path}` at its end; leave it "
            f"out, so that it ends in {Dense(1)}: the sigmoid is part of the loss"
        )
    return replace(network, layers=(*network.layers, PadChannels(2)))
