"""`auto` for sentences: Kim's network made small for few sentences, and one line that says why.

Filters of three, four and five words look for phrases and keep their best place, as in `sentence_cnn`. A vector of 300
numbers a word has far more to learn than some thousand sentences can teach it, so it is shorter here, and begins near
zero: what a rare word does not learn stays out of the sum.
"""

from neocog.network import Branches, Conv, Dense, Dropout, Embedding, GlobalMaxPool, Network, ReLU, Sequence, Tokens
from neocog.zoo.entry import Rule

WIDTHS = (3, 4, 5)
"""Words that a filter looks at."""
FEATURES = (32, 128)
"""The shortest and the longest vector of a word."""
FILTERS = (32, 128)
"""The fewest and the most filters of a width."""
LARGE = 100_000
"""Sentences from which both are at their most; below a tenth of them they are at their least."""
INIT: tuple[Rule, ...] = ((r"embedding1\.weight", "uniform(-0.05, 0.05)"),)
"""How the vectors of words begin."""


def auto_words(tokens: Tokens, sentences: int, classes: int, features: int | None = None) -> tuple[Network, str]:
    """A network for sentences, and the reason for its size in one line.

    `sentences` counts those to train on; `features` is the length of the vectors of words where those are given.

    >>> network, reason = auto_words(Tokens(40, 5000), sentences=6_800, classes=2)
    >>> network.layers[0], network.layers[-1]
    (Embedding(32), Dense(2))
    >>> print(reason)
    auto: vectors of 32 numbers for 4,998 words, 32 filters each of 3, 4 and 5 words, for 6,800 sentences
    """
    share = 2 if sentences >= LARGE else 1 if sentences >= LARGE // 10 else 0
    length = features or _between(FEATURES, share)
    filters = _between(FILTERS, share)
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


def _between(limits: tuple[int, int], share: int) -> int:
    """The least, twice that, or the most."""
    return (limits[0], 2 * limits[0], limits[1])[share]
