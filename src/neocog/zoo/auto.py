"""`auto`: a residual network sized from the data, and one line that says why it is as it is.

The dials are the constants below; everything else follows from the image side and the number of images. The stem brings
large images down first, because at full size their first stage would cost more than all others; stages then halve the
map until it is small; more images pay for more blocks.
"""

from neocog.network import BatchNorm, Conv, Dense, GlobalAvgPool, Layer, MaxPool, Network, ReLU
from neocog.zoo.resnet import stage

WIDTH = 16
"""Channels of the first stage; each stage doubles them."""
WIDEST = 256
"""Channels that no stage exceeds."""
SMALLEST_MAP = 8
"""Stages halve the map until its side is at most this."""
STAGES = (2, 4)
"""The fewest and the most stages."""
STRIDED_FROM = 64
"""Image side from which the stem is a 5x5 convolution of stride 2."""
POOLED_FROM = 128
"""Image side from which a 2x2 maximum follows the stem."""
DEEP_FROM = 100_000
"""Images from which a stage has two blocks."""


def auto(side: int, channels: int, images: int, classes: int) -> tuple[Network, str]:
    """A residual network for images of `side` pixels, and the reason for its size in one line.

    `images` counts those to train on.

    >>> network, reason = auto(side=28, channels=1, images=1_000, classes=10)
    >>> network.layers[-1]
    Dense(10)
    >>> print(reason)
    auto: 3 stages of 16, 32 and 64 channels, 1 block each: 28x28 images come down to 7x7, and 1,000 are few
    """
    stem, map_ = _stem(side)
    stages = 1
    while (map_ > SMALLEST_MAP and stages < STAGES[1]) or stages < STAGES[0]:
        map_, stages = -(-map_ // 2), stages + 1
    widths = [min(WIDTH * 2**stage, WIDEST) for stage in range(stages)]
    blocks = 2 if images >= DEEP_FROM else 1
    network = Network(
        name="auto",
        input=(channels, side, side),
        layers=(
            *stem,
            *(stage(width, blocks, halves=place > 0) for place, width in enumerate(widths)),
            GlobalAvgPool(),
            Dense(classes),
        ),
        fit="floor",
    )
    listed = f"{', '.join(map(str, widths[:-1]))} and {widths[-1]}"
    return network, (
        f"auto: {stages} stages of {listed} channels, {blocks} block{'s'[: blocks - 1]} each: {side}x{side} images "
        f"come down to {map_}x{map_}, and {images:,} are {'many' if blocks > 1 else 'few'}"
    )


def _stem(side: int) -> tuple[tuple[Layer, ...], int]:
    """The layers before the first stage, and the side of the map that they give."""
    if side < STRIDED_FROM:
        return (Conv(WIDTH, 3, pad=1, bias=False), BatchNorm(), ReLU()), side
    strided = (Conv(WIDTH, 5, stride=2, pad=2, bias=False), BatchNorm(), ReLU())
    half = -(-side // 2)
    return (strided, half) if side < POOLED_FROM else ((*strided, MaxPool(2)), half // 2)
