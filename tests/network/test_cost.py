"""What a network costs, against hand sums; parameters and MACs against torch are in tests/build."""

import pytest

from neocog.network import (
    Add,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Cost,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Graph,
    LayerNorm,
    LocalResponseNorm,
    MaxPool,
    Network,
    Node,
    ReLU,
    Softmax,
    cost,
    step_cost,
    walk,
)

# Each on a map of 4x6x6, of 144 elements.
OPS = [
    (Conv(5, 3), 2 * 5 * 16 * 4 * 9 + 5 * 16),
    (Conv(5, 3, bias=False), 2 * 5 * 16 * 4 * 9),
    (Conv(4, 3, pad=1, groups=4), 2 * 144 * 9 + 144),
    (MaxPool(2), 4 * 9 * 4),
    (AvgPool(3, stride=1), 4 * 16 * 9),
    (GlobalAvgPool(), 144),
    (ReLU(), 144),
    (BatchNorm(), 2 * 144),
    (LayerNorm(), 7 * 144),
    (LocalResponseNorm(5), 9 * 144),
    (Softmax(), 3 * 144),
    (Dropout(), 0),
    (Flatten(), 0),
]


@pytest.mark.parametrize(("layer", "ops"), OPS, ids=lambda value: str(value))
def test_operations_of_one_layer(layer, ops):
    assert cost(Network((4, 6, 6), (layer,))).ops == ops


def test_operations_of_a_dense_layer():
    assert cost(Network((10,), (Dense(3),))).ops == 2 * 30 + 3
    assert cost(Network((10,), (Dense(3, bias=False),))).ops == 2 * 30


def test_maps_that_meet():
    graph = Graph(
        Node("first", Conv(4, 1)),
        Node("added", Add(), inputs=("first", "input", "input")),
        Node("joined", Concat(), inputs=("added", "input")),
    )
    steps = {step.path: step_cost(step) for step in walk(Network((4, 6, 6), (graph,)))}
    assert steps["added"] == Cost(params=0, macs=0, activations=144, ops=2 * 144)
    assert steps["joined"] == Cost(params=0, macs=0, activations=288, ops=0)


def test_shared_weights_are_counted_once_and_computed_twice():
    graph = Graph(Node("first", Conv(4, 1)), Node("second", "first"))
    total = cost(Network((4, 6, 6), (graph,)))
    assert total.params == 4 * 4 + 4
    assert total.macs == 2 * 144 * 4
    assert total.ops == 2 * (2 * 144 * 4 + 144)


def test_costs_add_up_and_follow_the_input():
    network = Network((3, 8, 8), (Conv(2, 3), ReLU()))
    assert cost(network) == Cost(params=56, macs=1944, activations=144, ops=2 * 1944 + 72 + 72)
    assert cost(network, (3, 4, 4)).macs == 2 * 4 * 27
