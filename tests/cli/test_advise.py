"""`neocog advise`: the paragraph, the table, and a command that runs."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
from PIL import Image

from neocog import zoo
from neocog.build import build
from neocog.cli.__main__ import run


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Weights of LeNet-5, in the folder where the command runs."""
    monkeypatch.chdir(tmp_path)
    safetensors.torch.save_file(build(zoo.network("lenet5"), seed=1).state_dict(), "weights.safetensors")
    return "weights.safetensors"


def test_advice_and_the_command_to_follow_it(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["digits", "--net", "lenet5", "--init", weights, "--set", "compute.threads=1"]
    assert run(["advise", *given]) == 0
    told = capsys.readouterr().out
    assert "There are 1,528 images, 152 a class, which is many" in told.replace("\n", " ")
    assert [line.split()[:2] for line in told.splitlines() if line.startswith("tanh")] == [
        ["tanh1", "6"],
        ["tanh2", "16"],
        ["tanh3", "120"],
        ["tanh4", "84"],
    ]
    assert run(["advise", *given, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [probe["path"] for probe in document["probes"]] == ["tanh1", "tanh2", "tanh3", "tanh4"]
    assert f"transfer.way={document['way']}" in document["command"]
    assert run(["advise", *given, "--quiet"]) == 0
    quiet = capsys.readouterr().out.strip()
    assert quiet == document["command"]
    assert quiet.startswith(
        f"neocog train digits --net lenet5 --init {weights} --set compute.threads=1 --set transfer."
    )
    assert run([*shlex.split(quiet)[1:], "--epochs", "1", "--quiet", "--out", "run"]) == 0
    assert Path("run/model.safetensors").exists()


def test_what_a_user_can_mend(weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in range(6):
        Image.fromarray(np.full((9, 9), 40 * place, np.uint8)).save(tmp_path / f"{place}.png")
    cases = {
        ("digits", "--net", "lenet5"): "advice needs weights to start from",
        ("digits", "--init", weights): "advice needs the network that the weights were made for, got auto",
        ("digits", "--net", "lenet5", "--init", "none.pth"): "no file of weights at",
        ("digits", "--net", "lenet", "--init", weights): "unknown network 'lenet'",
        (".", "--net", "lenet5", "--init", weights): "class",
        ("digits", "--net", "lenet5", "--init", weights, "--set", "transfer.way=body"): "`transfer.way` must be 'auto'",
    }
    for arguments, message in cases.items():
        assert run(["advise", *arguments]) == 2, arguments
        told = capsys.readouterr()
        assert message in told.err, arguments
        assert told.out == ""


def test_check_looks_through_weights_where_it_is_given_some(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    choices = ["--set", f"init={weights}", "--set", "compute.threads=1"]
    assert run(["check", "digits", *choices, "--set", "net=lenet5", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["alike_count"] >= len(document["alike"])
    assert {pair["kind"] for pair in document["alike"]} <= {"alike"}
    assert run(["check", "digits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alike"] is None
    assert run(["check", "digits", *choices]) == 2
    wrong, mend = capsys.readouterr().err.strip().splitlines()
    assert "the search for alike images needs the network that the weights were made for, got auto" in wrong
    assert mend.strip() == "name it, such as with --set net=mobilenet_v1_075"
