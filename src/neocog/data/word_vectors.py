"""Word vectors from elsewhere: the numbers that a large text gave each word, read for the words that are needed.

Three forms are known by their content: word2vec's text (`words numbers` in the first line, then a word and its numbers
a line; fastText's `.vec` is the same), GloVe's (no first line), and word2vec's binary form (the same first line, then
each word, a space and its numbers as float32). A file is read from front to back and only what is asked for is kept,
so a file of gigabytes needs no more memory than a small one. A line that cannot be read is counted and left out.

    found = read_vectors(Path("glove.6B.100d.txt"), {"film": 2, "dull": 3})
    found.features, found.rows, found.vectors
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import ModelFileError

SUFFIXES = (".txt", ".vec", ".bin")
"""What files of word vectors end in."""
MOST_FEATURES = 4096
"""The longest vector."""
MOST_WORDS = 20_000_000
"""Words above which no file is believed."""

_LONGEST_WORD = 1000
_LONGEST_LINE = 2**17
_MOST_BAD = 0.05


@dataclass(frozen=True, eq=False)
class WordVectors:
    """What a file holds for the words that were asked for."""

    features: int
    """The numbers of a vector."""
    rows: NDArray[np.int64]
    """The numbers of the words that were found (M)."""
    vectors: NDArray[np.float32]
    """Their vectors (M, features)."""
    bad: int
    """Lines that could not be read."""
    first_bad: int
    """The first of them, counted from 1; 0 where there is none."""


Vector = tuple[bytes, "NDArray[np.float32] | None"]
"""A word, and its numbers; None where they cannot be read."""


def holds_vectors(path: Path) -> bool:
    """Whether a file looks like one of word vectors, by its name and its beginning.

    >>> holds_vectors(Path("weights.safetensors"))
    False
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.readline(_LONGEST_LINE)
    return _counts(head) is not None or _entry(head, _features_of(head))[1] is not None


def vector_length(path: Path) -> int:
    """The length of a file's vectors; `ModelFileError` where it holds none."""
    with _opened(path) as file:
        head = file.readline(_LONGEST_LINE)
    counts = _counts(head)
    features = counts[1] if counts else _features_of(head)
    if not 0 < features <= MOST_FEATURES:
        raise ModelFileError(
            f"{path.name} must hold word vectors of 1 to {MOST_FEATURES:,} numbers, its first line has {features}; "
            "give a file of word2vec or GloVe, unpacked"
        )
    return features


def read_vectors(path: Path, wanted: Mapping[str, int]) -> WordVectors:
    """The vectors of the wanted words by their numbers; capitals count where the file has the word in no other way.

    Raises `ModelFileError` for a file that is missing, empty, of another kind or mostly broken.
    """
    features = vector_length(path)
    exact: dict[int, NDArray[np.float32]] = {}
    folded: dict[int, NDArray[np.float32]] = {}
    words = bad = first = 0
    with _opened(path) as file:
        for number, (word, vector) in enumerate(_entries(file, features, path.name), 1):
            words = number
            if words > MOST_WORDS:
                raise ModelFileError(f"{path.name} holds over {MOST_WORDS:,} words, which is not believed; cut it")
            if vector is None:
                bad, first = bad + 1, first or number
                continue
            text = word.decode("utf-8", "replace")
            if text in wanted:
                exact.setdefault(wanted[text], vector)
            elif (low := text.lower()) in wanted:
                folded.setdefault(wanted[low], vector)
    if bad > _MOST_BAD * words:
        raise ModelFileError(
            f"{path.name}: {bad:,} of {words:,} words have no {features} numbers, the first is number {first:,}; "
            "download the file again"
        )
    found = folded | exact
    rows = np.array(sorted(found), np.int64)
    vectors = np.array([found[row] for row in rows.tolist()], np.float32).reshape(len(rows), features)
    return WordVectors(features, rows, vectors, bad, first)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror or error}); check the path") from error


def _counts(head: bytes) -> tuple[int, int] | None:
    """The words and the numbers of each that a first line announces; None where it announces nothing."""
    parts = head.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _features_of(line: bytes) -> int:
    """The numbers that end a line."""
    return len(line.split()) - 1


def _entries(file: IO[bytes], features: int, name: str) -> Iterator[Vector]:
    """The words of a file with their vectors, in order."""
    head = file.readline(_LONGEST_LINE)
    counts = _counts(head)
    if counts is None:
        yield _entry(head, features)
        yield from _lines(file, features)
        return
    start = file.tell()
    probe = file.readline(_LONGEST_LINE)
    file.seek(start)
    # numbers in binary hardly ever read as text, and never as so many
    if _entry(probe, features)[1] is not None:
        yield from _lines(file, features)
    else:
        yield from _binary(file, counts[0], features, name)


def _lines(file: IO[bytes], features: int) -> Iterator[Vector]:
    while line := file.readline(_LONGEST_LINE):
        if line.strip():
            yield _entry(line, features)


def _entry(line: bytes, features: int) -> Vector:
    """A word and its numbers; a word of GloVe's may hold spaces."""
    parts = line.rstrip().rsplit(b" ", features) if features > 0 else []
    if len(parts) != features + 1 or not parts[0]:
        return b"", None
    try:
        vector = np.array([float(part) for part in parts[1:]], np.float32)
    except (ValueError, OverflowError):
        return parts[0], None
    return parts[0], vector if np.isfinite(vector).all() else None


def _binary(file: IO[bytes], words: int, features: int, name: str) -> Iterator[Vector]:
    """The binary form: a word, a space, float32 numbers, and in some files a line feed."""
    size = 4 * features
    for number in range(1, words + 1):
        word = bytearray()
        while (letter := file.read(1)) not in (b" ", b""):
            if letter != b"\n" or word:
                word += letter
            if len(word) > _LONGEST_WORD:
                raise ModelFileError(
                    f"{name}: word {number:,} does not end; give a file of word2vec or GloVe, unpacked"
                )
        raw = file.read(size)
        if len(raw) < size:
            raise ModelFileError(f"{name} is cut short at word {number:,} of {words:,}; download the file again")
        vector = np.frombuffer(raw, "<f4").astype(np.float32)
        yield bytes(word), vector if np.isfinite(vector).all() else None
