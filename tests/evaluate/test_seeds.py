"""Several runs in a folder: each judged once, their mean, and their ensemble, by sums of our own."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neocog.cli.__main__ import run as neocog
from neocog.core.errors import RunError
from neocog.core.run import LEDGER, MODEL, PREDICTIONS, RECIPE, REPORT_DATA, SPLITS
from neocog.evaluate import evaluate, evaluate_runs
from neocog.evaluate import judge as judge_module
from neocog.model import load, save


@pytest.fixture(autouse=True)
def _no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_module, "page", lambda report, _: report.verdict)


@pytest.fixture
def folder(run: Any, tmp_path: Path) -> Path:
    """Three runs on the same data, whose models lean towards other classes."""
    place = tmp_path / "seeds"
    for seed in range(3):
        copy = place / f"run{seed}"
        shutil.copytree(run.folder, copy)
        text = (copy / RECIPE).read_text().replace("format = 1\n", f"format = 1\nseed = {seed}\n")
        (copy / RECIPE).write_text(text)
        model = load(copy)
        model.weights["dense1.bias"][seed] += 3.0
        save(replace(model, card={"recipe": {"seed": seed}}), copy / MODEL)
    return place


def _chances(folder: Path) -> Any:
    rows = sorted(csv.reader((folder / PREDICTIONS).read_text().splitlines()[1:]))
    return np.array([row[1] for row in rows]), np.array([row[5:8] for row in rows], dtype=float)


def test_each_is_judged_and_they_are_judged_together(folder: Path) -> None:
    found = evaluate_runs(folder, evaluate)
    labels, _ = _chances(folder / "run0")
    chances = np.stack([_chances(folder / f"run{seed}")[1] for seed in range(3)])
    names = np.array(["black", "grey", "white"])
    each = [(names[chance.argmax(axis=1)] == labels).mean() for chance in chances]
    assert found.accuracy == pytest.approx(np.mean(each))
    assert found.spread == pytest.approx(np.std(each, ddof=1))
    assert found.interval.low <= found.accuracy <= found.interval.high
    assert found.ensemble.accuracy.value == (names[chances.mean(axis=0).argmax(axis=1)] == labels).mean()
    assert (found.gain.images, found.gain.passes) == (12, 3)
    assert found.sentence.startswith("3 runs of seeds name ")
    assert "times the computing" in found.together
    json.dumps(found.to_dict(), allow_nan=False)


def test_what_was_judged_is_not_opened_again(folder: Path) -> None:
    evaluate(folder / "run1")
    evaluate_runs(folder, evaluate)
    evaluate_runs(folder, evaluate)
    assert [len((folder / f"run{seed}" / LEDGER).read_text().splitlines()) for seed in range(3)] == [1, 1, 1]
    evaluate_runs(folder, lambda place: evaluate(place, changes={"test_time": "flips"}), changes={"test_time": "flips"})
    assert [len((folder / f"run{seed}" / LEDGER).read_text().splitlines()) for seed in range(3)] == [2, 2, 2]


def test_other_splits_are_refused_before_anything_is_opened(folder: Path) -> None:
    text = (folder / "run2" / SPLITS).read_text()
    (folder / "run2" / SPLITS).write_text(text.replace(",val,", ",train,", 1))
    with pytest.raises(RunError, match="seeds must have split their images alike, got others in run0 and run2; train"):
        evaluate_runs(folder, evaluate)
    assert not (folder / "run0" / LEDGER).exists()


def test_a_recipe_that_is_no_toml_is_said(folder: Path) -> None:
    (folder / "run1" / RECIPE).write_text("seed = [")
    with pytest.raises(RunError, match=r"recipe.toml is not TOML: .*; mend that line"):
        evaluate_runs(folder, evaluate)


def test_the_command_line_takes_a_folder_of_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neocog(["evaluate", str(folder)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "3 runs of seeds name" in told
    assert "run0 0" in told
    assert "Against one run, ensemble of 3: " in told
    assert neocog(["evaluate", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["seed"] for each in document["runs"]] == [0, 1, 2]
    assert {"n", "accuracy", "accuracy_low", "accuracy_high", "ensemble", "gain"} <= set(document)
    assert neocog(["evaluate", str(folder), "--quiet"]) == 0
    assert len(capsys.readouterr().out.split("\n\n")) == 1


def test_a_folder_of_runs_takes_no_other_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neocog(["evaluate", str(folder), "digits"]) == 2
    assert "holds 3 runs, which are judged on their own test set, each in its folder" in capsys.readouterr().err
    assert not (folder / "run0" / REPORT_DATA).exists()
