"""Sentences on the command line: train, evaluate, predict and explain, as a user would."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from neocog.cli.__main__ import app
from neocog.core.errors import NetworkError
from neocog.model import load


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said")
    drawn = np.random.default_rng(0)
    lines = ["text,label"]
    for number in range(360):
        label, words = (("pos", ("good", "great", "fine")), ("neg", ("bad", "dull", "poor")))[number % 2]
        said = [*drawn.choice(["the", "film", "was", "a", "story"], size=4), words[number % 3]]
        lines.append(f"{' '.join(drawn.permutation(said))} {number % 7},{label}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    out = folder / "run"
    told = CliRunner().invoke(
        app,
        ["train", str(folder), "--out", str(out), "--epochs", "12", "--set", "batch=16", "--set", "augment.words=0.2"],
    )
    assert told.exit_code == 0, told.output
    return out


def invoked(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, [str(word) for word in words])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.stdout


def test_evaluate_shows_the_words_that_decided_and_the_counts_beside(run: Path) -> None:
    code, told = invoked("evaluate", run, "--json")
    document = json.loads(told)
    assert code == 0 and document["accuracy"] > 0.9
    assert document["beside"]["handmade"]["means"].startswith("counts of words")
    assert "sentences it had never seen" in document["verdict"]
    assert (run / "report.html").is_file()


def test_predict_reads_a_sentence_a_line(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("a great story\n...\nthe film was poor\n")
    code, told = invoked("predict", run, path, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert code == 2  # one line could not be read
    assert [(row["file"], row["text"]) for row in rows] == [
        ("new.txt line 1", "a great story"),
        ("new.txt line 3", "the film was poor"),
    ]
    assert [max(("neg", "pos"), key=lambda name: float(row[name])) for row in rows] == ["pos", "neg"]
    told = invoked("predict", run, path, "--json")[1]
    assert json.loads(told)["unreadable"] == [{"file": "new.txt line 2", "reason": "no words"}]


def test_explain_a_sentence(run: Path, tmp_path: Path) -> None:
    code, told = invoked("explain", run, "the film was a great story", "--out", tmp_path / "why", "--json")
    document = json.loads(told)
    (sentence,) = document["sentences"]
    assert code == 0 and sentence["class"] == "pos" and sentence["check"]["passes"]
    assert max(sentence["words"], key=lambda word: float(word["fall"]))["word"] == "great"
    page = (tmp_path / "why" / "words.html").read_text()
    assert "great</span>" in page and "<script" not in page
    with Image.open(tmp_path / "why" / "sheet.png") as sheet:
        assert sheet.width > 700


def test_explain_a_file_of_sentences(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_bytes(b"a great <b>story</b>\nsch\xf6n\nthe film was poor\n")
    code, told = invoked("explain", run, path, "--class", "neg", "--out", tmp_path / "why", "--json")
    document = json.loads(told)
    assert code == 0 and [each["place"] for each in document["sentences"]] == ["line 1", "line 3"]
    assert {each["class"] for each in document["sentences"]} == {"neg"}
    assert document["unreadable"] == ["line 2 not UTF-8, it holds the byte b'\\xf6'"]
    assert invoked("explain", run, path, "--out", tmp_path / "why")[1].count("\n") >= 3


def test_what_is_for_images_alone_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"--method is for images, and this model reads sentences, got 'saliency'; "):
        invoked("explain", run, "a great story", "--method", "saliency", "--out", tmp_path / "why")
    with pytest.raises(Exception, match=r"'\.\.\.' cannot be explained: no words; give a sentence with words"):
        invoked("explain", run, "...", "--out", tmp_path / "why")


def test_the_model_file_holds_its_vocabulary(run: Path) -> None:
    assert "great" in load(run).preprocessing.vocabulary  # type: ignore[union-attr]
