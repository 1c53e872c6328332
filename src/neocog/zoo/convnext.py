"""ConvNeXt (Liu et al., 2022): a ResNet, brought up to date with what vision transformers had taught.

A block filters each channel by 7x7, normalizes once, then widens and narrows by 1x1 with one GELU between; a learned
scale that begins at a millionth, and stochastic depth that grows with depth, let it be trained deep. Sides are halved
by 2x2 convolutions between stages, and the stem is one of 4x4.
"""

from neocog.network import (
    GELU,
    Conv,
    Dense,
    GlobalAvgPool,
    Identity,
    Layer,
    LayerNorm,
    LayerScale,
    Network,
    Residual,
    Sequence,
    StochasticDepth,
)
from neocog.zoo.entry import Figure, Naming, Preparation, numbered, paper_network, torchvision_weights

_WIDTHS = (96, 192, 384, 768)
_DEPTHS = (3, 3, 9, 3)
_MOST_DROPPED = 0.1
"""The rate of stochastic depth in the last block; it grows from 0 in equal steps."""

_NORM = LayerNorm(eps=1e-6)


def _torchvision() -> tuple[Naming, ...]:
    """Its names: stages and the halvings between them take turns, and every layer of a block counts."""
    blocks = [rf"{2 * stage + 1}\.{block}" for stage, depth in enumerate(_DEPTHS) for block in range(depth)]
    parts = {
        "layer_scale": "scale1.weight", r"block\.0": "conv1", r"block\.2": "norm1",
        r"block\.3": "conv2", r"block\.5": "conv3",
    }  # fmt: skip
    return (
        (r"features\.0\.0", "conv1"),
        (r"features\.0\.1", "norm1"),
        *numbered(r"features\.#\.0", "halving#.norm1", (2, 4, 6)),
        *numbered(r"features\.#\.1", "halving#.conv1", (2, 4, 6)),
        *_blocks("features", blocks, parts),
        (r"classifier\.0", "norm2"),
        (r"classifier\.2", "dense1"),
    )


def _timm() -> tuple[Naming, ...]:
    """Its names: a halving belongs to the stage that it leads to."""
    blocks = [rf"{stage}\.blocks\.{block}" for stage, depth in enumerate(_DEPTHS) for block in range(depth)]
    parts = {"gamma": "scale1.weight", "conv_dw": "conv1", "norm": "norm1", r"mlp\.fc1": "conv2", r"mlp\.fc2": "conv3"}
    return (
        (r"stem\.0", "conv1"),
        (r"stem\.1", "norm1"),
        (r"stages\.(\d)\.downsample\.0", r"halving\1.norm1"),
        (r"stages\.(\d)\.downsample\.1", r"halving\1.conv1"),
        *_blocks("stages", blocks, parts),
        (r"head\.norm", "norm2"),
        (r"head\.fc", "dense1"),
    )


def _blocks(prefix: str, places: list[str], parts: dict[str, str]) -> tuple[Naming, ...]:
    """The names of a block's parts in all blocks."""
    return tuple(
        naming
        for theirs, ours in parts.items()
        for naming in numbered(rf"{prefix}\.#\.{theirs}", f"block#.body.{ours}", places)
    )


@paper_network(
    year=2022,
    paper='Liu et al., "A ConvNet for the 2020s", arXiv 2201.03545',
    published=(
        Figure(measure="top-1 accuracy", value=82.1, data="ILSVRC-2012 validation", note="one network, one crop"),
    ),
    init=(
        (r".*scale1\.weight", "constant(1e-6)"),
        (r".*(conv|dense)\d+\.weight", "normal(0.02)"),
        (r".*\.bias", "zeros"),
    ),
    preparation=Preparation(short=236),
    weights=torchvision_weights("convnext_tiny-983f1562.pth", 82.520, 96.146),
    foreign=(*_torchvision(), *_timm()),
)
def convnext_tiny() -> Network:
    """ConvNeXt-T: 28,589,128 parameters."""
    layers: list[Layer] = [Conv(_WIDTHS[0], 4, stride=4), _NORM]
    blocks = 0
    for place, (width, depth) in enumerate(zip(_WIDTHS, _DEPTHS, strict=True)):
        if place:
            layers.append(Sequence(_NORM, Conv(width, 2, stride=2), name="halving"))
        layers += [_block(width, block) for block in range(blocks, blocks + depth)]
        blocks += depth
    layers += [GlobalAvgPool(), _NORM, Dense(1000)]
    return Network(name="convnext_tiny", input=(3, 224, 224), layers=tuple(layers))


def _block(width: int, number: int) -> Residual:
    rate = round(_MOST_DROPPED * number / (sum(_DEPTHS) - 1), 6)
    body = Sequence(
        Conv(width, 7, pad=3, groups=width), _NORM,
        Conv(4 * width, 1), GELU(),
        Conv(width, 1), LayerScale(), StochasticDepth(rate),
    )  # fmt: skip
    return Residual(body, activation=Identity())
