"""The walk's inverse: its own leaves give the network back, and others stand where they stood."""

from dataclasses import replace

import pytest

from neocog import zoo
from neocog.network import Dense, DenseBlock, Graph, Network, Node, ReLU, Repeat, walk
from neocog.network.rewrite import rewritten


@pytest.mark.parametrize("name", zoo.names())
def test_the_leaves_of_a_network_give_it_back(name):
    network = zoo.network(name)
    assert rewritten(network, [step.layer for step in walk(network)]) == network


@pytest.mark.parametrize("name", zoo.names())
def test_a_changed_leaf_stands_where_it_stood(name):
    network = zoo.network(name)
    leaves = [step.layer for step in walk(network)]
    place = max(index for index, leaf in enumerate(leaves) if hasattr(leaf, "bias"))
    changed = rewritten(network, [replace(leaf, bias=not leaf.bias) if index == place else leaf
                                  for index, leaf in enumerate(leaves)])  # fmt: skip
    if changed is None:
        assert "Repeat" in repr(network)
        return
    assert [step.layer for step in walk(changed)] == [
        replace(leaf, bias=not leaf.bias) if index == place else leaf for index, leaf in enumerate(leaves)
    ]
    assert [step.path for step in walk(changed)] == [step.path for step in walk(network)]


SHARED = Graph(Node("a", Dense(4)), Node("b", "a"))


@pytest.mark.parametrize("layer", [Repeat(2, Dense(4)), DenseBlock(2, Dense(4)), SHARED])
def test_one_layer_cannot_become_two(layer):
    network = Network((4,), (layer,))
    leaves = [step.layer for step in walk(network)]
    assert rewritten(network, [ReLU() if leaf == Dense(4) else leaf for leaf in leaves]) is not None
    first = leaves.index(Dense(4))
    assert rewritten(network, [ReLU() if place == first else leaf for place, leaf in enumerate(leaves)]) is None
