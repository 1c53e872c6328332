"""U-Net (Ronneberger, Fischer and Brox, 2015): down to what is there, up again to where it is.

Four times the map is halved and its channels doubled, then four times back; on the way up each level is joined with
what the way down knew at that size, cropped to its middle. No convolution is padded, so a tile of 572x572 gives the
388x388 places that have all their surroundings, and large images are done tile by tile without seams. Common variants
differ: padded convolutions, which keep the side; batch normalization; and, in Keras's best known one, a 3x3 convolution
to two maps and a 1x1 to one at the end, which makes 31,031,685 parameters.

A name such as `unet_025` is a padded U-Net with batch normalization of that width in percent, whose scores are as large
as its input; its sides divide by 16.
"""

from collections.abc import Sequence as Ordered

from neocog.network import (
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dropout,
    Graph,
    Layer,
    MaxPool,
    Network,
    Node,
    ReLU,
    Sequence,
)
from neocog.zoo.entry import Figure, family, paper_network

_WIDTHS = (64, 128, 256, 512, 1024)
"""Channels of the five levels."""


@paper_network(
    year=2015,
    paper='Ronneberger, Fischer, Brox, "U-Net: convolutional networks for biomedical image segmentation", '
    "arXiv 1505.04597",
    published=(
        Figure(
            measure="intersection over union", value=92.03, data="PhC-U373, ISBI cell tracking 2015", note="one network"
        ),
        Figure(
            measure="intersection over union", value=77.56, data="DIC-HeLa, ISBI cell tracking 2015", note="one network"
        ),
    ),
    init=((r".*\.weight", "he_normal"), (r".*\.bias", "zeros")),
)
def unet() -> Network:
    """U-Net, unpadded as in the paper: 572x572 gives 388x388, two classes; 31,030,658 parameters."""
    nodes = [Node("level1", _twice(_WIDTHS[0]))]
    for level, width in enumerate(_WIDTHS[1:], start=2):
        # the way down ends in dropout, on the last level and on the last one that is passed across
        end = (Dropout(),) if level >= 4 else ()
        nodes.append(Node(f"level{level}", _twice(width, before=(MaxPool(2),), after=end)))
    for level, width in reversed(tuple(enumerate(_WIDTHS[:-1], start=1))):
        nodes += [
            Node(f"up{level}", ConvTranspose(width, 2, stride=2)),
            Node(f"crop{level}", Crop(), inputs=(f"level{level}", f"up{level}")),
            Node(f"joined{level}", Concat(), inputs=(f"crop{level}", f"up{level}")),
            Node(f"back{level}", _twice(width)),
        ]
    return Network(name="unet", input=(1, 572, 572), layers=(Graph(*nodes, Node("scores", Conv(2, 1))),))


@family(r"unet_(0[1-9]\d|[1-9]\d\d)", like="unet")
def _padded(name: str, width: float) -> Network:
    return padded_unet(name, max(1, round(_WIDTHS[0] * width)), len(_WIDTHS), input=(3, 224, 224), classes=2)


def padded_unet(name: str, width: int, levels: int, input: tuple[int, int, int], classes: int) -> Network:
    """A U-Net whose convolutions are padded and normalized: `width` channels at its first level, twice as many a level.

    Its scores have the sides of its input, which divide by two to the levels less one.
    """
    widths = [width * 2**level for level in range(levels)]
    nodes = [Node("level1", _both(widths[0]))]
    nodes += [Node(f"level{level}", _both(wide, MaxPool(2))) for level, wide in enumerate(widths[1:], start=2)]
    for level, wide in reversed(tuple(enumerate(widths[:-1], start=1))):
        nodes += [
            Node(f"up{level}", ConvTranspose(wide, 2, stride=2)),
            Node(f"joined{level}", Concat(), inputs=(f"level{level}", f"up{level}")),
            Node(f"back{level}", _both(wide)),
        ]
    return Network(name=name, input=input, layers=(Graph(*nodes, Node("scores", Conv(classes, 1))),))


def _both(width: int, *before: Layer) -> Sequence:
    """Two padded convolutions, normalized."""
    one: tuple[Layer, ...] = (Conv(width, 3, pad=1, bias=False), BatchNorm(), ReLU())
    return Sequence(*before, *one, *one)


def _twice(width: int, before: Ordered[Layer] = (), after: Ordered[Layer] = ()) -> Sequence:
    return Sequence(*before, Conv(width, 3), ReLU(), Conv(width, 3), ReLU(), *after)
