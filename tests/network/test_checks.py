"""Fields are coerced to one form, and every refusal says what a field must be."""

import keyword

import numpy as np
import pytest
from torch import fx, nn

from neocog.core.errors import NetworkError
from neocog.network import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    DenseBlock,
    Dropout,
    LeakyReLU,
    LocalResponseNorm,
    MaxPool,
    Network,
    PadChannels,
    ReLU,
    StochasticDepth,
)


def test_values_that_mean_the_same_are_the_same():
    assert repr(Conv(True, 1.0)) == "Conv(1, 1)"
    assert Conv(np.int64(6), [5, 5], pad=[1, 1]) == Conv(6, (5, 5), pad=(1, 1))
    assert hash(Conv(6, 5, bias=1)) == hash(Conv(6.0, 5))
    assert repr(Conv(6, 5, bias=0)) == "Conv(6, 5, bias=False)"
    assert Conv(6, 5, pad=[[0, 1], [2, 3]]).pad == ((0, 1), (2, 3))
    assert repr(Dropout(0)) == "Dropout(rate=0.0)"
    assert Network([1, 8, 8], [ReLU()]).input == (1, 8, 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(0, 3), "`channels` of Conv must be a whole number from 1 to 1,000,000,000, got 0; write cha"),
        (lambda: Conv(2.5, 3), "`channels` of Conv must be a whole number .*, got 2.5"),
        (lambda: Conv("six", 3), "`channels` of Conv .*, got 'six'"),
        (lambda: Conv(10**5000, 3), "`channels` of Conv .*, got a number of 16,610 bits"),
        (lambda: Conv(1, 0), "`size` of Conv must be .* at least 1, or one for each axis, got 0; write size=3"),
        (lambda: Conv(1, (3, 0)), r"`size` of Conv .*, got \(3, 0\); write size=\(3, 3\)"),
        (lambda: Conv(1, (1, 2, 3, 4)), "`size` of Conv must be .* one for each axis"),
        (lambda: Conv(1, 3, pad=-1), '`pad` of Conv must be a whole number, .* or "same", got -1; write pad='),
        (lambda: Conv(1, 3, pad="full"), "`pad` of Conv must be .*, got 'full'"),
        (lambda: Conv(1, 3, pad=((1, 2), (3,))), "`pad` of Conv must be"),
        (lambda: Conv(1, 3, bias=2), "`bias` of Conv must be True or False, got 2"),
        (lambda: Conv(1, 3, fit="ceil"), '`fit` of Conv must be one of "exact", "floor", got \'ceil\''),
        (lambda: MaxPool(2, fit="round"), '`fit` of MaxPool must be one of "exact", "floor", "ceil"'),
        (lambda: AvgPool(2, counts_pad=None), "`counts_pad` of AvgPool must be True or False, got None"),
        (lambda: Dense(-1), "`features` of Dense must be a whole number"),
        (lambda: Dropout(1), "`rate` of Dropout must be a number from 0 to under 1, got 1; write rate=0.5"),
        (lambda: Dropout(float("nan")), "`rate` of Dropout must be a number from 0"),
        (lambda: BatchNorm(eps=-1), "`eps` of BatchNorm must be a number from 0"),
        (lambda: LocalResponseNorm(alpha=float("inf")), "`alpha` of LocalResponseNorm must be a number from 0"),
        (lambda: LeakyReLU("steep"), "`slope` of LeakyReLU must be a number from 0, got 'steep'"),
        (lambda: StochasticDepth(1), "`rate` of StochasticDepth must be a number from 0 to under 1, got 1; write rate"),
        (lambda: PadChannels(0), "`channels` of PadChannels must be a whole number from 1"),
        (lambda: DenseBlock(10_001, ReLU()), "`times` of DenseBlock must be a whole number from 1 to 10,000, got"),
        (lambda: DenseBlock(2, "conv"), "`body` of DenseBlock must be a layer, got 'conv'"),
        (lambda: ReLU(name="a.b"), "`name` of ReLU must be letters, digits and underscores, .* got 'a.b'; write name="),
        (lambda: ReLU(name="forward"), r"`name` of ReLU must be a name that a module can bear \(this one is taken\)"),
        (lambda: Network((1, 0, 3), (ReLU(),)), r"`input` of Network must be .* got \(1, 0, 3\); write input=\(1, "),
        (lambda: Network(5, (ReLU(),)), r"`input` of Network must be \(channels, height, width\), .* got 5"),
        (lambda: Network((1, 2, 2), (ReLU(),), fit="ceil"), '`fit` of Network must be one of "exact", "floor"'),
    ],
)  # fmt: skip
def test_refusals(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_no_name_collides_with_what_a_module_has():
    taken = [name for name in dir(fx.GraphModule(nn.Module(), fx.Graph())) if not name.startswith("_")]
    assert len(taken) > 50
    for name in [*taken, *keyword.kwlist, "_hidden"]:
        with pytest.raises(NetworkError, match="a name that a module can bear"):
            ReLU(name=name)
