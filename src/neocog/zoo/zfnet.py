"""ZFNet (Zeiler and Fergus, 2013): AlexNet, mended where deconvolution showed that its first layers lost detail.

The first filters are 7x7 at stride 2 for 11x11 at 4, and the second convolution strides in their place. Contrast is
normalized across channels after the pools. Sides are those of the paper's figure 3 (110, 55, 26, 13, 13, 13, 6).
`zfnet_wide` has 512, 1024 and 512 maps in layers 3 to 5, for 384, 384 and 256: the lecture "Introduction to deep
learning (CNN)" calls that one ZFNet. The ensemble that the 14.8 % are of holds both.
"""

from functools import partial

from neocog.network import Conv, Dense, Dropout, Flatten, LocalResponseNorm, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, paper_network

_paper = partial(
    paper_network,
    year=2013,
    paper='Zeiler, Fergus, "Visualizing and understanding convolutional networks", arXiv 1311.2901',
    init=((r".*\.weight", "normal(0.01)"), (r".*\.bias", "zeros")),
)


@_paper(
    published=(
        Figure(measure="top-5 error", value=16.5, data="ILSVRC-2012 validation", note="one network, ten crops"),
        Figure(measure="top-5 error", value=14.8, data="ILSVRC-2012 test", note="ensemble of 6"),
    ),
)
def zfnet() -> Network:
    """ZFNet: 7x7 filters at stride 2 first, 62,357,608 parameters."""
    return _network("zfnet", (384, 384, 256))


@_paper(
    published=(
        Figure(measure="top-5 error", value=16.0, data="ILSVRC-2012 validation", note="one network, ten crops"),
    ),
)
def zfnet_wide() -> Network:
    """ZFNet with 512, 1024 and 512 maps in its layers 3 to 5."""
    return _network("zfnet_wide", (512, 1024, 512))


def _network(name: str, widths: tuple[int, int, int]) -> Network:
    """`widths` are the channels of the last three convolutions."""
    third, fourth, fifth = widths
    return Network(
        name=name,
        input=(3, 224, 224),
        layers=(
            Conv(96, 7, stride=2, pad=1), ReLU(), MaxPool(3, stride=2, fit="ceil"), LocalResponseNorm(),
            Conv(256, 5, stride=2), ReLU(), MaxPool(3, stride=2, fit="ceil"), LocalResponseNorm(),
            Conv(third, 3, pad=1), ReLU(),
            Conv(fourth, 3, pad=1), ReLU(),
            Conv(fifth, 3, pad=1), ReLU(), MaxPool(3, stride=2), Flatten(),
            Dense(4096), ReLU(), Dropout(),
            Dense(4096), ReLU(), Dropout(),
            Dense(1000),
        ),
        fit="floor",
    )  # fmt: skip
