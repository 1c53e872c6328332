"""`neocog cache` as its user meets it."""

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.cli.__main__ import run
from neocog.data import DataOptions, Preprocessing, handed_in, load, prepared
from neocog.data.cache import entries
from neocog.data.entry import build

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def filled(folder: Path, tmp_path: Path, capsys: Capture) -> Path:
    """A cache of prepared images beyond a megabyte, of others whose making was broken off, and of records."""
    random = np.random.default_rng(0)
    for row in range(24):
        path = tmp_path / "photos" / ("cats", "dogs")[row % 2] / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8))
        coarse.resize((160, 160), Image.Resampling.BICUBIC).save(path)
    assert run(["check", str(tmp_path / "photos")]) == 0
    capsys.readouterr()
    data = load(DataOptions(path=str(tmp_path / "photos")))
    prepared(data.table, data.scan, data.rows("train"), Preprocessing(size=(160, 160), channels=3))
    half = folder / "images" / f"{'0' * 64}"

    def broken(target: np.ndarray, start: int):  # type: ignore[type-arg, no-untyped-def]
        target[:10] = 1
        yield 10
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(half, "squashed", "a set with a name that is far too long", (40, 3, 64, 64), broken, None)
    return folder


def test_it_lists_what_is_kept(filled: Path, capsys: Capture) -> None:
    day = time.time() - 2 * 86400 - 60
    os.utime(filled / "images" / f"{'0' * 64}.part" / "facts.json", (day, day))
    assert run(["cache", "list"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["kind", "data", "set", "shape", "size", "last", "used"]
    lines = {line.split()[0]: line for line in out[1:4]}
    assert "photos" in lines["prepared"]
    assert lines["prepared"].endswith("16x3x160x160  1.23 MB  just now")
    assert lines["squashed"].endswith("a set with a name tha…         40x3x64x64   492 kB  2 d ago, 25% built")
    assert "looks at data" in lines["record"]
    assert "of 20.0 GB in" in out[-2]
    assert "data.cache_gb" in out[-1]
    assert max(len(line) for line in out[:4]) <= 80


def test_it_lists_as_json(filled: Path, capsys: Capture) -> None:
    assert run(["cache", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == 1
    assert found["bound"] == 20 * 10**9
    assert found["total"] == sum(entry["size"] for entry in found["entries"])
    half = next(entry for entry in found["entries"] if entry["built"] < 1)
    assert half["shape"] == [40, 3, 64, 64]
    assert half["built"] == 0.25
    assert Path(half["path"]).is_dir()


def test_it_clears_and_says_what_that_freed(filled: Path, capsys: Capture) -> None:
    held = sum(entry.size for entry in entries())
    assert run(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"{held / 10**6:.2f} MB freed in {filled}\n"
    assert entries() == ()
    assert run(["cache", "list"]) == 0
    assert capsys.readouterr().out.startswith("0 B of 20.0 GB in")


def test_what_is_being_built_is_left(folder: Path, capsys: Capture) -> None:
    told: list[str] = []

    def meanwhile(target: np.ndarray, start: int):  # type: ignore[type-arg, no-untyped-def]
        assert run(["cache", "clear"]) == 0
        told.append(capsys.readouterr().out)
        assert run(["cache", "clear", "--json"]) == 0
        told.append(capsys.readouterr().out)
        target[:] = 1
        yield len(target)

    (folder / "images").mkdir(parents=True)
    assert build(folder / "images" / "one", "prepared", "made", (40, 3, 8, 8), meanwhile, None).all()
    assert told[0] == f"0 B freed in {folder}\n7.68 kB left, which another process is building\n"
    assert json.loads(told[1]) == {"format": 1, "freed": 0, "removed": 0, "left": 1}
    shutil.rmtree(folder)


def test_any_other_word_is_refused(capsys: Capture) -> None:
    assert run(["cache", "empty"]) == 2
    assert "empty" in capsys.readouterr().err


def test_images_that_were_handed_in_are_listed_and_cleared(folder: Path, capsys: Capture) -> None:
    for content in (bytes(1000), bytes(2000)):
        handed_in.keep(content)
    assert run(["cache", "list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("image "))
    assert " 2 handed in " in line and line.endswith("3.00 kB  just now")
    assert run(["cache", "clear", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"format": 1, "freed": 3000, "removed": 2, "left": 0}
    assert handed_in.kept() == ()


def test_fetched_weights_are_listed_and_cleared(folder: Path, capsys: Capture) -> None:
    (folder / "downloads").mkdir(parents=True)
    (folder / "downloads" / "net-12345678.pth").write_bytes(bytes(3_000_000))
    assert run(["cache", "list"]) == 0
    assert "weights   net-12345678.pth" in capsys.readouterr().out
    assert run(["cache", "clear", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["freed"] == 3_000_000
    assert not list((folder / "downloads").glob("*.pth"))
