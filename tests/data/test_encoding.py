"""From bytes to text: marks are honored, a stated encoding is taken, and nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import DataError
from neocog.data.encoding import decoded, lines_of

TEXT = st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=("Cs",)), max_size=40)


@given(TEXT, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_announces_itself_is_read_back(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding), "a.txt") == text


def test_a_stated_encoding_is_taken() -> None:
    assert decoded("Grüße".encode("latin-1"), "a.txt", "latin-1") == "Grüße"
    assert lines_of("schön\nfad\n".encode("cp1252"), "a.txt", "CP1252") == ["schön", "fad"]


@pytest.mark.parametrize(
    ("raw", "encoding", "message"),
    [
        (
            b"a\nsch\xf6n",
            "auto",
            r"a\.txt line 2 must be UTF-8, it holds the byte b'\\xf6'; save it as UTF-8, or state",
        ),
        (b"\x81", "cp1252", r"a\.txt line 1 must be cp1252, it holds the byte b'\\x81'; save it as UTF-8"),
        (b"a\0b", "auto", r"a\.txt must be text, it holds zero bytes; save it as text in UTF-8"),
        (b"a", "latin", r"data\.encoding must be the name of a text encoding, got 'latinn'; did you mean 'latin-1'"),
        (b"a", "rot13", r"data\.encoding must be the name of a text encoding, got 'rot13'; known are"),
    ],
)
def test_what_cannot_be_read_says_where_and_how_to_mend_it(raw: bytes, encoding: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decoded(raw, "a.txt", "latinn" if encoding == "latin" else encoding)


def test_a_line_that_is_not_in_the_encoding_does_not_spoil_the_others() -> None:
    good, bad, last = lines_of("\ufeffgut\n".encode() + b"sch\xf6n\r\nfad", "a.txt")
    assert (good, last) == ("gut", "fad")
    assert isinstance(bad, DataError) and str(bad) == "not UTF-8, it holds the byte b'\\xf6'"
