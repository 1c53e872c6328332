"""The convolutional network of the lecture "CNN in Keras": 25 and 50 filters of 3x3, each with a 2x2 maximum.

The code on its pages gives the convolutions no activation, so they have none here: what bends is the maximum, and the
ReLU of the 100 hidden units. Sides are 28, 26, 13, 11, 5; the last pool leaves a row and a column out.
"""

from neocog.network import Conv, Dense, Flatten, MaxPool, Network, ReLU
from neocog.zoo.entry import paper_network


@paper_network(
    year=2016,
    paper='Lee, "Convolutional neural network", lecture, National Taiwan University',
    init=((r".*\.weight", "glorot_uniform"), (r".*\.bias", "zeros")),
)
def keras_cnn() -> Network:
    """The lecture's Keras network for MNIST: 25 and 50 filters of 3x3, 137,660 parameters."""
    return Network(
        name="keras_cnn",
        input=(1, 28, 28),
        layers=(
            Conv(25, 3), MaxPool(2),
            Conv(50, 3), MaxPool(2, fit="floor"), Flatten(),
            Dense(100), ReLU(),
            Dense(10),
        ),
    )  # fmt: skip
