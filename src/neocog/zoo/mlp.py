"""Small networks without a convolution, as books, tutorials and lectures begin with them.

`mlp` is Nielsen's: 784 pixels, 30 hidden sigmoid units, 10 outputs. Its output sigmoid belongs to the quadratic cost
that it is trained with (mini-batches of 10, rate 3.0), so that the network ends in logits like every other.
"""

from neocog.network import Dense, Dropout, Flatten, Network, ReLU, Sigmoid
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


@paper_network(
    year=2019,
    paper='TensorFlow, "TensorFlow 2 quickstart for beginners"',
    init=((r".*\.weight", "glorot_uniform"), (r".*\.bias", "zeros")),
)
def mlp_dropout() -> Network:
    """One hidden layer of 128 ReLUs, a fifth of them dropped: 784-128-10, 101,770 parameters."""
    return Network(
        name="mlp_dropout",
        input=(1, 28, 28),
        layers=(Flatten(), Dense(128), ReLU(), Dropout(0.2), Dense(10)),
    )


@paper_network(
    year=2016,
    paper="The lecture \"A simple neural network\": the last three days' mean temperatures give the next one's",
)
def temperature_mlp() -> Network:
    """Two hidden layers of 4 sigmoid units to one number, 3-4-4-1: 41 parameters."""
    return Network(
        name="temperature_mlp",
        input=(3,),
        layers=(Dense(4), Sigmoid(), Dense(4), Sigmoid(), Dense(1)),
    )
