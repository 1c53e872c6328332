"""The words that decided: sums by hand on a network whose weights are set, and what holds for any."""

import numpy as np
import pytest
import torch

from neocog.build import build
from neocog.core.errors import ImageError, NetworkError
from neocog.data import NumbersPreprocessing, WordsPreprocessing
from neocog.model import Model, decisive, weights_of
from neocog.network import Branches, Conv, Dense, Embedding, GlobalMaxPool, Network, ReLU, Sequence, Tokens

WORDS = WordsPreprocessing(length=8, vocabulary=("dull", "good", "film", "a", "very"))


def counting() -> Model:
    """A network that sums the best `good` and the best `dull`: logits (dull, good), unknown words being 0."""
    network = Network(Tokens(8, 7), (Embedding(2), Conv(2, 1, bias=False), ReLU(), GlobalMaxPool(), Dense(2)))
    module = build(network)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.get_parameter("embedding1.weight")[2, 0] = 1.0
        module.get_parameter("embedding1.weight")[3, 1] = 3.0
        module.get_parameter("conv1.weight")[:, :, 0] = torch.eye(2)
        module.get_parameter("dense1.weight").copy_(torch.eye(2))
    return Model(network=network, weights=weights_of(module), classes=("neg", "pos"), preprocessing=WORDS)


def test_what_each_word_adds_is_what_its_weight_says() -> None:
    found = decisive(counting(), b"A very dull film, so GOOD")
    assert found.words == ("a", "very", "dull", "film", ",", "so", "good")
    assert found.unknown.tolist() == [False, False, False, False, True, True, False]
    assert found.label == 1
    np.testing.assert_allclose(found.probability, 1 / (1 + np.exp(-2)), rtol=1e-6)
    np.testing.assert_allclose(found.fall, [0, 0, -1, 0, 0, 0, 3], atol=1e-6)
    np.testing.assert_allclose(found.gradient, [0, 0, -1, 0, 0, 0, 3], atol=1e-6)
    assert [(phrase.words, phrase.start, phrase.filters) for phrase in found.phrases] == [(("good",), 6, 1)]
    np.testing.assert_allclose(found.phrases[0].share, 3, rtol=1e-6)
    assert found.strongest[0] == 6


def test_the_other_class_can_be_asked_about() -> None:
    one, other = (decisive(counting(), b"good but dull", label) for label in (0, 1))
    np.testing.assert_allclose(one.fall, -other.fall)
    np.testing.assert_allclose(one.probability + other.probability, 1)


def test_a_word_that_comes_twice_is_missed_only_once_both_are_gone() -> None:
    found = decisive(counting(), b"good good")
    np.testing.assert_allclose(found.fall, [0, 0], atol=1e-6)


def test_named_words_are_compared_with_drawn_ones() -> None:
    found = decisive(counting(), b"a very very very very very very good")
    assert found.few == 2
    assert found.without == pytest.approx(0.5)
    assert len(found.by_chance) == 20 and min(found.by_chance) > 0.9
    assert found.passes
    assert not decisive(counting(), b"a very very film").passes


@pytest.fixture(scope="module")
def phrases() -> Model:
    torch.manual_seed(0)
    layers = (
        Embedding(6),
        Branches(*(Sequence(Conv(5, size, pad=size - 1), ReLU(), GlobalMaxPool()) for size in (2, 3))),
        Dense(3),
    )
    network = Network(Tokens(8, 7), layers)
    return Model(network=network, weights=weights_of(build(network, 3)), classes=("a", "b", "c"), preprocessing=WORDS)


def test_the_shares_of_all_filters_explain_the_log_odds_of_a_network_without_biases(phrases: Model) -> None:
    raw = b"a very good film"
    found = decisive(phrases, raw)
    assert all(phrase.words == found.words[phrase.start : phrase.start + len(phrase.words)] for phrase in found.phrases)
    assert all(phrase.share > 0 and 1 <= len(phrase.words) <= 3 for phrase in found.phrases)
    assert [phrase.share for phrase in found.phrases] == sorted((each.share for each in found.phrases), reverse=True)
    module = phrases.module()
    tokens = torch.from_numpy(WORDS.prepare(raw)).long()
    scores = module(tokens[None]).detach()[0]
    assert found.label == int(scores.argmax())
    for place in range(len(found.words)):
        hidden = tokens.clone()
        hidden[place] = 1
        changed = module(hidden[None]).detach()[0].softmax(0)[found.label]
        odds = np.log(found.probability / (1 - found.probability)) - float(torch.log(changed / (1 - changed)))
        assert found.fall[place] == pytest.approx(odds, abs=1e-4)


def test_the_gradient_is_that_of_a_small_step(phrases: Model) -> None:
    raw = b"a dull film"
    found = decisive(phrases, raw)
    module = phrases.module()
    tokens = torch.from_numpy(WORDS.prepare(raw)).long()
    table = module.get_parameter("embedding1.weight")
    step = 1e-3
    for place, word in enumerate(tokens[:3].tolist()):
        odds = []
        for sign in (1, -1):
            with torch.no_grad():
                kept = table[word].clone()
                table[word] *= 1 + sign * step
                share = module(tokens[None])[0].double().softmax(0)[found.label]
                table[word] = kept
            odds.append(float(torch.log(share / (1 - share))))
        assert found.gradient[place] == pytest.approx((odds[0] - odds[1]) / (2 * step), abs=2e-2)


def test_what_is_no_sentence_is_refused() -> None:
    with pytest.raises(ImageError, match="^no words$"):
        decisive(counting(), b"...")
    network = Network((2,), (Dense(2),))
    numbers = Model(
        network=network,
        weights=weights_of(build(network)),
        classes=("x", "y"),
        preprocessing=NumbersPreprocessing(columns=("a", "b")),
    )
    with pytest.raises(NetworkError, match=r"words decide where sentences are read, and this model reads rows of numb"):
        decisive(numbers, b"good")
