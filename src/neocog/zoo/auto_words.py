"""`auto` for sentences: Kim's network made small for few sentences, and one line that says why.

Filters of three, four and five words look for phrases and keep their best place, as in `sentence_cnn`. A vector of 300
numbers a word has far more to learn than some thousand sentences can teach it, so it is shorter here: on the film
reviews it learns as much, and takes a fifth of the time. Half of the words are made unknown in training
(`augment.words`), which is what keeps so few sentences from being learned by heart.
"""

from neocog.network import Branches, Conv, Dense, Dropout, Embedding, GlobalMaxPool, Network, ReLU, Sequence, Tokens
from neocog.zoo.entry import Rule

WIDTHS = (3, 4, 5)
"""Words that a filter looks at."""
FEATURES = (64, 128)
"""The length of a word's vector, for few sentences and for many."""
FILTERS = (64, 128)
"""The filters of a width, for few sentences and for many."""
MANY = 100_000
"""Sentences from which they are many."""
INIT: tuple[Rule, ...] = ((r"embedding1\.weight", "uniform(-0.25, 0.25)"),)
"""How the vectors of words begin: Kim's choice."""


def auto_words(tokens: Tokens, sentences: int, classes: int, features: int | None = None) -> tuple[Network, str]:
    """A network for sentences, and the reason for its size in one line.

    `sentences` counts those to train on; `features` is the length of the vectors of words where those are given.

    >>> network, reason = auto_words(Tokens(40, 5000), sentences=6_800, classes=2)
    >>> network.layers[0], network.layers[-1]
    (Embedding(64), Dense(2))
    >>> print(reason)
    auto: vectors of 64 numbers for 4,998 words, 64 filters each of 3, 4 and 5 words, for 6,800 sentences
    """
    many = sentences >= MANY
    length, filters = features or FEATURES[many], FILTERS[many]
    branches = (Sequence(Conv(filters, words), ReLU(), GlobalMaxPool()) for words in WIDTHS)
    network = Network(
        name="auto",
        input=tokens,
        layers=(Embedding(length), Branches(*branches, name="phrases"), Dropout(), Dense(classes)),
    )
    known = tokens.vocabulary - 2
    return network, (
        f"auto: vectors of {length} numbers for {known:,} words, {filters} filters each of 3, 4 and 5 words, for "
        f"{sentences:,} sentences"
    )
