"""Comparing evaluated runs: the verdict in words, and every input that cannot be compared."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neocog.core.errors import RunError
from neocog.core.run import PREDICTIONS, RECIPE, REPORT_DATA, RunFolder
from neocog.evaluate import compare, read_judged, read_runs
from neocog.evaluate.predictions import columns, rows

Write = Callable[..., Path]

NAMES = ("a", "b", "c")


@pytest.fixture
def write(made: Any, tmp_path: Path) -> Write:
    """Writes an evaluated run whose answers are wrong for some samples of 300; returns its folder."""

    def written(
        name: str,
        wrong: Sequence[int],
        seed: int = 0,
        net: str = "small",
        test_hash: str = "a" * 64,
        names: tuple[str, ...] = NAMES,
        **facts: Any,
    ) -> Path:
        targets = np.arange(300) % 3
        given = np.eye(3)[targets] * 0.94 + 0.02
        given[list(wrong)] = np.roll(given[list(wrong)], 1, axis=1)
        report = made.report(
            targets,
            given,
            names,
            test_hash=test_hash,
            model_hash=f"{name:f<64}",
            card={"recipe": {"seed": seed, "net": net, "optimizer": {"rate": 0.1}, "compute": {"threads": seed}}},
            training=made.training((1.0, 0.5), (0.5, 0.75)),
            **facts,
        )
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir(parents=True)
        folder.write(RECIPE, f'format = 1\nseed = {seed}\nnet = "{net}"\n[compute]\nthreads = {seed + 1}\n')
        folder.write_table(PREDICTIONS, columns(names), rows(report.samples, names))
        folder.write_json(REPORT_DATA, report.to_dict())
        return folder.path

    return written


def test_a_run_that_is_better_is_called_so(write: Write) -> None:
    found = compare(write("first", range(60)), write("second", range(20), net="other"))
    assert found.verdict == "better"
    assert found.sentence.startswith(
        "second is better than first: it names 280 of 300 images right, not 240, and this difference of +13.3 points "
        "(95 % interval +"
    )
    assert found.sentence.endswith("is more than chance (p < 0.001).")
    assert found.changed == ("net",)
    assert "takes several seeds of both" in found.caution
    assert (found.difference.won, found.difference.lost) == (40, 0)
    assert [each.difference.won for each in found.per_class] == [13, 13, 14]


def test_a_run_that_is_worse_is_called_so(write: Write) -> None:
    found = compare(write("first", range(20)), write("second", range(60), net="other"))
    assert (found.verdict, found.difference.lost) == ("worse", 40)
    assert "second is worse than first" in found.sentence


def test_what_chance_explains_is_undecided(write: Write) -> None:
    found = compare(write("first", range(10)), write("second", range(8, 15), net="other"))
    assert found.verdict == "undecided"
    assert found.sentence.startswith(
        "It cannot be told whether second is better than first: it names 293 of 300 images"
    )
    assert "may well be chance (p = 0.58)" in found.sentence
    assert found.classes == "No class differs by more than chance (3 classes looked at)."


def test_of_two_seeds_neither_is_better(write: Write) -> None:
    found = compare(write("first", range(60), seed=1), write("second", range(20), seed=2))
    assert (found.verdict, found.same) == ("undecided", "recipe")
    assert found.sentence.startswith("first and second differ in their seed alone, so neither is called better")
    assert found.difference.better, "what was measured stays to be read"
    assert "has been tuned on it" in found.caution


def test_the_very_same_model_is_known(write: Write, tmp_path: Path) -> None:
    first = write("first", range(9))
    shutil.copytree(first, tmp_path / "copy")
    found = compare(first, tmp_path / "copy")
    assert (found.verdict, found.sentence) == ("undecided", "first and copy are the same.")


def test_folders_of_seeds_are_compared_as_ways_of_training(write: Write, tmp_path: Path) -> None:
    for seed in range(3):
        write(f"old/{seed}", range(60 + 2 * seed), seed)
        write(f"new/{seed}", range(20 + 2 * seed), seed, net="other")
    found = compare(tmp_path / "old", tmp_path / "new")
    assert found.verdict == "better"
    assert "on average over 3 runs it names 92.7 % right, not 79.3 %" in found.sentence
    assert (found.caution, found.first.runs) == ("", ("0", "1", "2"))
    assert found.first.spread == pytest.approx(2 / 300)
    assert found.second.interval.low < found.second.accuracy < found.second.interval.high
    single = compare(tmp_path / "old" / "0", tmp_path / "new")
    assert single.verdict == "better"
    assert "takes several seeds of both" in single.caution


def test_a_class_that_differs_is_named_after_the_correction(write: Write) -> None:
    third = [3 * place for place in range(30)]
    found = compare(write("first", third), write("second", (), net="other"))
    assert found.classes == "Differs by more than chance (3 classes looked at): a 70.0 % → 100 %."
    assert found.per_class[0].chance == pytest.approx(3 * found.per_class[0].difference.chance)
    assert found.per_class[1].chance == 1.0


def test_costs_stand_beside(write: Write) -> None:
    found = compare(write("first", range(9)), write("second", range(5), net="other"))
    conv, dense = 4 * 9 + 4, 4 * 64 * 3 + 3
    assert (found.first.parameters, found.first.seconds) == (conv + dense, 61.0)
    assert found.first.macs == 4 * 9 * 64 + 4 * 64 * 3
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["second"]["seconds"] == 61.0
    assert {"verdict", "sentence", "difference", "difference_low", "difference_high", "chance"} <= set(document)


def test_a_network_of_layers_that_are_not_known_has_no_cost(write: Write) -> None:
    folder = write("first", range(9))
    document = json.loads((folder / REPORT_DATA).read_text()) | {"network": "Network((1, 8, 8), (Strange(),))"}
    (folder / REPORT_DATA).write_text(json.dumps(document))
    assert read_judged(folder).cost is None


# -- what cannot be compared -------------------------------------------------------------------------------------------


def test_a_run_that_was_not_evaluated_says_how(write: Write) -> None:
    first, second = write("first", range(9)), write("second", range(9))
    (second / REPORT_DATA).unlink()
    with pytest.raises(RunError, match="second has not been evaluated; do that first: neocog evaluate .*second"):
        compare(first, second)


def test_runs_in_a_folder_that_were_not_evaluated_are_named(write: Write, tmp_path: Path) -> None:
    for seed in range(3):
        write(f"old/{seed}", range(9), seed)
    (tmp_path / "old" / "1" / REPORT_DATA).unlink()
    with pytest.raises(RunError, match=r"1 of the 3 runs in .*old have not been evaluated \(1\); do that first"):
        read_runs(tmp_path / "old")


def test_a_folder_that_is_no_run_is_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in ("empty", "nowhere"):
        with pytest.raises(RunError, match=f"{place} must be a run or a folder of runs, and it holds neither"):
            compare(write(f"first{place}", range(9)), tmp_path / place)


def test_other_images_are_refused(write: Write) -> None:
    with pytest.raises(RunError, match="must be judged on the same images, got .*, which differ in content"):
        compare(write("first", range(9)), write("second", range(9), test_hash="b" * 64))


def test_other_classes_are_refused(write: Write) -> None:
    with pytest.raises(RunError, match="must have the same classes, got c and d in one only"):
        compare(write("first", range(9)), write("second", range(9), names=("a", "b", "d")))


def test_predictions_that_were_changed_are_refused(write: Write) -> None:
    first, second = write("first", range(9)), write("second", range(5), net="other")
    text = (second / PREDICTIONS).read_text()
    for other in (
        text.replace("png,a,b,", "png,a,a,", 1),
        text[: text.rindex("test/")],
        text.replace("png,a,", "png,ä,", 1),
    ):
        (second / PREDICTIONS).write_text(other)
        with pytest.raises(RunError, match=r"predictions.csv is not what report.json was made from; evaluate it again"):
            compare(first, second)
    (second / PREDICTIONS).write_text("file,label\n")
    with pytest.raises(RunError, match="must have the columns file, label, answer"):
        compare(first, second)


def test_a_report_of_other_words_is_refused(write: Write) -> None:
    folder = write("first", range(9))
    for missing in ("confusion", "test_hash"):
        document = json.loads((folder / REPORT_DATA).read_text())
        del document[missing]
        (folder / REPORT_DATA).write_text(json.dumps(document))
        with pytest.raises(RunError, match="report.json does not say all that a report says; evaluate it again"):
            read_judged(folder)


def test_images_that_were_renamed_in_between_are_refused(write: Write) -> None:
    first, second = write("first", range(9)), write("second", range(9), net="other")
    text = (second / PREDICTIONS).read_text()
    (second / PREDICTIONS).write_text(text.replace("test/<i>7</i>.png", "test/seven.png"))
    with pytest.raises(RunError, match="name the same images differently, for they were moved or read elsewhere"):
        compare(first, second)


def test_labels_that_differ_are_refused(write: Write) -> None:
    first, second = write("first", ()), write("second", (), net="other")
    lines = (second / PREDICTIONS).read_text().splitlines()
    one, two = lines[1].split(","), lines[2].split(",")
    lines[1], lines[2] = ",".join([one[0], *two[1:]]), ",".join([two[0], *one[1:]])
    (second / PREDICTIONS).write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match="must be judged by the same labels, got others for test/<i>0"):
        compare(first, second)


def test_runs_of_several_kinds_are_no_seeds(write: Write, tmp_path: Path) -> None:
    write("old/0", range(9), 0)
    write("old/1", range(9), 1, net="other")
    with pytest.raises(RunError, match="old must differ in their seed alone, got another net in 1; give one of them"):
        read_runs(tmp_path / "old")


def test_a_seed_counts_once(write: Write, tmp_path: Path) -> None:
    write("old/0", range(9), 4)
    write("old/1", range(9), 4)
    with pytest.raises(RunError, match="old must each have a seed of their own, got 4 twice; leave one out"):
        read_runs(tmp_path / "old")
