"""The DenseNets (Huang, Liu, van der Maaten and Weinberger, 2016): every layer reads the maps of all before it.

Features are passed on, not added to, so that layers may be narrow: each gives 32 new maps (the growth), through a
bottleneck of 128. Between blocks a transition halves channels and sides. Normalization and ReLU come before each
convolution.
"""

from functools import partial

from neocog.network import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    DenseBlock,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Network,
    ReLU,
    Sequence,
)
from neocog.zoo.entry import Figure, Preparation, paper_network, torchvision_weights

GROWTH = 32
"""Maps that each layer adds."""

_paper = partial(
    paper_network,
    year=2016,
    paper='Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", arXiv 1608.06993',
    init=((r".*conv\d+\.weight", "he_normal"), (r"dense1\.bias", "zeros")),
    preparation=Preparation(),
    # torchvision's names, and timm's; in released files a dot stands within those of a layer (`norm.1`)
    foreign=(
        (r"features\.conv0", "conv1"),
        (r"features\.norm0", "norm1"),
        (r"features\.denseblock(\d)\.denselayer(\d+)\.(norm|conv)\.?(\d)", r"block\1.body\2.\3\4"),
        (r"features\.transition(\d)\.(norm|conv)", r"transition\1.\g<2>1"),
        (r"features\.norm5", "norm2"),
        ("classifier", "dense1"),
    ),
)


def _one_crop(top1: float, top5: float) -> tuple[Figure, ...]:
    """A row of the paper's table 3."""
    note = "one network, one crop"
    return (
        Figure(measure="top-1 error", value=top1, data="ILSVRC-2012 validation", note=note),
        Figure(measure="top-5 error", value=top5, data="ILSVRC-2012 validation", note=note),
    )


@_paper(published=_one_crop(25.02, 7.71), weights=torchvision_weights("densenet121-a639ec97.pth", 74.434, 91.972))
def densenet121() -> Network:
    """DenseNet-121: 7,978,856 parameters."""
    return _network("densenet121", (6, 12, 24, 16))


@_paper(published=_one_crop(23.80, 6.85), weights=torchvision_weights("densenet169-b2777c0a.pth", 75.600, 92.806))
def densenet169() -> Network:
    """DenseNet-169: 14,149,480 parameters."""
    return _network("densenet169", (6, 12, 32, 32))


@_paper(published=_one_crop(22.58, 6.34), weights=torchvision_weights("densenet201-c1103571.pth", 76.896, 93.370))
def densenet201() -> Network:
    """DenseNet-201: 20,013,928 parameters."""
    return _network("densenet201", (6, 12, 48, 32))


@_paper(published=_one_crop(22.15, 6.12))
def densenet264() -> Network:
    """DenseNet-264: 33,337,704 parameters."""
    return _network("densenet264", (6, 12, 64, 48))


def _network(name: str, depths: tuple[int, ...]) -> Network:
    channels = 2 * GROWTH
    layers: list[Layer] = [
        Conv(channels, 7, stride=2, pad=3, bias=False), BatchNorm(), ReLU(), MaxPool(3, stride=2, pad=1)
    ]  # fmt: skip
    for place, depth in enumerate(depths):
        if place:
            channels //= 2
            layers.append(_transition(channels))
        layers.append(DenseBlock(depth, _LAYER))
        channels += depth * GROWTH
    layers += [BatchNorm(), ReLU(), GlobalAvgPool(), Dense(1000)]
    return Network(name=name, input=(3, 224, 224), layers=tuple(layers), fit="floor")


_LAYER = Sequence(
    BatchNorm(), ReLU(), Conv(4 * GROWTH, 1, bias=False),
    BatchNorm(), ReLU(), Conv(GROWTH, 3, pad=1, bias=False),
)  # fmt: skip


def _transition(channels: int) -> Sequence:
    return Sequence(BatchNorm(), ReLU(), Conv(channels, 1, bias=False), AvgPool(2), name="transition")
