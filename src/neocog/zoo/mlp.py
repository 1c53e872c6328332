"""The network with which Nielsen's book begins: 784 pixels, 30 hidden sigmoid units, 10 outputs.

Its output sigmoid belongs to the quadratic cost that it is trained with (mini-batches of 10, rate 3.0), so that the
network ends in logits like every other.
"""

from neocog.network import Dense, Flatten, Network, Sigmoid
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=2015,
    paper='Nielsen, "Neural Networks and Deep Learning", chapter 1',
    published=(Figure(measure="accuracy", value=95.0, data="MNIST", note="about; 30 epochs, one network"),),
    init=((r".*", "normal(1.0)"),),
)
def mlp() -> Network:
    """One hidden layer of 30 sigmoid units, 784-30-10."""
    return Network(
        name="mlp",
        input=(1, 28, 28),
        layers=(Flatten(), Dense(30), Sigmoid(), Dense(10)),
    )
