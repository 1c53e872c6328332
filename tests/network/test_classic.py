"""LeNet-5 as its paper counts it, and the messages of the layers that it needs."""

import pytest

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    Affine,
    Conv,
    Dense,
    Flatten,
    Network,
    RadialBasis,
    SumPool,
    TableConv,
    Tanh,
    adapt,
    cost,
    shapes,
    table,
    walk,
)

CONTIGUOUS = tuple(tuple(sorted((first + more) % 6 for more in range(count))) for count in (3, 4) for first in range(6))
SPLIT = ((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5))
TABLE = (*CONTIGUOUS, *SPLIT, (0, 1, 2, 3, 4, 5))
"""LeCun et al. (1998), table I."""
SQUASH = Tanh(1.7159, slope=2 / 3)
CODES = tuple(f"{3**number % 2**84:021x}" for number in range(40, 50))

LENET = Network(
    (1, 32, 32),
    (Conv(6, 5), SumPool(2), Affine(), SQUASH, TableConv(TABLE, 5), SumPool(2), Affine(), SQUASH, Conv(120, 5), SQUASH,
     Flatten(), Dense(84), SQUASH, RadialBasis(CODES)),
)  # fmt: skip


def test_the_papers_parameters():
    """156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000, section II.B."""
    counted = {row.path: row.params for row in table(LENET).rows if row.params}
    assert list(counted.values()) == [156, 12, 1_516, 32, 48_120, 10_164]
    assert cost(LENET).params == 60_000


def test_the_papers_connections_without_their_biases():
    """C3 has 151,600 connections, 100 places times 1,516 with the biases."""
    rows = {row.kind: row for row in table(LENET).rows}
    assert rows["TableConv"].macs == 150_000 == 151_600 - 16 * 100
    assert shapes(LENET)["conv2"] == (16, 10, 10)


def test_a_full_table_is_a_convolution():
    full = TableConv((tuple(range(4)),) * 6, (3, 5), stride=2, pad=((0, 1), (1, 1)), bias=False)
    plain = Conv(6, (3, 5), stride=2, pad=((0, 1), (1, 1)), bias=False)
    both = [Network((4, 9, 12), (layer,), fit="floor") for layer in (full, plain)]
    assert shapes(both[0]) == shapes(both[1])
    assert cost(both[0]) == cost(both[1])


def test_other_classes_have_codes_of_their_own():
    for codes in (CODES, ("0110", "1001")):
        few, many = (adapt(Network((len(codes[0]) * (4 if codes is CODES else 1),), (RadialBasis(codes, name="end"),)),
                           classes=number).layers[-1] for number in (2, 14))  # fmt: skip
        assert few == RadialBasis(codes[:2], name="end")
        assert many.codes[: len(codes)] == codes and len(set(many.codes)) == 14
        assert many == RadialBasis(codes, name="end").for_classes(14)
    with pytest.raises(NetworkError, match="codes of 2 digits do not tell 5 classes apart; use longer ones"):
        RadialBasis(("01", "10")).for_classes(5)


def test_codes_are_bits_or_hexadecimal_by_the_features():
    assert RadialBasis(("10", "01")).signs((2,)) == ((1, -1), (-1, 1))
    assert RadialBasis(("10", "A1")).signs((8,)) == ((-1, -1, -1, 1, -1, -1, -1, -1), (1, -1, 1, -1, -1, -1, -1, 1))


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        ((3, 8, 8), TableConv(((0, 3),), 3),
         "its table reads channel 3, and the 3 that it gets are called 0 to 2; leave the others out"),
        ((3,), TableConv(((0,),), 3), "TableConv needs a map"),
        ((7,), RadialBasis(("0110", "1001")),
         "its codes have 4 digits, for 4 features as 0 and 1 or 16 as hexadecimal, and it gets 7; end what is before"),
        ((2,), RadialBasis(("0a", "1f")), "its codes have 2 digits"),
        ((4, 1, 1), RadialBasis(("0110", "1001")), "and it gets 4x1x1"),
    ],
)  # fmt: skip
def test_misfits_are_told(shape, layer, message):
    with pytest.raises(ShapeError, match=message):
        walk(Network(shape, (layer,)))


@pytest.mark.parametrize("table_", [(), ((),), ((0, 0),), ((-1,),), (0, 1), "0", ((0.5,),)])
def test_tables_are_checked(table_):
    with pytest.raises(NetworkError, match="`table` of TableConv must be a row for each channel that it gives, of the"):
        TableConv(table_, 3)


def test_a_table_is_bounded():
    with pytest.raises(NetworkError, match="must be a table of at most 100,000 connections, got"):
        TableConv((tuple(range(100_001)),), 3)


@pytest.mark.parametrize("codes", [(), ("01", "011"), ("01", "01"), ("0f", "0F"), ("0g", "1g"), ("",), 7, (1, 2)])
def test_codes_are_checked(codes):
    with pytest.raises(NetworkError, match="`codes` of RadialBasis must be a code a class, all different and as long"):
        RadialBasis(codes)
