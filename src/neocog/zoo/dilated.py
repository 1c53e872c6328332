"""Dilated convolutions (Yu and Koltun, 2016): fields that grow from layer to layer, on a map that keeps its size.

The front end is VGG-16 without its last two pools; the filters behind them spread (dilation 2, then 4) to read what
they read before, so that scores come at an eighth of the sides. Nothing in it is padded: images are mirrored around by
186 pixels instead. The context module reads maps of scores and gives maps of scores: 3x3 filters of dilation 1, 1, 2,
4, 8, 16 and 1, then 1x1, so that each place has seen 67x67. The basic one keeps the number of channels; the large one
widens them up to 32 times. The paper begins it as the identity, since at random it made nothing better, and puts both
together only after training the front end by itself.
"""

from neocog.network import Conv, Dropout, Layer, MaxPool, Network, ReLU
from neocog.zoo.entry import Figure, Rule, paper_network

CLASSES = 21
"""Those of PASCAL VOC and the background."""

_PAPER = 'Yu, Koltun, "Multi-scale context aggregation by dilated convolutions", arXiv 1511.07122'
_DILATIONS = (1, 1, 2, 4, 8, 16, 1)
"""Of the context module's 3x3 filters, its table 1."""
_BASIC = (1, 1, 1, 1, 1, 1, 1)
"""Its channels as multiples of the classes."""
_LARGE = (2, 2, 4, 8, 16, 32, 32)
_FINAL: Rule = (r"conv16\.weight", "normal(0.001)")


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


@paper_network(year=2016, paper=_PAPER)
def dilated_context() -> Network:
    """The basic context module: 21 score maps in, 21 out, each place seeing 67x67; 28,392 parameters."""
    return Network(name="dilated_context", input=(CLASSES, 64, 64), layers=_context(_BASIC))


@paper_network(
    year=2016,
    paper=_PAPER,
    published=(_mean_iu(71.3, "one network, begun with VGG-16's weights, trained with COCO's images too"),),
    init=(_FINAL,),
)
def dilated_basic() -> Network:
    """The front end and the basic context module as one network."""
    return Network(name="dilated_basic", input=(3, 900, 900), layers=(*_front_end(), *_context(_BASIC)))


@paper_network(
    year=2016,
    paper=_PAPER,
    published=(_mean_iu(72.1, "one network, begun with VGG-16's weights, trained with COCO's images too"),),
    init=(_FINAL,),
)
def dilated_large() -> Network:
    """The front end and the large context module as one network, the one that was released as Dilation8."""
    return Network(name="dilated_large", input=(3, 900, 900), layers=(*_front_end(), *_context(_LARGE)))


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
