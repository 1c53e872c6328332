"""Every formula that is printed comes to the number beside it, for every layer of every network of the zoo."""

import ast
import math
import operator
from fractions import Fraction

import pytest

from neocog import zoo
from neocog.network import (
    AvgPool,
    Branches,
    Conv,
    ConvTranspose,
    Dense,
    Flatten,
    GlobalAvgPool,
    Graph,
    MaxPool,
    Network,
    Node,
    Repeat,
    Upsample,
    formulas,
    table,
)

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: Fraction}
FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "max": max}


def value(node: ast.expr) -> Fraction:
    """What a formula comes to, exactly; only whole numbers, signs, four operators and three functions are allowed."""
    if isinstance(node, ast.Constant):
        assert type(node.value) is int
        return Fraction(node.value)
    if isinstance(node, ast.UnaryOp):
        assert isinstance(node.op, ast.USub)
        return -value(node.operand)
    if isinstance(node, ast.BinOp):
        return Fraction(OPERATORS[type(node.op)](value(node.left), value(node.right)))
    assert isinstance(node, ast.Call), ast.dump(node)
    assert isinstance(node.func, ast.Name)
    return Fraction(FUNCTIONS[node.func.id](*map(value, node.args)))


def evaluated(formula: str) -> Fraction:
    return value(ast.parse(formula, mode="eval").body)


def check(network: Network) -> None:
    for row in table(network, formulas=True).rows:
        told = row.formulas
        assert told is not None
        for field in ("params", "macs", "ops", "activations"):
            assert evaluated(getattr(told, field)) == getattr(row, field), (row.path, field)
        for field in ("output", "receptive_field", "stride"):
            numbers = getattr(row, field)
            assert tuple(map(evaluated, getattr(told, field))) == numbers, (row.path, field)


@pytest.mark.parametrize("name", zoo.names())
def test_every_formula_of_the_zoo_is_true(name):
    check(zoo.network(name))


def last(network: Network):
    return formulas(network)[-1]


def test_a_window_says_its_sum():
    assert last(Network((3, 9, 9), (Conv(2, 3),))).output[1] == "(9 - 3 + 0)/1 + 1"
    assert last(Network((3, 9, 9), (Conv(2, 3, stride=3, pad=1, fit="floor"),))).output[1] == "floor((9 - 3 + 2)/3) + 1"
    assert last(Network((3, 9, 9), (Conv(2, 3, stride=2, dilation=2),))).output[1] == "(9 - 5 + 0)/2 + 1"
    assert last(Network((3, 8, 8), (MaxPool(3, stride=2, fit="ceil"),))).output[1] == "ceil((8 - 3 + 0)/2) + 1"
    # PyTorch's rule: a third window would begin in the padding, so it is left out
    assert last(Network((3, 4, 4), (AvgPool(2, stride=3, pad=1, fit="ceil"),))).output[1] == "floor((4 - 2 + 2)/3) + 1"
    assert last(Network((3, 8, 8), (Conv(2, 2, stride=2, pad="same"),))).output[1] == "(8 - 2 + 0)/2 + 1"
    assert last(Network((3, 5, 5), (ConvTranspose(2, 3, stride=2, pad=1, extra=1),))).output[1] == "(5 - 1)*2 + 3 - 1"


def test_counts_are_sums_of_products():
    conv = last(Network((3, 9, 9), (Conv(2, 3),)))
    assert (conv.params, conv.macs, conv.activations) == ("2*3*3*3 + 2", "2*7*7*3*3*3", "2*7*7")
    assert conv.ops == "2*2*7*7*3*3*3 + 2*7*7"
    shared = last(Network((3, 9, 9), (Graph(Node("a", Conv(3, 1)), Node("b", "a")),)))
    assert shared.params == "0"


def test_the_field_grows_by_what_a_window_adds():
    network = Network((1, 30, 30), (Conv(1, 3, stride=2, pad=1, fit="floor"), Conv(1, 3, dilation=4)))
    assert last(network).receptive_field == ("3 + (3 - 1)*4*2",) * 2
    assert last(network).stride == ("2",) * 2
    assert formulas(network)[0].stride == ("1*2",) * 2
    whole = last(Network((1, 9, 9), (Conv(1, 3), GlobalAvgPool())))
    assert whole.receptive_field == ("3 + (7 - 1)*1",) * 2
    branches = Branches(Conv(2, 1), Conv(2, 3, pad=1))
    assert last(Network((1, 9, 9), (branches,))).receptive_field == ("max(1, 3)",) * 2
    assert last(Network((1, 9, 9), (branches,))).output == ("2 + 2", "9", "9")
    assert last(Network((1, 9, 9), (Flatten(), Dense(2)))).receptive_field == ("1 + (9 - 1)*1",) * 2


ODD = [
    Network((2, 9, 7), (Conv(2, (3, 5), stride=(2, 1)), Flatten(), Dense(3))),
    Network((2, 11), (Conv(2, 3, pad=((0, 1),)), MaxPool(2, fit="ceil"), GlobalAvgPool())),
    Network((2, 8, 8), (Upsample(3, mode="bilinear"), Conv(2, 3, stride=2, fit="floor"), Upsample(2), Conv(1, 2))),
    Network((1, 8, 8), (Branches(Conv(1, (1, 3), pad=((0, 0), (2, 0))), Conv(1, (1, 3), pad=((0, 0), (0, 2)))),)),
    Network((1, 33, 33), (Repeat(3, MaxPool(2, stride=2, pad=1, fit="ceil")), Conv(1, 2, pad="same", stride=3))),
    Network((1, 4, 4), (AvgPool(2, stride=3, pad=1, fit="ceil"), ConvTranspose(1, 2, stride=3, dilation=2))),
]


@pytest.mark.parametrize("network", ODD, ids=range(len(ODD)))
def test_odd_networks_tell_the_truth_too(network):
    check(network)
