"""`neocog show`, run as a user does: the document, the table at 80 columns, the time, and every refusal."""

import json
import os
import struct
import subprocess
import sys

import pytest

from neocog import zoo
from neocog.cli.__main__ import run
from neocog.network import Network, ReLU, table


def neocog(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "neocog.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


@pytest.fixture
def show(capsys, monkeypatch):
    """Run the verb in this process; gives (exit status, output, errors)."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments):
        status = run(["show", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def model_file(path, metadata):
    header = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


def described(network):
    return {"neocog": json.dumps({"format": 1, "network": repr(network)})}


def test_json_is_the_document_alone():
    result = neocog("show", "vgg16", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["params"] == 138_357_544
    assert document == json.loads(json.dumps(table(zoo.network("vgg16")).document()))


@pytest.mark.parametrize("name", zoo.names())
def test_the_table_is_whole_at_80_columns(show, name):
    status, output, errors = show(name)
    assert (status, errors) == (0, "")
    assert max(map(len, output.splitlines())) <= 80
    assert "\x1b" not in output
    for row in table(zoo.network(name)).rows:
        assert f"\n{row.path} " in output
    assert f"{table(zoo.network(name)).total.params:,}" in output


def test_numbers_stand_right_aligned(show):
    _, output, _ = show("lenet5")
    lines = output.splitlines()
    head = next(line for line in lines if line.startswith("layer "))
    end = head.index("params") + len("params")
    for path, params in (("conv1", "156"), ("conv2", "2,416"), ("dense2", "850"), ("all", "61,706")):
        row = next(line for line in lines if line.startswith(path))
        assert row[:end].endswith(" " + params)


def test_a_wide_terminal_shows_every_column(show, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    _, output, _ = show("resnet18")
    assert all(title in output for title in ("kind", "memory", "field", "stride", "BatchNorm"))


def test_long_paths_are_cut_where_nothing_else_helps(show, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    _, output, _ = show("resnet18")
    assert max(map(len, output.splitlines())) <= 50
    assert "…" in output


def test_catalogue(show):
    status, output, _ = show()
    assert status == 0
    assert all(name in output for name in zoo.names())
    assert max(map(len, output.splitlines())) <= 80
    entries = json.loads(show("--json")[1])
    assert [entry["name"] for entry in entries] == list(zoo.names())
    assert next(entry for entry in entries if entry["name"] == "resnet18")["params"] == 11_689_512


def test_network_file_model_file_and_run_folder(show, tmp_path):
    network = Network((1, 4, 4), (ReLU(),))
    text = tmp_path / "mine.network"
    text.write_text(repr(network))
    model = model_file(tmp_path / "model.safetensors", described(network))
    for net in (text, model, tmp_path):
        status, output, _ = show(net, "--json")
        assert status == 0
        assert json.loads(output)["layers"][0]["output"] == [1, 4, 4]
    assert "relu1" in show(text)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet19",), "unknown network 'resnet19'\n       did you mean 'resnet18'?"),
        (("auto",), "auto is sized from the data, so it has no table of its own\n       train it and show the run"),
        (("/nowhere/net",), "there is no network at /nowhere/net\n       give a zoo name, a .network file"),
        (("none.network",), "none.network cannot be read (No such file or directory)\n       give the path of"),
        (
            ("none.safetensors",),
            "none.safetensors cannot be read (No such file or directory)\n       give a model file",
        ),
        ((".",), "model.safetensors cannot be read (No such file or directory)\n       give a model file or a run"),
    ],
)
def test_refusals(show, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, output, errors = show(*arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("error: ")
    assert message in errors
    assert errors.count("\n") == 2


def test_a_network_that_does_not_fit_shows_the_sum(show, tmp_path):
    path = tmp_path / "bad.network"
    path.write_text("Network(input=(1, 9, 9), layers=(Conv(2, 3), Conv(4, 3, stride=3)))")
    status, _, errors = show(path)
    assert status == 2
    assert errors == (
        "error: layer `conv2`: a 7x7 map, size 3, stride 3, pad 0 gives (7 - 3 + 0)/3 + 1 = 2.33 columns\n"
        "       use stride 1 or 2, or pad so that it divides\n"
    )


FOREIGN = "is no model file of neocog\n       give the model.safetensors that `neocog train` writes"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", FOREIGN),
        (b"\xff" * 40, FOREIGN),
        (struct.pack("<Q", 10**18) + b"{}", FOREIGN),
        (struct.pack("<Q", 4) + b"null", FOREIGN),
        (struct.pack("<Q", 2) + b"{}", FOREIGN),
        (struct.pack("<Q", 100_000) + b"[" * 100_000, FOREIGN),
        ({"format": "pt"}, FOREIGN),
        ({"neocog": "{}"}, FOREIGN),
        ({"neocog": '{"network": 3}'}, FOREIGN),
        ({"neocog": '{"network": "Network(1)"}'}, "holds a network that cannot be read: line 1, column 1"),
    ],
)
def test_foreign_and_broken_model_files(show, tmp_path, content, message):
    path = tmp_path / "model.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        model_file(path, content)
    status, output, errors = show(path)
    assert (status, output) == (2, "")
    assert message in errors
