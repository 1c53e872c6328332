"""Calibrating a run's model anew: on its own training and validation images only, in its file, weights never."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neocog.core.errors import DataError, ModelFileError, RecipeError
from neocog.core.run import MODEL, SPLITS
from neocog.evaluate import Report, evaluate
from neocog.evaluate import judge as judge_module
from neocog.model import Trial, load


@pytest.fixture(autouse=True)
def _words_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has tests of its own."""

    def words(report: Report, _: object) -> str:
        return report.verdict

    monkeypatch.setattr(judge_module, "page", words)


def test_the_file_is_calibrated_and_the_weights_stay(run: Any) -> None:
    before = load(run.folder)
    report = evaluate(run.folder, changes={"trust.error": "0.3"})
    after = load(run.folder)
    assert all(torch.equal(after.weights[name], before.weights[name]) for name in before.weights)
    assert after.card == before.card
    assert after.calibration is not None
    assert (after.calibration["images"], after.calibration["error"], after.calibration["folds"]) == (12, 0.3, 0)
    assert after.threshold > 0
    assert after.familiarity is not None
    assert report.reliance is not None
    assert report.reliance.threshold == after.threshold
    assert report.to_dict()["trust"]["validation"] == dict(after.calibration)
    content = (run.folder / MODEL).read_bytes()
    evaluate(run.folder, changes={"trust.error": "0.3"})
    assert (run.folder / MODEL).read_bytes() == content, "the same question, the same answer"
    evaluate(run.folder)
    assert (run.folder / MODEL).read_bytes() == content, "nobody asked"


def test_the_test_set_takes_no_part(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = judge_module.retrusted

    def watched(*arguments: Any, **keywords: Any) -> Any:
        asked.append(len(list(run.folder.glob("ledger.jsonl"))))
        return original(*arguments, **keywords)

    monkeypatch.setattr(judge_module, "retrusted", watched)
    evaluate(run.folder, changes={"trust.error": "0.3"})
    assert asked == [0], "it comes before the opening is written down"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trust.error": "0.01"}, "at most 1 % wrong cannot be promised, 12 validation images are too few: 299 are"),
        ({"trust.error": "1.5"}, "`trust.error` must be less than 1, not '1.5'"),
        ({"trust.error": "0"}, "`trust.error` must be greater than 0"),
        ({"trust.folds": "1"}, "`trust.folds` must be"),
        ({"trust.folds": "5"}, "`trust.folds` trains networks, and nothing here can; use the command line"),
        ({"trust.eror": "0.1"}, r"unknown key 'trust.eror'; did you mean 'trust.error'\?"),
    ],
)
def test_what_cannot_be_promised_changes_nothing(run: Any, changes: dict[str, str], message: str) -> None:
    content = (run.folder / MODEL).read_bytes()
    with pytest.raises(RecipeError, match=message):
        evaluate(run.folder, changes=changes)
    assert (run.folder / MODEL).read_bytes() == content
    assert not (run.folder / "ledger.jsonl").exists()


def test_a_model_without_its_run_cannot_be_calibrated(run: Any, tmp_path: Path) -> None:
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes((run.folder / MODEL).read_bytes())
    with pytest.raises(ModelFileError, match=r"alone.safetensors is no run folder, so its training and validation"):
        evaluate(alone, run.data, changes={"trust.error": "0.3"}, out=tmp_path / "report")
    (run.folder / SPLITS).unlink()
    with pytest.raises(ModelFileError, match="is no run folder, so its training and validation images are not known"):
        evaluate(run.folder, run.data, changes={"trust.error": "0.3"}, out=tmp_path / "report")


def test_validation_images_that_changed_are_noticed(run: Any) -> None:
    file = run.data / "val" / "black" / "100.png"
    file.write_bytes((run.data / "val" / "white" / "100.png").read_bytes())
    with pytest.raises(DataError, match="1 of 12 validation images of one changed or went missing since it was train"):
        evaluate(run.folder, changes={"trust.error": "0.3"})


def test_answers_of_folds_take_the_place_of_validation(run: Any) -> None:
    asked: list[tuple[Path, int]] = []

    def refit(path: Path, folds: int) -> Trial:
        asked.append((path, folds))
        logits = np.tile(np.array([[4.0, 0.0, 0.0]], np.float32), (400, 1))
        return Trial(logits, np.zeros(400, np.int64), np.zeros(400, np.bool_))

    evaluate(run.folder, changes={"trust.error": "0.2", "trust.folds": "5"}, refit=refit)
    told = load(run.folder).calibration
    assert asked == [(run.folder, 5)]
    assert told is not None
    assert (told["images"], told["folds"], told["answered"]) == (400, 5, 400)


def test_folds_that_could_promise_nothing_are_not_trained(run: Any) -> None:
    def refit(path: Path, folds: int) -> Trial:
        raise AssertionError("trained in vain")

    with pytest.raises(RecipeError, match="wrong cannot be promised from .* training and validation images: .* needed"):
        evaluate(run.folder, changes={"trust.error": "0.0001", "trust.folds": "5"}, refit=refit)
