"""Judging end to end, on real files: the sealed test set, other data, the ledger, and everything that is in the way."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from neocog.core.errors import DataError, ModelFileError, RecipeError, RunError
from neocog.core.run import LEDGER, MODEL, PREDICTIONS, REPORT, REPORT_DATA, RunFolder, SplitRow
from neocog.data import DataOptions, inspect
from neocog.evaluate import Pictures, Report, advice, evaluate
from neocog.evaluate import judge as judge_module
from neocog.model import UNSURE, answers, load, save
from neocog.model.predict import STRANGE_PICTURE


@pytest.fixture(autouse=True)
def _words_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has tests of its own; here its words do, without the time to draw."""

    def words(report: Report, _: Pictures) -> str:
        return "\n".join([report.verdict, report.opened, *report.warnings, *report.measures.classes])

    monkeypatch.setattr(judge_module, "page", words)


def _openings(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LEDGER).read_text().splitlines()]


def test_a_run_is_judged_on_its_own_sealed_test_set(run: Any) -> None:
    report = evaluate(run.folder, command="neocog evaluate one")
    assert (report.measures.n, report.measures.accuracy.hits) == (15, 14)
    assert report.verdict.startswith("Of 15 images it had never seen, it named 14 right: 93.3 % (95 % interval 70.2 to")
    assert report.measures.confusion.tolist() == [[4, 0, 1], [0, 5, 0], [0, 0, 5]]
    assert report.folder == run.folder
    assert report.warnings == ()
    assert report.training is not None
    assert (len(report.training.epochs), report.training.images["black"]) == (2, 8)
    assert "it had never seen" in (run.folder / REPORT).read_text()


def test_the_files_say_what_the_report_says(run: Any) -> None:
    report = evaluate(run.folder)
    document = json.loads((run.folder / REPORT_DATA).read_text())
    assert document == {"format": 1, **json.loads(json.dumps(report.to_dict()))}
    assert {"n", "accuracy", "accuracy_low", "accuracy_high", "top5", "classes", "confusion", "per_class"} <= set(
        document
    )
    assert document["classes"] == ["black", "grey", "white"]
    lines = list(csv.DictReader((run.folder / PREDICTIONS).read_text().splitlines()))
    assert list(lines[0]) == [
        "file",
        "label",
        "answer",
        "probability",
        "split",
        "unanswered",
        "black",
        "grey",
        "white",
        "format",
    ]
    wrong = [line for line in lines if line["label"] != line["answer"]]
    assert [(line["file"], line["answer"]) for line in wrong] == [("test/black/204.png", "white")]
    for line in lines:
        chances = [float(line[name]) for name in ("black", "grey", "white")]
        assert sum(chances) == pytest.approx(1, abs=1e-6)
        assert float(line["probability"]) == max(chances)
        assert line["split"] == "test"


def test_what_goes_unanswered_is_what_predict_leaves_unanswered(run: Any, made: Any) -> None:
    made.image(run.data / "test" / "grey" / "900.png", "grey", 900)
    Image.new("L", (8, 8), 250).save(run.data / "test" / "white" / "plain.png")
    evaluate(run.folder, run.data, out=run.folder.with_name("other"), changes={"trust.error": "0.3"})
    lines = list(csv.DictReader((run.folder.with_name("other") / PREDICTIONS).read_text().splitlines()))
    asked = [answer.prediction for answer in answers(load(run.folder), [run.data / line["file"] for line in lines])]
    for line, answer in zip(lines, asked, strict=True):
        assert answer is not None
        assert line["unanswered"] == ("" if answer.sure else UNSURE if answer.familiar else answer.reason)
    assert {line["unanswered"] for line in lines} >= {"", STRANGE_PICTURE}


def test_the_opening_is_written_before_a_prediction_is_made(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        assert len(_openings(run.folder)) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(judge_module, "seen", fail)
    with pytest.raises(KeyboardInterrupt):
        evaluate(run.folder, command="neocog evaluate one")
    line = _openings(run.folder)[0]
    assert (line["samples"], line["command"], len(line["model"])) == (15, "neocog evaluate one", 64)
    assert not (run.folder / REPORT).exists()


def test_openings_are_counted_across_the_runs_beside(run: Any) -> None:
    assert evaluate(run.folder).opened == "This test set has been opened once."
    other = run.folder.with_name("two")
    shutil.copytree(run.folder, other)
    (other / LEDGER).unlink()
    assert evaluate(run.folder).opened == "This test set has been opened 2 times by 1 run."
    report = evaluate(other)
    assert report.opened == "This test set has been opened 3 times by 2 runs."
    assert "opened 3 times by 2 runs" in (other / REPORT).read_text()


def test_images_that_were_renamed_are_known_by_their_content(run: Any) -> None:
    (run.data / "test" / "grey" / "200.png").rename(run.data / "test" / "grey" / "renamed.png")
    report = evaluate(run.folder)
    assert report.measures.n == 15
    assert "1 test image now under another name, known by the content." in report.notes
    assert "test/grey/renamed.png" in report.samples.files


def test_images_that_changed_or_went_missing_are_named(run: Any, made: Any) -> None:
    made.image(run.data / "test" / "grey" / "200.png", "grey", 12345)
    (run.data / "test" / "white" / "201.png").unlink()
    message = (
        r"2 of 15 test images of one changed or went missing since it was trained: test/grey/200.png \(changed\) and "
        r"test/white/201.png \(missing\); bring them back"
    )
    with pytest.raises(DataError, match=message):
        evaluate(run.folder)
    assert not (run.folder / LEDGER).exists(), "nothing was opened"


def test_a_label_that_changed_is_said_and_the_sealed_one_counts(run: Any) -> None:
    (run.data / "test" / "black" / "204.png").rename(run.data / "test" / "white" / "204b.png")
    report = evaluate(run.folder)
    assert report.measures.accuracy.hits == 14
    assert report.warnings[0].startswith("1 test image with another label now than when it was trained (test/black/204")


def test_data_that_moved_is_found_by_its_new_place(run: Any, tmp_path: Path) -> None:
    run.data.rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"the data of one cannot be read again: .*--set data.path=PLACE"):
        evaluate(run.folder)
    assert evaluate(run.folder, changes={"data.path": str(tmp_path / "elsewhere")}).measures.n == 15


def test_a_run_without_test_images_asks_for_data(run: Any) -> None:
    folder = RunFolder(run.folder)
    folder.write_splits([row for row in folder.read_splits() if row.split != "test"])
    with pytest.raises(DataError, match="one has no test set; give other data: neocog evaluate"):
        evaluate(run.folder)


def test_other_data_goes_to_a_new_folder_each_time(
    run: Any, made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for label in ("black", "white"):
        for seed in range(300, 304):
            made.image(tmp_path / "more" / label / f"{seed}.png", label, seed)
    first, second = evaluate(run.folder, tmp_path / "more"), evaluate(run.folder, tmp_path / "more")
    assert first.folder.parent == Path("runs")
    assert first.folder.name.startswith("evaluate-more-")
    assert second.folder.name == f"{first.folder.name}-2"
    assert (first.measures.n, first.measures.accuracy.hits, first.subject) == (8, 8, "all of more")
    assert first.unseen
    assert not first.own
    assert len(_openings(run.folder)) == 2, "every opening is a line in the run's ledger"
    assert not (run.folder / REPORT).exists()
    assert second.opened.startswith("This test set has been opened 2 times by 1 run.")
    assert "grey" in (first.folder / REPORT).read_text()


def test_a_given_test_split_is_the_one_that_is_judged(run: Any, made: Any, tmp_path: Path) -> None:
    for side, seed in (("train", 400), ("test", 500)):
        for label in ("black", "grey", "white"):
            for more in range(3):
                made.image(tmp_path / "split" / side / label / f"{more}.png", label, seed + more)
    report = evaluate(run.folder, tmp_path / "split", out=tmp_path / "out")
    assert (report.measures.n, report.subject) == (9, "the given test split of split")
    assert report.folder == tmp_path / "out"


def test_images_that_the_run_learned_from_are_left_out_and_said(run: Any, made: Any, tmp_path: Path) -> None:
    shutil.copytree(run.data / "train" / "grey", tmp_path / "mixed" / "grey")
    made.image(tmp_path / "mixed" / "grey" / "new.png", "grey", 700)
    made.image(tmp_path / "mixed" / "white" / "new.png", "white", 701)
    report = evaluate(run.folder, tmp_path / "mixed", out=tmp_path / "out")
    assert report.measures.n == 2
    warning = (
        "8 of 10 images were left out: the model learned from them, or from nearly the same pictures. The verdict is "
        "about the other 2."
    )
    assert report.warnings == (warning,)
    assert warning in (tmp_path / "out" / REPORT).read_text()


def test_only_images_that_the_run_learned_from_are_refused(run: Any, tmp_path: Path) -> None:
    shutil.copytree(run.data / "train", tmp_path / "old")
    message = "old must hold images that the model has not learned from, got none among 24 images; give others"
    with pytest.raises(DataError, match=message):
        evaluate(run.folder, tmp_path / "old", out=tmp_path / "out")


def test_a_bare_model_file_knows_its_own_data_by_the_fingerprint(run: Any, tmp_path: Path) -> None:
    shutil.copy(run.folder / MODEL, tmp_path / "bare.safetensors")
    report = evaluate(tmp_path / "bare.safetensors", run.data, out=tmp_path / "out")
    assert (report.measures.n, report.unseen, report.model) == (15, True, "bare.safetensors")
    assert report.warnings == ()


def test_a_bare_model_file_knows_how_its_data_was_split(made: Any, tmp_path: Path) -> None:
    for label in ("black", "grey", "white"):
        for seed in range(20):
            made.image(tmp_path / "undivided" / label / f"{seed}.png", label, seed)
    seen = inspect(DataOptions(path=str(tmp_path / "undivided"), split_seed=3, validation=0.2))
    told = {"split_seed": 3, "validation": 0.2}
    card = {"data": {"fingerprint": seen.fingerprint}, "recipe": {"data": told}}
    save(made.model(card), tmp_path / "bare.safetensors")
    report = evaluate(tmp_path / "bare.safetensors", tmp_path / "undivided", out=tmp_path / "out")
    assert (report.measures.n, report.unseen) == (len(seen.rows("test")), True)
    assert report.warnings[0].startswith("48 of 60 images were left out")


def test_a_bare_model_file_on_data_that_it_does_not_know(run: Any, made: Any, tmp_path: Path) -> None:
    save(made.model(), tmp_path / "bare.safetensors")
    report = evaluate(tmp_path / "bare.safetensors", run.data, out=tmp_path / "out")
    assert not report.unseen
    assert report.warnings[0].startswith("It is not known which images this model learned from")
    assert "it had never seen" not in report.verdict


def test_a_bare_model_file_needs_data(run: Any, tmp_path: Path) -> None:
    shutil.copy(run.folder / MODEL, tmp_path / "bare.safetensors")
    with pytest.raises(ModelFileError, match="it does not say where its data lies; give DATA too: neocog evaluate"):
        evaluate(tmp_path / "bare.safetensors")


def test_the_model_file_of_a_run_is_the_run(run: Any) -> None:
    assert evaluate(run.folder / MODEL).own


def test_classes_must_be_the_models(run: Any, made: Any, tmp_path: Path) -> None:
    made.image(tmp_path / "other" / "blck" / "1.png", "black", 801)
    made.image(tmp_path / "other" / "white" / "2.png", "white", 802)
    message = "other must have the model's classes, got 'blck', which it does not know; did you mean 'black'"
    with pytest.raises(DataError, match=message):
        evaluate(run.folder, tmp_path / "other", out=tmp_path / "out")


def test_nothing_is_overwritten(run: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(RunError, match="is there already, and nothing is overwritten; choose another --out"):
        evaluate(run.folder, out=tmp_path / "out")
    assert not (run.folder / LEDGER).exists()


def test_the_own_test_set_can_go_to_another_folder(run: Any, tmp_path: Path) -> None:
    report = evaluate(run.folder, out=tmp_path / "out")
    assert report.own
    assert (tmp_path / "out" / REPORT).exists()
    assert not (run.folder / REPORT).exists()
    assert len(_openings(run.folder)) == 1, "an opening is the run's, wherever its report goes"


def test_a_run_that_is_being_written_is_left_alone(run: Any) -> None:
    with RunFolder(run.folder).lock(), pytest.raises(RunError, match="another process is writing"):
        evaluate(run.folder)


def test_choices_are_checked(run: Any) -> None:
    with pytest.raises(RecipeError, match=r"unknown key 'compute.devise'; did you mean 'compute.device'\?"):
        evaluate(run.folder, changes={"compute.devise": "cpu"})
    for name in ("abacus", "meta"):
        with pytest.raises(RecipeError, match=f"`compute.device` must be cpu, cuda, cuda:N or mps, not '{name}'"):
            evaluate(run.folder, changes={"compute.device": name})
    with pytest.raises(RecipeError, match=r"unknown key 'data.labels'; did you mean 'data.label'\?"):
        evaluate(run.folder, run.data, changes={"data.labels": "grade"})
    assert not (run.folder / LEDGER).exists()


def test_a_recipe_that_is_no_toml_is_said(run: Any) -> None:
    (run.folder / "recipe.toml").write_text("data = [")
    with pytest.raises(DataError, match=r"recipe.toml is not TOML: .*; mend that line"):
        evaluate(run.folder)


# -- test images that the run learned from -----------------------------------------------------------------------------


def _leak(run: Any, side: str, near: int = 0, same: int = 0) -> None:
    """Put copies of a side's grey images into the test set, as they are or packed anew, and seal the run with them."""
    for index, source in enumerate(sorted((run.data / side / "grey").iterdir())[: near + same]):
        copy = run.data / "test" / "grey" / f"{200 + index}.png"
        if index < same:
            shutil.copy(source, copy)
        else:
            Image.open(source).save(copy, compress_level=0)
            assert copy.read_bytes() != source.read_bytes()
    seen = inspect(DataOptions(path=str(run.data)))
    rows = zip(seen.table.ids, seen.table.labels, seen.split.sides, seen.scan.hashes, strict=True)
    RunFolder(run.folder).write_splits([SplitRow(*row) for row in rows])


@pytest.mark.parametrize("side", ["train", "val"])
@pytest.mark.parametrize(("near", "same"), [(0, 1), (1, 0), (2, 2)])
def test_a_verdict_on_images_that_it_learned_from_claims_nothing_of_new_ones(
    run: Any, side: str, near: int, same: int
) -> None:
    _leak(run, side, near, same)
    report = evaluate(run.folder)
    known = near + same
    assert (report.measures.n, report.unseen, report.familiar) == (15, False, known)
    assert report.verdict.startswith("Of 15 images, it named 14 right: 93.3 %")
    assert report.warnings[0].startswith(
        f"The model learned from {known} of the 15 test images, or from nearly the same pictures, so the verdict is "
        f"too good; without them, {14 - known} of {15 - known} are right: "
    )
    assert advice(report)[0].startswith(f"It learned from {known} test image")
    document = json.loads((run.folder / REPORT_DATA).read_text())
    assert (document["unseen"], document["familiar"]) == (False, known)


def test_a_test_set_that_was_all_learned_has_no_rest(run: Any) -> None:
    folder = RunFolder(run.folder)
    rows = folder.read_splits()
    folder.write_splits([*rows, *(replace(row, split="train") for row in rows if row.split == "test")])
    report = evaluate(run.folder)
    assert (report.familiar, report.unseen) == (15, False)
    assert report.warnings[0].endswith("so the verdict is too good; none is left without them.")


def test_copies_between_training_and_validation_leave_the_verdict_alone(run: Any) -> None:
    shutil.copy(run.data / "train" / "grey" / "0.png", run.data / "val" / "grey" / "100.png")
    report = evaluate(run.folder)
    assert report.findings.leak_count == 1
    assert (report.unseen, report.familiar, report.warnings) == (True, 0, ())
    assert not any("this verdict is too good" in line for line in advice(report))


def test_nearly_the_same_pictures_are_left_out_of_other_data(run: Any, made: Any, tmp_path: Path) -> None:
    shutil.copytree(run.data / "train" / "grey", tmp_path / "mixed" / "grey")
    Image.open(run.data / "train" / "grey" / "0.png").save(tmp_path / "mixed" / "grey" / "again.png", compress_level=0)
    made.image(tmp_path / "mixed" / "grey" / "new.png", "grey", 700)
    report = evaluate(run.folder, tmp_path / "mixed", out=tmp_path / "out")
    assert (report.measures.n, report.unseen) == (1, True)
    assert report.warnings[0].startswith("9 of 10 images were left out")


def test_views_are_not_chosen_without_validation_images(run: Any, tmp_path: Path) -> None:
    shutil.copy(run.folder / MODEL, tmp_path / "bare.safetensors")
    mended = "so it has no validation images to choose by; give the run's folder, or choose --set test_time=flips"
    with pytest.raises(ModelFileError, match=mended):
        evaluate(tmp_path / "bare.safetensors", run.data, out=tmp_path / "out", changes={"test_time": "auto"})
