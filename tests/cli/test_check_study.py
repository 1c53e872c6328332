"""`neocog check` where it trains: asked for, interrupted, taken up again, told in words, on a page and as JSON."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neocog.cli.__main__ import run

Capture = pytest.CaptureFixture[str]

QUICK = ("net=perceptron", "epochs=2", "batch=64", "compute.threads=1", "augment.scale=1", "check.folds=3")
CHOICES = [part for choice in QUICK for part in ("--set", choice)]


def test_it_trains_only_when_asked(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check", "digits"]) == 0
    assert not (tmp_path / "runs").exists()
    assert "--set check.labels=true looks for wrong labels" in " ".join(capsys.readouterr().out.split())


def test_doubtful_labels(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check", "digits", "--set", "check.labels=true", *CHOICES]) == 0
    told = capsys.readouterr()
    page = Path(told.out.splitlines()[-1])
    assert page.parent.parent == Path("runs") and page.parent.name.startswith("check-digits-")
    assert "labels are in doubt" in told.out or "stands out as wrong" in told.out, "the networks err on a tenth or so"
    assert "Networks that had not learned from an image named " in told.out
    assert "training 3 of 3, fold-3: " in told.err
    with (page.parent / "suspects.csv").open() as file:
        assert {"file", "label", "suggested"} <= set(next(csv.DictReader(file)))


def test_as_json(tmp_path: Path, capsys: Capture) -> None:
    asked = ["check", "digits", "--set", "check.labels=true", *CHOICES, "--out", str(tmp_path / "out")]
    assert run([*asked, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == 1
    assert document["study"]["folder"] == str(tmp_path / "out")
    assert not document["study"]["labels"]["credible"]
    assert document["study"]["labels"]["estimated"] <= len(document["study"]["labels"]["ranked"])
    assert {each["name"] for each in document["shortcuts"]} >= {"border", "file size"}
    assert run([*asked, "--quiet"]) == 0  # everything is there already
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "out" / "check.html")


def test_a_recipe_may_say_how_to_train(tmp_path: Path, capsys: Capture) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('format = 1\nnet = "perceptron"\nepochs = 1\nbatch = 64\n[compute]\nthreads = 1\n')
    asked = ["check", "digits", "--recipe", str(recipe), "--set", "check.labels=true", "--set", "check.folds=2"]
    assert run([*asked, "--out", str(tmp_path / "out")]) == 0
    assert 'net = "perceptron"' in (tmp_path / "out" / "fold-1" / "recipe.toml").read_text()
    assert "epochs = 1\n" in (tmp_path / "out" / "fold-2" / "recipe.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "x"], ["--out is for what trains", "add --set check.labels=true or --set check.curve=true"]),
        (["--set", "check.lables=true"], ["unknown key 'check.lables'", "did you mean 'check.labels'?"]),
        (["--set", "check.labels=perhaps"], ["`check.labels` must be a boolean", "change it"]),
        (["--set", "check.folds=1"], ["`check.folds` must be greater than or equal to 2", "change it"]),
    ],
)
def test_what_the_user_can_mend_is_two_lines(
    arguments: list[str], message: list[str], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check", "digits", *arguments]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 2
    assert all(part in line for part, line in zip(message, told, strict=True))


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    """And that command ends with the page."""
    out = tmp_path / "out"
    longer = [choice.replace("epochs=2", "epochs=40") for choice in CHOICES]
    asked = ["check", "digits", "--set", "check.labels=true", *longer, "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "neocog", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    events = out / "fold-1" / "events.jsonl"
    while not (events.exists() and '"kind": "step"' in events.read_text()) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=120)[1]
    assert process.returncode == 130
    (line,) = [line for line in told.splitlines() if line.startswith("interrupted, and saved; go on with: ")]
    command = line.removeprefix("interrupted, and saved; go on with: neocog ").split()
    assert command == asked
    assert run(command) == 0
    assert (out / "check.html").is_file()
