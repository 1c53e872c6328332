"""Sentences and rows of numbers that someone names: from files, tables and standard input."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from neocog.build import build
from neocog.core.errors import DataError
from neocog.data import NumbersPreprocessing, WordsPreprocessing
from neocog.model import Model, answered, find_lines, predict, weights_of
from neocog.network import Conv, Dense, Embedding, GlobalMaxPool, Network, Tokens

WORDS = WordsPreprocessing(length=5, vocabulary=("good", "bad"))
NUMBERS = NumbersPreprocessing(columns=("high", "low"))


def test_a_sentence_a_line(tmp_path: Path) -> None:
    path = tmp_path / "said.txt"
    path.write_bytes(b"good\n\n  so bad \n...\nsch\xf6n\n")
    found = find_lines([str(path)], WORDS)
    assert [(line.place, line.text, line.problem) for line in found] == [
        ("said.txt line 1", "good", ""),
        ("said.txt line 3", "so bad", ""),
        ("said.txt line 4", "...", "no words"),
        ("said.txt line 5", "", "not UTF-8, it holds the byte b'\\xf6'"),
    ]
    assert found[1].prepared is not None and found[1].prepared.tolist() == [1, 3, 0, 0, 0]


def test_a_table_of_sentences(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text('id,text\n1,"good, so good"\n2,bad\n')
    assert [(line.place, line.text) for line in find_lines([str(path)], WORDS)] == [
        ("said.csv line 2", "good, so good"),
        ("said.csv line 3", "bad"),
    ]


def test_what_is_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"good\nbad\n")))
    assert [line.place for line in find_lines(["-"], WORDS)] == ["standard input line 1", "standard input line 2"]


def test_rows_of_a_table_by_the_names_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("low,city,high\n1,Rome,2.5\n,Oslo,3\nx,Bonn,4\n")
    found = find_lines([str(path)], NUMBERS)
    assert [(line.text, line.problem) for line in found] == [
        ("2.5, 1", ""),
        ("3, ", "no number in low"),
        ("4, x", "a cell holds no number"),
    ]
    assert found[0].prepared is not None and found[0].prepared.tolist() == [2.5, 1.0]


def test_a_model_answers_for_what_can_be_read(tmp_path: Path) -> None:
    network = Network(Tokens(5, 4), (Embedding(2), Conv(3, 1), GlobalMaxPool(), Dense(2)))
    model = Model(network=network, weights=weights_of(build(network)), classes=("neg", "pos"), preprocessing=WORDS)
    path = tmp_path / "said.txt"
    path.write_text("good\n...\nbad\n")
    lines = find_lines([str(path)], WORDS)
    told = list(answered(model, lines, lambda given, module: predict(model, given, module)))
    assert [answer is not None for _, answer in told] == [True, False, True]


@pytest.mark.parametrize(
    ("name", "content", "numbers", "message"),
    [
        ("a.txt", "\n \n", False, r"there must be sentences to answer, .*a\.txt holds none; write one a line"),
        ("a.csv", "n,m\n1,2\n", False, r"a\.csv must have a column of sentences, it has n, m; name it text"),
        ("a.csv", "hihg,low\n1,2\n", True, r"must have the column 'high', which the model reads; did you mean 'hihg'"),
        ("", "", False, r"is a folder, and this model reads files of lines; name the files, or - to pipe them in"),
        (
            "gone.txt",
            None,
            False,
            r"gone\.txt cannot be read \(No such file or directory\); name a file with one sample",
        ),
    ],
)
def test_what_cannot_be_answered_is_said(
    name: str, content: str | None, numbers: bool, message: str, tmp_path: Path
) -> None:
    if name and content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        find_lines([str(tmp_path / name)], NUMBERS if numbers else WORDS)
