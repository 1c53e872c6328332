"""AlexNet (Krizhevsky, Sutskever and Hinton, 2012), as its paper defines it.

Two towers (convolutions 2, 4 and 5 in two groups), local response normalization after the first two ReLUs and before
their pools, overlapping 3x3 pools. The paper says 224x224; its own first layer's 55x55 needs 227.
"""

from neocog.network import Conv, Dense, Dropout, Flatten, LocalResponseNorm, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=2012,
    paper='Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", NIPS',
    published=(
        Figure(measure="top-1 error", value=40.7, data="ILSVRC-2012 validation", note="one network, ten crops"),
        Figure(measure="top-5 error", value=18.2, data="ILSVRC-2012 validation", note="one network, ten crops"),
        Figure(measure="top-5 error", value=15.3, data="ILSVRC-2012 test", note="ensemble of 7"),
    ),
    init=(
        (r".*\.weight", "normal(0.01)"),
        (r"(conv[245]|dense[12])\.bias", "constant(1)"),
        (r".*\.bias", "zeros"),
    ),
)
def alexnet() -> Network:
    """AlexNet, the paper's: two towers, local response normalization; 60,965,224 parameters."""
    return Network(
        name="alexnet",
        input=(3, 227, 227),
        layers=(
            Conv(96, 11, stride=4), ReLU(), LocalResponseNorm(), MaxPool(3, stride=2),
            Conv(256, 5, pad=2, groups=2), ReLU(), LocalResponseNorm(), MaxPool(3, stride=2),
            Conv(384, 3, pad=1), ReLU(),
            Conv(384, 3, pad=1, groups=2), ReLU(),
            Conv(256, 3, pad=1, groups=2), ReLU(), MaxPool(3, stride=2), Flatten(),
            Dense(4096), ReLU(), Dropout(),
            Dense(4096), ReLU(), Dropout(),
            Dense(1000),
        ),
    )  # fmt: skip
