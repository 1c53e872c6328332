"""`parse(repr(network)) == network`, and every text that is none is refused fast, with its place."""

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neocog import network as room
from neocog.core.errors import NetworkError, ShapeError, TextError
from neocog.network import (
    GELU,
    LAYERS,
    Add,
    Affine,
    AvgPool,
    BatchNorm,
    Branches,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    DenseBlock,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Graph,
    Identity,
    LayerNorm,
    LayerScale,
    LeakyReLU,
    LocalResponseNorm,
    Log,
    Maxout,
    MaxPool,
    Network,
    Node,
    PadChannels,
    RadialBasis,
    ReLU,
    ReLU6,
    Repeat,
    Residual,
    Sequence,
    Sigmoid,
    Sign,
    Softmax,
    StochasticDepth,
    SumPool,
    TableConv,
    Tanh,
    Tokens,
    Unpool,
    Upsample,
    parse,
    parse_written,
    read_network,
    walk,
)
from neocog.network.formats import WIDTH

NAMES = (None, None, "block", "stem", "x_1")
SIMPLE = (Add, Affine, Concat, Flatten, GELU, GlobalAvgPool, GlobalMaxPool, Identity, LayerScale, Log, ReLU, ReLU6,
          Sigmoid, Sign, Softmax)  # fmt: skip
RATED = (Dropout, BatchNorm, LayerNorm, LeakyReLU, StochasticDepth)
POOLS = (MaxPool, AvgPool, SumPool)
COUNTED = (PadChannels, Maxout, Embedding)
OTHERS = (Conv, Dense, LocalResponseNorm, ConvTranspose, Upsample, Unpool, Crop, Tanh, TableConv, RadialBasis)


@st.composite
def leaves(draw):
    """Any leaf with any fields."""
    number, rate = st.integers(1, 9), st.floats(0, 0.99)
    sides = st.one_of(number, st.tuples(number, number))
    pair = st.tuples(number, number)
    pads = st.one_of(st.just("same"), st.integers(0, 3), pair, st.tuples(pair, pair))
    fit, name = draw(st.sampled_from([None, "exact", "floor"])), draw(st.sampled_from(NAMES))
    kind = draw(st.sampled_from([*OTHERS, *POOLS, *COUNTED, *RATED, *SIMPLE]))
    if kind is Conv:
        stride, dilation, groups = draw(sides), draw(sides), draw(number)
        return Conv(draw(number), draw(sides), stride, draw(pads), dilation, groups, draw(st.booleans()), fit, name)
    if kind is ConvTranspose:
        amounts = st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 3), st.integers(0, 3)))
        return ConvTranspose(*(draw(part) for part in (number, sides, sides, amounts, sides, number, st.booleans(),
                                                       amounts)), name=name)  # fmt: skip
    if kind is Upsample:
        return Upsample(draw(sides), mode=draw(st.sampled_from(["nearest", "bilinear"])), name=name)
    if kind is Unpool:
        return Unpool(draw(sides), stride=draw(st.none() | sides), name=name)
    if kind is Crop:
        return Crop(draw(st.sampled_from([None, 0, (3, 4)])), name=name)
    if kind is Tanh:
        return Tanh(draw(rate), slope=draw(rate), name=name)
    if kind is TableConv:
        rows = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True).map(tuple)
        return TableConv(tuple(draw(st.lists(rows, min_size=1, max_size=3))), draw(sides), pad=draw(pads), name=name)
    if kind is RadialBasis:
        return RadialBasis(draw(st.sampled_from([("01", "10"), ("0f", "a3", "ff")])), name=name)
    if kind in POOLS:
        return kind(draw(sides), stride=draw(st.none() | sides), pad=draw(pads), fit=fit, name=name)
    if kind is Dense:
        return Dense(draw(number), bias=draw(st.booleans()), name=name)
    if kind in COUNTED:
        return kind(draw(number), name=name)
    if kind is LocalResponseNorm:
        return LocalResponseNorm(draw(number), draw(rate), draw(rate), draw(rate), name)
    return kind(*([draw(rate)] if kind in RATED else []), name=name)


@st.composite
def trees(draw, levels=3):
    """Any layer: a leaf, or a composite of smaller trees."""
    kind = (
        draw(st.sampled_from(["leaf", Sequence, Branches, Repeat, Residual, DenseBlock, Graph])) if levels else "leaf"
    )
    if kind == "leaf":
        return draw(leaves())
    parts = draw(st.lists(trees(levels - 1), min_size=2, max_size=3))
    name = draw(st.sampled_from(NAMES))
    if kind is Repeat:
        return Repeat(draw(st.integers(1, 9)), parts[0])
    if kind is DenseBlock:
        return DenseBlock(draw(st.integers(1, 9)), parts[0], name=name)
    if kind is Residual:
        return Residual(parts[0], shortcut=parts[1], activation=draw(st.sampled_from([ReLU(), Identity()])), name=name)
    if kind is Graph:
        nodes = Node("a", Sequence(*parts)), Node("b", "a", inputs="input"), Node("c", Add(), inputs=("a", "b"))
        return Graph(*nodes, outputs=draw(st.sampled_from([None, ("c", "a")])), name=name)
    return kind(*parts, name=name)


@st.composite
def networks(draw):
    shape = draw(st.sampled_from([(4,), (3, 8), (1, 8, 8), Tokens(59, 20_000)]))
    layers = draw(st.lists(trees(), min_size=1, max_size=4))
    return Network(shape, layers, fit=draw(st.sampled_from(["exact", "floor"])), name=draw(st.sampled_from(NAMES)))


@settings(max_examples=150)
@given(networks())
def test_text_and_value_are_the_same(network):
    text = repr(network)
    assert parse(text) == network
    assert repr(parse(text)) == text
    assert ast.parse(text, mode="eval")


def test_every_layer_is_in_the_test_above():
    leaf_kinds = {*OTHERS, *POOLS, *COUNTED, *RATED, *SIMPLE}
    known = leaf_kinds | {Network, Tokens, Sequence, Branches, Repeat, Residual, DenseBlock, Graph, Node}
    assert {LAYERS[name] for name in LAYERS} == known
    assert all(getattr(room, name) is LAYERS[name] for name in LAYERS)


def test_a_network_prints_as_one_reads_it():
    block = Residual(
        Sequence(Conv(64, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(64, 3, pad=1, bias=False), BatchNorm()),
        shortcut=Sequence(Conv(64, 1, bias=False), BatchNorm()),
        name="block",
    )
    network = Network((1, 32, 32), (Conv(6, 5), Tanh(), AvgPool(2), Repeat(2, block), Flatten(), Dense(10)))
    assert repr(network) == "\n".join(
        [
            "Network(",
            "    input=(1, 32, 32),",
            "    layers=(",
            "        Conv(6, 5), Tanh(), AvgPool(2),",
            "        Repeat(2,",
            "            Residual(",
            "                Sequence(",
            "                    Conv(64, 3, pad=1, bias=False), BatchNorm(), ReLU(),",
            "                    Conv(64, 3, pad=1, bias=False), BatchNorm(),",
            "                ),",
            "                shortcut=Sequence(Conv(64, 1, bias=False), BatchNorm()),",
            "                name='block',",
            "            ),",
            "        ),",
            "        Flatten(),",
            "        Dense(10),",
            "    ),",
            ")",
        ]
    )


@given(st.lists(st.sampled_from([Conv(64, 3, pad=1, bias=False), BatchNorm(), ReLU(), Dropout()]), min_size=1))
def test_lines_end_within_the_width(layers):
    block = Residual(Sequence(*layers), shortcut=Sequence(*layers), name="block")
    for line in repr(Network((1, 8, 8), (*layers, Repeat(3, Sequence(block, name="stage"))))).splitlines():
        assert len(line) <= WIDTH


def test_layout_and_comments_are_free():
    text = "\n\n   Network( # a comment with (brackets\n input=[1,2,2],layers=[ReLU(),],\n)\n"
    assert parse(text) == Network((1, 2, 2), (ReLU(),))


HEAD = "Network(input=(1, 2, 2), layers=("
REFUSED = [
    (HEAD + "Cnv(6, 5),))", "line 1, column 34: unknown layer 'Cnv'; did you mean 'Conv'?"),
    ("\n  " + HEAD + "\n  ReLU(), Conv(6, siz=5),))", "line 3, column 11: unknown argument 'siz' of Conv; did you me"),
    ("  " + HEAD + "Cnv(6, 5),))", "line 1, column 36: unknown layer 'Cnv'"),
    (HEAD + "Conv(6),))", "line 1, column 34: Conv needs its argument 'size'; add size=..."),
    (HEAD + "Conv(6, 5, size=5),))", "line 1, column 34: Conv gets its argument 'size' twice; leave one out"),
    (HEAD + "ReLU(1, 2),))", "line 1, column 34: ReLU takes at most 1 arguments, got 2; leave the rest out"),
    (HEAD + "Conv(0, 5),))", "line 1, column 34: `channels` of Conv must be a whole number"),
    (HEAD + "ReLU,))", "line 1, column 34: ReLU is a layer, not a value; write ReLU()"),
    (HEAD + "Conv(**{'a': 1}),))", "line 1, column 41: arguments cannot be unpacked with **; write each one out"),
    (HEAD + "Conv(*(1, 2)),))", "line 1, column 39: only layers, numbers, texts, True, False, None and tuples may"),
    ("ReLU()", "line 1, column 1: a network's text must be one Network(...), got a ReLU; wrap it in one"),
    ("", "this is no network (invalid syntax)"),
    ("Network(", "line 1, column 8: this is no network ('(' was never closed); write Network("),
    ("import os", "line 1, column 1: this is no network (invalid syntax)"),
    ("__import__('os').system('true')", "line 1, column 1: only layers may be called; write one such as Conv(6, 5)"),
    ("open('x')", "line 1, column 1: unknown layer 'open'"),
    ("().__class__", "line 1, column 1: only layers, numbers"),
    ("[x for x in ()]", "line 1, column 1: only layers"),
    ("lambda: 1", "line 1, column 1: only layers"),
    ("f'{1}'", "line 1, column 1: only layers"),
    ("b'x'", "line 1, column 1: only layers"),
    ("1 + 1", "line 1, column 1: only layers"),
    ("-'a'", "line 1, column 1: only layers"),
    ("'\\x41'", "line 1, column 1: a network's text holds no backslash; leave it out"),
    (HEAD + "\\\n))", "line 1, column 34: a network's text holds no backslash; leave it out"),
    ("\x00", "this is no network"),
    ("Conv(" * 10_000 + ")" * 10_000, "line 1, column 755: brackets are nested more than 150 deep; flatten"),
    ("\n" + "[" * 10_000, "line 2, column 151: brackets are nested more than 150 deep"),
    ("Network(input=" + "1" * 5_000 + ",layers=())", "this is no network (Exceeds the limit"),
    ("0x" + "f" * 400_000, "got a number of 1,600,000 bits; wrap it in one"),
    ("'" + "a" * 100_000_000 + "'", "line 1, column 500001: a network's text ends within 500,000 characters; fold"),
    ("-" * 400_000 + "1", "line 1, column 1: this is no network (too deeply nested); write Network("),
    ("1+" * 240_000 + "1", "line 1, column 1: this is no network (too deeply nested)"),
    ("f" + "()" * 240_000, "line 1, column 1: this is no network (too deeply nested)"),
    (HEAD + "Sequence(" * 60 + "ReLU()" + ")" * 60 + ",))", "layers must be nested at most 50 deep, got 51"),
    (HEAD + "Repeat(9999, Repeat(9999, ReLU())),))", "line 1, column 34: a network may have at most 20,000 layers"),
    (HEAD + "Repeat(1000000000, ReLU()),))", "`times` of Repeat must be a whole number from 1 to 10,000, got 1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals_are_clear(text, message):
    with pytest.raises(TextError, match=re.escape(message)):
        parse(text)


@given(st.text(alphabet="Network(input=1,2)layers[]ReLU'\"#\\\n-.:x*{}", max_size=60))
def test_any_text_is_a_network_or_a_text_error(text):
    try:
        network = parse(text)
    except TextError as error:
        message = str(error)
    else:
        message = "line 0, column 0: " if isinstance(network, Network) else ""
    assert re.match(r"line \d+, column \d+: ", message)


def test_files(tmp_path):
    path = tmp_path / "small.network"
    network = Network((1, 8, 8), (Conv(4, 3), ReLU()))
    path.write_text(f"# mine\n{network!r}\n")
    assert read_network(path) == network
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TextError, match=r"small.network is not text; give a .network file, UTF-8 text"):
        read_network(path)
    path.write_text("Network(input=3)")
    with pytest.raises(TextError, match=r"small.network: line 1, column 1: Network needs its argument 'layers'"):
        read_network(path)
    with pytest.raises(NetworkError, match=r"none.network cannot be read \(No such file or directory\); give the path"):
        read_network(tmp_path / "none.network")


def test_every_layer_knows_its_line():
    text = """# a comment

    Network((3, 16, 16), (
        Conv(4, 3),
        Repeat(2,
            Residual(
                Conv(4, 3, pad=1))),
        Flatten(), Dense(2)))
    """
    written = parse_written(text)
    assert written.network == parse(text)
    lines = {step.path: written.line(step.layer) for step in walk(written.network)}
    assert lines == {
        "conv1": 4,
        "block1.body.conv1": 7,
        "block1.add": None,
        "block1.activation": None,
        "block2.body.conv1": 7,
        "block2.add": None,
        "block2.activation": None,
        "flatten1": 8,
        "dense1": 8,
    }


def test_a_shape_error_knows_its_layer():
    written = parse_written("Network((1, 8, 8), (Conv(2, 3),\nConv(2, 9)))")
    with pytest.raises(ShapeError) as caught:
        walk(written.network)
    assert written.line(caught.value.layer) == 2
