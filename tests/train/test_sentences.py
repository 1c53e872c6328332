"""Sentences from text to model file: the vocabulary, the network, words made unknown, word vectors, and back again."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog.build import build
from neocog.core.errors import ModelFileError, NetworkError
from neocog.core.run import MODEL
from neocog.data import Augment, DataOptions, Dataset, Preprocessing, WordsPreprocessing, load
from neocog.model import Model, decisive, save, weights_of
from neocog.model import load as load_model
from neocog.network import Dense, Embedding, Flatten, Network, Tokens
from neocog.train import Recipe, fit, train
from neocog.train.events import Finished, Note
from neocog.train.recipe import Optimizer
from neocog.train.resolve import resolve

GOOD = ("good", "great", "fine", "superb")
BAD = ("bad", "dull", "poor", "awful")
FILLING = ("the", "film", "was", "a", "story", "of", "two", "men")


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """480 sentences in two files: the class is that of their one word of praise or blame."""
    folder = tmp_path_factory.mktemp("reviews")
    drawn = np.random.default_rng(0)
    for name, words in (("pos", GOOD), ("neg", BAD)):
        lines = []
        for number in range(240):
            said = list(drawn.choice(FILLING, size=int(drawn.integers(4, 9))))
            said.insert(int(drawn.integers(0, len(said))), words[number % 4])
            lines.append(" ".join(said))
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    (folder / "README.txt").write_text("two files, a sentence a line\n")
    return folder


@pytest.fixture
def recipe(reviews: Path) -> Recipe:
    return Recipe(data=DataOptions(path=str(reviews)), epochs=6, batch=16, augment=Augment(words=0.2))


@pytest.fixture(scope="module")
def data(reviews: Path) -> Dataset:
    return load(DataOptions(path=str(reviews)))


@pytest.fixture(scope="module")
def model(reviews: Path, data: Dataset) -> Model:
    return fit(Recipe(data=DataOptions(path=str(reviews)), epochs=10, batch=16, augment=Augment(words=0.2)), data)


def after(steps: int) -> Callable[[], bool]:
    count = itertools.count(1)
    return lambda: next(count) >= steps


def test_a_network_learns_which_words_decide(model: Model, data: Dataset) -> None:
    assert model.card["validation"]["accuracy"] > 0.95
    words = model.preprocessing
    assert isinstance(words, WordsPreprocessing)
    assert model.network.input == Tokens(words.length, len(words.vocabulary) + 2)
    found = decisive(model, b"the film was superb , a story of two men")
    assert model.classes[found.label] == "pos"
    assert found.words[found.strongest[0]] == "superb" and found.passes


def test_the_vocabulary_is_of_the_training_sentences_alone(recipe: Recipe, data: Dataset) -> None:
    table = data.table
    trained = {word for row in data.rows("train").tolist() for word in table.source.read(row).decode().split()}
    words = resolve(recipe, data).preprocessing
    assert isinstance(words, WordsPreprocessing)
    assert set(words.vocabulary) == trained
    rare = resolve(replace(recipe, data=replace(recipe.data, min_count=60, length=7)), data)
    assert isinstance(rare.preprocessing, WordsPreprocessing)
    assert rare.preprocessing.length == rare.recipe.data.length == 7
    assert 0 < len(rare.preprocessing.vocabulary) < len(trained)


def test_a_run_that_stops_and_goes_on_comes_to_the_same_bytes(recipe: Recipe, tmp_path: Path) -> None:
    whole = list(train(recipe, tmp_path / "whole"))
    assert isinstance(whole[-1], Finished)
    list(train(recipe, tmp_path / "parted", stop=after(30)))
    assert not (tmp_path / "parted" / MODEL).exists()
    list(train(recipe, tmp_path / "parted", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parted" / MODEL).read_bytes()


def test_the_model_file_needs_nothing_else(model: Model, recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "run"))
    loaded = load_model(tmp_path / "run")
    words = loaded.preprocessing
    assert isinstance(words, WordsPreprocessing)
    tokens = torch.from_numpy(words.prepare(b"what an AWFUL film")).long()
    scores = loaded.module()(tokens[None])
    assert loaded.classes[int(scores.argmax())] == "neg"


@pytest.mark.parametrize("name", ["sentence_cnn", "mine.network"])
def test_a_network_by_name_is_sized_by_the_data(name: str, recipe: Recipe, data: Dataset, tmp_path: Path) -> None:
    net = name
    if name == "mine.network":
        net = str(tmp_path / name)
        text = "Network(input=Tokens(6, 9), layers=(Embedding(4), Conv(8, 3), ReLU(), GlobalMaxPool(), Dense(2)))"
        Path(net).write_text(text)
    found = resolve(replace(recipe, net=net), data).network.input
    assert isinstance(found, Tokens)
    assert (found.length, found.vocabulary) == ((6, 9) if name == "mine.network" else (9, 18))


def test_word_vectors_begin_the_embedding(recipe: Recipe, data: Dataset, tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).normal(size=(9, 12)).round(3)
    words = (*GOOD, *BAD, "unheard")
    file = tmp_path / "vectors.txt"
    rows = (f"{word} {' '.join(map(str, row))}" for word, row in zip(words, drawn.tolist(), strict=True))
    file.write_text("\n".join(rows) + "\n")
    still = replace(recipe, init=str(file), epochs=1, optimizer=Optimizer(freeze="embedding1"))
    events = list(train(still, tmp_path / "run"))
    told = [event.text for event in events if isinstance(event, Note) and event.text.startswith("word vectors")]
    assert told == ["word vectors: vectors.txt, of 16 words 8 found (50%)"]
    kept = load_model(tmp_path / "run")
    assert isinstance(kept.network.layers[0], Embedding) and kept.network.layers[0].features == 12
    assert isinstance(kept.preprocessing, WordsPreprocessing)
    for word, row in zip(words[:8], drawn, strict=False):
        number = kept.preprocessing.numbers[word]
        np.testing.assert_allclose(kept.weights["embedding1.weight"][number], row, rtol=1e-6)


def test_vectors_of_another_length_are_refused(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("good 1 2 3\nbad 3 2 1\n")
    with pytest.raises(
        ModelFileError, match=r"holds vectors of 3 numbers, and the network has 300 numbers a word; let"
    ):
        list(train(replace(recipe, net="sentence_cnn", init=str(file)), tmp_path / "run"))


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            "lenet5",
            r"lenet5 reads \(1, 32, 32\), not words; give a network whose input is Tokens\(length, vocabulary\)",
        ),
        ("images.network", r"reads \(3, 8, 8\), not words; give a network whose input is Tokens"),
    ],
)
def test_a_network_that_reads_no_words_is_refused(
    net: str, message: str, recipe: Recipe, data: Dataset, tmp_path: Path
) -> None:
    if net.endswith(".network"):
        path = tmp_path / net
        path.write_text("Network(input=(3, 8, 8), layers=(Flatten(), Dense(2)))")
        net = str(path)
    with pytest.raises(NetworkError, match=message):
        resolve(replace(recipe, net=net), data)


def test_a_model_of_images_is_no_start_for_sentences(recipe: Recipe, data: Dataset, tmp_path: Path) -> None:
    network = Network((1, 8, 8), (Flatten(), Dense(2)))
    pictures = Model(
        network=network,
        weights=weights_of(build(network)),
        classes=("a", "b"),
        preprocessing=Preprocessing(size=(8, 8), channels=1),
    )
    save(pictures, tmp_path / MODEL)
    with pytest.raises(NetworkError, match=r"a model to start from must read sentences, as .* got one that reads imag"):
        resolve(replace(recipe, init=str(tmp_path / MODEL)), data)


def test_a_model_is_trained_on_with_its_own_words(recipe: Recipe, data: Dataset, tmp_path: Path) -> None:
    list(train(replace(recipe, epochs=1), tmp_path / "first"))
    began = replace(recipe, init=str(tmp_path / "first" / MODEL), epochs=1)
    found = resolve(began, data)
    assert found.preprocessing == load_model(tmp_path / "first").preprocessing
    list(train(began, tmp_path / "second"))
    assert (tmp_path / "second" / MODEL).exists()
