"""Sentences as numbers: how they are cut, which words have a number, and words made unknown."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import ImageError
from neocog.data.words import (
    FIRST,
    PADDING,
    UNKNOWN,
    WordsPreprocessing,
    dropped,
    encode,
    fit_words,
    length_for,
    near_texts,
    numbers_of,
    tokenize,
    vocabulary_of,
    words_of,
)
from neocog.network import Tokens

TEXTS = st.lists(st.text("ab c'n,t!é", max_size=30), max_size=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("you don't, can't and won't", ["you", "do", "n't", ",", "ca", "n't", "and", "wo", "n't"]),
        ("He'd've said: \"they’re 'em\"", ["he", "'d", "'ve", "said", "they", "'re", "em"]),
        ("Rock-and-roll (2 of 3)... IMAX?", ["rock", "and", "roll", "(", "2", "of", "3", ")", "imax", "?"]),
        ("un_der Straße e\u0301tude", ["un", "der", "straße", "étude"]),
        ("この映画は good", ["こ", "の", "映", "画", "は", "good"]),
        ("*** -- ///", []),
    ],
)
def test_a_text_is_cut_into_words_contractions_and_marks(text: str, words: list[str]) -> None:
    assert tokenize(text) == words


@given(st.text(max_size=60))
def test_cutting_the_words_again_changes_nothing(text: str) -> None:
    words = tokenize(text)
    assert tokenize(" ".join(words)) == words


@given(TEXTS, st.integers(1, 3))
def test_a_vocabulary_holds_every_word_that_is_frequent_enough_most_frequent_first(
    texts: list[str], least: int
) -> None:
    sentences = [tokenize(text) for text in texts]
    counts = Counter(word for words in sentences for word in words)
    vocabulary = vocabulary_of(sentences, least)
    assert set(vocabulary) == {word for word, count in counts.items() if count >= least}
    assert [counts[word] for word in vocabulary] == sorted((counts[word] for word in vocabulary), reverse=True)


@given(TEXTS, st.integers(1, 12))
def test_rows_of_numbers_read_back_as_the_words(texts: list[str], length: int) -> None:
    sentences = [tokenize(text) for text in texts]
    vocabulary = vocabulary_of(sentences)
    rows = encode(sentences, numbers_of(vocabulary), length)
    assert rows.shape == (len(texts), length) and rows.dtype == np.int32
    for row, words in zip(rows.tolist(), sentences, strict=True):
        assert [vocabulary[number - FIRST] for number in row if number != PADDING] == words[:length]
        assert row[len(words) :] == [PADDING] * max(0, length - len(words))


def test_a_word_of_no_vocabulary_is_unknown() -> None:
    assert encode([["new", "film"]], {"film": 2}, 3).tolist() == [[UNKNOWN, 2, PADDING]]


def test_the_length_holds_99_of_100_sentences_and_never_less_than_the_widest_filter() -> None:
    assert length_for([10] * 98 + [20, 500]) == 20
    assert length_for([1, 2]) == 5
    assert length_for([]) == 5


def test_dropped_words_are_a_function_of_seed_epoch_and_sample() -> None:
    rows = np.tile(np.arange(40, dtype=np.int32), (50, 1))
    keys = np.arange(50, dtype=np.uint64)
    drawn = dropped(40, 0.3, seed=0, epoch=1, samples=keys)
    once = drawn.of(rows)
    alone = dropped(40, 0.3, seed=0, epoch=1, samples=keys[7:8]).of(rows[7:8])
    assert (once[7] == alone[0]).all()
    assert (drawn.part(slice(7, 9)).of(rows[7:9]) == once[7:9]).all()
    assert (once != dropped(40, 0.3, seed=0, epoch=2, samples=keys).of(rows)).any()
    assert (once != dropped(40, 0.3, seed=1, epoch=1, samples=keys).of(rows)).any()
    assert once.dtype == np.int32 and (once[:, 0] == PADDING).all()
    changed = once != rows
    assert set(once[changed].tolist()) == {UNKNOWN}
    assert 0.25 < changed[:, 2:].mean() < 0.35  # of 1,900 lots; column 1 holds the unknown word already


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "^empty$"),
        (b" \n", "^empty$"),
        (b"... -- ///", "^no words$"),
        (b"one\nsch\xf6n", r"^not UTF-8, line 2 holds the byte b'\\xf6'$"),
    ],
)
def test_a_text_without_words_cannot_be_read(raw: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        words_of(raw)


def test_preprocessing_says_the_networks_input_and_prepares_alike_every_time() -> None:
    words = WordsPreprocessing(length=6, vocabulary=("film", "dull"))
    assert words.tokens == Tokens(6, 4)
    assert words.prepare("\ufeffThe DULL film".encode()).tolist() == [1, 3, 2, 0, 0, 0]
    assert words.key != WordsPreprocessing(length=6, vocabulary=("dull", "film")).key
    assert words == WordsPreprocessing(length=6, vocabulary=("film", "dull"))


def test_a_preprocessing_is_fitted_to_training_sentences() -> None:
    sentences = [tokenize("a dull film"), tokenize("a film of a kind")]
    assert fit_words(sentences).vocabulary == ("a", "film", "dull", "kind", "of")
    assert fit_words(sentences, min_count=2).vocabulary == ("a", "film")
    assert fit_words(sentences, most=1, length=9) == WordsPreprocessing(length=9, vocabulary=("a",))


def test_sentences_with_the_same_words_are_near_each_other() -> None:
    assert near_texts([["a"], ["b"], ["a"], [], ["a"], []]) == ((0, 2), (0, 4))
