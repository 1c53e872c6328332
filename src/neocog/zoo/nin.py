"""Network in Network (Lin, Chen and Yan, 2013): a small perceptron slides over the map in place of a linear filter.

That "mlpconv" is a convolution followed by two 1x1 ones. It brought two things that stayed: 1x1 convolutions, and the
mean over each class's map in place of dense layers. Layouts are those that the authors released: for CIFAR-10 the
paper's, for ImageNet the one beside it, on which the paper reports nothing.
"""

from functools import partial

from neocog.network import AvgPool, Conv, Dropout, GlobalAvgPool, Layer, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, paper_network

_paper = partial(paper_network, year=2013, paper='Lin, Chen, Yan, "Network in network", arXiv 1312.4400')


@_paper(
    published=(
        Figure(measure="error", value=10.41, data="CIFAR-10 test", note="one network, no augmentation"),
        Figure(measure="error", value=8.81, data="CIFAR-10 test", note="one network, translations and flips"),
    ),
)
def nin_cifar() -> Network:
    """Network in Network for CIFAR-10: 966,986 parameters."""
    return Network(
        name="nin_cifar",
        input=(3, 32, 32),
        layers=(
            *_mlpconv(192, 5, (160, 96), pad=2), MaxPool(3, stride=2, fit="ceil"), Dropout(),
            *_mlpconv(192, 5, (192, 192), pad=2), AvgPool(3, stride=2, fit="ceil"), Dropout(),
            *_mlpconv(192, 3, (192, 10), pad=1), GlobalAvgPool(),
        ),
    )  # fmt: skip


@_paper()
def nin_imagenet() -> Network:
    """Network in Network for ImageNet: 7,595,176 parameters."""
    return Network(
        name="nin_imagenet",
        input=(3, 224, 224),
        layers=(
            *_mlpconv(96, 11, (96, 96), stride=4), MaxPool(3, stride=2, fit="ceil"),
            *_mlpconv(256, 5, (256, 256), pad=2), MaxPool(3, stride=2),
            *_mlpconv(384, 3, (384, 384), pad=1), MaxPool(3, stride=2), Dropout(),
            *_mlpconv(1024, 3, (1024, 1000), pad=1), GlobalAvgPool(),
        ),
        fit="floor",
    )  # fmt: skip


def _mlpconv(channels: int, size: int, widths: tuple[int, int], stride: int = 1, pad: int = 0) -> tuple[Layer, ...]:
    """A convolution and two layers of a perceptron over its channels, each with a ReLU."""
    first = (Conv(channels, size, stride=stride, pad=pad), ReLU())
    return (*first, *(layer for width in widths for layer in (Conv(width, 1), ReLU())))
