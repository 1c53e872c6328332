"""The residual networks (He, Zhang, Ren and Sun, 2015): blocks that learn what to add to what they are given.

Each convolution is followed by batch normalization, so none has a bias. The stem's sums do not divide (224 to 112 by
size 7, stride 2, pad 3), which is why these networks say `fit="floor"`. Layout and counts are torchvision's.
"""

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
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=2015,
    paper='He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385',
    published=(
        Figure(measure="top-1 error", value=27.88, data="ILSVRC-2012 validation", note="one network, ten crops"),
    ),
    init=((r".*conv\d+\.weight", "he_normal"), (r"dense1\.weight", "normal(0.01)"), (r"dense1\.bias", "zeros")),
)
def resnet18() -> Network:
    """ResNet-18: basic blocks, 11,689,512 parameters."""
    return Network(
        name="resnet18",
        input=(3, 224, 224),
        layers=(
            Conv(64, 7, stride=2, pad=3, bias=False), BatchNorm(), ReLU(), MaxPool(3, stride=2, pad=1),
            stage(64, 2, halves=False), stage(128, 2), stage(256, 2), stage(512, 2),
            GlobalAvgPool(),
            Dense(1000),
        ),
        fit="floor",
    )  # fmt: skip


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
    shortcut: Layer = Identity()
    if projected:
        shortcut = Sequence(Conv(channels, 1, stride=stride, bias=False), BatchNorm())
    return Residual(body, shortcut=shortcut)
