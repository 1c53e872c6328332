"""The first part of a network: its layers keep their paths and sizes, so that the whole one's weights fit."""

import pytest

from neocog import zoo
from neocog.core.errors import NetworkError
from neocog.network import (
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
    parse,
    prefix,
    walk,
)


def test_a_repeated_name_keeps_its_number() -> None:
    """One of many blocks alone would be called without a number."""
    network = zoo.network("mobilenet_v1_075")
    cut = prefix(network, "separable1", GlobalAvgPool(), Dense(2))
    assert [step.path for step in walk(cut)][-3:-1] == ["separable1.relu2", "pool1"]
    assert parse(repr(cut)) == cut


@pytest.mark.parametrize("name", ["mobilenet_v1_075", "squeezenet1_1", "resnet18", "vgg11", "lenet5", "densenet121"])
def test_the_layers_that_stay_are_the_same(name: str) -> None:
    network = zoo.network(name)
    whole = walk(network)
    for path in dict.fromkeys(step.path.partition(".")[0] for step in whole[:-1]):
        steps = walk(prefix(network, path, Flatten() if len(whole[0].shape) == 1 else ReLU()))
        for one, other in zip(steps[:-1], whole, strict=False):
            assert (one.path, one.layer, one.shape) == (other.path, other.layer, other.shape)
        assert steps[-2].path.partition(".")[0] == path


def test_repeats_and_unnamed_sequences_are_unfolded() -> None:
    network = Network((1, 9, 9), (Repeat(3, Sequence(Conv(2, 3), ReLU())), Flatten(), Dense(2)))
    assert [step.path for step in walk(prefix(network, "conv2", Flatten()))] == ["conv1", "relu1", "conv2", "flatten1"]


def test_an_unknown_layer_names_the_nearest() -> None:
    network = Network((1, 9, 9), (Conv(2, 3), ReLU(), Flatten(), Dense(2)))
    with pytest.raises(NetworkError, match="has no outermost layer 'relu' to cut it at; did you mean 'relu1'"):
        prefix(network, "relu", Dense(2))


def test_a_graph_is_not_cut() -> None:
    graph = Graph(Node("one", Conv(2, 3)), Node("two", ReLU()))
    network = Network((1, 9, 9), (graph, Flatten(), Dense(2)))
    with pytest.raises(NetworkError, match="is a graph of layers, which cannot be cut at 'one'; take one that is"):
        prefix(network, "one", Flatten())
