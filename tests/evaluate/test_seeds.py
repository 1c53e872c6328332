"""Several runs in a folder: each judged once, their mean, and their ensemble, by sums of our own."""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neocog.cli.__main__ import run as neocog
from neocog.core.errors import RecipeError, RunError
from neocog.core.run import LEDGER, MODEL, PREDICTIONS, RECIPE, REPORT_DATA, SPLITS
from neocog.evaluate import RUNS, Report, compare, evaluate, evaluate_runs
from neocog.evaluate import judge as judge_module
from neocog.evaluate.seeds import RUNS_DATA
from neocog.model import load, save


@pytest.fixture(autouse=True)
def _no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_module, "page", lambda report, _: report.verdict)


def judge(place: Path, changes: Mapping[str, str]) -> Report:
    return evaluate(place, changes=changes)


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
    return np.array([row[1] for row in rows]), np.array([row[6:9] for row in rows], dtype=float)


def test_each_is_judged_and_they_are_judged_together(folder: Path) -> None:
    found = evaluate_runs(folder, judge)
    labels, _ = _chances(folder / "run0")
    chances = np.stack([_chances(folder / f"run{seed}")[1] for seed in range(3)])
    names = np.array(["black", "grey", "white"])
    each = [(names[chance.argmax(axis=1)] == labels).mean() for chance in chances]
    mean, pool = found.mean, found.ensemble
    assert mean is not None
    assert mean.accuracy == pytest.approx(np.mean(each))
    assert mean.spread == pytest.approx(np.std(each, ddof=1))
    assert mean.interval.low <= mean.accuracy <= mean.interval.high
    together = names[chances.mean(axis=0).argmax(axis=1)] == labels
    assert pool.measures.accuracy.value == together.mean()
    best = int(pool.best.name.removeprefix("run"))
    assert pool.sealed.value == pytest.approx(together.mean() - each[best])
    assert (pool.best.accuracy.n, pool.times) == (12, 3.0)
    assert found.sentence.startswith("3 runs of seeds name ")
    document = json.loads((folder / RUNS_DATA).read_text())
    assert document == {"format": 1, **json.loads(json.dumps(found.to_dict(), allow_nan=False))}
    assert found.sentence in " ".join((folder / RUNS).read_text().replace("\u00a0", " ").split())


def test_the_best_is_that_of_validation(folder: Path) -> None:
    pool = evaluate_runs(folder, judge).ensemble
    ranked = sorted(pool.members, key=lambda each: (-each.accuracy.hits, each.log_loss))
    assert pool.best == ranked[0]
    assert all(each.milliseconds > 0 and each.bytes > 0 for each in pool.members)
    gain = pool.validation
    assert pool.chosen == (gain.chance < 0.05 and gain.interval.low > 0)
    assert ("Validation takes them together" in pool.choice) == pool.chosen


def test_runs_that_differ_in_more_have_no_mean_and_still_answer_together(folder: Path) -> None:
    text = (folder / "run2" / RECIPE).read_text()
    (folder / "run2" / RECIPE).write_text(text.replace("seed = 2\n", 'seed = 2\nnet = "other"\n'))
    found = evaluate_runs(folder, judge)
    assert (found.mean, found.changed, found.to_dict()["accuracy"]) == (None, ("net",), None)
    assert found.sentence.startswith("3 runs of seeds, which differ in net, name ")
    assert found.ensemble.measures.n == 15


def test_the_runs_become_one_model(folder: Path) -> None:
    found = evaluate_runs(folder, judge, changes={"test_time": "ensemble"})
    assert found.model is not None
    place = folder / "ensemble"
    model = load(place)
    assert [each["run"] for each in model.card["ensemble"]] == ["run0", "run1", "run2"]
    assert model.familiarity is not None
    assert model.calibration is not None
    assert found.model.measures.accuracy.n == 15
    assert found.model.measures.confusion.tolist() == found.ensemble.measures.confusion.tolist()
    assert len((place / LEDGER).read_text().splitlines()) == 1
    assert compare(folder / "run0", place).n == 15
    again = evaluate_runs(folder, judge)
    assert len(again.runs) == 3, "the model is no run"
    assert [len((folder / f"run{seed}" / LEDGER).read_text().splitlines()) for seed in range(3)] == [1, 1, 1]


def test_what_cannot_be_one_model_is_refused_before_anything_is_opened(folder: Path) -> None:
    model = load(folder / "run1")
    save(replace(model, preprocessing=replace(model.preprocessing, resize="pad")), folder / "run1" / MODEL)
    with pytest.raises(RunError, match="seeds cannot become one model: .* prepare their images alike, got another"):
        evaluate_runs(folder, judge, changes={"test_time": "ensemble"})
    assert not (folder / "run0" / LEDGER).exists()
    assert evaluate_runs(folder, judge).ensemble.measures.n == 15, "their answers can be averaged all the same"


def test_one_run_is_not_several(folder: Path) -> None:
    for name in ("run1", "run2"):
        shutil.rmtree(folder / name)
    with pytest.raises(RunError, match="seeds must hold two runs or more to set side by side, got 1; train another"):
        evaluate_runs(folder, judge)
    with pytest.raises(RecipeError, match=r"takes several runs together, got one model .*; give the folder that holds"):
        evaluate(folder / "run0", changes={"test_time": "ensemble"})


def test_what_was_judged_is_not_opened_again(folder: Path) -> None:
    evaluate(folder / "run1")
    evaluate_runs(folder, judge)
    evaluate_runs(folder, judge)
    assert [len((folder / f"run{seed}" / LEDGER).read_text().splitlines()) for seed in range(3)] == [1, 1, 1]
    evaluate_runs(folder, judge, changes={"test_time": "flips"})
    assert [len((folder / f"run{seed}" / LEDGER).read_text().splitlines()) for seed in range(3)] == [2, 2, 2]


def test_other_splits_are_refused_before_anything_is_opened(folder: Path) -> None:
    text = (folder / "run2" / SPLITS).read_text()
    (folder / "run2" / SPLITS).write_text(text.replace(",val,", ",train,", 1))
    with pytest.raises(RunError, match="seeds must have split their images alike, got others in run0 and run2; train"):
        evaluate_runs(folder, judge)
    assert not (folder / "run0" / LEDGER).exists()


def test_a_recipe_that_is_no_toml_is_said(folder: Path) -> None:
    (folder / "run1" / RECIPE).write_text("seed = [")
    with pytest.raises(RunError, match=r"recipe.toml is not TOML: .*; mend that line"):
        evaluate_runs(folder, judge)


def test_the_command_line_takes_a_folder_of_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neocog(["evaluate", str(folder)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "3 runs of seeds name" in told
    assert "run0 0" in told
    assert "Together, as the mean of their probabilities, they name" in told
    assert told.endswith(str(folder / RUNS))
    assert neocog(["evaluate", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["seed"] for each in document["runs"]] == [0, 1, 2]
    assert {"n", "accuracy", "accuracy_low", "accuracy_high", "ensemble", "report"} <= set(document)
    assert neocog(["evaluate", str(folder), "--quiet"]) == 0
    assert capsys.readouterr().out == f"{folder / RUNS}\n"


def test_a_folder_of_runs_takes_no_other_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neocog(["evaluate", str(folder), "digits"]) == 2
    assert "holds 3 runs, which are judged on their own test set, each in its folder" in capsys.readouterr().err
    assert not (folder / "run0" / REPORT_DATA).exists()
