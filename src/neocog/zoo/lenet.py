"""LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998): digits of 28x28 in a field of 32x32.

`lenet5` is the form that everyone builds today: C3 sees all six maps, the averages have no trained scale, the output is
a dense layer to logits. `lenet5_1998` is the paper's own. Its C3 reads by a table of connections; its subsampling adds
up four values, times a trained scale, plus a trained bias, and squashes the result; its output measures how far F6's 84
states are from a picture of each digit, 7x12 pixels of -1 and +1, which never change. Its tanh is 1 at 1, so that such
states lie where it bends most. The paper's pictures are those of a printed alphabet; these are drawn for this file.
"""

from functools import partial

from neocog.network import Affine, AvgPool, Conv, Dense, Flatten, Network, RadialBasis, SumPool, TableConv, Tanh
from neocog.zoo.entry import Figure, paper_network

_paper = partial(
    paper_network,
    year=1998,
    paper='LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86',
    border=2,
)

_CONNECTIONS = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""The maps of S2 that each map of C3 reads: the paper's table I."""

_DIGITS = """
..###.. ...##.. .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## ##...## ...###. ##..... .##.... ......# ##...## ##...##
##...## .####.. .....## .....## ...###. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## ..####. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ....##. ..#.##. ######. ##..... ....##. .##.##. ##...##
##...## ...##.. ...##.. ..####. .##.##. ##...## ######. ...##.. ..###.. .######
##...## ...##.. ..##... .....## .#..##. .....## ##...## ...##.. .##.##. .....##
##...## ...##.. .##.... .....## ##..##. .....## ##...## ...##.. ##...## .....##
##...## ...##.. ##..... .....## ####### .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... ##...## ....##. .....## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## ....##. ##...## ##...## ..##... ##...## ....##.
..###.. .###### ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
"""
"""What F6 is to look like for each class; `#` is +1."""


@_paper(
    published=(
        Figure(measure="error", value=0.95, data="MNIST", note="one network, no distortions; the paper's own form"),
        Figure(measure="error", value=0.8, data="MNIST", note="one network, with distortions; the paper's own form"),
    ),
    init=((r".*\.weight", "lecun_uniform"), (r".*\.bias", "zeros")),
)
def lenet5() -> Network:
    """LeNet-5, the common form: 61,706 parameters, tanh, average pooling."""
    return Network(
        name="lenet5",
        input=(1, 32, 32),
        layers=(
            Conv(6, 5), Tanh(), AvgPool(2),
            Conv(16, 5), Tanh(), AvgPool(2),
            Conv(120, 5), Tanh(), Flatten(),
            Dense(84), Tanh(),
            Dense(10),
        ),
    )  # fmt: skip


@_paper(
    published=(
        Figure(measure="error", value=0.95, data="MNIST", note="one network, no distortions"),
        Figure(measure="error", value=0.8, data="MNIST", note="one network, with distortions"),
    ),
    # subsampling begins as a mean
    init=((r"affine\d\.weight", "constant(0.25)"), (r".*\.weight", "lecun_uniform"), (r".*\.bias", "zeros")),
)
def lenet5_1998() -> Network:
    """LeNet-5, the paper's: table of connections, trained subsampling, radial basis functions; 60,000 parameters."""
    return Network(
        name="lenet5_1998",
        input=(1, 32, 32),
        layers=(
            Conv(6, 5), _SQUASH, SumPool(2), Affine(), _SQUASH,
            TableConv(_CONNECTIONS, 5), _SQUASH, SumPool(2), Affine(), _SQUASH,
            Conv(120, 5), _SQUASH, Flatten(),
            Dense(84), _SQUASH,
            RadialBasis(_codes()),
        ),
    )  # fmt: skip


_SQUASH = Tanh(amplitude=1.7159, slope=2 / 3)


def _codes() -> tuple[str, ...]:
    """The pictures, row after row, as hexadecimal digits."""
    pictures = zip(*(row.split() for row in _DIGITS.split("\n") if row), strict=True)
    bits = ("".join(picture).translate({ord("."): "0", ord("#"): "1"}) for picture in pictures)
    return tuple(f"{int(code, 2):021x}" for code in bits)
