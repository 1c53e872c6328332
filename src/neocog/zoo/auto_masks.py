"""`auto` for masks: a small U-Net sized from the images, and one line that says why it is as it is."""

from neocog.network import Network
from neocog.zoo.auto import BROAD_FROM, SMALLEST_MAP, WIDTH
from neocog.zoo.unet import padded_unet

LEVELS = 5
"""The most levels, as in the paper."""
MASK_STEP = 2 ** (LEVELS - 1)
"""What sides divide by where all levels are to halve them."""


def auto_masks(side: int, channels: int, images: int, classes: int) -> tuple[Network, str]:
    """A U-Net for masks of `side` pixels, and the reason for its size in one line.

    As many levels as halve the side without a rest, down to a map of `SMALLEST_MAP`; many images pay for twice the
    channels. `images` counts those to train on.

    >>> print(auto_masks(side=96, channels=3, images=400, classes=5)[1])
    auto: a U-Net of 5 levels, 16 channels at the first: 96x96 images come down to 6x6
    """
    levels, map_ = 1, side
    while levels < LEVELS and map_ % 2 == 0 and map_ // 2 >= SMALLEST_MAP:
        levels, map_ = levels + 1, map_ // 2
    width = WIDTH if images < BROAD_FROM else 2 * WIDTH
    network = padded_unet("auto", width, levels, input=(channels, side, side), classes=classes)
    return network, (
        f"auto: a U-Net of {levels} level{'s'[: levels - 1]}, {width} channels at the first: {side}x{side} images come "
        f"down to {map_}x{map_}"
    )
