"""A network for other data: what changes, what stays, and what cannot be."""

import pytest

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    Add,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Graph,
    Network,
    Node,
    ReLU,
    Repeat,
    Sequence,
    Softmax,
    adapt,
    outputs,
    walk,
)

NETWORK = Network((1, 8, 8), (Conv(4, 3), Flatten(), Dense(10)), name="small")


def test_only_what_is_given_changes():
    assert adapt(NETWORK) == NETWORK
    assert adapt(NETWORK, classes=3) == Network((1, 8, 8), (Conv(4, 3), Flatten(), Dense(3)), name="small")
    assert adapt(NETWORK, channels=3, side=12).input == (3, 12, 12)
    assert walk(adapt(NETWORK, channels=3))[0].layer.params(((3, 8, 8),)).total == 4 * 28


def test_the_last_dense_layer_is_found_in_sequences_and_before_activations():
    network = Network((4,), (Dense(9), Sequence(ReLU(), Sequence(Dense(10, bias=False), name="head")), Softmax()))
    adapted = adapt(network, classes=2)
    assert [step.shape for step in walk(adapted)] == [(9,), (9,), (2,), (2,)]
    assert "Dense(2, bias=False)" in repr(adapted)


def test_a_convolution_whose_maps_are_averaged_is_an_end():
    network = Network((1, 8, 8), (Conv(4, 3), Sequence(Conv(10, 1), ReLU()), GlobalAvgPool(), Softmax()))
    assert [step.shape for step in walk(adapt(network, classes=3))][1:] == [(3, 6, 6), (3, 6, 6), (3,), (3,)]


def test_each_of_several_outputs_is_changed():
    graph = Graph(
        Node("stem", Conv(4, 3)),
        Node("side", Sequence(Flatten(), Dense(10)), inputs="stem"),
        Node("main", Sequence(Conv(10, 1), GlobalAvgPool()), inputs="stem"),
        outputs=("main", "side"),
    )
    network = adapt(Network((1, 8, 8), (graph,)), classes=3)
    steps = walk(network)
    assert {name: steps[index].shape for name, index in outputs(network).items()} == {"main": (3,), "side": (3,)}
    assert adapt(network, classes=10).layers == (graph,)


SHARED_END = Graph(Node("a", Dense(10)), Node("b", "a", inputs="input"), outputs=("a", "b"))
ADDED_END = Graph(Node("a", Dense(10)), Node("b", Dense(10), inputs="input"), Node("sum", Add(), inputs=("a", "b")))


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(10, 3), ReLU()),
        (Conv(10, 3), Flatten()),
        (Conv(10, 3, groups=2), GlobalAvgPool()),
        (Repeat(2, Dense(10)),),
        (Flatten(),),
        (Sequence(ReLU()), ReLU()),
        (SHARED_END,),
        (ADDED_END,),
    ],
)
def test_without_a_dense_end_there_are_no_other_classes(layers):
    shape = (4,) if isinstance(layers[0], Repeat | Graph) else (2, 8, 8)
    with pytest.raises(
        NetworkError, match="headless does not end in a Dense layer, so it cannot be made for 3 classes; end"
    ):
        adapt(Network(shape, layers, name="headless"), classes=3)


def test_a_side_that_does_not_fit():
    with pytest.raises(
        ShapeError, match=r"small does not fit an input of 1x2x2: layer `conv1`: .*; use a size of at most 2"
    ):
        adapt(NETWORK, side=2)
    with pytest.raises(NetworkError, match=r"the network reads \(4,\), not images; give a network whose input is"):
        adapt(Network((4,), (Dense(2),)), side=8)
