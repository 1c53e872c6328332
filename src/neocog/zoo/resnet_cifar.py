"""The residual networks for CIFAR-10 (He et al., 2015, section 4.2), and plain ones that show what they cure.

Three stages of 16, 32 and 64 channels with n blocks each make 6n + 2 layers. Shortcuts have no weights at all (the
paper's option A): where the shape changes, every other place is kept and the new channels are zeros. A plain network
therefore has as many parameters as its residual twin; that of 56 layers trains to a higher error than that of 20.
"""

from functools import partial

from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Network,
    PadChannels,
    ReLU,
    Repeat,
    Residual,
    Sequence,
)
from neocog.zoo.entry import Figure, paper_network

_paper = partial(
    paper_network,
    year=2015,
    paper='He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385',
    init=((r".*conv\d+\.weight", "he_normal"),),
)


def _error(value: float, note: str = "one network, crops and flips") -> tuple[Figure, ...]:
    """A row of the paper's table 6."""
    return (Figure(measure="error", value=value, data="CIFAR-10 test", note=note),)


@_paper(published=_error(8.75))
def resnet20() -> Network:
    """ResNet-20 for CIFAR-10: 269,722 parameters (0.27M)."""
    return _residual("resnet20", 3)


@_paper(published=_error(7.51))
def resnet32() -> Network:
    """ResNet-32 for CIFAR-10: 464,154 parameters (0.46M)."""
    return _residual("resnet32", 5)


@_paper(published=_error(7.17))
def resnet44() -> Network:
    """ResNet-44 for CIFAR-10: 658,586 parameters (0.66M)."""
    return _residual("resnet44", 7)


@_paper(published=_error(6.97))
def resnet56() -> Network:
    """ResNet-56 for CIFAR-10: 853,018 parameters (0.85M)."""
    return _residual("resnet56", 9)


@_paper(published=_error(6.43, "one network, crops and flips; the best of 5 runs, whose mean is 6.61"))
def resnet110() -> Network:
    """ResNet-110 for CIFAR-10: 1,727,962 parameters (1.7M)."""
    return _residual("resnet110", 18)


@_paper()
def plain20() -> Network:
    """ResNet-20 without its shortcuts."""
    return _plain("plain20", 3)


@_paper()
def plain56() -> Network:
    """ResNet-56 without its shortcuts: it trains to a higher error than the plain one of 20 layers."""
    return _plain("plain56", 9)


def _residual(name: str, blocks: int) -> Network:
    def stage(channels: int, stride: int) -> Sequence:
        same = Residual(Sequence(*_unit(channels, 1), *_unit(channels, 1)[:-1]))
        if stride == 1:
            return Sequence(Repeat(blocks, same), name="stage")
        body = Sequence(*_unit(channels, stride), *_unit(channels, 1)[:-1])
        first = Residual(body, shortcut=Sequence(MaxPool(1, stride=stride), PadChannels(channels)))
        return Sequence(first, Repeat(blocks - 1, same), name="stage")

    return _network(name, [stage(16, 1), stage(32, 2), stage(64, 2)])


def _plain(name: str, blocks: int) -> Network:
    def stage(channels: int, stride: int) -> Sequence:
        rest = Repeat(2 * blocks - 1, Sequence(*_unit(channels, 1)))
        return Sequence(*_unit(channels, stride), rest, name="stage")

    return _network(name, [stage(16, 1), stage(32, 2), stage(64, 2)])


def _unit(channels: int, stride: int) -> tuple[Layer, ...]:
    return (Conv(channels, 3, stride=stride, pad=1, bias=False), BatchNorm(), ReLU())


def _network(name: str, stages: list[Sequence]) -> Network:
    return Network(
        name=name,
        input=(3, 32, 32),
        layers=(*_unit(16, 1), *stages, GlobalAvgPool(), Dense(10)),
        fit="floor",
    )
