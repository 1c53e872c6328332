"""SqueezeNet (Iandola et al., 2016): AlexNet's accuracy with a fiftieth of its parameters.

Its "fire" module squeezes the channels by 1x1 convolutions, then expands them by 1x1 and 3x3 ones side by side. 1.1
is the authors' own revision, with 2.4 times fewer operations: smaller first filters, pools that come earlier.
"""

from functools import partial

from neocog.network import Branches, Conv, Dropout, GlobalAvgPool, MaxPool, Network, ReLU, Sequence
from neocog.zoo.entry import Figure, Naming, Preparation, numbered, paper_network, torchvision_weights

_paper = partial(
    paper_network,
    year=2016,
    paper="Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer, "
    '"SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", arXiv 1602.07360',
    # as the authors' Caffe files: what Caffe calls Xavier is LeCun's draw, in its uniform form
    init=((r"conv2\.weight", "normal(0.01)"), (r".*\.weight", "lecun_uniform"), (r".*\.bias", "zeros")),
    preparation=Preparation(),
)


def _torchvision(*fires: int) -> tuple[Naming, ...]:
    """Its names, in which every layer of the body counts; `fires` are the places of the modules."""
    return (
        (r"features\.0", "conv1"),
        (r"classifier\.1", "conv2"),
        *numbered(r"features\.#\.squeeze", "fire#.conv1", fires),
        *numbered(r"features\.#\.expand1x1", "fire#.branches1.branch1.conv1", fires),
        *numbered(r"features\.#\.expand3x3", "fire#.branches1.branch2.conv1", fires),
    )


@_paper(
    published=(
        Figure(measure="top-1 accuracy", value=57.5, data="ILSVRC-2012 validation", note="one network, one crop"),
        Figure(measure="top-5 accuracy", value=80.3, data="ILSVRC-2012 validation", note="one network, one crop"),
    ),
    weights=torchvision_weights("squeezenet1_0-b66bff10.pth", 58.092, 80.420),
    foreign=_torchvision(3, 4, 5, 7, 8, 9, 10, 12),
)
def squeezenet1_0() -> Network:
    """SqueezeNet 1.0, the paper's: 1,248,424 parameters."""
    return Network(
        name="squeezenet1_0",
        input=(3, 224, 224),
        layers=(
            Conv(96, 7, stride=2), ReLU(), _POOL,
            _fire(16, 64), _fire(16, 64), _fire(32, 128), _POOL,
            _fire(32, 128), _fire(48, 192), _fire(48, 192), _fire(64, 256), _POOL,
            _fire(64, 256), Dropout(),
            Conv(1000, 1), ReLU(), GlobalAvgPool(),
        ),
        fit="floor",
    )  # fmt: skip


@_paper(
    weights=torchvision_weights("squeezenet1_1-b8a52dc0.pth", 58.178, 80.624),
    foreign=_torchvision(3, 4, 6, 7, 9, 10, 11, 12),
)
def squeezenet1_1() -> Network:
    """SqueezeNet 1.1, the authors' revision: 1,235,496 parameters."""
    return Network(
        name="squeezenet1_1",
        input=(3, 224, 224),
        layers=(
            Conv(64, 3, stride=2), ReLU(), _POOL,
            _fire(16, 64), _fire(16, 64), _POOL,
            _fire(32, 128), _fire(32, 128), _POOL,
            _fire(48, 192), _fire(48, 192), _fire(64, 256), _fire(64, 256), Dropout(),
            Conv(1000, 1), ReLU(), GlobalAvgPool(),
        ),
        fit="floor",
    )  # fmt: skip


_POOL = MaxPool(3, stride=2, fit="ceil")


def _fire(squeezed: int, expanded: int) -> Sequence:
    """Down to `squeezed` channels, then up to `expanded` of each filter size."""
    return Sequence(
        Conv(squeezed, 1), ReLU(),
        Branches(Sequence(Conv(expanded, 1), ReLU()), Sequence(Conv(expanded, 3, pad=1), ReLU())),
        name="fire",
    )  # fmt: skip
