"""`neocog explain MODEL DATA`: what the units look for, drawn and told; the sealed test set is not touched."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image

from neocog.cli.__main__ import run
from neocog.core.run import RunFolder
from neocog.data import DataOptions
from neocog.train import Recipe, train
from neocog.train.recipe import Compute

Call: TypeAlias = Callable[..., tuple[int, str, str]]

SMALL = "Network((1, 8, 8), (Conv(4, 3, pad=1), ReLU(), MaxPool(2), Conv(6, 3), ReLU(), Flatten(), Dense(10)))"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the embedded digits."""
    folder = tmp_path_factory.mktemp("explained")
    net = folder / "small.network"
    net.write_text(SMALL)
    recipe = Recipe(net=str(net), epochs=1, data=DataOptions(path="digits"), compute=Compute(threads=1))
    for _ in train(recipe, folder / "run"):
        pass
    return folder / "run"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)
    for name, less in (("MAPPED", 120), ("SHOWN", 3), ("CHECKED", 4)):
        monkeypatch.setattr(f"neocog.cli.surveying.{name}", less)

    def called(*arguments: object) -> tuple[int, str, str]:
        status = run(["explain", *map(str, arguments)])
        out, error = capsys.readouterr()
        return status, out, error

    return called


def test_a_run_on_its_own_data(trained: Path, call: Call, tmp_path: Path) -> None:
    status, out, _ = call(trained, "--method", "saliency,grad_cam")
    assert status == 0
    folder = tmp_path / "explained" / "run"
    pictures = {"filters.png", "relu1.png", "relu2.png", "nearest.png", "map.png", "sheet.png"}
    assert {path.name for path in folder.iterdir()} == pictures | {"units.csv", "map.csv", "explanation.json"}
    for name in pictures:
        with Image.open(folder / name) as picture:
            assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 10
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "explained/run/sheet.png"
    assert any(line.split()[:2] == ["relu1", "4"] for line in lines)
    assert "95 % interval" in out
    sealed = {row.file for row in RunFolder(trained).read_splits() if row.split == "test"}
    learned = {row.file for row in RunFolder(trained).read_splits() if row.split != "test"}
    told = json.loads((folder / "explanation.json").read_text())
    seen = {patch["image"] for layer in told["layers"] for unit in layer["shown"] for patch in unit["patches"]}
    seen |= {each["image"] for row in told["nearest"] for each in row["nearest"]}
    mapped = list(csv.DictReader((folder / "map.csv").read_text().splitlines()))
    seen |= {row["image"] for row in mapped}
    assert seen <= learned
    assert not seen & sealed, "the test set stays shut"
    assert told["images"] == len(learned)
    assert len(mapped) == 120
    assert not (trained / "ledger.jsonl").exists()
    assert [each["check"]["randomization"]["interval"] is not None for each in told["methods"]] == [True, True]
    units = list(csv.DictReader((folder / "units.csv").read_text().splitlines()))
    assert [row["layer"] for row in units] == ["relu1"] * 4 + ["relu2"] * 6
    spoken = {unit: name for layer in told["layers"] for unit, name in layer["speaks_for"].items()}
    assert {row["speaks_for"] for row in units} - {""} == set(spoken.values())


def test_other_data_and_named_layers(trained: Path, call: Call, tmp_path: Path) -> None:
    """Of data with classes that the model does not know, units speak for those."""
    for label, shade in (("bright", 250), ("dark", 10)):
        place = tmp_path / "photos" / label
        place.mkdir(parents=True)
        for number in range(8):
            pixels = np.random.default_rng([number, shade]).integers(0, 6, (9, 9)) + shade - 5
            Image.fromarray(pixels.astype(np.uint8)).save(place / f"{number}.png")
    status, out, error = call(trained / "model.safetensors", "photos", "--tap", "conv1, dense1", "--json")
    assert (status, "Traceback" in error) == (0, False)
    told = json.loads(out)
    assert [layer["path"] for layer in told["layers"]] == ["conv1", "dense1"]
    assert {name for layer in told["layers"] for name in layer["speaks_for"].values()} <= {"bright", "dark"}
    assert told["folder"] == "explained/photos"
    assert told["methods"] == []
    again = call(trained / "model.safetensors", "photos", "--tap", "conv1, dense1", "--quiet")
    assert again[:2] == (0, "explained/photos/sheet.png\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits", "--class", "3"], "--class names the class to explain an image for, got 3 name one image too"),
        (["digits", "--tap", "conv9"], "no layer at 'conv9'"),
        (["digits", "--method", "gradcam"], "there is no method 'gradcam'"),
    ],
)
def test_wrong_choices(arguments: list[str], message: str, trained: Path, call: Call) -> None:
    status, out, error = call(trained, *arguments)
    assert (status, out) == (2, "")
    assert message in " ".join(error.split())
    assert "Traceback" not in error
    assert not Path("explained").exists()


def test_a_model_file_does_not_say_where_its_data_lies(trained: Path, call: Call) -> None:
    status, _, error = call(trained / "model.safetensors")
    assert status == 2
    assert "does not say where its data lies name an image or data" in " ".join(error.split())


def test_data_that_are_all_sealed(trained: Path, call: Call, tmp_path: Path) -> None:
    place = tmp_path / "only"
    place.mkdir()
    for number in range(3):
        Image.fromarray(np.full((8, 8), 40 * number, np.uint8)).save(place / f"{number}.png")
        (place / f"broken{number}.png").write_bytes(b"no image")
    lines = [f"{number}.png,{number},test\nbroken{number}.png,{number},train\n" for number in range(3)]
    (place / "labels.csv").write_text("file,label,split\n" + "".join(lines))
    status, _, error = call(trained, "only")
    assert status == 2
    assert "the test set stays sealed" in " ".join(error.split())
