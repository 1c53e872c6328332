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
from neocog.zoo.entry import Figure, paper_network

_WIDTHS = (96, 192, 384, 768)
_DEPTHS = (3, 3, 9, 3)
_MOST_DROPPED = 0.1
"""The rate of stochastic depth in the last block; it grows from 0 in equal steps."""

_NORM = LayerNorm(eps=1e-6)


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
