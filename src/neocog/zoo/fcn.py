"""Fully convolutional networks (Long, Shelhamer and Darrell, 2015): VGG-16 that says what each pixel is.

Its dense layers become convolutions, so that an image of any size gives a map of scores at a 32nd of its sides, and a
transposed convolution brings that back up: FCN-32s. FCN-16s and FCN-8s add the scores of earlier, finer maps on the
way, at a 16th and an eighth. The first convolution pads by 100, so that small images fit too; the crops take that away
again. Layout and offsets are those of the released Caffe files.

Every upsampling begins as bilinear interpolation of each class's map by itself. The paper then learns those between the
fused maps and keeps the last one fixed; the released files keep all of them fixed, as 21x21 filters with nothing off
their diagonal. Here each class has one filter (groups), and all of them are learned unless a recipe freezes them.
"""

from neocog.network import Add, Conv, ConvTranspose, Crop, Dropout, Graph, Layer, MaxPool, Network, Node, ReLU, Sequence
from neocog.zoo.entry import Figure, Rule, paper_network

CLASSES = 21
"""Those of PASCAL VOC and the background."""

_PAPER = 'Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", arXiv 1411.4038'
_UP: Rule = (r"up\d+\.weight", "bilinear")
_SCORE: Rule = (r"score\w*\.(weight|bias)", "zeros")


def _mean_iu(value: float) -> Figure:
    """A row of the paper's table 3."""
    note = "one network, begun with VGG-16's weights"
    return Figure(measure="mean intersection over union", value=value, data="VOC 2011 validation", note=note)


@paper_network(year=2015, paper=_PAPER, published=(_mean_iu(59.4),), init=(_UP, _SCORE))
def fcn32s() -> Network:
    """FCN-32s on VGG-16: the coarsest map alone, upsampled 32 times."""
    return _network("fcn32s", Node("up32", _up(32)), _cropped("up32", 19))


@paper_network(year=2015, paper=_PAPER, published=(_mean_iu(62.4),), init=(_UP, _SCORE))
def fcn16s() -> Network:
    """FCN-16s on VGG-16: two maps fused, upsampled 16 times."""
    return _network("fcn16s", *_fused(4, 5), Node("up16", _up(16)), _cropped("up16", 27))


@paper_network(
    year=2015,
    paper=_PAPER,
    published=(
        _mean_iu(62.7),
        Figure(
            measure="mean intersection over union",
            value=62.2,
            data="VOC 2012 test",
            note="one network, begun with VGG-16's weights",
        ),
    ),
    init=(_UP, _SCORE),
)
def fcn8s() -> Network:
    """FCN-8s on VGG-16: three maps fused, upsampled 8 times."""
    return _network("fcn8s", *_fused(4, 5), *_fused(3, 9), Node("up8", _up(8)), _cropped("up8", 31))


def _network(name: str, *ways_up: Node) -> Network:
    graph = Graph(
        Node("stage1", _stage(64, 2, pad=100)),
        Node("stage2", _stage(128, 2)),
        Node("stage3", _stage(256, 3)),
        Node("stage4", _stage(512, 3)),
        Node("stage5", _stage(512, 3)),
        Node("dense6", Sequence(Conv(4096, 7), ReLU(), Dropout())),
        Node("dense7", Sequence(Conv(4096, 1), ReLU(), Dropout())),
        Node("score", Conv(CLASSES, 1)),
        *ways_up,
    )
    return Network(name=name, input=(3, 500, 500), layers=(graph,))


def _stage(channels: int, convolutions: int, pad: int = 1) -> Sequence:
    """One of VGG-16's; `pad` is the first convolution's. Caffe's pools round up."""
    layers: list[Layer] = [Conv(channels, 3, pad=pad), ReLU()]
    layers += [Conv(channels, 3, pad=1), ReLU()] * (convolutions - 1)
    return Sequence(*layers, MaxPool(2, fit="ceil"))


def _fused(stage: int, offset: int) -> tuple[Node, ...]:
    """Twice the map so far, plus a stage's own scores from `offset` on."""
    return (
        Node(f"up{stage}", _up(2)),
        Node(f"score{stage}", Conv(CLASSES, 1), inputs=(f"stage{stage}",)),
        Node(f"crop{stage}", Crop(offset), inputs=(f"score{stage}", f"up{stage}")),
        Node(f"fused{stage}", Add(), inputs=(f"up{stage}", f"crop{stage}")),
    )


def _up(factor: int) -> ConvTranspose:
    return ConvTranspose(CLASSES, 2 * factor, stride=factor, groups=CLASSES, bias=False)


def _cropped(node: str, offset: int) -> Node:
    return Node("scores", Crop(offset), inputs=(node, "input"))
