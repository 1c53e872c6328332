"""Words as an input: what an embedding costs and gives, and where it may stand."""

import pytest
import torch
from torch import nn

from neocog.core.errors import NetworkError
from neocog.network import (
    Add,
    Conv,
    Dense,
    Embedding,
    GlobalMaxPool,
    Graph,
    Network,
    Node,
    Tokens,
    adapt,
    cost,
    parse,
    receptive_field,
    shapes,
    table,
    walk,
)

SENTENCE = Network(Tokens(59, 20_000), (Embedding(128), Conv(10, 3), GlobalMaxPool(), Dense(2)))


def test_an_embedding_is_torchs_with_the_features_before_the_places():
    module = nn.Embedding(20_000, 128)
    output = module(torch.zeros(1, 59, dtype=torch.int64))
    (embedding, *_) = walk(SENTENCE)
    assert embedding.shape == (output.shape[2], output.shape[1]) == (128, 59)
    assert embedding.layer.params(embedding.received).total == module.weight.numel() == 2_560_000
    assert cost(SENTENCE).macs == 10 * 57 * 3 * 128 + 2 * 10


def test_it_is_a_convolution_of_size_1_over_one_hot_words():
    one_hot = Network(Tokens(59, 20_000).one_hot, (Conv(128, 1, bias=False),))
    assert list(shapes(one_hot).values()) == [(128, 59)]
    assert cost(one_hot).params == 20_000 * 128


def test_the_table_of_a_sentence_network():
    document = table(SENTENCE).document()
    assert document["input"] == [59]
    assert [row["receptive_field"] for row in document["layers"]] == [[1], [3], [59], [59]]
    assert receptive_field(SENTENCE, "conv1")[0].at(0) == (0, 2)
    longer = table(SENTENCE, (80,))
    assert (longer.input, longer.rows[1].output, longer.total.params) == ((80,), (10, 78), cost(SENTENCE).params)


def test_text_and_adaptation():
    assert "input=Tokens(59, 20000)," in repr(SENTENCE)
    assert parse(repr(SENTENCE)) == SENTENCE
    assert adapt(SENTENCE, classes=5).layers[-1] == Dense(5)
    with pytest.raises(NetworkError, match=r"the network reads Tokens\(59, 20000\), not images; give a network whose"):
        adapt(SENTENCE, side=32)


def test_several_embeddings_may_read_the_same_words():
    """Kim (2014) reads them through two channels, one of which stays as it was."""
    graph = Graph(Node("still", Embedding(8)), Node("tuned", Embedding(8), inputs="input"),
                  Node("sum", Add(), inputs=("still", "tuned")))  # fmt: skip
    assert shapes(Network(Tokens(5, 9), (graph, Conv(4, 2))))["conv1"] == (4, 4)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            Network(Tokens(5, 9), (Conv(2, 3),)),
            r"`conv1` \(Conv\) reads the numbers of words; put Embedding",
        ),
        (Network((9, 5), (Embedding(2),)), r"`embedding1` \(Embedding\) reads words, and gets none; put it first"),
        (Network(Tokens(5, 9), (Embedding(2), Embedding(2))), r"`embedding2` \(Embedding\) reads words"),
    ],
)
def test_words_and_embeddings_go_together(network, message):
    with pytest.raises(NetworkError, match=message):
        walk(network)


def test_fields_are_checked():
    with pytest.raises(NetworkError, match="`vocabulary` of Tokens must be a whole number from 1"):
        Tokens(5, 0)
    with pytest.raises(NetworkError, match=r"Network must hold layers, got a Tokens; write"):
        Network((3,), (Tokens(5, 9),))
    with pytest.raises(NetworkError, match=r"\(features,\) or Tokens, got"):
        Network("words", (Dense(2),))
