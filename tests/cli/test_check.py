"""`neocog check` as its user meets it."""

import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.cli.__main__ import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def hurt(tmp_path: Path) -> Path:
    """Two classes with a copy, a wrong label, a broken file and an odd size."""
    random = np.random.default_rng(0)
    root = tmp_path / "hurt"
    for label, count in (("cats", 24), ("dogs", 8)):
        (root / label).mkdir(parents=True)
        for row in range(count):
            coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8))
            coarse.resize((48, 40), Image.Resampling.BICUBIC).save(root / label / f"{row}.png")
    (root / "cats/copy.png").write_bytes((root / "cats/1.png").read_bytes())
    (root / "dogs/wrong.png").write_bytes((root / "cats/2.png").read_bytes())
    (root / "dogs/zero.png").write_bytes(b"")
    return root


def lines(capture: Capture) -> list[str]:
    return capture.readouterr().out.splitlines()


def test_it_says_what_is_wrong(hurt: Path, capsys: Capture) -> None:
    assert run(["check", str(hurt)]) == 0
    out = lines(capsys)
    text = "\n".join(out)
    assert out[1] == "hurt: 34 readable images in 2 classes, in color, 48 x 40 pixels"
    assert "unreadable, left out                         1" in out
    assert "  dogs/zero.png: empty file" in out
    assert "  cats/2.png (cats), dogs/wrong.png (dogs): identical" in out
    assert "  cats/1.png, cats/copy.png: identical" in out
    assert out[-1] == f"Next: neocog train {hurt}"
    assert max(map(len, out)) <= max(80, len(out[-1]))
    assert "\x1b" not in text


def test_its_numbers_stand_in_columns(hurt: Path, capsys: Capture) -> None:
    run(["check", str(hurt)])
    out = lines(capsys)
    place = next(row for row, line in enumerate(out) if line.startswith("class"))
    head, *rows = out[place : place + 4]
    ends = [head.index(word) + len(word) for word in ("train", "val", "test", "all")]
    for line in rows:
        counts = [int(line[:end].split()[-1]) for end in ends]
        assert sum(counts[:3]) == counts[3]
    assert rows[2].startswith("all")
    assert rows[0].count("█") > rows[1].count("█") > 0


def test_one_json_document(hurt: Path, capsys: Capture) -> None:
    assert run(["check", str(hurt), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == 1
    assert found["images"] == 35
    assert found["unreadable"] == [{"id": "dogs/zero.png", "reason": "empty file"}]
    assert found["conflict_count"] == 1
    assert found["grid"] is None


def test_quiet_prints_what_to_do_only(hurt: Path, capsys: Capture) -> None:
    assert run(["check", str(hurt), "--quiet"]) == 0
    out = lines(capsys)
    assert out[0].startswith("1. ")
    assert not any("train  " in line for line in out)


def test_a_clean_set(capsys: Capture) -> None:
    assert run(["check", "digits"]) == 0
    out = lines(capsys)
    assert "No unreadable file, no duplicate, no leak, no shortcut, no odd size." in out
    assert out[-1] == "Next: neocog train digits"


def test_many_classes_are_cut(tmp_path: Path, capsys: Capture) -> None:
    for label in range(30):
        folder = tmp_path / "many" / f"class {label:02}"
        folder.mkdir(parents=True)
        for row in range(3):
            pixels = np.random.default_rng(100 * label + row).integers(0, 256, (9, 9), np.uint8)
            Image.fromarray(pixels).save(folder / f"{row}.png")
    assert run(["check", str(tmp_path / "many")]) == 0
    out = lines(capsys)
    assert "the 24 smallest of 30 classes" in out
    assert sum(re.match(r"class \d\d  ", line) is not None for line in out) == 24


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_the_grid_is_a_picture(hurt: Path, tmp_path: Path, capsys: Capture, suffix: str) -> None:
    path = tmp_path / "new" / f"sheet.{suffix}"
    assert run(["check", str(hurt), "--grid", str(path), "--set", "augment.rotation=90"]) == 0
    sheet = Image.open(io.BytesIO(path.read_bytes()))
    assert sheet.format == {"png": "PNG", "jpg": "JPEG"}[suffix]
    assert sheet.width > 800
    assert f"What the network will see: {path}" in capsys.readouterr().out


def empty(path: Path) -> None:
    path.mkdir()


def one_class(path: Path) -> None:
    (path / "cats").mkdir(parents=True)
    for row in range(6):
        Image.fromarray(np.random.default_rng(row).integers(0, 256, (9, 9), np.uint8)).save(path / f"cats/{row}.png")


def text(path: Path) -> None:
    path.write_text("hello\n")


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (None, [], ["there is no 'data' in", "DATA must be a folder"]),
        (empty, [], ["data holds no files", "put one folder of images a class into it"]),
        (text, [], ["data is a text file", "name the folder that holds the images"]),
        (one_class, ["--grid", "sheet.bmp"], ["--grid must be a file that ends in .png, .jpg", "add .png"]),
        (one_class, ["--set", "data.sise=3"], ["unknown key 'data.sise'", "did you mean 'data.size'?"]),
    ],
)
def test_what_the_user_can_mend_is_two_lines(
    make: Callable[[Path], None] | None, arguments: list[str], message: list[str], tmp_path: Path, capsys: Capture
) -> None:
    if make:
        make(tmp_path / "data")
    assert run(["check", str(tmp_path / "data"), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    found = captured.err.splitlines()
    assert len(found) == 2
    for line, part in zip(found, message, strict=True):
        assert part in line


def test_one_class_is_a_finding(tmp_path: Path, capsys: Capture) -> None:
    one_class(tmp_path / "data")
    for more in ([], ["--quiet"]):
        assert run(["check", str(tmp_path / "data"), *more]) == 2, "a script stops here, as `train` would"
        captured = capsys.readouterr()
        assert "There is one class only" in captured.out
        assert "Next: " not in captured.out
        assert captured.err.splitlines() == [
            "error: data must hold images of at least two classes, got only cats",
            "       put the images of each class into a folder of its own",
        ]


@pytest.mark.parametrize("count", [1, 2])
def test_what_train_would_refuse_is_not_recommended(tmp_path: Path, capsys: Capture, count: int) -> None:
    for label in "ab":
        (tmp_path / "data" / label).mkdir(parents=True)
        for row in range(count):
            pixels = np.random.default_rng(10 * row + ord(label)).integers(0, 256, (9, 9), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / label / f"{row}.png")
    assert run(["train", str(tmp_path / "data"), "--out", str(tmp_path / "run")]) == 2
    refused = capsys.readouterr().err
    assert run(["check", str(tmp_path / "data")]) == 2
    captured = capsys.readouterr()
    assert f"data: {2 * count} readable images in 2 classes" in captured.out
    assert "neocog train" not in captured.out
    assert captured.err == refused, "the very words of `train`"
    assert run(["check", str(tmp_path / "data"), "--json"]) == 2
    captured = capsys.readouterr()
    told = json.loads(captured.out)["refusal"]
    assert told.replace("; ", " ") == " ".join(refused.removeprefix("error: ").split())
    assert captured.err == refused


@pytest.mark.parametrize("name", ["my photos", "it's $HOME", "-x", "line\nbreak", "caf\udce9", "\x1b[31mred"])
def test_the_next_command_can_be_pasted(
    hurt: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    hurt.rename(hurt.parent / name)
    monkeypatch.chdir(hurt.parent)
    choice = "data.label="
    assert run(["check", "--set", choice, "--", name]) == 0
    command = lines(capsys)[-1].removeprefix("Next: neocog train ")
    assert command.isprintable()
    shown = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True).stdout
    path, *choices = os.fsdecode(shown).split("\0")[:-1]
    assert Path(path) == Path(name)
    assert not path.startswith("-")
    assert choices == ["--set", choice]


def test_nothing_to_draw(tmp_path: Path, capsys: Capture) -> None:
    for label in "ab":
        (tmp_path / "data" / label).mkdir(parents=True)
        (tmp_path / "data" / label / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(["check", str(tmp_path / "data"), "--grid", str(tmp_path / "x.png")]) == 2
    assert "data has no training image to draw" in capsys.readouterr().err


def test_damaged_metadata_of_whole_pictures_is_no_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for label in "ab":
        (tmp_path / "data" / label).mkdir(parents=True)
        for row in range(4):
            image = Image.fromarray(np.random.default_rng(row + ord(label)).integers(0, 256, (20, 20, 3), np.uint8))
            image.save(tmp_path / "data" / label / f"{row}.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    assert run(["check", str(tmp_path / "data"), "--json"]) == 0
    captured = capfd.readouterr()
    assert json.loads(captured.out)["unreadable"] == []
    assert captured.err == ""


def test_a_folder_for_nothing_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert run(["check", "digits", "--out", str(tmp_path / "study")]) == 2
    wrong, _, mend = capsys.readouterr().err.partition("\n")
    told = " ".join(f"{wrong}; {mend}".split())
    assert "--out is for what trains; add --set check.labels=true or --set check.curve=true" in told
