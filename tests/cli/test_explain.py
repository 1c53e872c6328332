"""`neocog explain`, run as a user does: pictures, sheet, JSON and table of a small model, and what goes wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image

from neocog.build import build
from neocog.cli.__main__ import run
from neocog.data import Preprocessing
from neocog.explain import METHODS
from neocog.model import Model, save, weights_of
from neocog.network import Conv, Dense, Flatten, MaxPool, Network, ReLU, Tanh

Call: TypeAlias = Callable[..., tuple[int, str, str]]

CLASSES = ("ant", "bee", "wasp")


def made(path: Path, network: Network) -> Path:
    model = Model(
        network=network,
        weights=weights_of(build(network, seed=2)),
        classes=CLASSES,
        preprocessing=Preprocessing(size=(12, 16), channels=3, mean=(0.5,), deviation=(0.25,)),
    )
    save(model, path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of color images that are not square."""
    layers = (Conv(4, 3), ReLU(), MaxPool(2), Conv(4, 3), ReLU(), Flatten(), Dense(3))
    return made(tmp_path_factory.mktemp("explain") / "model.safetensors", Network((3, 12, 16), layers))


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("photos") / "garden.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 50, 3)).astype(np.uint8)).save(place)
    return place


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def called(*arguments: object) -> tuple[int, str, str]:
        status = run(["explain", *map(str, arguments)])
        out, error = capsys.readouterr()
        return status, out, error

    return called


def test_every_method_in_one_folder(model: Path, photo: Path, call: Call, tmp_path: Path) -> None:
    status, out, error = call(model, photo)
    assert (status, error) == (0, "")
    folder = tmp_path / "explained" / "garden"
    files = {f"{name}.png" for name in METHODS} | {"sheet.png", "explanation.json"}
    assert {path.name for path in folder.iterdir()} == files
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width > 400
    lines = out.splitlines()
    assert lines[0].startswith("What speaks for ")
    assert lines[-1] == "explained/garden/sheet.png"
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.split() and line.split()[0] in METHODS] == list(METHODS)


def test_the_document(model: Path, photo: Path, call: Call, tmp_path: Path) -> None:
    status, out, error = call(model, photo, "--method", "grad_cam, saliency", "--class", "wasp", "--tap", "relu1",
                              "--out", "there/deep", "--json")  # fmt: skip
    assert (status, error) == (0, "")
    told = json.loads(out)
    assert {key: told[key] for key in ("format", "class", "image", "folder")} == {
        "format": 1, "class": "wasp", "image": str(photo), "folder": "there/deep",
    }  # fmt: skip
    assert told["answer"] in CLASSES
    assert 0 < told["probability"] < 1
    cam, saliency = told["methods"]
    assert (cam["method"], cam["tap"], saliency["tap"]) == ("grad_cam", "relu1", "")
    assert cam["low"] >= 0
    assert cam["check"]["verdict"]
    assert cam["check"]["randomization"]["layers"] == ["dense1", "conv2", "conv1"]
    assert len(cam["check"]["random"]) == 19
    written = json.loads((tmp_path / "there" / "deep" / "explanation.json").read_text())
    assert written == {key: value for key, value in told.items() if key != "folder"}
    again = call(model, photo, "--method", "saliency", "--class", "wasp", "--out", "there/deep", "--quiet")
    assert again == (0, "there/deep/sheet.png\n", "")
    repeated = json.loads((tmp_path / "there" / "deep" / "explanation.json").read_text())
    assert repeated["methods"] == [saliency], "the same figures each time"


def test_a_method_that_cannot_be_applied(photo: Path, call: Call, tmp_path: Path) -> None:
    smooth = made(tmp_path / "tanh.safetensors", Network((3, 12, 16), (Conv(2, 3), Tanh(), Flatten(), Dense(3))))
    status, out, _ = call(smooth, photo, "--method", "saliency,guided")
    assert status == 0
    assert "Guided backpropagation was left out: deconvolution and guided" in out
    assert not Path("explained/garden/guided.png").exists()
    status, _, error = call(smooth, photo, "--method", "guided", "--out", "other")
    assert status == 2
    assert "need a ReLU before the target" in error
    assert not Path("other").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", ""], "--method must name a method, got nothing"),
        (["--method", "gradcam"], "there is no method 'gradcam'"),
        (["--class", "wesp"], "the model has no class 'wesp'"),
        (["--tap", "conv9"], "no layer at 'conv9'"),
        (["--tap", "conv9", "--method", "all"], "no layer at 'conv9'"),
        (["--tap", "dense1"], "layer 'dense1' must give maps"),
        (["--classes", "names.txt"], "has its own classes"),
    ],
)
def test_wrong_choices(arguments: list[str], message: str, model: Path, photo: Path, call: Call) -> None:
    status, out, error = call(model, photo, *arguments, *([] if "--method" in arguments else ["--method", "grad_cam"]))
    assert (status, out) == (2, "")
    assert message in error
    assert "Traceback" not in error
    assert not Path("explained").exists()


def test_images_that_cannot_be_read(model: Path, call: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    for name, reason in (("nowhere.png", "no such file"), ("notes.txt", "not an image")):
        status, out, error = call(model, name)
        assert (status, out) == (2, "")
        assert f"{name} cannot be explained: {reason}" in error


def test_folders_that_hold_other_things(model: Path, photo: Path, call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("dear")
    status, _, error = call(model, photo, "--out", "mine")
    assert status == 2
    assert "--out must be a new folder, or one of an explanation, got mine" in error
    status, _, error = call(model, photo, "--out", "mine/thesis.tex")
    assert status == 2
    assert "--out must be a folder, got the file mine/thesis.tex" in error
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "dear"
