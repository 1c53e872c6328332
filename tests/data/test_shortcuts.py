"""Shortcuts: found where they were planted, not said of sound data, and the probe beside scikit-learn's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from neocog.data import DataOptions, Pixels, Table, inspect, scan
from neocog.data.properties import COLUMNS, properties, ring_and_mean
from neocog.data.shortcuts import FOLDS, Shortcut, probe, shortcuts

Tabled = Callable[..., Table]
Scene = Callable[..., Pixels]
Encode = Callable[..., bytes]


@pytest.fixture(scope="module")
def pictures(scene: Scene) -> list[Pixels]:
    """Pictures that have nothing to do with their labels."""
    return [scene(seed, 48, 48) for seed in range(90)]


def found(table: Table) -> dict[str, Shortcut]:
    """What each property tells of a table."""
    return {each.name: each for each in shortcuts(table, scan(table), range(len(table)))}


def labels(count: int) -> list[str]:
    return ["abc"[row % 3] for row in range(count)]


class TestPlanted:
    """One fault in otherwise equal data, and what is said."""

    def told(self, table: Table) -> list[str]:
        return [name for name, each in found(table).items() if each.told]

    def test_pictures_without_a_fault_are_sound(self, tabled: Tabled, pictures: list[Pixels], encoded: Encode) -> None:
        assert self.told(tabled([encoded(each) for each in pictures], labels(90))) == []

    def test_a_frame_of_a_color_a_class(self, tabled: Tabled, pictures: list[Pixels], encoded: Encode) -> None:
        framed = []
        for row, each in enumerate(pictures):
            frame = np.array([(120, 60, 60), (60, 120, 60), (60, 60, 120)], np.uint8)[row % 3]
            copy = np.tile(frame, (48, 48, 1))
            copy[1:-1, 1:-1] = each[1:-1, 1:-1]
            framed.append(encoded(copy))
        assert self.told(tabled(framed, labels(90)))[0] == "border"
        assert found(tabled(framed, labels(90)))["border"].accuracy > 0.95

    def test_one_class_from_another_camera(self, tabled: Tabled, scene: Scene, encoded: Encode) -> None:
        raw = [encoded(scene(row, 48, 60 if row % 3 == 0 else 48)) for row in range(90)]
        seen = found(tabled(raw, labels(90)))
        assert seen["image size"].told
        assert seen["image size"].accuracy == pytest.approx(2 / 3, abs=0.03)  # one class of three, the others guessed

    def test_one_class_saved_in_another_way(self, tabled: Tabled, pictures: list[Pixels], encoded: Encode) -> None:
        raw = [encoded(each, "JPEG", quality=50 if row % 3 == 1 else 90) for row, each in enumerate(pictures)]
        assert self.told(tabled(raw, labels(90)))[0] in ("file format", "file size")
        assert found(tabled(raw, labels(90)))["file format"].told

    def test_one_class_in_other_light(self, tabled: Tabled, pictures: list[Pixels], encoded: Encode) -> None:
        raw = [encoded(each // (1 + row % 3)) for row, each in enumerate(pictures)]
        assert "mean color" in self.told(tabled(raw, labels(90)))


class TestSound:
    def test_digits(self) -> None:
        data = inspect(DataOptions(path="digits"))
        assert data.findings.told == ()
        assert {each.name: round(each.accuracy, 1) for each in data.findings.shortcuts}["file size"] == 0.1

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["mnist", "neu-surface-defects.zip", "ants-bees-photos.zip"])
    def test_real_sets(self, shared: Path, name: str) -> None:
        found = inspect(DataOptions(path=str(shared / name))).findings
        assert len(found.shortcuts) == 5
        assert found.told == ()
        assert not any("in place of the object" in line for line in found.suggestions)


class TestProbe:
    @given(st.integers(0, 10_000), st.integers(2, 5), st.integers(1, 4))
    @settings(max_examples=30)
    def test_it_is_linear_discriminant_analysis(self, seed: int, classes: int, width: int) -> None:
        random = np.random.default_rng(seed)
        targets = np.repeat(np.arange(classes), 30)
        values = random.normal(size=(len(targets), width)) + 0.8 * targets[:, None] * random.normal(size=width)
        given = probe(values, targets, classes)
        held = np.arange(len(targets)) % 30 % FOLDS == 0
        oracle = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(classes, 1 / classes))
        expected = oracle.fit(values[~held], targets[~held]).predict(values[held])
        assert (given[held] == expected).mean() > 0.97  # ours adds a thousandth to the variances

    def test_labels_at_random_are_guessed(self) -> None:
        random = np.random.default_rng(0)
        targets = random.integers(0, 4, 4000)
        right = probe(random.normal(size=(4000, 3)), targets, 4) == targets
        assert right.mean() == pytest.approx(0.25, abs=0.03)

    def test_the_interval_holds_chance_where_nothing_is_to_be_told(self, tabled: Tabled, scene: Scene) -> None:
        inside = 0
        for trial in range(40):
            raw = [scene(1000 * trial + row, 12, 12) for row in range(40)]
            each = found(tabled(raw, [f"{trial}{'ab'[row % 2]}" for row in range(40)]))["mean color"]
            inside += each.low <= each.chance <= each.high
        assert inside >= 34


class TestEdges:
    def test_few_images_are_no_question(self, tabled: Tabled, scene: Scene) -> None:
        assert found(tabled([scene(row) for row in range(8)], labels(8))) == {}

    def test_a_small_class_is_left_out(self, tabled: Tabled, scene: Scene) -> None:
        table = tabled([scene(row, 8, 8) for row in range(21)], ["a", "b"] * 10 + ["rare"])
        assert {each.chance for each in found(table).values()} == {0.5}

    def test_arrays_have_no_file(self, tabled: Tabled, scene: Scene) -> None:
        seen = found(tabled([scene(row, 8, 8) for row in range(30)], labels(30)))
        assert seen["file size"].accuracy == pytest.approx(1 / 3)

    def test_the_outermost_pixels(self) -> None:
        pixels = np.zeros((4, 4, 3), np.uint8)
        pixels[1:3, 1:3] = (120, 60, 30)
        border, mean = ring_and_mean(pixels)
        assert border == [0, 0, 0]
        assert mean == [30, 15, 7.5]

    def test_the_numbers_of_a_jpeg(self, tabled: Tabled, scene: Scene, encoded: Encode) -> None:
        """Standard tables at quality 50 are the standard's own, whose luma steps have the mean 57.625."""
        raw = encoded(scene(0, 16, 32), "JPEG", quality=50)
        table = tabled([raw])
        values = dict(zip(COLUMNS, properties(table, scan(table), np.array([0]))[0], strict=True))
        assert values["log width"] == pytest.approx(np.log(32))
        assert values["log height"] == pytest.approx(np.log(16))
        assert values["log bytes"] == pytest.approx(np.log(len(raw)))
        assert values["compressed with loss"] == 1
        assert values["log quantization"] == pytest.approx(np.log(57.625))
