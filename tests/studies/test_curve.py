"""The learning curve's fit: power laws found again, intervals that hold the truth, no promise without reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from neocog.studies.curve import LearningCurve, drawn_curve, power_laws
from neocog.studies.figures import curve_figure

SIZES = (100, 200, 400, 800)


def mistakes(errors: list[float], count: int, seed: int = 0, repeats: int = 3, luck: float = 0.1) -> NDArray[np.bool_]:
    """Which of `count` images each training gets wrong: hard ones more often, the error by chance a little off."""
    random = np.random.default_rng(seed)
    hard = random.random(count)
    wrong = np.zeros((len(errors), repeats, count), bool)
    for place, error in enumerate(errors):
        for repeat in range(repeats):
            met = min(0.95, error * np.exp(luck * random.normal()))
            wrong[place, repeat] = random.random(count) < hard ** (1 / met - 1)
    return wrong


def law(scale: float, power: float, floor: float = 0.0, size: float | None = None) -> list[float]:
    return [scale * each**-power + floor for each in ((size,) if size else SIZES)]


class TestFit:
    @given(st.floats(0.5, 5), st.floats(0.2, 1), st.sampled_from([0.0, 0.25, 0.5]))
    @settings(max_examples=40)
    def test_exact_power_laws_are_found_again(self, scale: float, power: float, part: float) -> None:
        """With a floor that is a share of the lowest error, as it is tried."""
        bare = np.array(law(scale, power))
        floor = part / (1 - part) * bare[-1]
        fits = power_laws(np.log(SIZES), np.log((bare + floor)[None] / 10))
        assert fits.power[0] == pytest.approx(power, rel=1e-6)
        assert fits.floor[0] == pytest.approx(floor / 10, rel=1e-6, abs=1e-12)
        assert fits.at(np.log(1600))[0] == pytest.approx((scale * 1600**-power + floor) / 10, rel=1e-6)

    @pytest.mark.parametrize("seed", range(5))
    def test_without_a_floor_it_is_scipys(self, seed: int) -> None:
        noisy = np.log(law(2, 0.5)) + 0.05 * np.random.default_rng(seed).normal(size=4)
        fits = power_laws(np.log(SIZES), noisy[None])

        def misfit(floor: float) -> float:
            weight = np.exp(noisy) / (np.exp(noisy) - floor)
            given, _ = curve_fit(
                lambda place, height, slope: height + slope * place,
                np.log(SIZES),
                np.log(np.exp(noisy) - floor),
                sigma=np.exp(-noisy / 2) * weight,
            )
            drawn = np.log(np.exp(np.polyval(given[::-1], np.log(SIZES))) + floor)
            return float((np.exp(noisy) * (drawn - noisy) ** 2).sum() / np.exp(noisy).sum())

        tried = [misfit(share * np.exp(noisy).min()) for share in np.arange(20) / 20]
        assert fits.misfit[0] == pytest.approx(min(tried), rel=1e-6)


class TestIntervals:
    @pytest.mark.parametrize(("scale", "power", "floor"), [(2, 0.5, 0), (5, 0.9, 0.05)])
    def test_they_hold_the_truth(self, scale: float, power: float, floor: float) -> None:
        true = law(scale, power, floor, 800)[0] - law(scale, power, floor, 1600)[0]
        held = []
        for seed in range(24):
            curve = drawn_curve(SIZES, mistakes(law(scale, power, floor), 400, seed))
            if curve.twice is not None:
                held.append(curve.twice.gain[1] <= true <= curve.twice.gain[2])
        assert len(held) >= 16
        assert np.mean(held) >= 0.8

    def test_a_point_lies_in_its_interval(self) -> None:
        for point in drawn_curve(SIZES, mistakes(law(2, 0.5), 300)).points:
            assert point.low < point.accuracy < point.high

    def test_the_same_seed_gives_the_same(self) -> None:
        wrong = mistakes(law(2, 0.5), 200)
        assert drawn_curve(SIZES, wrong) == drawn_curve(SIZES, wrong)
        assert drawn_curve(SIZES, wrong).twice != drawn_curve(SIZES, wrong, seed=1).twice


class TestReasons:
    """Where the fit does not allow it, nothing is promised."""

    def said(self, curve: LearningCurve) -> str:
        assert curve.twice is None
        assert curve.sentence == f"What twice the images would bring cannot be said: {curve.reason}."
        return curve.reason

    def test_more_images_that_do_not_help(self) -> None:
        assert "does not clearly rise" in self.said(drawn_curve(SIZES, mistakes([0.2] * 4, 300)))

    def test_too_few_mistakes(self) -> None:
        few = np.zeros((4, 3, 200), bool)
        few[:, :2, 0] = True
        assert "it makes 0.7 mistakes in 200, too few to go by" in self.said(drawn_curve(SIZES, few))

    def test_no_mistake_at_all(self) -> None:
        assert "with all images it makes no mistake in 200, too few to go by" in self.said(
            drawn_curve(SIZES, np.zeros((4, 3, 200), bool))
        )

    def test_points_that_lie_on_no_curve(self) -> None:
        wrong = mistakes([0.6, 0.1, 0.5, 0.05], 2000, luck=0.01)
        assert self.said(drawn_curve(SIZES, wrong)) == "the points do not lie on a power law"


class TestFigure:
    def test_it_says_what_was_found(self) -> None:
        curve = drawn_curve(SIZES, mistakes(law(2, 0.5), 300))
        drawn = curve_figure(curve)
        assert drawn.title == curve.sentence
        assert len(drawn.table.splitlines()) == 1 + 4 + 1
        assert "1,600" in drawn.svg

    def test_it_does_without_a_promise(self) -> None:
        assert len(curve_figure(drawn_curve(SIZES, mistakes([0.2] * 4, 300))).table.splitlines()) == 5
