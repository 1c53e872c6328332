"""The small convolutional network of TensorFlow's MNIST tutorials, as the lecture "CNN on MNIST in TF" writes it.

16 and 64 filters of 5x5, each with ReLU and a 2x2 maximum, then 256 hidden units. The code leaves the padding and the
initializers to TensorFlow's `layers.conv2d`, so they are its defaults: "valid" (28, 24, 12, 8, 4) and Glorot's uniform
form with biases of zero. There is no dropout in it.
"""

from neocog.network import Conv, Dense, Flatten, MaxPool, Network, ReLU
from neocog.zoo.entry import paper_network


@paper_network(
    year=2017,
    paper='TensorFlow, "Guide to TF layers: building a convolutional neural network", in the lecture\'s widths',
    init=((r".*\.weight", "glorot_uniform"), (r".*\.bias", "zeros")),
)
def mnist_cnn() -> Network:
    """The lecture's MNIST network: 16 and 64 filters of 5x5, 256 hidden units."""
    return Network(
        name="mnist_cnn",
        input=(1, 28, 28),
        layers=(
            Conv(16, 5), ReLU(), MaxPool(2),
            Conv(64, 5), ReLU(), MaxPool(2), Flatten(),
            Dense(256), ReLU(),
            Dense(10),
        ),
    )  # fmt: skip
