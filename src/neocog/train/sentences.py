"""What `auto` comes to for sentences: their vocabulary, their network, and word vectors from elsewhere.

The vocabulary is of the training sentences alone, or that of the model that training starts from. The figures below
were chosen on validation sentences of the film reviews (docs/sentences.md shows the table).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from neocog import zoo
from neocog.build import Rule
from neocog.core.errors import ModelFileError, NetworkError
from neocog.data import Dataset, WordsPreprocessing, fit_words, holds_vectors, read_vectors, vector_length, words_of
from neocog.model import IMAGENET, load
from neocog.network import Embedding, Network, Tokens, adapt, parse, read_network, walk
from neocog.train.recipe import Recipe

SEEN = 60_000
"""Training sentences that a run looks at in all, repeats included; it sets the epochs."""
EPOCHS = (6, 30)
"""The fewest and the most epochs that `auto` chooses."""
DECAYS = {"adamw": 0.5, "sgd": 0.0005}
"""The weight decay that `auto` chooses: most words are rare, and only decay takes out what is drawn for them."""


def words_for(recipe: Recipe, dataset: Dataset) -> WordsPreprocessing:
    """How the sentences of a data set become numbers: as the model that training starts from says, else as they ask."""
    if recipe.net.endswith(".safetensors"):
        known = load(recipe.net).preprocessing
        if not isinstance(known, WordsPreprocessing):
            raise NetworkError(
                f"a model to start from must read sentences, as {dataset.table.name} holds, got one that reads "
                f"{known.noun}; give another, or train without it"
            )
        return known
    read = dataset.table.source.read
    sentences = [words_of(raw) for row in dataset.rows("train").tolist() if isinstance(raw := read(row), bytes)]
    length = None if recipe.data.length == "auto" else recipe.data.length
    most = None
    given = _given(recipe)
    if given is not None:
        length, most = given.length, given.vocabulary - 2
    return fit_words(sentences, min_count=recipe.data.min_count, length=length, most=most)


def sentence_network(
    recipe: Recipe, words: WordsPreprocessing, classes: int, sentences: int
) -> tuple[Network, Sequence[Rule], str]:
    """The network for some sentences, how its first weights are drawn, and why it is as it is."""
    init = zoo.get(recipe.net).init if zoo.known(recipe.net) else ()
    if recipe.net == "auto":
        vectors = Path(recipe.init)
        features = vector_length(vectors) if recipe.init and holds_vectors(vectors) else None
        network, reason = zoo.auto_words(words.tokens, sentences, classes, features)
        return (parse(recipe.network) if recipe.network else network), zoo.AUTO_WORDS_INIT, reason
    if recipe.network:  # a recipe that was resolved before
        return parse(recipe.network), init, recipe.net
    if recipe.net.endswith(".safetensors"):
        return adapt(load(recipe.net).network, classes=classes), init, recipe.net
    if recipe.net.endswith(".network"):
        return adapt(read_network(Path(recipe.net)), tokens=words.tokens), init, recipe.net
    return zoo.network(recipe.net, classes=classes, tokens=words.tokens), init, recipe.net


def check_reads(network: Network, words: WordsPreprocessing) -> None:
    """Raise `NetworkError` unless a network reads such sentences."""
    if network.input != words.tokens:
        raise NetworkError(
            f"a network for these sentences must read {words.tokens}, got one that reads {network.input}; give one "
            "whose input is Tokens(length, vocabulary), or auto"
        )


def starts_from_vectors(recipe: Recipe) -> bool:
    """Whether what a recipe starts from is a file of word vectors."""
    return recipe.init not in ("", IMAGENET) and holds_vectors(Path(recipe.init))


def load_vectors(module: nn.Module, network: Network, words: WordsPreprocessing, path: Path) -> str:
    """Put the vectors of a file into the embedding of a sentence network; says how many words it had, in a sentence.

    Words that the file does not have keep what was drawn for them. Raises `ModelFileError` where the vectors are of
    another length than the network's.
    """
    first = walk(network)[0]
    features = vector_length(path)
    if not isinstance(first.layer, Embedding) or first.layer.features != features:
        reads = f"{first.layer.features} numbers a word" if isinstance(first.layer, Embedding) else "no words"
        raise ModelFileError(
            f"{path.name} holds vectors of {features} numbers, and the network has {reads}; let it begin with "
            f"Embedding({features}), or give --net auto"
        )
    found = read_vectors(path, words.numbers)
    table = module.get_parameter(f"{first.path}.weight")
    with torch.no_grad():
        table[torch.from_numpy(found.rows)] = torch.from_numpy(found.vectors).to(table)
    many = len(words.vocabulary)
    told = (
        f"word vectors: {path.name}, of {many:,} words {len(found.rows):,} found ({len(found.rows) / max(many, 1):.0%})"
    )
    if found.bad:
        told += f"; {found.bad:,} lines that could not be read were left out, the first is word {found.first_bad:,}"
    return told


def _given(recipe: Recipe) -> Tokens | None:
    """What the network of a recipe says that it reads, where its user wrote that down."""
    if recipe.network:
        network = parse(recipe.network)
    elif recipe.net.endswith(".network"):
        network = read_network(Path(recipe.net))
    else:
        return None
    return network.input if isinstance(network.input, Tokens) else None
