"""`neocog show NET --svg FILE`: the drawing beside the table, and refusals before any work."""

import json
import re

import pytest

from neocog import zoo
from neocog.cli.__main__ import run
from neocog.network import svg


@pytest.fixture
def show(capsys, monkeypatch):
    """Run the verb in this process; gives (exit status, output, errors)."""
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments):
        status = run(["show", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_the_drawing_is_written_beside_the_table(show, tmp_path):
    file = tmp_path / "lenet5.svg"
    status, output, errors = show("lenet5", "--svg", file)
    assert (status, errors) == (0, "")
    assert "conv1" in output
    assert file.read_text(encoding="utf-8") == svg(zoo.network("lenet5"))
    assert [each.name for each in tmp_path.iterdir()] == ["lenet5.svg"]


def test_the_document_stays_alone(show, tmp_path):
    status, output, _ = show("unet", "--json", "--svg", tmp_path / "unet.svg")
    assert status == 0
    assert json.loads(output)["name"] == "unet"
    assert (tmp_path / "unet.svg").exists()


@pytest.mark.parametrize(
    ("file", "wrong"),
    [
        ("absent/net.svg", "--svg must be in a folder that exists, and .*absent does not"),
        ("folder.svg", "--svg must be a file, and .*folder.svg is a folder"),
        ("net.png", "--svg must be a file that ends in .svg, got .*net.png"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_any_work(show, tmp_path, file, wrong):
    (tmp_path / "folder.svg").mkdir()
    status, output, errors = show("no_such_network", "--svg", tmp_path / file)
    assert (status, output) == (2, "")
    assert re.search(wrong, errors)


def test_the_catalogue_is_no_drawing(show, tmp_path):
    status, output, errors = show("--svg", tmp_path / "all.svg")
    assert (status, output) == (2, "")
    assert "--svg draws one network, and none is named" in errors
