"""GoogLeNet (Szegedy et al., 2014): inception modules, which look at one map through filters of several sizes.

1x1 convolutions bring the channels down before the 3x3 and 5x5 ones, so that depth and width stay affordable; a mean
over the last map replaces all dense layers but one. `googlenet` is the paper's main path, which is all that predicts;
`googlenet_side_heads` adds the two that help the gradient in training (each 0.3 of the loss). `googlenet_bn` has batch
normalization after each convolution in place of the local one. torchvision's is that with two differences, kept here
under a name of its own: 3x3 filters where the paper has 5x5, and a 2x2 last pool.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from neocog.network import (
    AvgPool,
    BatchNorm,
    Branches,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Graph,
    Layer,
    LocalResponseNorm,
    MaxPool,
    Network,
    Node,
    ReLU,
    Sequence,
)
from neocog.zoo.entry import Figure, Naming, Preparation, numbered, paper_network, torchvision_weights

_Unit: TypeAlias = Callable[..., tuple[Layer, ...]]
"""A convolution (channels, size, stride) with what follows it, padded so that stride 1 keeps the map."""

_paper = partial(
    paper_network,
    year=2014,
    paper='Szegedy et al., "Going deeper with convolutions", arXiv 1409.4842',
)
_PUBLISHED = (
    Figure(measure="top-5 error", value=10.07, data="ILSVRC-2012 validation", note="one network, one crop"),
    Figure(measure="top-5 error", value=7.89, data="ILSVRC-2012 validation", note="one network, 144 crops"),
    Figure(measure="top-5 error", value=6.67, data="ILSVRC-2014 test", note="ensemble of 7, 144 crops"),
)

# Channels of 1x1, of the 1x1 before 3x3, of 3x3, of the 1x1 before 5x5, of 5x5, and of the 1x1 after the pool.
_MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}

_FOREIGN: tuple[Naming, ...] = (
    (r"conv(\d)\.conv", r"conv\1"),
    (r"conv(\d)\.bn", r"norm\1"),
    (r"(inception..\.branch[14])(\.1)?\.conv", r"\1.conv1"),
    (r"(inception..\.branch[14])(\.1)?\.bn", r"\1.norm1"),
    *numbered(r"(inception..\.branch[23])\.#\.conv", r"\1.conv#", range(2)),
    *numbered(r"(inception..\.branch[23])\.#\.bn", r"\1.norm#", range(2)),
    ("fc", "dense1"),
    (r"aux\d", ""),
)
"""torchvision's names; its side heads are dropped."""


@_paper(published=_PUBLISHED)
def googlenet() -> Network:
    """GoogLeNet, the paper's main path: 6,998,552 parameters."""
    first, second, third = _thirds(_plain)
    return _network("googlenet", (*first, *second, *third, *_head(0.4)))


@_paper(published=_PUBLISHED)
def googlenet_side_heads() -> Network:
    """GoogLeNet with the paper's two side heads: outputs `main`, `side1` (after 4a) and `side2` (after 4d)."""
    first, second, third = _thirds(_plain)
    graph = Graph(
        Node("stem", Sequence(*first)),
        Node("middle", Sequence(*second)),
        Node("end", Sequence(*third)),
        Node("main", Sequence(*_head(0.4))),
        Node("side1", _side_head(), inputs=("stem",)),
        Node("side2", _side_head(), inputs=("middle",)),
        outputs=("main", "side1", "side2"),
    )
    return _network("googlenet_side_heads", (graph,))


@_paper()
def googlenet_bn() -> Network:
    """GoogLeNet with batch normalization, 5x5 filters as in the paper: 7,005,832 parameters."""
    first, second, third = _thirds(_normalized, local=False)
    return _network("googlenet_bn", (*first, *second, *third, *_head(0.4)))


@_paper(
    # its weights come from TensorFlow, where values run from -1 to 1
    preparation=Preparation(mean=(0.5,) * 3, deviation=(0.5,) * 3),
    weights=torchvision_weights("googlenet-1378be20.pth", 69.778, 89.530),
    foreign=_FOREIGN,
)
def googlenet_bn_3x3() -> Network:
    """GoogLeNet as torchvision builds it: batch normalization, 3x3 in place of 5x5; 6,624,904 parameters."""
    first, second, third = _thirds(partial(_normalized, eps=1e-3), local=False, large=3, last_pool=2)
    return _network("googlenet_bn_3x3", (*first, *second, *third, *_head(0.2)))


def _network(name: str, layers: tuple[Layer, ...]) -> Network:
    return Network(name=name, input=(3, 224, 224), layers=layers, fit="floor")


def _thirds(
    unit: _Unit, local: bool = True, large: int = 5, last_pool: int = 3
) -> tuple[tuple[Layer, ...], tuple[Layer, ...], tuple[Layer, ...]]:
    """All before the head, cut where the side heads stand: up to 4a, up to 4d, and the rest."""

    def modules(names: str) -> tuple[Layer, ...]:
        return tuple(_inception(name, unit, large) for name in names.split())

    pool = MaxPool(3, stride=2, fit="ceil")
    norm = (LocalResponseNorm(),) if local else ()
    stem = (*unit(64, 7, 2), pool, *norm, *unit(64, 1), *unit(192, 3), *norm, pool)
    return (
        (*stem, *modules("3a 3b"), pool, *modules("4a")),
        modules("4b 4c 4d"),
        (*modules("4e"), MaxPool(last_pool, stride=2, fit="ceil"), *modules("5a 5b")),
    )


def _inception(name: str, unit: _Unit, large: int) -> Branches:
    """One map through 1x1, 3x3 and 5x5 filters and a pool, side by side; the last three with a 1x1 each."""
    single, before_middle, middle, before_large, largest, after_pool = _MODULES[name]
    return Branches(
        Sequence(*unit(single, 1)),
        Sequence(*unit(before_middle, 1), *unit(middle, 3)),
        Sequence(*unit(before_large, 1), *unit(largest, large)),
        Sequence(MaxPool(3, stride=1, pad=1), *unit(after_pool, 1)),
        name=f"inception{name}",
    )


def _head(rate: float) -> tuple[Layer, ...]:
    return (GlobalAvgPool(), Dropout(rate), Dense(1000))


def _side_head() -> Sequence:
    """The paper's: a 5x5 mean at stride 3, 128 1x1 filters, 1,024 hidden units, 70 % of them dropped."""
    return Sequence(AvgPool(5, stride=3), *_plain(128, 1), Flatten(), Dense(1024), ReLU(), Dropout(0.7), Dense(1000))


def _plain(channels: int, size: int, stride: int = 1) -> tuple[Layer, ...]:
    return (Conv(channels, size, stride=stride, pad=size // 2), ReLU())


def _normalized(channels: int, size: int, stride: int = 1, eps: float = 1e-5) -> tuple[Layer, ...]:
    return (Conv(channels, size, stride=stride, pad=size // 2, bias=False), BatchNorm(eps=eps), ReLU())
