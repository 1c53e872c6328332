"""The threshold: bounds against scipy's distributions, and the promise against what it promises, by simulation."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from neocog.model import promise, upper_bound
from neocog.model.threshold import least_error, needed

Risk = Callable[[np.ndarray], np.ndarray]


@given(st.integers(1, 3000), st.data())
def test_the_bound_is_clopper_and_pearsons(answered: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, answered - 1))
    found = upper_bound(wrong, answered)
    assert found == pytest.approx(beta.ppf(0.95, wrong + 1, answered - wrong), rel=1e-9)
    assert binom.cdf(wrong, answered, found) == pytest.approx(0.05, rel=1e-6)
    assert upper_bound(answered, answered) == 1


@pytest.mark.parametrize("error", [0.001, 0.01, 0.05, 0.3])
def test_so_many_right_answers_are_needed_and_no_more(error: float) -> None:
    assert upper_bound(0, needed(error)) <= error < upper_bound(0, needed(error) - 1)


def test_the_threshold_stands_at_the_last_answer_that_passes() -> None:
    confidence = np.linspace(1, 0.5, 1000)
    right = np.ones(1000, np.bool_)
    right[600:] = False
    found = promise(confidence, right, 0.05)
    assert found is not None
    # by scipy: the most wrong answers past 600 whose bound stays within 5 %
    most = max(more for more in range(400) if beta.ppf(0.95, more + 1, 600) <= 0.05)
    assert (found.answered, found.wrong) == (600 + most, most)
    assert found.threshold == confidence[found.answered - 1]
    assert found.coverage == found.answered / 1000
    assert found.bound == pytest.approx(upper_bound(most, 600 + most)) and found.bound <= 0.05


def test_images_that_are_never_answered_cost_coverage() -> None:
    confidence = np.concatenate([np.full(100, -np.inf), np.linspace(1, 0.5, 400)])
    found = promise(confidence, np.ones(500, np.bool_), 0.01)
    assert found is not None
    assert (found.answered, found.images, found.threshold) == (400, 500, 0.5)
    assert promise(np.full(500, -np.inf), np.ones(500, np.bool_), 0.01) is None


def test_equally_sure_answers_stay_together() -> None:
    confidence = np.repeat([0.9, 0.8], [350, 350])
    right = np.ones(700, np.bool_)
    right[350:360] = False  # some of the second group, first in their order
    found = promise(confidence, right, 0.01)
    assert found is not None and (found.answered, found.threshold) == (350, 0.9)


def test_too_few_images_or_too_many_mistakes_make_no_promise() -> None:
    assert promise(np.linspace(0, 1, 298), np.ones(298, np.bool_), 0.01) is None
    assert promise(np.linspace(0, 1, 299), np.ones(299, np.bool_), 0.01) is not None
    assert promise(np.linspace(0, 1, 5000), np.arange(5000) % 3 > 0, 0.01) is None


def test_the_least_error_can_be_promised_and_no_smaller_one() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.random(400)
    right = generator.random(400) < 0.6 + 0.4 * confidence
    least = least_error(confidence, right)
    assert least is not None
    assert promise(confidence, right, least) is not None
    assert promise(confidence, right, least - 0.001) is None
    assert least_error(confidence, np.zeros(400, np.bool_)) is None


RISKS: dict[str, Risk] = {
    "mistakes at the end": lambda place: np.where(place < 0.7, 0.0, 0.2),
    "a slow rise": lambda place: 0.2 * place**3,
    "always a little over": lambda place: np.full_like(place, 0.055),
    "over from the first third on": lambda place: np.where(place < 0.33, 0.049, 0.08),
    "nothing but a step": lambda place: np.where(place < 0.5, 0.02, 0.5),
}


@pytest.mark.parametrize("name", RISKS)
@pytest.mark.parametrize("images", [80, 300, 1500])
def test_the_promise_is_kept_in_at_least_95_of_100_draws(name: str, images: int) -> None:
    """Where the risk does not fall with the confidence, whatever else it does: 2,000 draws, within their own chance."""
    risk, error, draws, broken = RISKS[name], 0.05, 2000, 0
    grid = risk((np.arange(100_000) + 0.5) / 100_000).cumsum() / np.arange(1, 100_001)  # wrong among the answered
    generator = np.random.default_rng(len(name))
    for _ in range(draws):
        place = generator.random(images)  # 0 is the surest
        found = promise(1 - place, generator.random(images) >= risk(place), error)
        if found is not None:
            broken += grid[min(int((1 - found.threshold) * 100_000), 99_999)] > error
    assert broken <= binom.ppf(0.999, draws, 0.05)
