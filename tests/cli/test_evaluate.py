"""`neocog evaluate`, run as a user does: the verdict in the terminal, the document, and the real page beside it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import torch
from PIL import Image

from neocog.cli.__main__ import run
from neocog.core.run import MODEL, RECIPE, RunFolder, SplitRow
from neocog.data import DataOptions, Preprocessing, inspect
from neocog.model import Model, save
from neocog.network import Dense, Flatten, Network

Call: TypeAlias = Callable[..., tuple[int, str, str]]

CLASSES = ("dark", "light")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that tells dark from light; one of its ten test images is mislabeled."""
    base = tmp_path_factory.mktemp("evaluate")
    for side, number in (("train", 6), ("val", 3), ("test", 5)):
        for label, level in (("dark", 60), ("light", 190)):
            for index in range(number):
                noise = np.random.default_rng([len(side), number, level, index]).integers(-50, 51, (8, 8))
                place = base / "data" / side / label
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray((level + noise).astype(np.uint8)).save(place / f"{index}.png")
    first, last = base / "data" / "test" / "dark" / "0.png", base / "data" / "test" / "light" / "0.png"
    first.write_bytes(last.read_bytes())
    Image.fromarray(np.full((8, 8), 200, np.uint8)).save(last)
    seen = inspect(DataOptions(path=str(base / "data")))
    made = RunFolder.create(base / "run")
    made.write(RECIPE, f"format = 1\n[data]\npath = {json.dumps(str(base / 'data'))}\n")
    rows = zip(seen.table.ids, seen.table.labels, seen.split.sides, seen.scan.hashes, strict=True)
    made.write_splits([SplitRow(*row) for row in rows])
    weights = {
        "dense1.weight": torch.tensor([[-8.0 / 64] * 64, [8.0 / 64] * 64]),
        "dense1.bias": torch.tensor([4.0, -4.0]),
    }
    network = Network((1, 8, 8), (Flatten(), Dense(2)))
    preparation = Preprocessing(size=(8, 8), channels=1)
    model = Model(network=network, weights=weights, classes=CLASSES, preprocessing=preparation)
    save(model, base / "run" / MODEL)
    return base / "run"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command line: exit status, standard output, standard error."""

    def called(*arguments: str) -> tuple[int, str, str]:
        status = run(["evaluate", *arguments])
        out, error = capsys.readouterr()
        return status, out, error

    return called


def test_the_verdict_comes_first_and_the_page_last(folder: Path, call: Call) -> None:
    status, out, error = call(str(folder))
    assert (status, error) == (0, "")
    lines = out.strip().splitlines()
    assert " ".join(lines[:2]).startswith("Of 10 images it had never seen, it named 9 right: 90.0 %")
    assert lines[-1] == str(folder / "report.html")
    assert max(map(len, lines[:-1])) <= 80
    assert "1  dark taken for light" in out
    assert "balanced accuracy" in out
    assert "has been opened" in out
    page = (folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "1 mistake of 10 images" in page
    assert "data:image/png;base64," in page


def test_json_is_one_document_alone(folder: Path, call: Call) -> None:
    status, out, error = call(str(folder), "--json")
    assert (status, error) == (0, "")
    document = json.loads(out)
    assert (next(iter(document)), document["format"], document["familiar"]) == ("format", 1, 0)
    assert (document["n"], document["accuracy"], document["classes"]) == (10, 0.9, ["dark", "light"])
    assert document["confusion"] == [[4, 1], [0, 5]]
    assert document["accuracy_low"] < 0.9 < document["accuracy_high"]
    assert [each["support"] for each in document["per_class"]] == [5, 5]
    assert document["top5"] == 1.0


def test_quiet_prints_the_place_alone(folder: Path, call: Call) -> None:
    assert call(str(folder), "--quiet") == (0, f"{folder / 'report.html'}\n", "")


def test_other_data_into_a_folder_of_choice(folder: Path, call: Call, tmp_path: Path) -> None:
    data = folder.parent / "data" / "test"
    status, out, _ = call(str(folder), str(data), "--out", str(tmp_path / "out"), "--quiet")
    assert (status, out) == (0, f"{tmp_path / 'out' / 'report.html'}\n")
    status, _, error = call(str(folder), str(data), "--out", str(tmp_path / "out"))
    assert status == 2
    assert "nothing is overwritten" in error
    assert "choose another --out" in error


def test_what_a_user_can_mend_is_two_lines_and_status_2(call: Call, tmp_path: Path) -> None:
    status, out, error = call(str(tmp_path / "nothing"))
    assert (status, out) == (2, "")
    assert len(error.strip().splitlines()) == 2
    status, _, error = call(str(tmp_path / "nothing"), "--set", "compute.batch")
    assert status == 2
    assert "--set takes key=value" in error


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("data.size=99", "unknown key 'data.size'"),
        ("data.resize=pad", "unknown key 'data.resize'"),
        ("compute.device=meta", "`compute.device` must be cpu, cuda, cuda:N or mps, not 'meta'"),
    ],
)
def test_a_choice_without_effect_is_refused(folder: Path, call: Call, choice: str, words: str) -> None:
    status, out, error = call(str(folder), "--set", choice)
    assert (status, out) == (2, "")
    assert words in error


def test_a_verdict_on_known_images_says_so_before_all_else(folder: Path, call: Call, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(folder, tmp_path / "runs" / "leaky")))
    rows = run.read_splits()
    learned = next(row for row in rows if row.split == "test" and row.label == "dark")
    run.write_splits([*rows, replace(learned, split="train")])
    status, out, _ = call(str(run.path))
    assert status == 0
    told = " ".join(out.split())
    assert told.startswith("Of 10 images, it named 9 right: 90.0 %")
    assert "Take care: The model learned from 1 of the 10 test images, or from nearly the same pictures, so" in told
    assert "1. It learned from 1 test image, or from nearly the same pictures: this verdict is too good." in told


def test_a_real_process_writes_plain_text_to_a_pipe(folder: Path) -> None:
    command = [sys.executable, "-m", "neocog.cli", "evaluate", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
