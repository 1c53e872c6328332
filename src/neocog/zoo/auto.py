"""`auto`: a residual network sized from the data, and one line that says why it is as it is.

The dials are the constants below; everything else follows from the image side and the number of images. The stem brings
images down first, because at full size their first stage would cost more than all others (on MNIST a step without it
takes 2.6 times as long); stages then halve the map until it is small; more images pay for more channels and blocks. A
2x2 maximum comes before batch norm, which then has a quarter of the work.
"""

from neocog.network import BatchNorm, Conv, Dense, GlobalAvgPool, Layer, MaxPool, Network, ReLU
from neocog.zoo.resnet import stage

WIDTH = 16
"""Channels of the stem; each stage that halves the map doubles them."""
BROAD_FROM = 10_000
"""Images from which the first stage after a pooled stem has three times the stem's channels, not twice: a step then
takes 1.3 times as long, MNIST needs half to three quarters of the epochs, and the steel surfaces of NEU gain nothing.
"""
WIDEST = 256
"""Channels that no stage exceeds."""
SMALLEST_MAP = 4
"""Stages halve the map until its side is at most this."""
STAGES = (2, 4)
"""The fewest and the most stages."""
POOLED_FROM = 16
"""Image side from which the stem ends in a 2x2 maximum."""
STRIDED_FROM = 64
"""Image side from which the stem is a 5x5 convolution of stride 2."""
DEEP_FROM = 100_000
"""Images from which a stage has two blocks."""


def auto(side: int | tuple[int, int], channels: int, images: int, classes: int) -> tuple[Network, str]:
    """A residual network for images of `side` pixels (or a height and a width), and the reason for its size in a line.

    `images` counts those to train on.

    >>> network, reason = auto(side=28, channels=1, images=1_000, classes=10)
    >>> network.layers[-1]
    Dense(10)
    >>> print(reason)
    auto: 2 stages of 32 and 64 channels, 1 block each: 28x28 images come down to 4x4, and 1,000 are few
    """
    height, width = (side, side) if isinstance(side, int) else side
    side = min(height, width)
    stem, map_ = _stem(side)
    shrunk = 1 if side < POOLED_FROM else 2 if side < STRIDED_FROM else 4
    long = -(-max(height, width) // shrunk)
    stages, pooled = 0, side >= POOLED_FROM
    while (map_ > SMALLEST_MAP and stages < STAGES[1]) or stages < STAGES[0]:
        halved = pooled or stages > 0
        map_, long, stages = (-(-map_ // 2), -(-long // 2), stages + 1) if halved else (map_, long, stages + 1)
    first = WIDTH * (1 if not pooled else 2 if images < BROAD_FROM else 3)
    widths = [min(first * 2**stage, WIDEST) for stage in range(stages)]
    blocks = 2 if images >= DEEP_FROM else 1
    network = Network(
        name="auto",
        input=(channels, height, width),
        layers=(
            *stem,
            *(stage(width, blocks, halves=pooled or place > 0) for place, width in enumerate(widths)),
            GlobalAvgPool(),
            Dense(classes),
        ),
        fit="floor",
    )
    listed = f"{', '.join(map(str, widths[:-1]))} and {widths[-1]}"
    end = f"{map_ if height == side else long}x{map_ if width == side else long}"
    return network, (
        f"auto: {stages} stages of {listed} channels, {blocks} block{'s'[: blocks - 1]} each: {height}x{width} images "
        f"come down to {end}, and {images:,} are {'few' if images < BROAD_FROM else 'many'}"
    )


def _stem(side: int) -> tuple[tuple[Layer, ...], int]:
    """The layers before the first stage, and the side of the map that they give."""
    strided = side >= STRIDED_FROM
    first = Conv(WIDTH, 5, stride=2, pad=2, bias=False) if strided else Conv(WIDTH, 3, pad=1, bias=False)
    map_ = -(-side // 2) if strided else side
    if side < POOLED_FROM:
        return (first, BatchNorm(), ReLU()), map_
    return (first, MaxPool(2), BatchNorm(), ReLU()), map_ // 2
