"""Fully convolutional networks (Long, Shelhamer and Darrell, 2015): VGG-16 that says what each pixel is.

Its dense layers become convolutions, so that an image of any size gives a map of scores at a 32nd of its sides, and a
transposed convolution brings that back up: FCN-32s. FCN-16s and FCN-8s add the scores of earlier, finer maps on the
way, at a 16th and an eighth. The first convolution pads by 100, so that small images fit too; the crops take that away
again. Layout and offsets are those of the released Caffe files.

Every upsampling begins as bilinear interpolation of each class's map by itself. The paper then learns those between the
fused maps and keeps the last one fixed; the released files keep all of them fixed, as 21x21 filters with nothing off
their diagonal. Here each class has one filter (groups), and all of them are learned unless a recipe freezes them.
"""

from functools import partial

from neocog.network import (
    Add,
    BatchNorm,
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
from neocog.zoo.entry import Figure, Naming, Preparation, Rule, family, paper_network

CLASSES = 21
"""Those of PASCAL VOC and the background."""

_PAPER = 'Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", arXiv 1411.4038'
_UP: Rule = (r"up\d+\.weight", "bilinear")
_SCORE: Rule = (r"score\w*\.(weight|bias)", "zeros")
_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and convolutions of the five stages."""
_DENSE = 4096


def _vgg() -> tuple[Naming, ...]:
    """Our names for VGG-16's: torchvision's, and those of our own, with batch norm or without."""
    places = [place for stage, (_, many) in enumerate(_STAGES) for place in [stage] * many]
    ours = [(place, sum(other == place for other in places[:number]) + 1) for number, place in enumerate(places)]
    features = [2 * number + place for number, place in enumerate(places)]
    return (
        *((rf"features\.{feature}", f"stage{s + 1}.conv{c}") for feature, (s, c) in zip(features, ours, strict=True)),
        *(
            (rf"{kind}{number}", f"stage{s + 1}.{kind}{c}")
            for number, (s, c) in enumerate(ours, 1)
            for kind in ("conv", "norm")
        ),
        (r"classifier\.0|dense1", "dense6.conv1"),
        (r"classifier\.3|dense2", "dense7.conv1"),
        (r"classifier\.6|dense3", ""),
    )


_fcn = partial(
    paper_network,
    year=2015,
    paper=_PAPER,
    init=(_UP, _SCORE),
    body="vgg16",
    fresh=r"(score|up)\w*|dense[67]\.conv1",
    foreign=_vgg(),
    preparation=Preparation(),
)


def _mean_iu(value: float) -> Figure:
    """A row of the paper's table 3."""
    note = "one network, begun with VGG-16's weights"
    return Figure(measure="mean intersection over union", value=value, data="VOC 2011 validation", note=note)


@_fcn(published=(_mean_iu(59.4),))
def fcn32s() -> Network:
    """FCN-32s on VGG-16: the coarsest map alone, upsampled 32 times."""
    return _network("fcn32s", Node("up32", _up(32)), _cropped("up32", 19))


@_fcn(published=(_mean_iu(62.4),))
def fcn16s() -> Network:
    """FCN-16s on VGG-16: two maps fused, upsampled 16 times."""
    return _network("fcn16s", *_fused(4, 5), Node("up16", _up(16)), _cropped("up16", 27))


@_fcn(
    published=(
        _mean_iu(62.7),
        Figure(
            measure="mean intersection over union",
            value=62.2,
            data="VOC 2012 test",
            note="one network, begun with VGG-16's weights",
        ),
    ),
)
def fcn8s() -> Network:
    """FCN-8s on VGG-16: three maps fused, upsampled 8 times."""
    return _network("fcn8s", *_fused(4, 5), *_fused(3, 9), Node("up8", _up(8)), _cropped("up8", 31))


@family(r"fcn32s_(0[1-9]\d|[1-9]\d\d)", like="fcn32s")
def _narrow32(name: str, width: float) -> Network:
    return _narrow(name, width, _exact("up32", 32))


@family(r"fcn16s_(0[1-9]\d|[1-9]\d\d)", like="fcn16s")
def _narrow16(name: str, width: float) -> Network:
    return _narrow(name, width, *_added(4), _exact("up16", 16))


@family(r"fcn8s_(0[1-9]\d|[1-9]\d\d)", like="fcn8s")
def _narrow8(name: str, width: float) -> Network:
    return _narrow(name, width, *_added(4), *_added(3), _exact("up8", 8))


def _network(name: str, *ways_up: Node) -> Network:
    (first, convolutions), *others = _STAGES
    graph = Graph(
        Node("stage1", _stage(first, convolutions, border=100)),
        *(Node(f"stage{place}", _stage(*each)) for place, each in enumerate(others, 2)),
        Node("dense6", Sequence(Conv(_DENSE, 7), ReLU(), Dropout())),
        Node("dense7", Sequence(Conv(_DENSE, 1), ReLU(), Dropout())),
        Node("score", Conv(CLASSES, 1)),
        *ways_up,
    )
    return Network(name=name, input=(3, 500, 500), layers=(graph,))


def _narrow(name: str, width: float, *ways_up: Node) -> Network:
    dense = max(8, round(_DENSE * width))
    graph = Graph(
        *(
            Node(f"stage{place}", _stage(max(8, round(channels * width)), many, normalized=True))
            for place, (channels, many) in enumerate(_STAGES, 1)
        ),
        Node("dense6", Sequence(Conv(dense, 7, pad=3), ReLU(), Dropout())),
        Node("dense7", Sequence(Conv(dense, 1), ReLU(), Dropout())),
        Node("score", Conv(CLASSES, 1)),
        *ways_up,
    )
    return Network(name=name, input=(3, 224, 224), layers=(graph,))


def _stage(channels: int, convolutions: int, border: int = 1, normalized: bool = False) -> Sequence:
    """One of VGG-16's; `border` is the first convolution's. Caffe's pools round up."""
    layers: list[Layer] = []
    for place in range(convolutions):
        layers += [Conv(channels, 3, pad=1 if place else border), *([BatchNorm()] if normalized else []), ReLU()]
    return Sequence(*layers, MaxPool(2) if normalized else MaxPool(2, fit="ceil"))


def _fused(stage: int, offset: int) -> tuple[Node, ...]:
    """Twice the map so far, plus a stage's own scores from `offset` on."""
    return (
        Node(f"up{stage}", _up(2)),
        Node(f"score{stage}", Conv(CLASSES, 1), inputs=(f"stage{stage}",)),
        Node(f"crop{stage}", Crop(offset), inputs=(f"score{stage}", f"up{stage}")),
        Node(f"fused{stage}", Add(), inputs=(f"up{stage}", f"crop{stage}")),
    )


def _added(stage: int) -> tuple[Node, ...]:
    """Twice the map so far, plus a stage's own scores, which lie on the same places."""
    return (
        _exact(f"up{stage}", 2),
        Node(f"score{stage}", Conv(CLASSES, 1), inputs=(f"stage{stage}",)),
        Node(f"fused{stage}", Add(), inputs=(f"up{stage}", f"score{stage}")),
    )


def _up(factor: int, pad: int = 0) -> ConvTranspose:
    return ConvTranspose(CLASSES, 2 * factor, stride=factor, pad=pad, groups=CLASSES, bias=False)


def _exact(name: str, factor: int) -> Node:
    """An upsampling without a margin."""
    return Node(name, _up(factor, pad=factor // 2))


def _cropped(node: str, offset: int) -> Node:
    return Node("scores", Crop(offset), inputs=(node, "input"))
