"""`neocog compare`, as a user does: the sentence first, the costs beside it, and one document for programs."""

import json
from pathlib import Path

import pytest

from neocog import Recipe
from neocog.cli.__main__ import run
from neocog.core.run import LEDGER
from neocog.data import DataOptions
from neocog.evaluate import evaluate
from neocog.train import train

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A perceptron and LeNet-5 on the embedded digits, both judged."""
    base = tmp_path_factory.mktemp("compare")
    for name, net, epochs in (("hasty", "perceptron", 1), ("patient", "lenet5", 4)):
        list(train(Recipe(data=DataOptions(path="digits"), net=net, epochs=epochs), base / name))
        evaluate(base / name)
    return base


def test_the_sentence_comes_first(runs: Path, capsys: Capture) -> None:
    ledgers = [(runs / name / LEDGER).read_text() for name in ("hasty", "patient")]
    assert run(["compare", str(runs / "hasty"), str(runs / "patient")]) == 0
    out = capsys.readouterr().out
    told = " ".join(out.split())
    assert told.startswith("patient is better than hasty: it names ")
    assert "This is about these models." in told
    assert "params" in out
    assert "trained in" in out
    assert max(map(len, out.splitlines())) <= 80
    assert [(runs / name / LEDGER).read_text() for name in ("hasty", "patient")] == ledgers, "nothing was opened"


def test_json_is_one_document_alone(runs: Path, capsys: Capture) -> None:
    assert run(["compare", str(runs / "patient"), str(runs / "hasty"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (next(iter(document)), document["verdict"], document["second"]["parameters"]) == (
        "format",
        "worse",
        784 * 10 + 10,
    )
    assert document["difference_low"] < document["difference"] < document["difference_high"] < 0
    assert "net" in document["changed"]
    assert len(document["per_class"]) == 10


def test_quiet_is_the_sentence_alone(runs: Path, capsys: Capture) -> None:
    assert run(["compare", str(runs / "hasty"), str(runs / "patient"), "--quiet"]) == 0
    assert " ".join(capsys.readouterr().out.split()).endswith("is more than chance (p < 0.001).")


def test_what_is_no_run_is_two_lines_and_status_2(runs: Path, capsys: Capture) -> None:
    assert run(["compare", str(runs / "hasty"), str(runs / "nowhere")]) == 2
    out, error = capsys.readouterr()
    assert (out, len(error.strip().splitlines())) == ("", 2)
    assert "must be a run or a folder of runs, and it holds neither" in error


def test_a_page_is_written_where_it_is_asked_for(runs: Path, tmp_path: Path, capsys: Capture) -> None:
    place = tmp_path / "side" / "by side"
    assert run(["compare", str(runs / "hasty"), str(runs / "patient"), "--out", str(place)]) == 0
    assert capsys.readouterr().out.rstrip().endswith(str(place / "compare.html"))
    document = json.loads((place / "compare.json").read_text())
    assert (document["format"], document["verdict"]) == (1, "better")
    text = (place / "compare.html").read_text()
    assert document["sentence"] in text.replace("\u00a0", " ").replace("&lt;", "<")
    assert "<script" not in text
    assert run(["compare", str(runs / "hasty"), str(runs / "patient"), "--out", str(place)]) == 2
    assert "is there already, and nothing is overwritten; choose another --out" in " ".join(
        capsys.readouterr().err.split()
    ).replace(" Choose", "; choose").replace("overwritten Choose", "overwritten; choose")
