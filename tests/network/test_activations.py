"""The activations that change more than one number into one, and how the plain ones print."""

import pytest
import torch

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import Dense, Maxout, Network, Tanh, cost, shapes, walk


@pytest.mark.parametrize(("shape", "pieces"), [((6,), 3), ((4, 7), 2), ((8, 5, 3), 4), ((5, 2, 2), 1)])
def test_maxout_divides_the_channels(shape, pieces):
    expected = torch.zeros(1, *shape).unflatten(1, (-1, pieces)).amax(2).shape[1:]
    network = Network(shape, (Maxout(pieces),))
    assert shapes(network)["maxout1"] == tuple(expected)
    assert (cost(network).params, cost(network).macs) == (0, 0)


def test_pieces_that_do_not_divide():
    with pytest.raises(ShapeError, match="largest of each 4 channels, which do not divide 6; use 2 pieces, or give it"):
        walk(Network((6,), (Maxout(4),)))
    assert shapes(Network((6,), (Dense(8), Maxout(4))))["maxout1"] == (2,)


def test_the_plain_tangent_prints_plainly():
    assert repr(Tanh()) == "Tanh()" == repr(Tanh(1, 1.0))
    assert repr(Tanh(1.7159, slope=0.5)) == "Tanh(amplitude=1.7159, slope=0.5)"
    with pytest.raises(NetworkError, match="`slope` of Tanh must be a number from 0, got -1; write slope=0.6667"):
        Tanh(slope=-1)
