"""A study from asking to page: each part a run, planted labels found, interrupted and taken up again."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neocog.core.errors import RunError
from neocog.data import DataOptions, inspect, load
from neocog.data.augment import NONE
from neocog.studies import (
    CheckOptions,
    Study,
    base,
    concluded,
    find_suspects,
    fold_parts,
    out_of_fold,
    planned,
    require_room,
    suspects_title,
    trained,
)
from neocog.studies.page import page
from neocog.train import Finished, Recipe, is_finished
from neocog.train.recipe import Compute

FOLDS = CheckOptions(labels=True, folds=4)


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory, flipped: tuple[Path, set[str]]) -> Study:
    """Doubtful labels and the learning curve of digits with 5 % of the labels moved."""
    out = tmp_path_factory.mktemp("study") / "out"
    alone = Compute(device="cpu", threads=1)
    data = DataOptions(path=str(flipped[0]))
    recipe = Recipe(data=data, net="perceptron", epochs=6, batch=64, augment=NONE, compute=alone)
    dataset = load(recipe.data)
    parts = planned(recipe, CheckOptions(labels=True, folds=4, curve=True, repeats=2), dataset)
    finished = [part.name for part, event in trained(parts, out) if isinstance(event, Finished)]
    assert finished == [part.name for part in parts]
    return concluded(parts, dataset, out)


def test_moved_labels_are_found(studied: Study, flipped: tuple[Path, set[str]]) -> None:
    assert studied.suspects is not None
    _, moved = flipped
    suggested = studied.suspects.ranked[: 2 * len(moved)]
    assert sum(each.file in moved for each in suggested) >= 0.8 * len(moved)
    assert studied.suspects.estimated == pytest.approx(len(moved), rel=0.5)
    assert {each.side for each in studied.suspects.ranked} == {"train", "val"}
    assert all(-1 <= each.margin <= 0 for each in studied.suspects.ranked)


def test_the_labels_that_are_suggested_are_right(studied: Study, flipped: tuple[Path, set[str]]) -> None:
    assert studied.suspects is not None
    true = inspect(DataOptions(path="digits"))
    found = [each for each in studied.suspects.likely if each.file in flipped[1]]
    right = [true.table.labels[int(Path(each.file).stem)] == each.suggested for each in found]
    assert np.mean(right) > 0.9


def test_the_curve_rises(studied: Study) -> None:
    curve = studied.curve
    assert curve is not None
    assert curve.points[0].accuracy < curve.points[-1].accuracy
    assert [point.images for point in curve.points] == sorted(point.images for point in curve.points)
    assert all(len(point.accuracies) == 2 for point in curve.points)
    assert curve.sentence.startswith(("Twice the images", "What twice the images would bring cannot be said"))


def test_everything_is_in_open_files(studied: Study) -> None:
    assert studied.suspects is not None and studied.curve is not None
    with (studied.folder / "suspects.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [each.file for each in studied.suspects.ranked]
    assert sum(int(row["likely"]) for row in rows) == studied.suspects.estimated
    with (studied.folder / "curve.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 8
    assert json.dumps(studied.document())
    text = (studied.folder / "check.html").read_text()
    assert suspects_title(studied.suspects) in text
    assert studied.curve.sentence.split(",")[0] in text
    assert text.count('<div class="frame"><img') == min(studied.suspects.estimated, 120)
    assert "<script" not in text
    assert 'src="http' not in text


def test_the_test_set_takes_no_part(studied: Study) -> None:
    assert studied.suspects is not None
    assert not any(each.file.startswith("test/") for each in studied.suspects.ranked)
    assert not list(studied.folder.rglob("ledger.jsonl"))
    assert not list(studied.folder.rglob("predictions.csv"))


def test_what_comes_from_outside_is_escaped(studied: Study) -> None:
    assert studied.suspects is not None
    hostile = '<script>alert(1)</script>"><img src=x>'
    suspects = replace(
        studied.suspects,
        ranked=tuple(replace(each, file=hostile, label=hostile, suggested=hostile) for each in studied.suspects.ranked),
    )

    def gone(_: int) -> np.ndarray:
        raise OSError("gone")

    shown = [(each, gone) for each in suspects.likely[:2]]
    text = page(hostile, suspects, None, shown, created="2026-01-02", version="0")
    assert "<script" not in text and "<img src=x" not in text
    assert text.count("no longer readable") == 2


def test_each_image_is_judged_by_a_network_that_did_not_learn_from_it(quick: Recipe, tmp_path: Path) -> None:
    dataset = load(quick.data)
    parts = fold_parts(base(replace(quick, epochs=1), dataset), 3)
    for _ in trained(parts, tmp_path):
        pass
    found = out_of_fold(parts, tmp_path)
    learned = sorted([*dataset.rows("train").tolist(), *dataset.rows("val").tolist()])
    assert found.rows.tolist() == learned
    assert found.probabilities.sum(axis=1) == pytest.approx(1)
    for part in parts:
        lines = (tmp_path / part.name / "splits.csv").read_text().splitlines()[1:]
        sides = {line.split(",")[0]: line.split(",")[2] for line in lines}
        assert set(sides.values()) == {"train", "val", "test"}
        asked = {dataset.table.ids[row] for row in load(part.recipe.data).rows("val")}
        assert asked == {file for file, side in sides.items() if side == "val"}
    assert find_suspects(found).agreement.n == len(learned)


def test_it_goes_on_where_it_was_stopped(quick: Recipe, tmp_path: Path) -> None:
    """To the same networks, bit for bit."""
    dataset = load(quick.data)
    parts = planned(replace(quick, epochs=2), FOLDS, dataset)[:2]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for _ in trained(parts, whole):
        pass
    asked: list[str] = []
    for part, event in trained(parts, broken, stop=lambda: bool(asked)):
        if part.name == "fold-2" and event.kind == "step":
            asked.append(event.kind)
    assert is_finished(broken / "fold-1")
    assert not is_finished(broken / "fold-2")
    again = [(part.name, event.kind) for part, event in trained(parts, broken)]
    assert again[0] == ("fold-2", "resumed")
    for part in parts:
        first, second = ((out / part.name / "model.safetensors").read_bytes() for out in (whole, broken))
        assert first == second


def test_another_recipe_is_refused(quick: Recipe, tmp_path: Path) -> None:
    dataset = load(quick.data)
    for _ in trained(planned(replace(quick, epochs=1), FOLDS, dataset)[:1], tmp_path):
        pass
    other = planned(replace(quick, epochs=2), FOLDS, dataset)
    with pytest.raises(RunError, match="was begun with epochs = 1, not 2"):
        list(trained(other, tmp_path))


def test_a_folder_in_the_way_is_refused(quick: Recipe, tmp_path: Path) -> None:
    parts = planned(quick, FOLDS, load(quick.data))
    (tmp_path / "mine.txt").write_text("dear")
    with pytest.raises(RunError, match=r"holds mine\.txt and no study to go on with; choose another --out"):
        require_room(parts, tmp_path)
    with pytest.raises(RunError, match=r"mine\.txt is a file, and a study needs a folder; choose another --out"):
        require_room(parts, tmp_path / "mine.txt")
    require_room(parts, tmp_path / "new")
    (tmp_path / "fold-1").mkdir()
    require_room(parts, tmp_path)


class TestPlans:
    def test_nothing_asked_is_nothing_trained(self, quick: Recipe) -> None:
        assert planned(quick, CheckOptions(), load(quick.data)) == ()

    def test_the_network_is_the_same_for_every_part(self, quick: Recipe) -> None:
        """Though `auto` would take a smaller one for fewer images."""
        parts = planned(replace(quick, net="auto"), CheckOptions(labels=True, curve=True), load(quick.data))
        assert len({part.recipe.network for part in parts}) == 1
        assert parts[0].recipe.network.startswith("Network(")
        assert len(parts) == 5 + 4 * 3
        assert len({part.name for part in parts}) == len(parts)

    def test_epochs_that_were_chosen_stay(self, quick: Recipe) -> None:
        dataset = load(quick.data)
        assert base(quick, dataset).epochs == 4
        assert base(replace(quick, epochs="auto"), dataset).epochs == 15

    def test_parts_of_the_data_train_for_as_many_steps(self, quick: Recipe) -> None:
        parts = planned(replace(quick, epochs=10), CheckOptions(curve=True, repeats=2), load(quick.data))
        assert [part.recipe.epochs for part in parts] == [60, 60, 40, 40, 20, 20, 10, 10]
        assert [part.recipe.data.share for part in parts] == [0.125, 0.125, 0.25, 0.25, 0.5, 0.5, 1, 1]
        assert {(part.recipe.seed, part.recipe.data.share_seed) for part in parts} == {(0, 0), (1, 1)}
