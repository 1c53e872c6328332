"""The VGG networks (Simonyan and Zisserman, 2014): nothing but 3x3 convolutions, 2x2 maxima and three dense layers.

Three stacked 3x3 see what one 7x7 sees, with 27 C^2 weights for 49 C^2 and three ReLUs for one. The paper calls its
configurations A to E; A-LRN, a normalization after A's first convolution, made nothing better. Those with batch
normalization are torchvision's: the paper is older than that layer.
"""

from functools import partial

from neocog.network import BatchNorm, Conv, Dense, Dropout, Flatten, Layer, LocalResponseNorm, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, Naming, Preparation, family, numbered, paper_network, torchvision_weights

_paper = partial(
    paper_network,
    year=2014,
    paper='Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", arXiv 1409.1556',
    # the paper began with 11 layers; it found afterwards that Glorot's draw trains the deep ones directly
    init=((r"(conv|dense)\d+\.weight", "glorot_normal"), (r"(conv|dense)\d+\.bias", "zeros")),
)

_released = partial(_paper, preparation=Preparation())

_WIDTHS = (64, 128, 256, 512, 512)
"""Channels of the five stages, each closed by a pool."""

_A, _B, _D, _E = (1, 1, 2, 2, 2), (2, 2, 2, 2, 2), (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)
"""Convolutions of the stages in the paper's configurations; C has those of D."""


def _at_one_scale(top1: float, top5: float) -> tuple[Figure, ...]:
    """The paper's table 3, the best row of a configuration."""
    note = "one network, dense, at one scale"
    return (
        Figure(measure="top-1 error", value=top1, data="ILSVRC-2012 validation", note=note),
        Figure(measure="top-5 error", value=top5, data="ILSVRC-2012 validation", note=note),
    )


def _foreign(depths: tuple[int, ...], normalized: bool = False) -> tuple[Naming, ...]:
    """torchvision's names and timm's: in the body every layer counts, ReLUs and pools too."""
    unit = 3 if normalized else 2
    convolutions: list[int] = []
    stage = 0
    for depth in depths:
        convolutions += range(stage, stage + depth * unit, unit)
        stage += depth * unit + 1
    return (
        *numbered(r"features\.#", "conv#", convolutions),
        *numbered(r"features\.#", "norm#", [place + 1 for place in convolutions if normalized]),
        *numbered(r"classifier\.#", "dense#", (0, 3, 6)),
        (r"pre_logits\.fc(\d)", r"dense\1"),
        (r"head\.fc", "dense3"),
    )


@_released(
    aliases=("vgg_a",),
    published=_at_one_scale(29.6, 10.4),
    weights=torchvision_weights("vgg11-8a719046.pth", 69.020, 88.628),
    foreign=_foreign(_A),
)
def vgg11() -> Network:
    """VGG-11, the paper's configuration A: 132,863,336 parameters."""
    return _network("vgg11", _A)


@_paper(published=_at_one_scale(29.7, 10.5))
def vgg_a_lrn() -> Network:
    """VGG A-LRN, the paper's: A with a local response normalization after its first convolution."""
    first, relu, *rest = _body(_A)
    layers = (first, relu, LocalResponseNorm(), *rest, *_head())
    return Network(name="vgg_a_lrn", input=(3, 224, 224), layers=layers)


@_released(
    aliases=("vgg_b",),
    published=_at_one_scale(28.7, 9.9),
    weights=torchvision_weights("vgg13-19584684.pth", 69.928, 89.246),
    foreign=_foreign(_B),
)
def vgg13() -> Network:
    """VGG-13, the paper's configuration B: 133,047,848 parameters."""
    return _network("vgg13", _B)


@_paper(aliases=("vgg_c",), published=_at_one_scale(27.3, 8.8))
def vgg16_1x1() -> Network:
    """VGG-16 with 1x1 in the last convolution of stages 3 to 5, the paper's configuration C: 133,638,952 parameters."""
    return _network("vgg16_1x1", _D, last=1)


@_released(
    aliases=("vgg_d",),
    published=(
        Figure(
            measure="top-1 error", value=24.4, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
        Figure(
            measure="top-5 error", value=7.2, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
        Figure(measure="top-5 error", value=7.3, data="ILSVRC-2014 test", note="ensemble of 7, as submitted"),
        Figure(measure="top-5 error", value=6.8, data="ILSVRC-2012 test", note="ensemble of 2, after the submission"),
    ),
    weights=torchvision_weights("vgg16-397923af.pth", 71.592, 90.382),
    foreign=_foreign(_D),
)
def vgg16() -> Network:
    """VGG-16, the paper's configuration D: 138,357,544 parameters."""
    return _network("vgg16", _D)


@_released(
    aliases=("vgg_e",),
    published=(
        Figure(
            measure="top-1 error", value=24.4, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
        Figure(
            measure="top-5 error", value=7.1, data="ILSVRC-2012 validation", note="one network, dense and multi-crop"
        ),
    ),
    weights=torchvision_weights("vgg19-dcbb9e9d.pth", 72.376, 90.876),
    foreign=_foreign(_E),
)
def vgg19() -> Network:
    """VGG-19, the paper's configuration E: 143,667,240 parameters."""
    return _network("vgg19", _E)


@_released(weights=torchvision_weights("vgg11_bn-6002323d.pth", 70.370, 89.810), foreign=_foreign(_A, normalized=True))
def vgg11_bn() -> Network:
    """VGG-11 with batch normalization before each ReLU of the convolutions, as torchvision adds it."""
    return _network("vgg11_bn", _A, normalized=True)


@_released(weights=torchvision_weights("vgg13_bn-abd245e5.pth", 71.586, 90.374), foreign=_foreign(_B, normalized=True))
def vgg13_bn() -> Network:
    """VGG-13 with batch normalization before each ReLU of the convolutions, as torchvision adds it."""
    return _network("vgg13_bn", _B, normalized=True)


@_released(weights=torchvision_weights("vgg16_bn-6c64b313.pth", 73.360, 91.516), foreign=_foreign(_D, normalized=True))
def vgg16_bn() -> Network:
    """VGG-16 with batch normalization before each ReLU of the convolutions, as torchvision adds it."""
    return _network("vgg16_bn", _D, normalized=True)


@_released(weights=torchvision_weights("vgg19_bn-c79401a0.pth", 74.218, 91.842), foreign=_foreign(_E, normalized=True))
def vgg19_bn() -> Network:
    """VGG-19 with batch normalization before each ReLU of the convolutions, as torchvision adds it."""
    return _network("vgg19_bn", _E, normalized=True)


@family(r"vgg16_bn_(0[1-9]\d|[1-9]\d\d)", like="vgg16_bn")
def _narrow(name: str, width: float) -> Network:
    """VGG-16 with batch normalization at a width in percent: what `fcn8s_025` and its like begin with."""
    return _network(name, _D, normalized=True, width=width)


def _network(
    name: str, depths: tuple[int, ...], last: int = 3, normalized: bool = False, width: float = 1.0
) -> Network:
    return Network(name=name, input=(3, 224, 224), layers=(*_body(depths, last, normalized, width), *_head(width)))


def _head(width: float = 1.0) -> tuple[Layer, ...]:
    dense = max(8, round(4096 * width))
    return (Flatten(), Dense(dense), ReLU(), Dropout(), Dense(dense), ReLU(), Dropout(), Dense(1000))


def _body(depths: tuple[int, ...], last: int = 3, normalized: bool = False, width: float = 1.0) -> tuple[Layer, ...]:
    """The stages, of so many convolutions each; `last` is the size of the third in stages that have three."""
    layers: list[Layer] = []
    for channels, convolutions in zip(_WIDTHS, depths, strict=True):
        for place in range(convolutions):
            size = last if place == 2 else 3
            wide = max(8, round(channels * width))
            layers += [Conv(wide, size, pad=size // 2), *([BatchNorm()] if normalized else []), ReLU()]
        layers.append(MaxPool(2))
    return tuple(layers)
