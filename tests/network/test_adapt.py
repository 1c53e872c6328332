"""A network for other data: what changes, what stays, and what cannot be."""

import pytest

from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    Add,
    AvgPool,
    BatchNorm,
    Branches,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Flatten,
    GlobalAvgPool,
    Graph,
    Identity,
    MaxPool,
    Network,
    Node,
    RadialBasis,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    Softmax,
    Upsample,
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


SCORED = Graph(
    Node("fine", Conv(6, 3, pad=1)),
    Node("coarse", Sequence(MaxPool(2), Conv(9, 3, pad=1), ReLU())),
    Node("score", Conv(10, 1)),
    Node("up", ConvTranspose(10, 2, stride=2, bias=False)),
    Node("skip", Sequence(Conv(10, 1), BatchNorm()), inputs="fine"),
    Node("sum", Add(), inputs=("up", "skip")),
    Node("large", Upsample(3, mode="bilinear")),
    Node("end", Crop(), inputs=("large", "input")),
)
"""FCN in small: coarse scores are enlarged, fine ones added to them."""


def test_scores_that_are_added_change_together():
    network = Network((3, 8, 8), (SCORED, Sequence(Softmax(), name="tail")))
    adapted = adapt(network, classes=4)
    shapes = {step.path: step.shape for step in walk(adapted)}
    scores = [shapes[path] for path in ("score", "up", "skip.norm1", "sum", "large", "end", "tail.softmax1")]
    assert {shape[0] for shape in scores} == {4}
    assert [step.shape[0] for step in walk(adapted) if isinstance(step.layer, Conv | ConvTranspose)] == [6, 9, 4, 4, 4]
    assert repr(adapted) == repr(network).replace("(10, ", "(4, ")
    assert adapt(adapted, classes=10) == network


def test_a_transposed_convolution_that_reads_features_is_the_last():
    network = Network((3, 8, 8), (Conv(16, 3, pad=1), ConvTranspose(10, 2, stride=2)))
    assert adapt(network, classes=2).layers == (Conv(16, 3, pad=1), ConvTranspose(2, 2, stride=2))


def test_scores_enlarged_each_by_itself_stay_so():
    network = Network((3, 8, 8), (Conv(10, 3), ConvTranspose(10, 4, stride=2, groups=10)))
    assert adapt(network, classes=2).layers == (Conv(2, 3), ConvTranspose(2, 4, stride=2, groups=2))


def test_dense_predictions_end_in_a_map():
    """As does a U-Net: nothing but its last convolution is of its classes."""
    graph = Graph(
        Node("down", Conv(4, 3, pad=1)),
        Node("low", Sequence(MaxPool(2), Conv(8, 3, pad=1))),
        Node("up", ConvTranspose(4, 2, stride=2)),
        Node("join", Concat(), inputs=("down", "up")),
        Node("end", Conv(2, 1)),
    )
    adapted = adapt(Network((1, 8, 8), (graph,)), classes=5)
    assert repr(adapted) == repr(Network((1, 8, 8), (graph,))).replace("Conv(2, 1)", "Conv(5, 1)")
    assert adapt(Network((1, 8, 8), (Conv(10, 3), ReLU())), classes=5).layers == (Conv(5, 3), ReLU())


def test_outputs_that_share_their_weights_share_them_still():
    shared = Graph(Node("a", Dense(10)), Node("b", "a", inputs="input"), outputs=("a", "b"))
    assert adapt(Network((4,), (shared,)), classes=3).layers[0].nodes == (
        Node("a", Dense(3)), Node("b", "a", inputs="input"))  # fmt: skip


def test_a_map_of_one_place_may_be_flattened():
    layers = (Conv(10, 3), AvgPool(6), Flatten(), Softmax())
    assert adapt(Network((1, 8, 8), layers), classes=3).layers == (Conv(3, 3), *layers[1:])


def test_a_residual_end_changes_both_of_its_ways():
    residual = Residual(Sequence(Dense(7), ReLU(), Dense(10)), shortcut=Dense(10, bias=False), activation=Identity())
    adapted = adapt(Network((4,), (residual,)), classes=3)
    assert repr(adapted.layers[0]) == repr(residual).replace("10", "3")


def test_codes_are_drawn_for_more_classes():
    network = Network((4,), (RadialBasis(("0110", "1001")),))
    assert adapt(network, classes=3).layers == (RadialBasis(("0110", "1001", "1111")),)


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(10, 3), Flatten()),
        (Conv(10, 3, groups=2), GlobalAvgPool()),
        (Repeat(2, Dense(10)),),
        (Flatten(),),
        (Sequence(ReLU()), ReLU()),
        (Branches(Conv(5, 3), Conv(5, 3)), GlobalAvgPool()),
        (Conv(10, 3), Residual(Conv(10, 3, pad=1, groups=10)), GlobalAvgPool()),
        (ConvTranspose(10, 2, groups=2),),
        (Conv(16, 1), ConvTranspose(4, 2, groups=4)),
    ],
)
def test_without_a_dense_end_there_are_no_other_classes(layers):
    shape = (4,) if isinstance(layers[0], Repeat) else (2, 8, 8)
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


def test_a_network_that_answers_with_a_point_is_made_for_another_board() -> None:
    network = Network((1, 19, 19), (Conv(8, 3, pad=1), ReLU(), Conv(1, 1), Flatten()), name="points")
    assert adapt(network, classes=361, channels=3).input == (3, 19, 19)
    assert adapt(network, classes=81, side=9).input == (1, 9, 9)
    with pytest.raises(NetworkError, match="points does not end in a Dense layer, so it cannot be made for 10 classes"):
        adapt(network, classes=10, side=9)
