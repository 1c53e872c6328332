"""Dilated convolutions (Yu and Koltun, 2016): fields that grow from layer to layer, on a map that keeps its size.

The front end is VGG-16 without its last two pools; the filters behind them spread (dilation 2, then 4) to read what
they read before, so that scores come at an eighth of the sides. Nothing in it is padded: images are mirrored around by
186 pixels instead. The context module reads maps of scores and gives maps of scores: 3x3 filters of dilation 1, 1, 2,
4, 8, 16 and 1, then 1x1, so that each place has seen 67x67. The basic one keeps the number of channels; the large one
widens them up to 32 times. The paper begins it as the identity, since at random it made nothing better, and puts both
together only after training the front end by itself.

Names such as `dilated_front_end_025` and `dilated_basic_025` are the same at that width in percent, for small images
and sets: padded, with batch normalization in the front end, and their scores interpolated to the sides of the input,
which divide by 8.
"""

from neocog.network import BatchNorm, Conv, Dropout, Layer, MaxPool, Network, ReLU, Upsample
from neocog.zoo.entry import Figure, Rule, family, paper_network

CLASSES = 21
"""Those of PASCAL VOC and the background."""

_PAPER = 'Yu, Koltun, "Multi-scale context aggregation by dilated convolutions", arXiv 1511.07122'
_DILATIONS = (1, 1, 2, 4, 8, 16, 1)
"""Of the context module's 3x3 filters, its table 1."""
_BASIC = (1, 1, 1, 1, 1, 1, 1)
"""Its channels as multiples of the classes."""
_LARGE = (2, 2, 4, 8, 16, 32, 32)
_FINAL: Rule = (r"conv16\.weight", "normal(0.001)")
_IDENTITY = "identity(0.001)"
_BEHIND: Rule = (r"conv(1[7-9]|2[0-4])\.weight", _IDENTITY)
"""The context module behind the front end begins as the identity."""


def _mean_iu(value: float, note: str) -> Figure:
    """A row of the paper's table 3."""
    return Figure(measure="mean intersection over union", value=value, data="VOC 2012 validation", note=note)


@paper_network(
    year=2016,
    paper=_PAPER,
    published=(
        _mean_iu(69.8, "one network, begun with VGG-16's weights, trained with COCO's images too"),
        Figure(
            measure="mean intersection over union",
            value=67.6,
            data="VOC 2012 test",
            note="one network, begun with VGG-16's weights, trained without COCO's images",
        ),
    ),
    init=(_FINAL,),
)
def dilated_front_end() -> Network:
    """The front end: VGG-16 with dilation for its last two pools; 900x900 gives scores of 66x66."""
    return Network(name="dilated_front_end", input=(3, 900, 900), layers=_front_end())


@paper_network(year=2016, paper=_PAPER, init=((r"conv[1-8]\.weight", _IDENTITY),))
def dilated_context() -> Network:
    """The basic context module: 21 score maps in, 21 out, each place seeing 67x67; 28,392 parameters."""
    return Network(name="dilated_context", input=(CLASSES, 64, 64), layers=_context(_BASIC))


@paper_network(
    year=2016,
    paper=_PAPER,
    published=(_mean_iu(71.3, "one network, begun with VGG-16's weights, trained with COCO's images too"),),
    init=(_FINAL, _BEHIND),
)
def dilated_basic() -> Network:
    """The front end and the basic context module as one network."""
    return Network(name="dilated_basic", input=(3, 900, 900), layers=(*_front_end(), *_context(_BASIC)))


@paper_network(
    year=2016,
    paper=_PAPER,
    published=(_mean_iu(72.1, "one network, begun with VGG-16's weights, trained with COCO's images too"),),
    init=(_FINAL, _BEHIND),
)
def dilated_large() -> Network:
    """The front end and the large context module as one network, the one that was released as Dilation8."""
    return Network(name="dilated_large", input=(3, 900, 900), layers=(*_front_end(), *_context(_LARGE)))


@family(r"dilated_front_end_(0[1-9]\d|[1-9]\d\d)", like="dilated_front_end")
def _narrow_front_end(name: str, width: float) -> Network:
    return Network(name=name, input=(3, 224, 224), layers=(*_narrow(width), Upsample(8, mode="bilinear")))


@family(r"dilated_basic_(0[1-9]\d|[1-9]\d\d)", like="dilated_basic")
def _narrow_basic(name: str, width: float) -> Network:
    layers = (*_narrow(width), *_context(_BASIC), Upsample(8, mode="bilinear"))
    return Network(name=name, input=(3, 224, 224), layers=layers)


def _narrow(width: float) -> tuple[Layer, ...]:
    """The front end at a width: padded, and normalized since it begins with nothing."""
    layers: list[Layer] = []
    for channels, dilation, many in ((64, 1, 2), (128, 1, 2), (256, 1, 3), (512, 1, 3), (512, 2, 3)):
        wide = max(8, round(channels * width))
        layers += [Conv(wide, 3, pad=dilation, dilation=dilation), BatchNorm(), ReLU()] * many
        layers += [MaxPool(2)] if channels < 512 else []
    dense = max(8, round(4096 * width))
    layers += [Conv(dense, 7, pad=12, dilation=4), ReLU(), Dropout(), Conv(dense, 1), ReLU(), Dropout()]
    return (*layers, Conv(CLASSES, 1))


def _front_end() -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for channels, convolutions in ((64, 2), (128, 2), (256, 3)):
        layers += [*[Conv(channels, 3), ReLU()] * convolutions, MaxPool(2)]
    layers += [Conv(512, 3), ReLU()] * 3
    layers += [Conv(512, 3, dilation=2), ReLU()] * 3
    layers += [Conv(4096, 7, dilation=4), ReLU(), Dropout(), Conv(4096, 1), ReLU(), Dropout(), Conv(CLASSES, 1)]
    return tuple(layers)


def _context(multiples: tuple[int, ...]) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for place, (dilation, multiple) in enumerate(zip(_DILATIONS, multiples, strict=True)):
        pad = 0 if place else sum(_DILATIONS)  # once, for all layers: the paper's border of 33
        layers += [Conv(multiple * CLASSES, 3, pad=pad, dilation=dilation), ReLU()]
    return (*layers, Conv(CLASSES, 1))
