"""The residual networks (He, Zhang, Ren and Sun, 2015): blocks that learn what to add to what they are given.

Each convolution is followed by batch normalization, so none has a bias. The stem's sums do not divide (224 to 112 by
size 7, stride 2, pad 3), which is why these networks say `fit="floor"`. From 50 layers on a block is a bottleneck of
1x1, 3x3 and 1x1. The paper strides in the first 1x1, which skips three of four places; the form named v1.5, which
torchvision builds, strides in the 3x3. Shortcuts are projections where the shape changes (the paper's option B).
"""

from functools import partial

from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Identity,
    Layer,
    MaxPool,
    Network,
    ReLU,
    Repeat,
    Residual,
    Sequence,
)
from neocog.zoo.entry import Figure, Naming, Preparation, numbered, paper_network, torchvision_weights

_WIDTHS = (64, 128, 256, 512)
"""Channels of the four stages; a bottleneck gives four times as many."""

_paper = partial(
    paper_network,
    year=2015,
    paper='He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385',
    init=((r".*conv\d+\.weight", "he_normal"), (r"dense1\.weight", "normal(0.01)"), (r"dense1\.bias", "zeros")),
)
_BLOCKS = 36
"""The most blocks in a stage."""

_FOREIGN: tuple[Naming, ...] = (
    ("bn1", "norm1"),
    *numbered(r"layer(\d)\.#\.conv(\d)", r"stage\1.block#.body.conv\2", range(_BLOCKS)),
    *numbered(r"layer(\d)\.#\.bn(\d)", r"stage\1.block#.body.norm\2", range(_BLOCKS)),
    (r"layer(\d)\.0\.downsample\.0", r"stage\1.block1.shortcut.conv1"),
    (r"layer(\d)\.0\.downsample\.1", r"stage\1.block1.shortcut.norm1"),
    ("fc", "dense1"),
)
"""torchvision's names, and timm's; theirs stride in the 3x3, so none of the paper's bottlenecks takes them."""

_released = partial(_paper, preparation=Preparation(), foreign=_FOREIGN)
_later = partial(
    _released, year=2016, paper='Gross, Wilber, "Training and investigating residual nets", fb.resnet.torch'
)


def _ten_crops(top1: float, top5: float) -> tuple[Figure, ...]:
    """A row of the paper's table 3."""
    note = "one network, ten crops"
    return (
        Figure(measure="top-1 error", value=top1, data="ILSVRC-2012 validation", note=note),
        Figure(measure="top-5 error", value=top5, data="ILSVRC-2012 validation", note=note),
    )


@_released(
    published=(
        Figure(
            measure="top-1 error",
            value=27.88,
            data="ILSVRC-2012 validation",
            note="one network, ten crops, its shortcuts without weights",
        ),
    ),
    weights=torchvision_weights("resnet18-f37072fd.pth", 69.758, 89.078),
)
def resnet18() -> Network:
    """ResNet-18: basic blocks, 11,689,512 parameters."""
    return _basic("resnet18", (2, 2, 2, 2))


@_released(published=_ten_crops(24.52, 7.46), weights=torchvision_weights("resnet34-b627a593.pth", 73.314, 91.420))
def resnet34() -> Network:
    """ResNet-34: basic blocks, 21,797,672 parameters."""
    return _basic("resnet34", (3, 4, 6, 3))


@_paper(published=_ten_crops(22.85, 6.71))
def resnet50() -> Network:
    """ResNet-50, the paper's, with the stride in the 1x1: 25,557,032 parameters, 3,857,973,248 MACs."""
    return _bottlenecks("resnet50", (3, 4, 6, 3))


@_paper(published=_ten_crops(21.75, 6.05))
def resnet101() -> Network:
    """ResNet-101, the paper's, with the stride in the 1x1: 44,549,160 parameters."""
    return _bottlenecks("resnet101", (3, 4, 23, 3))


@_paper(
    published=(
        *_ten_crops(21.43, 5.71),
        Figure(measure="top-5 error", value=3.57, data="ILSVRC-2015 test", note="ensemble of 6, of several depths"),
    ),
)
def resnet152() -> Network:
    """ResNet-152, the paper's, with the stride in the 1x1: 60,192,808 parameters."""
    return _bottlenecks("resnet152", (3, 8, 36, 3))


@_later(weights=torchvision_weights("resnet50-0676ba61.pth", 76.130, 92.862))
def resnet50_v1_5() -> Network:
    """ResNet-50 v1.5, torchvision's, with the stride in the 3x3: 25,557,032 parameters, 4,089,184,256 MACs."""
    return _bottlenecks("resnet50_v1_5", (3, 4, 6, 3), late=True)


@_later(weights=torchvision_weights("resnet101-63fe2227.pth", 77.374, 93.546))
def resnet101_v1_5() -> Network:
    """ResNet-101 v1.5, torchvision's, with the stride in the 3x3: 44,549,160 parameters."""
    return _bottlenecks("resnet101_v1_5", (3, 4, 23, 3), late=True)


@_later(weights=torchvision_weights("resnet152-394f9c45.pth", 78.312, 94.046))
def resnet152_v1_5() -> Network:
    """ResNet-152 v1.5, torchvision's, with the stride in the 3x3: 60,192,808 parameters."""
    return _bottlenecks("resnet152_v1_5", (3, 8, 36, 3), late=True)


def stage(channels: int, blocks: int, *, halves: bool = True) -> Sequence:
    """Basic blocks of one width; where it halves, the first brings the map to half its side and the new width."""
    parts: list[Layer] = [basic_block(channels, 2, projected=True)] if halves else []
    if blocks > len(parts):
        rest = basic_block(channels)
        parts.append(Repeat(blocks - len(parts), rest) if blocks > len(parts) + 1 else rest)
    return Sequence(*parts, name="stage")


def basic_block(channels: int, stride: int = 1, *, projected: bool = False) -> Residual:
    """Two 3x3 convolutions and a shortcut: the input itself, or its projection to the new width and size."""
    body = Sequence(
        Conv(channels, 3, stride=stride, pad=1, bias=False), BatchNorm(), ReLU(),
        Conv(channels, 3, pad=1, bias=False), BatchNorm(),
    )  # fmt: skip
    return Residual(body, shortcut=_projection(channels, stride) if projected else Identity())


def bottleneck(width: int, stride: int = 1, *, late: bool = False, projected: bool = False) -> Residual:
    """1x1 down to `width`, 3x3, 1x1 up to four times as many; `late` strides in the 3x3."""
    first, second = (1, stride) if late else (stride, 1)
    body = Sequence(
        Conv(width, 1, stride=first, bias=False), BatchNorm(), ReLU(),
        Conv(width, 3, stride=second, pad=1, bias=False), BatchNorm(), ReLU(),
        Conv(4 * width, 1, bias=False), BatchNorm(),
    )  # fmt: skip
    return Residual(body, shortcut=_projection(4 * width, stride) if projected else Identity())


def _projection(channels: int, stride: int) -> Sequence:
    return Sequence(Conv(channels, 1, stride=stride, bias=False), BatchNorm())


def _basic(name: str, depths: tuple[int, ...]) -> Network:
    return _network(
        name, [stage(*each, halves=place > 0) for place, each in enumerate(zip(_WIDTHS, depths, strict=True))]
    )


def _bottlenecks(name: str, depths: tuple[int, ...], late: bool = False) -> Network:
    stages = []
    for place, (width, blocks) in enumerate(zip(_WIDTHS, depths, strict=True)):
        first = bottleneck(width, 2 if place else 1, late=late, projected=True)
        stages.append(Sequence(first, Repeat(blocks - 1, bottleneck(width)), name="stage"))
    return _network(name, stages)


def _network(name: str, stages: list[Sequence]) -> Network:
    return Network(
        name=name,
        input=(3, 224, 224),
        layers=(
            Conv(64, 7, stride=2, pad=3, bias=False), BatchNorm(), ReLU(), MaxPool(3, stride=2, pad=1),
            *stages,
            GlobalAvgPool(),
            Dense(1000),
        ),
        fit="floor",
    )  # fmt: skip
