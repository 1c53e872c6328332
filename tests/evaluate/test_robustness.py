"""Changed images: exact where a change can be said in pixels, the curves by answers made by hand."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from neocog.core.proportion import Proportion
from neocog.data import Augment, Preprocessing
from neocog.data.augment import NONE
from neocog.evaluate.figures import robustness_figure, robustness_title
from neocog.evaluate.robustness import CHANGES, PASSES, Change, Robustness, blurred, changed, robustness

SQUARE = Preprocessing(size=(20, 20), channels=1)
PLACES = np.arange(6)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    random = np.random.default_rng(0)
    smooth = gaussian_filter(random.normal(size=(6, 1, 20, 20)), (0, 0, 2, 2))
    return np.clip(128 + 400 * smooth, 0, 255).astype(np.uint8)


def change(name: str) -> Change:
    return next(each for each in CHANGES if each.name == name)


class TestChanges:
    @pytest.mark.parametrize("each", CHANGES, ids=lambda each: each.name)
    def test_every_level_keeps_the_form(self, each: Change, images: NDArray[np.uint8]) -> None:
        for level in each.levels:
            if level != each.neutral:
                out = changed(images, each.name, level, SQUARE, PLACES)
                assert out.shape == images.shape and out.dtype == np.uint8
        assert np.abs(out.astype(int) - images).mean() > 0.2

    @pytest.mark.parametrize("name", ["shift", "scale", "rotation", "light", "noise"])
    def test_the_neutral_level_changes_nothing(self, name: str, images: NDArray[np.uint8]) -> None:
        out = changed(images, name, change(name).neutral, SQUARE, PLACES)
        assert np.abs(out.astype(int) - images).max() <= 1

    def test_a_turn_by_90_degrees_is_exact(self, images: NDArray[np.uint8]) -> None:
        out = changed(images, "rotation", 90, SQUARE, PLACES)
        for one, other in zip(out[:, 0], images[:, 0], strict=True):
            assert min(np.abs(one.astype(int) - np.rot90(other, turn)).max() for turn in (1, 3)) <= 1

    def test_twice_the_size_shows_the_middle(self, images: NDArray[np.uint8]) -> None:
        out = changed(images, "scale", 2, SQUARE, PLACES)
        shrunk = out.reshape(6, 10, 2, 10, 2).mean(axis=(2, 4))
        assert np.abs(shrunk - images[:, 0, 5:15, 5:15]).mean() < 3

    def test_light_is_added(self) -> None:
        plain = np.full((2, 1, 20, 20), 100, np.uint8)
        assert (changed(plain, "light", 20, SQUARE, PLACES[:2]) == 151).all()
        assert (changed(plain, "light", -40, SQUARE, PLACES[:2]) == 0).all()

    def test_noise_has_its_deviation(self) -> None:
        plain = np.full((4, 1, 100, 100), 128, np.uint8)
        preprocessing = Preprocessing(size=(100, 100), channels=1)
        out = changed(plain, "noise", 10, preprocessing, PLACES[:4])
        assert out.std() == pytest.approx(25.5, rel=0.02)
        assert (out == changed(plain, "noise", 10, preprocessing, PLACES[:4])).all()

    def test_a_border_stays_black(self, images: NDArray[np.uint8]) -> None:
        bordered = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
        preprocessing = Preprocessing(size=(24, 24), channels=1, border=2)
        for each in CHANGES:
            out = changed(bordered, each.name, each.levels[-1], preprocessing, PLACES)
            assert not out[:, :, :2].any() and not out[:, :, :, -2:].any()
            assert (out[:, :, 2:-2, 2:-2] == changed(images, each.name, each.levels[-1], SQUARE, PLACES)).all()

    @pytest.mark.parametrize("deviation", [0.4, 1.0, 2.5])
    def test_the_blur_is_scipys(self, deviation: float, images: NDArray[np.uint8]) -> None:
        wide = np.tile(images[:, 0], (1, 2, 2)).astype(np.float64)
        ours = blurred(torch.from_numpy(wide)[:, None], deviation)[:, 0].numpy()
        reach = int(np.ceil(3 * deviation))
        expected = gaussian_filter(wide, (0, deviation, deviation), mode="mirror", radius=(0, reach, reach))
        assert np.abs(ours - expected).max() < 1e-9


class TestCurves:
    def test_an_answer_that_ignores_the_image_holds_everywhere(self, images: NDArray[np.uint8]) -> None:
        asked = []

        def answer(given: NDArray[np.uint8]) -> NDArray[np.int64]:
            asked.append(len(given))
            return np.zeros(len(given), np.int64)

        found = robustness(answer, images, np.array([0, 0, 0, 0, 1, 1]), SQUARE, NONE)
        assert sum(asked) == PASSES * 6
        for each in found:
            assert {share.hits for share in each.accuracies} == {4}
            assert each.holds == (each.change.levels[0], each.change.levels[-1])

    def test_one_that_judges_by_brightness_fails_by_light(self, images: NDArray[np.uint8]) -> None:
        bright = np.concatenate([np.full((10, 1, 20, 20), 60, np.uint8), np.full((10, 1, 20, 20), 190, np.uint8)])
        targets = np.repeat([0, 1], 10)

        def answer(given: NDArray[np.uint8]) -> NDArray[np.int64]:
            return (given.mean(axis=(1, 2, 3)) > 125).astype(np.int64)

        found = {each.change.name: each for each in robustness(answer, bright, targets, SQUARE, NONE)}
        assert found["light"].holds == (-20, 20)
        assert found["light"].worst[1].value == 0.5
        assert found["rotation"].holds == (0, 90)
        assert robustness_title([*found.values()]).startswith("Light costs most: 100 % right as the images are, 50.0 %")

    def test_what_was_trained_is_the_recipes(self) -> None:
        augment = Augment(rotation=45, scale=1.25, translation=0.1, brightness=0.2, noise=0.05)
        ranges = {each.name: each.trained(augment) for each in CHANGES}
        assert ranges["rotation"] == (0, 45)
        assert ranges["scale"] == (0.8, 1.25)
        assert ranges["shift"] == (0, 10)
        assert ranges["light"] == (-20, 20)
        assert ranges["noise"] == (0, 5)
        assert ranges["blur"] == (0, 0)

    def test_it_holds_up_to_the_first_failure(self) -> None:
        shares = tuple(Proportion.of(hits, 100) for hits in (10, 96, 97, 100, 95, 60, 99))
        found = Robustness(change("scale"), (1, 1), shares)
        assert found.holds == (0.7, 1.2)
        assert found.worst == (0.5, shares[0])

    def test_the_figure_has_every_number(self) -> None:
        found = [
            Robustness(each, each.trained(Augment()), (Proportion.of(90, 100),) * len(each.levels)) for each in CHANGES
        ]
        drawn = robustness_figure(found)
        assert len(drawn.table.splitlines()) == 1 + PASSES
        assert "rotation" in drawn.svg and "degrees" in drawn.svg
        broad, narrow = drawn.inline.split('<div class="narrow">')
        assert 'viewBox="0 0 920 420"' in broad
        assert 'viewBox="0 0 360 1260"' in narrow, "on a telephone one below the other"
        assert broad.count(">degrees<") == narrow.count(">degrees<") == 1
