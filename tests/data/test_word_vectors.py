"""Word vectors: three forms of files, read for the wanted words, damage told."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import ModelFileError
from neocog.data.word_vectors import holds_vectors, read_vectors, vector_length

VECTORS = {"film": [0.5, -1.25, 3.0], "Paris": [1.0, 2.0, 4.0], "so-so": [0.0, 0.25, -8.0], "naïve": [7.0, 8.0, 9.0]}
WANTED = {"film": 2, "paris": 3, "naïve": 4, "absent": 5}


def glove(vectors: dict[str, list[float]]) -> bytes:
    return "".join(f"{word} {' '.join(map(str, values))}\n" for word, values in vectors.items()).encode()


def word2vec(vectors: dict[str, list[float]]) -> bytes:
    return f"{len(vectors)} 3\n".encode() + glove(vectors)


def binary(vectors: dict[str, list[float]], end: bytes = b"\n") -> bytes:
    rows = (word.encode() + b" " + struct.pack("<3f", *values) + end for word, values in vectors.items())
    return f"{len(vectors)} 3\n".encode() + b"".join(rows)


FORMS = {
    "glove.txt": glove(VECTORS),
    "w2v.vec": word2vec(VECTORS),
    "w2v.bin": binary(VECTORS),
    "google.bin": binary(VECTORS, b""),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_wanted_vectors(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name])
    assert holds_vectors(path)
    found = read_vectors(path, WANTED)
    assert found.features == vector_length(path) == 3
    assert found.rows.tolist() == [2, 3, 4]
    np.testing.assert_array_equal(found.vectors, [VECTORS["film"], VECTORS["Paris"], VECTORS["naïve"]])
    assert (found.bad, found.first_bad) == (0, 0)


def test_the_word_as_it_is_comes_before_its_capitals(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    path.write_bytes(glove({"Film": [1, 1, 1], "film": [2, 2, 2], "FILM": [3, 3, 3]}))
    assert read_vectors(path, {"film": 2}).vectors.tolist() == [[2, 2, 2]]


def test_a_word_may_hold_spaces(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    path.write_bytes(b"film 1 2 3\n. . . 4 5 6\n")
    assert read_vectors(path, {". . .": 2}).vectors.tolist() == [[4, 5, 6]]


def test_bad_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    good = "".join(f"w{number} 1 2 3\n" for number in range(60))
    path.write_bytes((good + "film 1 nan 3\nshort 1\n" + good).encode())
    found = read_vectors(path, {"film": 2, "w7": 3})
    assert (found.bad, found.first_bad, found.rows.tolist()) == (2, 61, [3])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"must hold word vectors of 1 to 4,096 numbers, its first line has -1; give a file of word2vec"),
        (b"10 9999\n", r"must hold word vectors of 1 to 4,096 numbers, its first line has 9999"),
        (b"a 1 2\nb x y\nc 1 2\n", r"1 of 3 words have no 2 numbers, the first is number 2; download the file again"),
        (binary(VECTORS)[:-9], r"is cut short at word 4 of 4; download the file again"),
        (b"5 3\n" + b"\xff" * 5000, r"word 1 does not end; give a file of word2vec"),
    ],
)
def test_a_broken_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "g.bin"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        read_vectors(path, WANTED)


def test_a_file_with_too_many_words_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neocog.data.word_vectors.MOST_WORDS", 3)
    path = tmp_path / "g.txt"
    path.write_bytes(FORMS["glove.txt"])
    with pytest.raises(ModelFileError, match=r"g\.txt holds over 3 words, which is not believed; cut it"):
        read_vectors(path, WANTED)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"none\.bin cannot be read \(No such file or directory\); check the path"):
        read_vectors(tmp_path / "none.bin", WANTED)
    assert not holds_vectors(tmp_path / "none.bin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors")


@given(content=st.binary(max_size=300))
def test_no_bytes_crash_it(folder: Path, content: bytes) -> None:
    path = folder / "any.bin"
    path.write_bytes(content)
    try:
        read_vectors(path, WANTED)
    except ModelFileError:
        return
