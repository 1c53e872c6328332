"""`neocog predict`, run as a user does: lines, table, document, and images that cannot be read."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import torch
from PIL import Image

from neocog.cli.__main__ import run
from neocog.data import Preprocessing
from neocog.model import Model, save
from neocog.network import Dense, Flatten, Network

Call: TypeAlias = Callable[..., tuple[int, str, str]]

CLASSES = ("black", "grey", "white")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A run folder whose model knows dark, middle and bright; sums by hand say how sure it is."""
    network = Network((1, 2, 2), (Flatten(), Dense(3)))
    # The mean pixel m of 0 to 1 gives the logits (2 - 8m, 0, 8m - 6).
    weights = {
        "dense1.weight": torch.tensor([[-2.0] * 4, [0.0] * 4, [2.0] * 4]),
        "dense1.bias": torch.tensor([2.0, 0.0, -6.0]),
    }
    made = Model(
        network=network,
        weights=weights,
        classes=CLASSES,
        preprocessing=Preprocessing(size=(2, 2), channels=1, resize="stretch"),
        threshold=0.8,
    )
    save(made, tmp_path / "run" / "model.safetensors")
    return tmp_path / "run"


def expected(value: int) -> list[float]:
    """The probabilities of an image of one grey value, by hand."""
    mean = value / 255
    powers = np.exp([2 - 8 * mean, 0.0, 8 * mean - 6])
    return (powers / powers.sum()).tolist()


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Images of one grey value each, named by it; the current folder is the one above."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for name, value in {"000.png": 0, "128.png": 128, "255.png": 255, "deep/250.png": 250}.items():
        Image.fromarray(np.full((9, 7), value, np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("these are greys")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def predict(model: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the verb in this process with that model; gives (exit status, output, errors)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        status = run(["predict", "run", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_masks_are_asked_of_a_model_of_masks(predict: Call, tmp_path: Path) -> None:
    status, _, err = predict("photos", "--out", tmp_path / "masks")
    assert status == 2
    assert "--out is for the masks of a model, and run answers with no masks" in " ".join(err.split())


# -- lines -------------------------------------------------------------------------------------------------------------


def test_lines(predict: Call) -> None:
    status, out, err = predict("photos")
    assert status == 0
    assert out.splitlines() == [
        "photos/000.png       black     0.881  ##################",
        "photos/128.png       not sure  0.787  perhaps grey or white",
        "photos/255.png       white     0.881  ##################",
        "photos/deep/250.png  white     0.863  #################",
    ]
    assert err.splitlines() == [
        "4 images: not sure 1, white 2, black 1",
        "passed over, no images: 1 other file",
    ]


def test_one_image_shows_the_runners_up(predict: Call) -> None:
    _, out, err = predict("photos/000.png")
    assert out.splitlines() == [
        "photos/000.png  black     0.881  ##################",
        "                grey      0.119  ##",
        "                white     0.000",
    ]
    assert err == ""


def test_not_sure_with_the_runners_up(predict: Call) -> None:
    _, out, _ = predict("photos/128.png", "--top", "2")
    assert out.splitlines() == [
        "photos/128.png  not sure",
        "                grey      0.787  ################",
        "                white     0.108  ##",
    ]


def test_top_of_many(predict: Call) -> None:
    _, out, _ = predict("photos/000.png", "photos/255.png", "--top", "9")
    assert [line.split()[-3:][0] if line.startswith("photos") else line.split()[0] for line in out.splitlines()] == [
        "black", "grey", "white", "white", "grey", "black"
    ]  # fmt: skip


def test_quiet(predict: Call) -> None:
    _, out, err = predict("photos", "--quiet")
    assert (len(out.splitlines()), err) == (4, "")


def test_names_do_not_steer_the_terminal(predict: Call, photos: Path) -> None:
    (photos / "000.png").rename(photos / "\x1b[31mred\n.png")
    _, out, _ = predict("photos")
    assert "photos/\\x1b[31mred\\x0a.png" in out
    assert "\x1b" not in out


def test_markup_in_names_is_text(predict: Call, photos: Path) -> None:
    (photos / "000.png").rename(photos / "[bold]x.png")
    assert "photos/[bold]x.png" in predict("photos")[1]


# -- data --------------------------------------------------------------------------------------------------------------


def test_json_is_one_document_alone(predict: Call) -> None:
    status, out, _ = predict("photos", "--json")
    document = json.loads(out)
    assert status == 0
    assert list(document) == ["format", "model", "threshold", "predictions", "unreadable"]
    assert document["format"] == 1
    assert (document["model"], document["threshold"], document["unreadable"]) == ("run", 0.8, [])
    found = {record["file"]: record for record in document["predictions"]}
    assert list(found) == ["photos/000.png", "photos/128.png", "photos/255.png", "photos/deep/250.png"]
    for name, record in found.items():
        chances = expected(int(Path(name).stem))
        assert list(record["probabilities"].values()) == sorted(record["probabilities"].values(), reverse=True)
        assert record["probabilities"] == pytest.approx(dict(zip(CLASSES, chances, strict=True)), abs=1e-6)
        assert record["probability"] == pytest.approx(max(chances), abs=1e-6)
        assert record["sure"] == (max(chances) >= 0.8)
        assert record["label"] == (CLASSES[int(np.argmax(chances))] if record["sure"] else "not sure")
        assert record["reason"] == ("" if record["sure"] else "grey or white")
        assert record["familiar"] is True


def test_json_top(predict: Call) -> None:
    document = json.loads(predict("photos/000.png", "--json", "--top", 1)[1])
    assert document["predictions"][0]["probabilities"] == {"black": pytest.approx(expected(0)[0], abs=1e-6)}


def test_csv_file(predict: Call, tmp_path: Path) -> None:
    status, out, err = predict("photos", "--csv", "answers.csv")
    assert status == 0
    assert out.startswith("photos/000.png")
    assert err.splitlines()[-1] == "wrote answers.csv"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text())))
    assert list(rows[0]) == ["file", "label", "probability", "reason", *CLASSES]
    assert [row["label"] for row in rows] == ["black", "not sure", "white", "white"]
    assert [row["reason"] for row in rows] == ["", "grey or white", "", ""]
    for row in rows:
        chances = expected(int(Path(row["file"]).stem))
        assert [float(row[name]) for name in CLASSES] == pytest.approx(chances, abs=1e-6)
        assert float(row["probability"]) == pytest.approx(max(chances), abs=1e-6)


def test_csv_to_standard_output_is_the_table_alone(predict: Call) -> None:
    _, out, err = predict("photos", "--csv", "-")
    assert [row[0] for row in csv.reader(io.StringIO(out))] == [
        "file", "photos/000.png", "photos/128.png", "photos/255.png", "photos/deep/250.png"
    ]  # fmt: skip
    assert err.startswith("4 images")


def test_json_and_a_csv_file_together(predict: Call, tmp_path: Path) -> None:
    _, out, _ = predict("photos", "--json", "--csv", "answers.csv")
    assert len(json.loads(out)["predictions"]) == 4
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--json", "--csv", "-"), "--json and --csv - would both write to standard output\n       name a file"),
        (
            ("--csv", "photos"),
            "--csv must name a file, got the folder photos\n       write, for example, --csv photos/",
        ),
        (("--csv", "no/a.csv"), "--csv must lie in a folder that exists, got no/a.csv\n       make no first"),
    ],
)
def test_destinations_that_cannot_be(predict: Call, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = predict("photos", *arguments)
    assert (status, out) == (2, "")
    assert message in err


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.fixture
def broken(photos: Path) -> Path:
    """The photos, with an empty and a truncated one among them."""
    (photos / "100.jpg").write_bytes(b"")
    (photos / "200.png").write_bytes((photos / "255.png").read_bytes()[:50])
    return photos


def test_unreadable_images_are_listed_and_the_others_answered(predict: Call, broken: Path) -> None:
    status, out, err = predict("photos", "gone.png")
    assert status == 2
    assert [line.split()[0] for line in out.splitlines()] == [
        "photos/000.png", "photos/128.png", "photos/255.png", "photos/deep/250.png"
    ]  # fmt: skip
    assert err.splitlines()[-4:] == [
        "not read: 3 of 7",
        "  gone.png  no such file",
        "  photos/100.jpg  empty file",
        "  photos/200.png  truncated",
    ]


def test_unreadable_images_in_the_document(predict: Call, broken: Path) -> None:
    status, out, _ = predict("photos", "--json", "--quiet")
    document = json.loads(out)
    assert status == 2
    assert len(document["predictions"]) == 4
    assert document["unreadable"] == [
        {"file": "photos/100.jpg", "reason": "empty file"},
        {"file": "photos/200.png", "reason": "truncated"},
    ]


def test_only_unreadable_images(predict: Call, broken: Path) -> None:
    status, out, err = predict("photos/100.jpg")
    assert (status, out) == (2, "")
    assert err.splitlines() == ["not read: 1 of 1", "  photos/100.jpg  empty file"]


def test_nothing_matched(predict: Call) -> None:
    status, out, err = predict("nope/*.png")
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "error: there is no image to predict: nope/*.png (no such file)",
        "       name image files, their folder, or a pattern in quotes",
    ]


def test_a_model_that_is_none(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "photos", "photos/000.png"]) == 2
    assert "photos is a folder, but not a run's" in capsys.readouterr().err


# -- a real terminal, a real pipe --------------------------------------------------------------------------------------


def in_terminal(arguments: list[str], columns: int, **environment: str) -> str:
    """What the verb writes to a terminal of so many columns."""
    inner, outer = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "neocog.cli", "predict", *arguments],
        stdin=outer,
        stdout=outer,
        stderr=subprocess.DEVNULL,
        env={**variables, "TERM": "xterm-256color", "COLUMNS": str(columns), "PYTHONUTF8": "1", **environment},
    )
    os.close(outer)
    written = b""
    try:
        while part := os.read(inner, 65536):
            written += part
    except OSError:  # the other end is closed
        pass
    process.wait()
    os.close(inner)
    return written.decode()


def test_a_terminal_is_filled_and_not_overrun(model: Path, photos: Path) -> None:
    (photos / "000.png").rename(photos / ("a long name " * 12 + "000.png"))
    plain = in_terminal(["run", "photos"], 60, NO_COLOR="1").splitlines()
    assert len(plain) == 4
    assert max(map(len, plain)) <= 60
    (long,) = (line for line in plain if line.startswith("…"))
    assert "name 000.png  black     0.881  ━━" in long
    colored = in_terminal(["run", "photos/255.png"], 60)
    assert "\x1b[34m" in colored
    assert "\x1b" not in "".join(plain)


def test_a_reader_that_goes_away_sees_no_traceback(model: Path, photos: Path) -> None:
    for number in range(1500):
        (photos / f"{number:04}.png").symlink_to(photos / "255.png")
    process = subprocess.Popen(
        [sys.executable, "-m", "neocog.cli", "predict", "run", "photos", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"photos/")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() not in (0, 2)


def test_a_model_of_many_classes_fits_eighty_columns(photos: Path, tmp_path: Path) -> None:
    network = Network((1, 2, 2), (Flatten(), Dense(40)))
    weights = {"dense1.weight": torch.zeros(40, 4), "dense1.bias": torch.linspace(0, 9, 40)}
    wide = Model(
        network=network,
        weights=weights,
        classes=tuple(f"a class whose name is rather long, number {number}" for number in range(40)),
        preprocessing=Preprocessing(size=(2, 2), channels=1),
        threshold=0.99,
    )
    save(wide, tmp_path / "wide.safetensors")
    lines = in_terminal(["wide.safetensors", "photos", "--top", "2"], 80, NO_COLOR="1").splitlines()
    assert len(lines) == 4 * 3
    assert max(map(len, lines)) <= 80
