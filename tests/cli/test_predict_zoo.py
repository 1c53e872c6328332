"""`neocog predict` and `evaluate` with a network of the zoo, its weights and its classes from elsewhere."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

from neocog import zoo
from neocog.build import build
from neocog.cli.__main__ import run
from neocog.data import Preprocessing
from neocog.model import Model, save
from neocog.model.classes import read_classes
from neocog.network import Dense, Flatten, Network

RELEASED = {
    "squeezenet1_1": ("squeezenet1_1", "squeezenet1_1_imagenet_tvnames.pth"),
    "mobilenet_v1_075": ("mobilenetv1_075", "mobilenetv1_075_imagenet_timmnames.pth"),
}
"""The reference's name for a network, and the file of its weights."""


@pytest.fixture(scope="module")
def imagenet(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights, a hundred photographs, the classes and the reference's answers."""
    folder = tmp_path_factory.mktemp("imagenet")
    for name in ("imagenet-backbones", "imagenet-sample-100"):
        with zipfile.ZipFile(shared / f"{name}.zip") as archive:
            archive.extractall(folder)
    return folder


@pytest.mark.parametrize("name", RELEASED)
def test_a_hundred_photographs_are_answered_as_the_reference_does(
    name: str, imagenet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through the command line alone: foreign names, JPEG, preparation, network, and names of the classes."""
    monkeypatch.chdir(imagenet)
    called, file = RELEASED[name]
    classes = "imagenet-sample-100/imagenet_class_index.json"
    weights = f"imagenet-backbones/{file}"
    arguments = ["--init", weights, "--classes", classes, "--json", "--quiet", "imagenet-sample-100/images"]
    assert run(["predict", name, *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    names = read_classes(Path(classes))
    wanted = json.loads(Path("imagenet-sample-100/reference-predictions.json").read_text())[called]["top5_indices"]
    answered = {
        record["file"].removeprefix("imagenet-sample-100/"): [
            names.index(label) for label in list(record["probabilities"])[:5]
        ]
        for record in document["predictions"]
    }
    assert len(wanted) == 100
    assert answered == wanted


def test_released_weights_and_their_license(
    released: Callable[[str, nn.Module], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    released("lenet5", build(zoo.network("lenet5")))
    Image.fromarray(np.full((40, 30), 90, np.uint8)).save("a.png")
    assert run(["predict", "lenet5", "--init", "imagenet", "a.png", "--top", "10"]) == 0
    told = capsys.readouterr()
    assert told.err == "weights: a server of our own, license CC0-1.0\n"
    labels = [" ".join(line.removeprefix("a.png").split()[:2]) for line in told.out.splitlines()]
    assert sorted(labels) == [f"class {place}" for place in range(10)]
    assert run(["predict", "lenet5", "--init", "imagenet", "a.png", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_weights_from_a_file_are_named_with_what_they_may_be_mistaken_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((40, 30, 3), 90, np.uint8)).save("a.png")
    safetensors.torch.save_file(build(zoo.network("mobilenet_v1_025")).state_dict(), "w.safetensors")
    assert run(["predict", "mobilenet_v1_025", "--init", "w.safetensors", "a.png"]) == 0
    assert capsys.readouterr().err == f"weights: w.safetensors ({zoo.get('mobilenet_v1_025').caution})\n"


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lenet5"], "lenet5 is a network of the zoo, without weights\n       give some with --init FILE"),
        (["m.safetensors", "--classes", "n.txt"], "m.safetensors has its own classes\n       leave --classes out"),
        (["lenet5", "--init", "w.safetensors", "--classes", "n.txt"], "answer for 10 classes, and n.txt names 2"),
        (["resnet20", "--init", "imagenet"], "there are no released weights for the network 'resnet20'"),
    ],
)
def test_what_a_user_can_mend(
    verb: str,
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.txt").write_text("one\ntwo\n")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save("a.png")
    safetensors.torch.save_file(build(zoo.network("lenet5")).state_dict(), "w.safetensors")
    network = Network((1, 2, 2), (Flatten(), Dense(2)))
    weights = {"dense1.weight": torch.zeros(2, 4), "dense1.bias": torch.zeros(2)}
    preprocessing = Preprocessing(size=(2, 2), channels=1)
    save(Model(network=network, weights=weights, classes=("a", "b"), preprocessing=preprocessing), "m.safetensors")
    model, *rest = arguments
    assert run([verb, model, "a.png" if verb == "predict" else "digits", *rest]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert not Path("runs").exists()


def test_evaluate_judges_weights_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures are those of the answers that `predict` gives to the same images."""
    monkeypatch.chdir(tmp_path)
    digits = load_digits()
    for place in range(40):
        folder = Path("photos", f"digit-{digits.target[place]}")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[place] * 15).astype(np.uint8)).save(folder / f"{place}.png")
    safetensors.torch.save_file(build(zoo.network("lenet5"), seed=1).state_dict(), "w.safetensors")
    Path("n.txt").write_text("\n".join(f"digit-{label}" for label in range(10)))
    given = ["--init", "w.safetensors", "--classes", "n.txt"]
    assert run(["evaluate", "lenet5", "photos", *given, "--out", "report", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert run(["predict", "lenet5", "photos", *given, "--csv", "-", "--quiet"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    right = sum(Path(row["file"]).parent.name == row["label"] for row in rows)
    assert document["n"] == len(rows) == 40
    assert document["accuracy"] == pytest.approx(right / 40)
    assert document["classes"] == [f"digit-{label}" for label in range(10)]
    opened = json.loads(Path("report/ledger.jsonl").read_text().splitlines()[0])
    assert opened["command"] == "neocog evaluate lenet5 photos --init w.safetensors --classes n.txt"
    assert run(["evaluate", "lenet5", *given]) == 2
    assert "lenet5 is no run folder, so it does not say where its data lies" in capsys.readouterr().err


def test_columns_of_classes_that_are_called_like_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros((2, 2), np.uint8)).save("a.png")
    network = Network((1, 2, 2), (Flatten(), Dense(4)))
    weights = {"dense1.weight": torch.zeros(4, 4), "dense1.bias": torch.tensor([0.0, 1.0, 2.0, 3.0])}
    preprocessing = Preprocessing(size=(2, 2), channels=1)
    classes = ("file", "label", "class label", "probability")
    save(Model(network=network, weights=weights, classes=classes, preprocessing=preprocessing), "m.safetensors")
    assert run(["predict", "m.safetensors", "a.png", "--csv", "-"]) == 0
    header, line = csv.reader(io.StringIO(capsys.readouterr().out))
    fixed = ["file", "label", "probability", "reason"]
    assert header == [*fixed, "class file", "class class label", "class label", "class probability"]
    powers = np.exp([0.0, 1.0, 2.0, 3.0])
    assert line[:2] == ["a.png", "probability"]
    assert [float(value) for value in line[4:]] == pytest.approx((powers / powers.sum()).tolist(), abs=1e-6)
