"""`neocog show`, run as a user does: the document, the table at 80 columns, the time, and every refusal."""

import json
import os
import re
import struct
import subprocess
import sys

import pytest

from neocog import zoo
from neocog.cli.__main__ import run
from neocog.network import Network, ReLU, fold, memory, table


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


def described(network, format=1):
    return {"neocog": json.dumps({"format": format, "network": repr(network)})}


def test_json_is_the_document_alone():
    result = neocog("show", "vgg16", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["params"] == 138_357_544
    assert document == json.loads(json.dumps(table(zoo.network("vgg16")).document()))


@pytest.mark.parametrize("name", zoo.names())
def test_the_table_is_whole_at_80_columns(show, name):
    whole = table(zoo.network(name))
    for arguments, rows in (((), fold(whole.rows)), (("--depth", 9), whole.rows)):
        status, output, errors = show(name, *arguments)
        assert (status, errors) == (0, "")
        assert max(map(len, output.splitlines())) <= 80
        assert "\x1b" not in output
        for row in rows:
            assert f"\n{row.path} " in output
        assert f"{whole.total.params:,}" in output


def test_a_deep_network_is_folded_and_says_how_to_unfold(show, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    _, output, _ = show("resnet152")
    lines = output.splitlines()
    assert len(lines) < 45
    assert max(map(len, lines)) <= 100
    row = next(line for line in lines if line.startswith("stage3.block2…36 "))
    assert "35 x 10 layers" in row
    assert "39,101,440" in row
    assert "514 layers, folded; `--depth 3` unfolds them further" in output
    assert "\nstage3.block2.body" in show("resnet152", "--depth", 3)[1]
    assert "\nstage3 " in show("resnet152", "--depth", 1)[1]
    assert "folded" not in show("vgg16")[1]


def test_totals_under_the_table(show):
    _, output, _ = show("vgg16", "--batch", 8)
    totals = output.partition("\nall ")[2]
    assert "138,357,544  553 MB in float32" in totals
    assert "MACs             15.5 G  " in totals
    assert "operations       31.0 G  " in totals
    assert "predicting       764 MB  8 samples, float32" in totals
    assert "training        2.77 GB  8 samples, float32, fused AdamW" in totals
    assert "in bf16" in totals
    document = json.loads(show("vgg16", "--batch", 8, "--json")[1])
    assert document["memory"]["batch"] == 8
    assert document["memory"]["float32"]["training"] == memory(zoo.network("vgg16"), 8).training
    assert document["ops"] > 2 * document["macs"]


def test_no_number_is_parted_from_its_unit(show):
    for name in ("resnet152", "vgg16", "lenet5"):
        assert not re.search(r"\d\n +[kMGT]?B\b", show(name)[1].partition("\nall ")[2])


def test_formulas_in_the_terminal(show):
    _, output, _ = show("lenet5", "--formulas", "--batch", 1)
    assert "conv1  6x28x28  Conv\n  output    (32 - 5 + 0)/1 + 1 = 28\n  params    6*1*5*5 + 6 = 156\n" in output
    assert "  MACs      16*10*10*6*5*5 = 240,000\n" in output
    assert "  stride    2*2 = 4\n" in output
    assert "  memory    4*16*10*10 = 6,400 B\n" in output
    assert "one sample, float32" in output
    assert max(map(len, output.splitlines())) <= 80
    assert "stage1\n" not in show("resnet18", "--formulas")[1], "all layers, unless a depth is given"
    _, half, _ = show("unet", "--formulas", "--depth", 1)
    assert "level1  64x568x568  4 layers\n" in half
    assert "(28 - 1)*2 + 2 - 0 = 56" in half or "(28 - 1)*2 + 2 + 0 = 56" in half


def test_formulas_in_json(show):
    layers = json.loads(show("alexnet", "--formulas", "--json")[1])["layers"]
    assert layers[0]["formulas"] == {
        "output": ["96", "(227 - 11 + 0)/4 + 1", "(227 - 11 + 0)/4 + 1"],
        "params": "96*3*11*11 + 96",
        "macs": "96*55*55*3*11*11",
        "ops": "2*96*55*55*3*11*11 + 96*55*55",
        "activations": "96*55*55",
        "receptive_field": ["1 + (11 - 1)*1"] * 2,
        "stride": ["1*4"] * 2,
    }
    assert "formulas" not in json.loads(show("alexnet", "--json")[1])["layers"][0]


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
    _, output, _ = show("resnet18", "--depth", 9)
    assert all(title in output for title in ("kind", "ops", "memory", "field", "stride", "BatchNorm"))


def test_long_paths_are_cut_where_nothing_else_helps(show, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    _, output, _ = show("resnet18", "--depth", 9)
    assert max(map(len, output.splitlines())) <= 50
    assert "…" in output


def test_catalogue(show):
    status, output, _ = show()
    assert status == 0
    assert all(name in output for name in zoo.names())
    assert max(map(len, output.splitlines())) <= 80
    assert output.startswith(repr(zoo.list()))
    entries = json.loads(show("--json")[1])
    assert [entry["name"] for entry in entries] == list(zoo.names())
    assert len(entries) >= 50
    crops = {entry["name"]: entry["top5_crops"] for entry in entries}
    assert (crops["vgg11"], crops["vgg16"], crops["resnet34"]) == ("dense", "both", "10")
    rows = zoo.list()._repr_html_().split("<tr>")
    assert rows[1].startswith("<td>network</td><td>year</td>")
    assert len(rows) == len(entries) + 2
    assert next(entry for entry in entries if entry["name"] == "resnet34") == {
        "name": "resnet34",
        "year": 2015,
        "input": [3, 224, 224],
        "params": 21_797_672,
        "macs": 3_663_761_408,
        "top5_error": 7.46,
        "top5_crops": "10",
        "weights": "torchvision, IMAGENET1K_V1",
        "license": "BSD-3-Clause (torchvision); trained on ImageNet",
        "summary": "ResNet-34: basic blocks, 21,797,672 parameters",
        "paper": 'He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385',
    }


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
    ("text", "message"),
    [
        (
            "Network(\n    input=(1, 9, 9),\n    layers=(Conv(2, 3), Cnv(4, 3)),\n)",
            "line 3, column 25: unknown layer 'Cnv'\n       did you mean 'Conv'?",
        ),
        (
            "Network(\n    input=(1, 9, 9),\n    layers=(Conv(2, 3, strid=2),),\n)",
            "line 3, column 13: unknown argument 'strid' of Conv\n       did you mean 'stride'?",
        ),
        (
            "Network(input=(1, 9, 9), layers=(" + "Sequence(" * 500 + "ReLU()" + ")" * 500 + ",))",
            "line 1, column 1374: brackets are nested more than 150 deep\n       flatten",
        ),
        (
            "Network(\n    input=(1, 9, 9),\n    layers=(Graph(Node('a', 'a')),),\n)",
            "line 3, column 13: node 'a' shares 'a', which is no earlier node",
        ),
        (
            "Network(\n    input=(1, 9, 9),\n    layers=(\n" + "ReLU(),\n" * 1_250_000 + "))",
            "line 62498, column 6: a network's text ends within 500,000 characters\n       fold what repeats by Repeat",
        ),
        (
            "# é\n" + "é" * 5_000_000,
            "line 2, column 499997: a network's text ends within 500,000 characters",
        ),
    ],
)
def test_network_files_that_cannot_be_read(show, tmp_path, text, message):
    path = tmp_path / "bad.network"
    path.write_text(text)
    status, output, errors = show(path)
    assert (status, output) == (2, "")
    assert errors.startswith(f"error: {path}: ")
    assert message in errors
    assert errors.count("\n") == 2


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
        ((" ",), "there is no network without a name\n       give one of the zoo's, a file or a run folder"),
        (("VGG16",), "unknown network 'VGG16'\n       did you mean 'vgg16'?"),
        (("--batch", 8), "are for one network, and none is named\n       name it before"),
        (("lenet5", "--svg", "/proc/net.svg"), "/proc/net.svg cannot be written ("),
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
        ({"neocog": 3}, FOREIGN),
        ({"neocog": "{"}, "its metadata is not JSON (Expecting property name"),
        ({"neocog": "[" * 100_000}, "its metadata is not JSON (nested too deeply)\n       the file is damaged"),
        ({"neocog": "[]"}, "its metadata must be a JSON object, got a list\n       the file is damaged, copy it again"),
        ({"neocog": '{"format": 1, "format": 1}'}, "its metadata is not JSON (a name is given twice)"),
        ({"neocog": '{"format": 1e999}'}, "its metadata is not JSON (1e999 is not a finite number)"),
        ({"neocog": "{}"}, "its `format` must be 1, got None\n       the file is damaged"),
        ({"neocog": '{"format": 1, "network": 3}'}, "it describes no network\n       the file is damaged"),
        (
            described(Network((1, 4, 4), (ReLU(),)), format=2),
            "it has format 2, and this version of neocog reads 1\n       update with `pip install -U neocog`",
        ),
        (
            {"neocog": '{"format": 1, "network": "Network(1)"}'},
            "holds a network that cannot be read: line 1, column 1",
        ),
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
