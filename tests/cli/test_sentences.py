"""Sentences on the command line: train, evaluate, predict and explain, as a user would."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image

from neocog.cli.__main__ import run
from neocog.model import load

Invoked: TypeAlias = "Callable[..., tuple[int, str, str]]"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said")
    drawn = np.random.default_rng(0)
    lines = ["text,label"]
    for number in range(360):
        label, words = (("pos", ("good", "great", "fine")), ("neg", ("bad", "dull", "poor")))[number % 2]
        said = [*drawn.choice(["the", "film", "was", "a", "story"], size=4), words[number % 3]]
        lines.append(f"{' '.join(drawn.permutation(said))} {number % 7},{label}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    out = folder / "run"
    words = ["train", str(folder), "--out", str(out), "--epochs", "12", "--quiet"]
    assert run([*words, "--set", "batch=16", "--set", "augment.words=0.2"]) == 0
    return out


@pytest.fixture
def invoked(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; its status, and what it says on standard output and standard error."""

    def invoke(*words: object) -> tuple[int, str, str]:
        code = run(list(map(str, words)))
        told = capsys.readouterr()
        return code, told.out, told.err

    return invoke


def test_evaluate_shows_the_words_that_decided_and_the_counts_beside(trained: Path, invoked: Invoked) -> None:
    code, told, _ = invoked("evaluate", trained, "--json")
    document = json.loads(told)
    assert code == 0 and document["accuracy"] > 0.9
    assert document["beside"]["handmade"]["means"].startswith("counts of words")
    assert "sentences it had never seen" in document["verdict"]
    assert (trained / "report.html").is_file()


def test_predict_reads_a_sentence_a_line(trained: Path, invoked: Invoked, tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("a great story\n...\nthe film was poor\n")
    code, told, _ = invoked("predict", trained, path, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert code == 2  # one line could not be read
    assert [(row["file"], row["text"]) for row in rows] == [
        ("new.txt line 1", "a great story"),
        ("new.txt line 3", "the film was poor"),
    ]
    assert [max(("neg", "pos"), key=lambda name: float(row[name])) for row in rows] == ["pos", "neg"]
    told = invoked("predict", trained, path, "--json")[1]
    assert json.loads(told)["unreadable"] == [{"file": "new.txt line 2", "reason": "no words"}]


def test_explain_a_sentence(trained: Path, invoked: Invoked, tmp_path: Path) -> None:
    code, told, _ = invoked("explain", trained, "the film was a great story", "--out", tmp_path / "why", "--json")
    document = json.loads(told)
    (sentence,) = document["sentences"]
    assert code == 0 and sentence["class"] == "pos" and sentence["check"]["passes"]
    assert max(sentence["words"], key=lambda word: float(word["fall"]))["word"] == "great"
    page = (tmp_path / "why" / "words.html").read_text()
    assert "great</span>" in page and "<script" not in page
    with Image.open(tmp_path / "why" / "sheet.png") as sheet:
        assert sheet.width > 700


def test_explain_a_file_of_sentences(trained: Path, invoked: Invoked, tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_bytes(b"a great <b>story</b>\nsch\xf6n\nthe film was poor\n")
    code, told, _ = invoked("explain", trained, path, "--class", "neg", "--out", tmp_path / "why", "--json")
    document = json.loads(told)
    assert code == 0 and [each["place"] for each in document["sentences"]] == ["line 1", "line 3"]
    assert {each["class"] for each in document["sentences"]} == {"neg"}
    assert document["unreadable"] == ["line 2 not UTF-8, it holds the byte b'\\xf6'"]
    assert invoked("explain", trained, path, "--out", tmp_path / "why")[1].count("\n") >= 3


def test_what_cannot_be_explained_is_refused(trained: Path, invoked: Invoked, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "why")
    code, _, told = invoked("explain", trained, "a great story", "--method", "saliency", *out)
    assert code == 2
    assert re.search(r"--method is for images, and this model reads sentences, got 'saliency'", told)
    code, _, told = invoked("explain", trained, "...", *out)
    assert code == 2
    assert re.search(r"'\.\.\.' cannot be explained: no words", told)


def test_the_model_file_holds_its_vocabulary(trained: Path) -> None:
    assert "great" in load(trained).preprocessing.vocabulary  # type: ignore[union-attr]
