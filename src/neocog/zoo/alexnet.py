"""AlexNet (Krizhevsky, Sutskever and Hinton, 2012), as its paper defines it, and the two forms that differ from it.

Two towers (convolutions 2, 4 and 5 in two groups), local response normalization after the first two ReLUs and before
their pools, overlapping 3x3 pools. The paper says 224x224; its own first layer's 55x55 needs 227. `alexnet_ungrouped`
lets every convolution see all channels, as lectures often draw it. `alexnet_one_tower` is another, narrower network,
without normalization: the one of torchvision, after Krizhevsky's paper of 2014.
"""

from neocog.network import Conv, Dense, Dropout, Flatten, LocalResponseNorm, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, Preparation, Rule, numbered, paper_network, torchvision_weights

_PAPER = 'Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", NIPS'
_INIT: tuple[Rule, ...] = (
    (r".*\.weight", "normal(0.01)"),
    (r"(conv[245]|dense[12])\.bias", "constant(1)"),
    (r".*\.bias", "zeros"),
)


@paper_network(
    year=2012,
    paper=_PAPER,
    published=(
        Figure(measure="top-1 error", value=40.7, data="ILSVRC-2012 validation", note="one network, ten crops"),
        Figure(measure="top-5 error", value=18.2, data="ILSVRC-2012 validation", note="one network, ten crops"),
        Figure(measure="top-5 error", value=15.4, data="ILSVRC-2012 validation", note="ensemble of 7"),
        Figure(measure="top-5 error", value=15.3, data="ILSVRC-2012 test", note="ensemble of 7"),
    ),
    init=_INIT,
)
def alexnet() -> Network:
    """AlexNet, the paper's: two towers, local response normalization; 60,965,224 parameters."""
    return _network("alexnet", towers=2)


@paper_network(year=2012, paper=_PAPER, init=_INIT)
def alexnet_ungrouped() -> Network:
    """AlexNet as lectures draw it, every convolution seeing all channels: 62,378,344 parameters."""
    return _network("alexnet_ungrouped", towers=1)


@paper_network(
    year=2014,
    paper='Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv 1404.5997',
    init=_INIT,
    preparation=Preparation(),
    weights=torchvision_weights("alexnet-owt-7be5be79.pth", 56.522, 79.066),
    foreign=(
        *numbered(r"features\.#", "conv#", (0, 3, 6, 8, 10)),
        *numbered(r"classifier\.#", "dense#", (1, 4, 6)),
    ),
)
def alexnet_one_tower() -> Network:
    """AlexNet in one tower, torchvision's: narrower, no normalization; 61,100,840 parameters."""
    return Network(
        name="alexnet_one_tower",
        input=(3, 224, 224),
        layers=(
            Conv(64, 11, stride=4, pad=2), ReLU(), MaxPool(3, stride=2),
            Conv(192, 5, pad=2), ReLU(), MaxPool(3, stride=2),
            Conv(384, 3, pad=1), ReLU(),
            Conv(256, 3, pad=1), ReLU(),
            Conv(256, 3, pad=1), ReLU(), MaxPool(3, stride=2), Flatten(), Dropout(),
            Dense(4096), ReLU(), Dropout(),
            Dense(4096), ReLU(),
            Dense(1000),
        ),
        fit="floor",
    )  # fmt: skip


def _network(name: str, towers: int) -> Network:
    return Network(
        name=name,
        input=(3, 227, 227),
        layers=(
            Conv(96, 11, stride=4), ReLU(), LocalResponseNorm(), MaxPool(3, stride=2),
            Conv(256, 5, pad=2, groups=towers), ReLU(), LocalResponseNorm(), MaxPool(3, stride=2),
            Conv(384, 3, pad=1), ReLU(),
            Conv(384, 3, pad=1, groups=towers), ReLU(),
            Conv(256, 3, pad=1, groups=towers), ReLU(), MaxPool(3, stride=2), Flatten(),
            Dense(4096), ReLU(), Dropout(),
            Dense(4096), ReLU(), Dropout(),
            Dense(1000),
        ),
    )  # fmt: skip
