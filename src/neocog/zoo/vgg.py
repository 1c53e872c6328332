"""The VGG networks (Simonyan and Zisserman, 2014): nothing but 3x3 convolutions, 2x2 maxima and three dense layers.

Three stacked 3x3 see what one 7x7 sees, with 27 C^2 weights for 49 C^2 and three ReLUs for one.
"""

from neocog.network import Conv, Dense, Dropout, Flatten, Layer, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=2014,
    paper='Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", arXiv 1409.1556',
    published=(
        Figure(
            measure="top-1 error", value=24.4, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
        Figure(
            measure="top-5 error", value=7.2, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
        Figure(measure="top-5 error", value=7.3, data="ILSVRC-2014 test", note="ensemble of 7, as submitted"),
    ),
    # the paper began with 11 layers; it found afterwards that Glorot's draw trains the deep ones directly
    init=((r".*\.weight", "glorot_normal"), (r".*\.bias", "zeros")),
)
def vgg16() -> Network:
    """VGG-16, the paper's configuration D: 138,357,544 parameters."""
    return Network(
        name="vgg16", input=(3, 224, 224), layers=(*_body((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), *_HEAD)
    )


_HEAD: tuple[Layer, ...] = (
    Flatten(),
    Dense(4096), ReLU(), Dropout(),
    Dense(4096), ReLU(), Dropout(),
    Dense(1000),
)  # fmt: skip


def _body(*stages: tuple[int, int]) -> tuple[Layer, ...]:
    """Stages of (channels, convolutions), each closed by a pool."""
    layers: list[Layer] = []
    for channels, convolutions in stages:
        layers += [Conv(channels, 3, pad=1), ReLU()] * convolutions + [MaxPool(2)]
    return tuple(layers)
