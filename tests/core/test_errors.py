"""The nearest name: what a slip was meant to be, and nothing that is only a little like it."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.cli.__main__ import VERBS
from neocog.core.errors import alike, nearest

WORDS = st.text("abcde", min_size=4, max_size=12)


def _slips(word: str) -> set[str]:
    """The word with one letter left out, doubled, changed or swapped with the next."""
    places = range(len(word))
    left_out = {word[:place] + word[place + 1 :] for place in places}
    doubled = {word[:place] + word[place] + word[place:] for place in places}
    changed = {word[:place] + "z" + word[place + 1 :] for place in places}
    swapped = {word[:one] + word[other] + word[one] + word[other + 1 :] for one, other in pairwise(places)}
    return left_out | doubled | changed | swapped


@given(WORDS, st.integers())
def test_one_slip_is_forgiven_wherever_it_is(word: str, seed: int) -> None:
    slip = random.Random(seed).choice(sorted(_slips(word)))
    assert alike(slip, [word, "something else"]) == [word]
    assert alike(slip.upper(), [word, "something else"]) == [word]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("relu", ["relu1", "relu2"]),
        ("bias", ["dense1.bias"]),
        ("dens1", ["dense1.bias"]),
        ("dense1.bais", ["dense1.bias"]),
    ],
)
def test_a_part_of_a_name_is_enough(name: str, meant: list[str]) -> None:
    assert alike(name, ["relu1", "relu2", "dense1.bias"]) == meant


@pytest.mark.parametrize("name", ["run", "fit", "test", "score", "export", "serve", "learn", "classify", "x", ""])
def test_another_word_is_no_slip(name: str) -> None:
    assert alike(name, VERBS) == []
    assert nearest(name, VERBS).startswith("known are advise, cache, check")


def test_long_lists_are_cut() -> None:
    names = [f"{letter}{letter}" for letter in "abcdefghijklmnop"]
    assert nearest("zzzz", names).endswith("ll and 4 more")
