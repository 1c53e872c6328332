"""Several labels and numbers from the command line: check, train, evaluate, predict, and what they are not for."""

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.cli.__main__ import run


def neocog(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output, and standard error on one line."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = run(list(map(str, arguments)))
    return status, out.getvalue(), " ".join(err.getvalue().split())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 gray 12 x 12 pictures, brighter and with a bar or not; two tables about them."""
    root = tmp_path_factory.mktemp("targets") / "set"
    (root / "i").mkdir(parents=True)
    random = np.random.default_rng(0)
    labels, numbers = ["file,light,bar"], ["file,lightness"]
    for place in range(120):
        light, bar = random.random() < 0.5, random.random() < 0.4
        image = random.integers(0, 60, (12, 12)) + 80 * light
        image[random.integers(12)] += 100 * bar
        Image.fromarray(image.astype(np.uint8)).save(root / f"i/{place:03}.png")
        labels.append(f"i/{place:03}.png,{'light' if light else 'dark'},{'bar' if bar else 'plain'}")
        numbers.append(f"i/{place:03}.png,{image.mean() / 10:.3f}")
    (root / "labels.csv").write_text("\n".join(labels))
    (root / "numbers.csv").write_text("\n".join(numbers))
    return root


@pytest.fixture(scope="module")
def runs(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    for name in ("labels", "numbers"):
        chosen = ("--epochs", "6", "--set", "compute.device=cpu", "--set", "compute.threads=1")
        code, _, err = neocog("train", pictures / f"{name}.csv", "--out", place / name, *chosen)
        assert code == 0, err
        assert {"labels": "val micro F1", "numbers": "val R2"}[name] in err
    return place


def test_check(pictures: Path) -> None:
    _, out, _ = neocog("check", pictures / "labels.csv")
    assert "120 readable images with 4 labels" in out
    assert "plain" in out
    _, out, _ = neocog("check", pictures / "numbers.csv")
    assert "120 readable images with a number each" in out
    assert "lightness" in out
    code, _, err = neocog("check", pictures / "numbers.csv", "--set", "check.curve=true")
    assert (code, "judge by the share of right classes, and the data have a number a sample" in err) == (2, True)


def test_labels_are_judged(runs: Path) -> None:
    code, out, err = neocog("evaluate", runs / "labels", "--json")
    assert code == 0, err
    report = json.loads(out)
    assert report["task"] == "classes"
    assert 0 <= report["mean_average_precision_low"] <= report["mean_average_precision"] <= 1
    assert {each["group"] for each in report["groups"]} == {"light", "bar"}
    assert len(report["together"]) == 4
    page = (runs / "labels" / "report.html").read_text()
    assert "mean average precision" in page
    assert "<script" not in page
    with (runs / "labels" / "predictions.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == report["n"]
    assert set(lines[0]) == {"file", "labels", "answer", "split", "dark", "light", "bar", "plain", "format"}
    code, out, err = neocog("evaluate", runs / "labels")
    assert code == 0, err
    assert "images it had never seen" in out
    assert "opened 2 times" in out


def test_numbers_are_judged(runs: Path) -> None:
    code, out, err = neocog("evaluate", runs / "numbers", "--json")
    assert code == 0, err
    report = json.loads(out)
    assert report["task"] == "number"
    assert report["per_number"][0]["mae"] < report["per_number"][0]["baseline_mae"]
    assert 'id="residuals-lightness"' in (runs / "numbers" / "report.html").read_text()


def test_predict(runs: Path, pictures: Path) -> None:
    code, out, err = neocog("predict", runs / "labels", pictures / "i/000.png", pictures / "i/001.png", "--csv", "-")
    assert code == 0, err
    lines = list(csv.DictReader(io.StringIO(out)))
    assert [line["top light"] in ("light", "dark") for line in lines] == [True, True]
    (pictures / "no.png").write_bytes(b"no picture")
    code, out, err = neocog("predict", runs / "numbers", pictures / "i/000.png", pictures / "no.png", "--json")
    assert code == 2
    told = json.loads(out)
    one = told["predictions"][0]["numbers"]["lightness"]
    assert one["low"] < one["value"] < one["high"]
    assert [each["reason"] for each in told["unreadable"]] == ["not an image"]
    (pictures / "no.png").unlink()
    code, out, _ = neocog("predict", runs / "numbers", pictures / "i/000.png")
    assert code == 0
    assert " ± " in out


def test_what_is_for_classes_says_so(runs: Path, pictures: Path) -> None:
    for arguments in (
        ("explain", runs / "labels", pictures / "i/000.png"),
        ("evaluate", runs / "labels", "--set", "trust.error=0.1"),
    ):
        code, _, err = neocog(*arguments)
        assert code == 2
        assert "is for models that name one class a sample, and this one answers several labels a sample" in err
    code, _, err = neocog("evaluate", runs / "labels", "--set", "test_time=flips")
    assert (code, "averages the probabilities of one class, and the model answers several labels" in err) == (2, True)
    neocog("evaluate", runs / "labels")
    code, _, err = neocog("compare", runs / "labels", runs / "numbers")
    assert (code, "only runs that name one class a sample are put side by side" in err) == (2, True)


def test_data_that_ask_for_something_else(runs: Path, pictures: Path) -> None:
    code, _, err = neocog("evaluate", runs / "numbers", pictures / "labels.csv")
    assert code == 2
    assert "must have a number a sample, as the model answers, it has several labels a sample" in err
