"""The MobileNets (Howard et al., 2017; Sandler et al., 2018): convolutions taken apart, for telephones.

V1 filters each channel by itself (3x3), then mixes channels (1x1): about a ninth of the operations. Its width scales
all channels. As released: ReLU6, batch normalization with eps 1e-3, TensorFlow's "same" padding, which pads right and
below alone where it strides. V2 turns the residual block around: thin ends, which the shortcut joins, and a wide middle
that is filtered; the thin end has no activation, for it would lose what few channels hold.
"""

from functools import partial

from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    Identity,
    Layer,
    Network,
    ReLU6,
    Residual,
    Sequence,
)
from neocog.zoo.entry import Figure, Naming, Preparation, family, numbered, paper_network, torchvision_weights

_PLACES = [rf"{stage}\.{place}" for stage, times in enumerate((1, 2, 2, 6, 2)) for place in range(times)]
"""Where timm's stages have V1's separable convolutions."""

_first = partial(
    paper_network,
    year=2017,
    paper='Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", '
    "arXiv 1704.04861",
    # as released: values from -1 to 1
    preparation=Preparation(mean=(0.5,) * 3, deviation=(0.5,) * 3),
    caution="padding and batch norm are those of the released weights; weights that timm trained itself "
    "(mobilenetv1_100) bear the same names, want even padding, and give other answers here",
    foreign=(  # timm's names
        ("conv_stem", "conv1"),
        ("bn1", "norm1"),
        *numbered(r"blocks\.#\.conv_dw", "separable#.conv1", _PLACES),
        *numbered(r"blocks\.#\.conv_pw", "separable#.conv2", _PLACES),
        *numbered(r"blocks\.#\.bn(\d)", r"separable#.norm\1", _PLACES),
        ("classifier", "dense1"),
    ),
)

_STEPS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""Channels and stride of V1's thirteen separable convolutions."""

_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""V2's table 2: how much wider the middle is, channels, blocks, and the first one's stride."""


def _accuracy(value: float) -> tuple[Figure, ...]:
    return (Figure(measure="top-1 accuracy", value=value, data="ILSVRC-2012 validation", note="one network, one crop"),)


_WIDE = {
    "conv1": (r"0\.0", "conv_pw"), "norm1": (r"0\.1", "bn1"),
    "conv2": (r"1\.0", "conv_dw"), "norm2": (r"1\.1", "bn2"),
    "conv3": ("2", "conv_pwl"), "norm3": ("3", "bn3"),
}  # fmt: skip
"""What torchvision and timm call the parts of V2's blocks."""
_FIRST = {
    "conv1": (r"0\.0", "conv_dw"), "norm1": (r"0\.1", "bn1"),
    "conv2": ("1", "conv_pw"), "norm2": ("2", "bn2"),
}  # fmt: skip
"""The same of the first block, which is not widened."""


def _foreign() -> tuple[Naming, ...]:
    """torchvision's and timm's names of V2."""
    places = [(stage, place) for stage, (_, _, times, _) in enumerate(_BLOCKS) for place in range(times)]
    return (
        (r"features\.0\.0|conv_stem", "conv1"),
        (r"features\.0\.1|bn1", "norm1"),
        *(
            (
                rf"features\.{number}\.conv\.{torchvision}|blocks\.{stage}\.{place}\.{timm}",
                f"inverted{number}.{ours}" if place == 0 else f"inverted{number}.body.{ours}",
            )
            for number, (stage, place) in enumerate(places, 1)
            for ours, (torchvision, timm) in (_WIDE if number > 1 else _FIRST).items()
        ),
        (r"features\.18\.0|conv_head", "conv2"),
        (r"features\.18\.1|bn2", "norm2"),
        (r"classifier(\.1)?", "dense1"),
    )


@_first(published=_accuracy(70.6), aliases=("mobilenet_v1_100",))
def mobilenet_v1() -> Network:
    """MobileNet V1, width 1: 4,231,976 parameters."""
    return _separable("mobilenet_v1", 1.0)


@_first(published=_accuracy(68.4))
def mobilenet_v1_075() -> Network:
    """MobileNet V1, width 0.75: 2,585,560 parameters."""
    return _separable("mobilenet_v1_075", 0.75)


@_first(published=_accuracy(63.7))
def mobilenet_v1_050() -> Network:
    """MobileNet V1, width 0.5: 1,331,592 parameters."""
    return _separable("mobilenet_v1_050", 0.5)


@_first(published=_accuracy(50.6))
def mobilenet_v1_025() -> Network:
    """MobileNet V1, width 0.25: 470,072 parameters."""
    return _separable("mobilenet_v1_025", 0.25)


@paper_network(
    year=2018,
    paper='Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", arXiv 1801.04381',
    published=_accuracy(72.0),
    init=((r".*conv\d+\.weight", "he_normal"), (r"dense1\.weight", "normal(0.01)"), (r"dense1\.bias", "zeros")),
    preparation=Preparation(),
    weights=torchvision_weights("mobilenet_v2-b0353104.pth", 71.878, 90.286),
    foreign=_foreign(),
)
def mobilenet_v2() -> Network:
    """MobileNet V2, width 1: 3,504,872 parameters."""
    blocks: list[Layer] = []
    before = 32
    for factor, channels, times, first in _BLOCKS:
        for place in range(times):
            blocks.append(_inverted(before, channels, factor, stride=1 if place else first))
            before = channels
    return Network(
        name="mobilenet_v2",
        input=(3, 224, 224),
        layers=(
            Conv(32, 3, stride=2, pad=1, bias=False), BatchNorm(), ReLU6(),
            *blocks,
            Conv(1280, 1, bias=False), BatchNorm(), ReLU6(), GlobalAvgPool(), Dropout(0.2),
            Dense(1000),
        ),
        fit="floor",
    )  # fmt: skip


@family(r"mobilenet_v1_(0[1-9]\d|[1-9]\d\d)", like="mobilenet_v1")
def _separable(name: str, width: float) -> Network:
    """MobileNet V1 of a width; a name such as `mobilenet_v1_060` carries it, in percent, from 10 on."""
    layers: list[Layer] = [Conv(int(32 * width), 3, stride=2, pad="same", bias=False), *_RECTIFIED]
    before = int(32 * width)
    for channels, stride in _STEPS:
        depthwise = Conv(before, 3, stride=stride, pad="same", groups=before, bias=False)
        before = int(channels * width)
        parts = (depthwise, *_RECTIFIED, Conv(before, 1, bias=False), *_RECTIFIED)
        layers.append(Sequence(*parts, name="separable"))
    layers += [GlobalAvgPool(), Dropout(0.001), Dense(1000)]
    return Network(name=name, input=(3, 224, 224), layers=tuple(layers))


_RECTIFIED = (BatchNorm(eps=1e-3), ReLU6())


def _inverted(before: int, channels: int, factor: int, stride: int) -> Layer:
    """1x1 up to `factor` times the channels, a 3x3 on each, 1x1 down; with a shortcut where nothing changes shape."""
    wide = before * factor
    widen = (Conv(wide, 1, bias=False), BatchNorm(), ReLU6()) if factor > 1 else ()
    parts = (
        *widen,
        Conv(wide, 3, stride=stride, pad=1, groups=wide, bias=False), BatchNorm(), ReLU6(),
        Conv(channels, 1, bias=False), BatchNorm(),
    )  # fmt: skip
    if stride == 1 and before == channels:
        return Residual(Sequence(*parts), activation=Identity(), name="inverted")
    return Sequence(*parts, name="inverted")
