"""Sentences as numbers: how a text is cut into words, which words have a number, and what a batch of them looks like.

The words of a sentence are its runs of letters and digits in lower case, the marks `, ! ? ( )` and the parts that a
contraction is made of: "don't" is `do` and `n't`, "it's" is `it` and `'s`. That is how the film reviews were cut for
the sentence network (Kim, 2014). What else stands between words only parts them. Chinese characters and Japanese kana
are a word each, for nothing parts those.

>>> tokenize("It's GREAT - don't miss it!")
['it', "'s", 'great', 'do', "n't", 'miss', 'it', '!']
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neocog.core import draw
from neocog.core.errors import ImageError
from neocog.core.files import content_hash
from neocog.network import Tokens

Words = NDArray[np.int32]
"""The numbers of words, N L."""

PADDING = 0
"""The number that fills a short sentence up."""
UNKNOWN = 1
"""The number of a word that is not in the vocabulary."""
FIRST = 2
"""The number of the vocabulary's first word."""
COVERED = 0.99
"""The share of the training sentences that the network's length holds whole."""
SHORTEST = 5
"""The least length of a network's input: the widest filters of a sentence network look at so many words."""

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_LETTER = rf"(?:(?![{_IDEOGRAPHS}])[^\W_]|[\u0300-\u036f])"
_WORD = re.compile(rf"{_LETTER}+?(?=n't\b)|n't\b|'(?:s|m|d|ll|re|ve)\b|{_LETTER}+|[{_IDEOGRAPHS}]|[,!?()]")


def tokenize(text: str) -> list[str]:
    """The words of a text, in order; none of a text without letters, digits or marks."""
    found: list[str] = _WORD.findall(unicodedata.normalize("NFC", text).lower().replace("\u2019", "'"))
    return found


def words_of(raw: bytes) -> list[str]:
    """The words of a raw sample; `ImageError` where it has none, or is not UTF-8.

    >>> words_of(b"So GOOD")
    ['so', 'good']
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = raw[error.start : error.start + 1]
        line = raw.count(b"\n", 0, error.start) + 1
        raise ImageError(f"not UTF-8, line {line} holds the byte {found!r}") from error
    words = tokenize(text)
    if not words:
        raise ImageError("no words" if text.strip() else "empty")
    return words


def near_texts(texts: Sequence[Sequence[str]]) -> tuple[tuple[int, int], ...]:
    """The pairs of rows that have the same words in the same order: each with the first such row.

    Rows without words are nobody's.

    >>> near_texts([["so", "good"], ["bad"], [], ["so", "good"], []])
    ((0, 3),)
    """
    first: dict[tuple[str, ...], int] = {}
    found = [(first.setdefault(tuple(words), row), row) for row, words in enumerate(texts) if words]
    return tuple((one, other) for one, other in found if one != other)


def vocabulary_of(sentences: Iterable[Sequence[str]], min_count: int = 1) -> tuple[str, ...]:
    """The words that occur at least `min_count` times, the most frequent first, equal ones by code point.

    >>> vocabulary_of([["a", "film"], ["a", "bore"]])
    ('a', 'bore', 'film')
    """
    counts = Counter(word for words in sentences for word in words)
    return tuple(sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word)))


def numbers_of(vocabulary: Sequence[str]) -> dict[str, int]:
    """Each word's number: the vocabulary's place after padding and unknown.

    >>> numbers_of(("a", "film"))
    {'a': 2, 'film': 3}
    """
    return {word: number for number, word in enumerate(vocabulary, FIRST)}


def length_for(lengths: Sequence[int] | NDArray[np.int64]) -> int:
    """The length of a network's input for training sentences of some lengths: it holds 99 % of them whole.

    >>> length_for([*range(1, 100), 5000])
    99
    """
    ordered = np.sort(np.asarray(lengths))
    return max(SHORTEST, int(ordered[int(np.ceil(COVERED * len(ordered))) - 1])) if len(ordered) else SHORTEST


def encode(sentences: Sequence[Sequence[str]], numbers: Mapping[str, int], length: int) -> Words:
    """Sentences as rows of `length` numbers (int32 N L): cut where they are longer, filled up where shorter.

    >>> encode([["a", "dull", "film"]], {"a": 2, "film": 3}, 5).tolist()
    [[2, 1, 3, 0, 0]]
    """
    rows = np.full((len(sentences), length), PADDING, np.int32)
    for row, words in zip(rows, sentences, strict=True):
        known = [numbers.get(word, UNKNOWN) for word in words[:length]]
        row[: len(known)] = known
    return rows


@dataclass(frozen=True, eq=False)
class Dropped:
    """Which words of some sentences are made unknown in an epoch."""

    lost: NDArray[np.bool_]
    """N L."""

    def part(self, rows: slice) -> "Dropped":
        """The same for some of the sentences."""
        return Dropped(self.lost[rows])

    def of(self, rows: Words) -> Words:
        """The sentences (N L) without those words; what only fills them up stays.

        >>> Dropped(np.array([[True, False, True]])).of(np.array([[4, 9, 0]], np.int32)).tolist()
        [[1, 9, 0]]
        """
        return np.asarray(np.where(self.lost & (rows != PADDING), np.int32(UNKNOWN), rows), np.int32)


def dropped(length: int, share: float, *, seed: int, epoch: int, samples: NDArray[np.uint64]) -> Dropped:
    """A `share` of the words of each sentence, drawn as a function of seed, epoch and sample (the stable keys, N).

    A network that cannot rely on any one word learns from all of them, and learns what an unknown one means
    (Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification", 2015).
    """
    return Dropped(draw.uniform(seed, epoch, samples[:, None], np.arange(length), "word") < share)


@dataclass(frozen=True, kw_only=True)
class WordsPreprocessing:
    """From a sentence in UTF-8 to the numbers of its words, the same for validation, test and predict."""

    length: int
    """The words that the network reads; a longer sentence is cut, a shorter one filled up."""
    vocabulary: tuple[str, ...]
    """The words that have a number of their own: the first has 2, after padding and unknown."""

    @property
    def noun(self) -> str:
        """What it prepares, of several."""
        return "sentences"

    @property
    def tokens(self) -> Tokens:
        """The network's input."""
        return Tokens(self.length, len(self.vocabulary) + FIRST)

    @property
    def input(self) -> tuple[int, ...]:
        """The shape of a prepared sentence."""
        return (self.length,)

    @property
    def dtype(self) -> str:
        """Of prepared sentences."""
        return "int32"

    @cached_property
    def key(self) -> str:
        """What prepared sentences depend on beside their texts."""
        return f"words {self.length} {content_hash(' '.join(self.vocabulary).encode())}"

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return numbers_of(self.vocabulary)

    def prepare(self, raw: bytes) -> Words:
        """The numbers of a sentence's words (L); `ImageError` where it has no word.

        >>> WordsPreprocessing(length=5, vocabulary=("film", "dull")).prepare(b"A dull film").tolist()
        [1, 3, 2, 0, 0]
        """
        return np.asarray(encode([words_of(raw)], self.numbers, self.length)[0], np.int32)


def fit_words(
    sentences: Sequence[Sequence[str]], *, min_count: int = 1, length: int | None = None, most: int | None = None
) -> WordsPreprocessing:
    """The preprocessing that training sentences ask for, cut into words already.

    A word needs `min_count` of them to have a number of its own; of those the `most` frequent have one. `length` is
    what holds 99 % of the sentences whole where none is given.

    >>> fit_words([["a", "film"], ["a", "bore"]], most=2).vocabulary
    ('a', 'bore')
    """
    vocabulary = vocabulary_of(sentences, min_count)
    if length is None:
        length = length_for([len(words) for words in sentences])
    return WordsPreprocessing(length=length, vocabulary=vocabulary[:most])
