"""The walk: order, paths, wiring, shared weights, several outputs, and everything that it refuses."""

import pytest

from neocog import zoo
from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    INPUT,
    MAX_STEPS,
    Add,
    BatchNorm,
    Branches,
    Concat,
    Conv,
    Dense,
    DenseBlock,
    Dropout,
    Flatten,
    Graph,
    Identity,
    MaxPool,
    Network,
    Node,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    Tanh,
    cost,
    find,
    outputs,
    walk,
)

BODY = Sequence(Conv(4, 3, pad=1), ReLU(), Conv(4, 3, pad=1))


def paths(*layers, shape=(4, 8, 8)):
    return [step.path for step in walk(Network(shape, layers))]


def test_kinds_are_numbered_and_names_only_where_they_repeat():
    assert paths(Conv(4, 1), BatchNorm(), ReLU(), Conv(4, 1), BatchNorm()) == [
        "conv1", "norm1", "relu1", "conv2", "norm2",
    ]  # fmt: skip
    assert paths(Conv(4, 1, name="stem"), Conv(4, 1)) == ["stem", "conv1"]
    assert paths(Conv(4, 1, name="a"), Conv(4, 1, name="a")) == ["a1", "a2"]


def test_folded_and_unrolled_have_the_same_paths_and_wiring():
    block = Residual(BODY, name="block")
    folded = walk(Network((4, 8, 8), (Conv(4, 1), Repeat(2, Sequence(block, MaxPool(2))), Repeat(2, ReLU()))))
    unrolled = walk(Network((4, 8, 8), (Conv(4, 1), block, MaxPool(2), Sequence(block), MaxPool(2), ReLU(), ReLU())))
    assert folded == unrolled
    assert [step.path for step in folded][1:7] == [
        "block1.body.conv1", "block1.body.relu1", "block1.body.conv2", "block1.add", "block1.activation", "pool1",
    ]  # fmt: skip


def test_a_dense_block_reads_all_that_was_before():
    block = DenseBlock(3, Sequence(Conv(8, 1), ReLU(), Conv(2, 3, pad=1)))
    steps = walk(Network((4, 8, 8), (block, Conv(1, 1))))
    assert [step.path for step in steps if step.path.endswith(("conv1", "1.concat1", "concat2", "concat3"))] == [
        "block1.body1.conv1", "block1.concat1", "block1.body2.conv1", "block1.concat2", "block1.body3.conv1",
        "block1.concat3", "conv1",
    ]  # fmt: skip
    assert [step.shape[0] for step in steps if ".concat" in step.path] == [6, 8, 10]
    assert [(step.inputs, step.received[0][0]) for step in steps if step.path.endswith(".conv1")] == [
        ((INPUT,), 4), ((3,), 6), ((7,), 8),
    ]  # fmt: skip
    assert steps[find(steps, "block1")].path == "block1.concat3"
    message = "layer `block1.concat1`: it concatenates 4x8x8 with 4x6x6; all but the channels must agree"
    with pytest.raises(ShapeError, match=message):
        walk(Network((4, 8, 8), (DenseBlock(2, Conv(4, 3)),)))


def test_a_dense_block_shares_its_weights_as_a_whole():
    block = DenseBlock(2, Conv(2, 3, pad=1))
    network = Network(
        (4, 8, 8), (Graph(Node("a", block), Node("b", "a", inputs="input"), Node("c", Add(), ("a", "b"))),)
    )
    assert [step.shares for step in walk(network) if step.path.startswith("b.body")] == [
        "a.body1.conv1",
        "a.body2.conv1",
    ]
    assert cost(network).params == 2 * 9 * 4 + 2 + 2 * 9 * 6 + 2


def test_residual():
    steps = walk(Network((4, 8, 8), (Residual(Conv(8, 3, pad=1), shortcut=Conv(8, 1), activation=Tanh()),)))
    assert [(step.path, step.inputs) for step in steps] == [
        ("block1.body.conv1", (INPUT,)),
        ("block1.shortcut.conv1", (INPUT,)),
        ("block1.add", (0, 1)),
        ("block1.activation", (2,)),
    ]
    assert steps[2].received == ((8, 8, 8), (8, 8, 8))
    _, add = walk(Network((4, 8, 8), (Residual(Conv(4, 1), activation=Identity()),)))
    assert add.inputs == (0, INPUT)


def test_branches_are_concatenated_by_channel():
    branches = Branches(Conv(2, 1), Sequence(Conv(3, 1), Conv(5, 3, pad=1), name="deep"), Identity())
    steps = walk(Network((4, 8, 8), (branches, ReLU())))
    assert [step.path for step in steps] == [
        "branches1.branch1.conv1", "branches1.deep.conv1", "branches1.deep.conv2", "branches1.branch2.identity1",
        "branches1.concat", "relu1",
    ]  # fmt: skip
    assert steps[4].shape == (2 + 5 + 4, 8, 8)
    assert steps[4].inputs == (0, 2, 3)


def test_naive_inception_of_the_lecture():
    parts = (Conv(128, 1), Conv(192, 3, pad=1), Conv(96, 5, pad=2), MaxPool(3, stride=1, pad=1))
    naive = Network((256, 28, 28), (Branches(*parts),))
    assert walk(naive)[-1].shape == (672, 28, 28)
    assert round(cost(naive).macs / 1e6) == 854
    reduced = Branches(
        Conv(128, 1), Sequence(Conv(64, 1), parts[1]), Sequence(Conv(64, 1), parts[2]), Sequence(parts[3], Conv(64, 1))
    )
    narrow = Network((256, 28, 28), (reduced,))
    assert walk(narrow)[-1].shape == (480, 28, 28)
    assert cost(narrow).macs == 271_351_808


def test_graph_wiring_and_shared_weights():
    graph = Graph(
        Node("left", Sequence(Conv(4, 3, pad=1), ReLU())),
        Node("right", "left", inputs="left"),
        Node("sum", Add(), inputs=("left", "right", "input")),
        Node("out", Conv(2, 1)),
    )
    network = Network((4, 8, 8), (graph, ReLU()))
    steps = walk(network)
    assert [(step.path, step.inputs, step.shares) for step in steps] == [
        ("left.conv1", (INPUT,), None),
        ("left.relu1", (0,), None),
        ("right.conv1", (1,), "left.conv1"),
        ("right.relu1", (2,), "left.relu1"),
        ("sum", (1, 3, INPUT), None),
        ("out", (4,), None),
        ("relu1", (5,), None),
    ]
    assert cost(network).params == (4 * 4 * 9 + 4) + (2 * 4 + 2)
    assert cost(network).macs == 64 * (2 * 4 * 4 * 9 + 2 * 4)


def test_a_share_of_a_share_belongs_to_the_first_owner():
    graph = Graph(Node("a", Conv(4, 1)), Node("b", "a"), Node("c", "b"))
    assert [step.shares for step in walk(Network((4, 8, 8), (graph,)))] == [None, "a", "a"]
    nested = Graph(Node("x", Sequence(Graph(Node("p", Conv(4, 1)), Node("q", "p")))), Node("y", "x"))
    assert [step.shares for step in walk(Network((4, 8, 8), (nested,)))] == [None, "x.p", "x.p", "x.p"]


def test_repeated_graphs_keep_their_weights_apart():
    graph = Graph(Node("a", Conv(4, 1)), Node("b", "a"))
    steps = walk(Network((4, 8, 8), (Repeat(2, graph),)))
    assert [(step.path, step.shares) for step in steps] == [("a1", None), ("b1", "a1"), ("a2", None), ("b2", "a2")]


def test_named_graph_has_a_path_of_its_own():
    assert paths(Graph(Node("a", ReLU()), name="g"), ReLU()) == ["g.a", "relu1"]
    assert paths(Graph(Node("a", ReLU()), Node("b", Dropout()), outputs=("a", "b"), name="g")) == ["g.a", "g.b"]


def test_outputs():
    graph = Graph(Node("a", Conv(2, 1)), Node("b", Conv(3, 1), inputs="input"), outputs=("b", "a"))
    assert outputs(Network((4, 8, 8), (ReLU(), graph))) == {"b": 2, "a": 1}
    assert outputs(Network((4, 8, 8), (ReLU(), Conv(2, 1)))) == {"output": 1}
    with pytest.raises(NetworkError, match="a Graph with 2 outputs must be the last layer of its network; leave one"):
        walk(Network((4, 8, 8), (graph, ReLU())))


def test_find():
    steps = walk(Network((4, 8, 8), (Residual(BODY, name="block"), Flatten(), Dense(2))))
    assert steps[find(steps, "block")].path == "block.activation"
    assert steps[find(steps, "dense1")].path == "dense1"
    with pytest.raises(NetworkError, match=r"no layer is called 'dens1'; did you mean 'dense1'\?"):
        find(steps, "dens1")


def test_another_input():
    network = Network((1, 9, 9), (Conv(2, 3),))
    assert walk(network, (3, 12, 7))[0].shape == (2, 10, 5)


def deep(levels):
    layer = ReLU()
    for _ in range(levels):
        layer = Sequence(layer)
    return layer


MANY = Repeat(10_000, ReLU())
REFUSED = [
    *((make, f"at most {MAX_STEPS:,} layers, and this has more; repeat less") for make in (
        lambda: Repeat(3, MANY),
        lambda: Sequence(MANY, MANY, ReLU()),
        lambda: Network((1, 2, 2), (MANY, ReLU(), MANY)),
        lambda: Residual(MANY, shortcut=MANY),
        lambda: Branches(MANY, MANY),
        lambda: DenseBlock(10_000, Sequence(ReLU(), ReLU())),
        lambda: Graph(Node("a", MANY), Node("b", "a"), Node("c", ReLU())),
    )),
    (lambda: Repeat(10**9, ReLU()), "`times` of Repeat must be a whole number from 1 to 10,000, got 1000000000"),
    (lambda: deep(51), "layers must be nested at most 50 deep, got 51; flatten"),
    (lambda: Sequence(), r"Sequence must hold at least one layer, got \(\); write Sequence\(Conv"),
    (lambda: Sequence(3), "Sequence must hold layers, got 3; write for example Conv"),
    (lambda: Sequence(ReLU), r"Sequence must hold layers, got the class ReLU; write for example ReLU\(\)"),
    (lambda: Network((1, 2, 2), ()), "Network must hold at least one layer"),
    (lambda: Network((1, 2, 2), ReLU()), "Network must hold at least one layer, got a ReLU"),
    (lambda: Residual("body"), "`body` of Residual must be a layer, got 'body'"),
    (lambda: Residual(BODY, activation=BODY), r"`activation` of Residual must be a single layer, .*=ReLU\(\)"),
    (lambda: Branches(ReLU()), "Branches must hold at least two branches, got 1; write the layer by itself"),
    (lambda: Graph(), "Graph must hold at least one node, got none; write Node"),
    (lambda: Graph(ReLU()), 'Graph must hold nodes, got a ReLU; write Node'),
    (lambda: Node("input", ReLU()), '`name` of Node must be a name other than "input"'),
    (lambda: Node("a", 3), "`layer` of Node must be a layer, or the name of the node .*, got 3"),
    (lambda: Node("a", ReLU(name="b")), "`layer` of Node must be a layer without a name of its own"),
    (lambda: Node("a", ReLU(), inputs=()), r"`inputs` of Node must be the name of a node, or several, got \(\)"),
    (lambda: Graph(Node("a", ReLU()), Node("a", ReLU())), "two nodes of a Graph are called 'a'; give each its own"),
    (
        lambda: Graph(Node("one", ReLU()), Node("b", ReLU(), inputs="on")),
        "node 'b' reads 'on', which is no earlier node; did you mean 'one'",
    ),
    (lambda: Graph(Node("one", ReLU()), Node("b", "ome")), "node 'b' shares 'ome', .*; did you mean 'one'"),
    (lambda: Graph(Node("b", "a")), "node 'b' shares 'a', which is no earlier node; the first node needs a layer"),
    (lambda: Graph(Node("one", ReLU()), outputs="ont"), "output 'ont' is no node of the Graph; did you mean 'one'"),
    (lambda: Graph(Node("a", ReLU()), outputs=("a", "a")), "the outputs of a Graph must differ, .*; name each once"),
    (lambda: paths(ReLU(name="conv1"), Conv(4, 1)), "two layers would be called `conv1`; choose another name for one"),
    (lambda: paths(Add()), "`add1` .Add. reads 1 input; give it two or more in a Graph"),
    (
        lambda: paths(Graph(Node("a", ReLU(), inputs=("input", "input")))),
        "`a` .ReLU. reads 2 inputs; merge them first, by an Add$",
    ),
    (lambda: paths(Graph(Node("a", BODY, inputs=("input", "input")))), "`a` reads 2 inputs; merge them first"),
]  # fmt: skip


@pytest.mark.parametrize("name", zoo.names())
def test_layers_know_how_many_steps_they_come_to(name):
    network = zoo.network(name)
    assert network.steps == sum(layer.steps for layer in network.layers) == len(walk(network))


def test_steps_of_what_shares_weights_or_is_left_out():
    graph = Graph(Node("a", BODY), Node("b", "a"), Node("c", "b"))
    for layer in (graph, Residual(BODY, activation=Identity()), Residual(ReLU(), shortcut=ReLU()), DenseBlock(2, BODY)):
        assert layer.steps == len(walk(Network((4, 8, 8), (layer,))))
    assert Network((4, 8, 8), (Repeat(10_000, Sequence(ReLU(), ReLU())),)).steps == MAX_STEPS


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_refusals(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Residual(Conv(6, 1)), "layer `block1.add`: it adds 6x8x8 to 4x8x8; give both one shape"),
        (
            Branches(Conv(2, 3), Conv(2, 1)),
            "layer `branches1.concat`: it concatenates 2x6x6 with 2x8x8; all but the ch",
        ),
        (
            Graph(Node("a", Conv(8, 1)), Node("b", "a")),
            "layer `b`: it shares the weights of `a`, which reads 4 channels, but gets 8; let both read as many",
        ),
    ],
)
def test_shapes_that_do_not_meet(layer, message):
    with pytest.raises(ShapeError, match=message):
        walk(Network((4, 8, 8), (layer,)))


def test_concat_of_features():
    graph = Graph(Node("a", Dense(2)), Node("b", Dense(3), inputs="input"), Node("c", Concat(), inputs=("a", "b")))
    assert walk(Network((4,), (graph,)))[-1].shape == (5,)
