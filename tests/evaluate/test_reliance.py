"""What silence buys: the risk-coverage curve against sums by hand, and what a threshold comes to on judged images."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.build import build
from neocog.data import Preprocessing
from neocog.evaluate import reliance, risk_coverage
from neocog.evaluate.figures import belief, reliability_figure, risk_figure, risk_title
from neocog.evaluate.measures import measure
from neocog.model import Model, Trial, calibrated, probabilities, weights_of
from neocog.network import Dense, Flatten, Network


def two(confidence: list[float]) -> np.ndarray:
    """Probabilities of two classes, the first with a confidence of at least a half."""
    first = np.array(confidence)
    return np.column_stack([first, 1 - first])


def test_the_curve_by_hand() -> None:
    points = risk_coverage([0, 1, 0, 1], two([0.9, 0.8, 0.8, 0.6]))
    assert [(each.confidence, each.coverage, each.wrong.hits, each.wrong.n) for each in points] == [
        (0.9, 0.25, 0, 1),
        (0.8, 0.75, 1, 3),  # equally sure answers come together
        (0.6, 1.0, 2, 4),
    ]


def test_refused_images_are_never_answered() -> None:
    refused = np.array([True, False, False, False])
    points = risk_coverage([1, 0, 0, 0], two([0.99, 0.9, 0.8, 0.7]), refused)
    assert [(each.coverage, each.wrong.hits) for each in points] == [(0.25, 0), (0.5, 0), (0.75, 0)]
    assert risk_coverage([0], two([0.9]), np.array([True])) == ()


@given(st.integers(1, 600), st.integers(0, 20))
def test_a_long_curve_is_thinned_and_ends_with_all_answers(count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    chances, targets = two((0.5 + generator.random(count) / 2).tolist()), generator.integers(0, 2, count)
    points = risk_coverage(targets, chances)
    assert len(points) <= 200
    assert (points[-1].coverage, points[-1].wrong.hits) == (1.0, int(targets.sum()))
    for each in points:
        given_ = chances[:, 0] >= each.confidence
        assert (each.wrong.n, each.wrong.hits) == (given_.sum(), targets[given_].sum())


@pytest.fixture
def grey() -> Model:
    """A model of two classes; what it says is not asked."""
    network = Network((1, 4, 4), (Flatten(), Dense(2)))
    preprocessing = Preprocessing(size=(4, 4), channels=1)
    return Model(network=network, weights=weights_of(build(network)), classes=("a", "b"), preprocessing=preprocessing)


@pytest.fixture
def tried() -> Trial:
    """Two classes, 600 images; the least sure hundred are right by chance only, and ten images are strange."""
    generator = np.random.default_rng(3)
    margin = np.concatenate([generator.uniform(2, 6, 500), generator.uniform(0, 0.5, 100)])
    targets = np.where(np.arange(600) >= 500, generator.integers(0, 2, 600), 0)
    logits = np.column_stack([margin, np.zeros(600)]).astype(np.float32)
    return Trial(logits, targets.astype(np.int64), np.arange(600) < 10)


def test_what_a_threshold_comes_to(grey: Model, tried: Trial) -> None:
    model = calibrated(grey, tried, 0.02)
    after = probabilities(tried.logits, model.temperature)
    found = reliance(model, tried, after)
    assert found is not None and found.answered is not None and found.wrong is not None
    assert (found.answered.hits, found.wrong.hits, found.strange) == (
        model.calibration and model.calibration["answered"],
        model.calibration and model.calibration["wrong"],
        10,
    )
    assert found.costly
    share = 100 * (1 - found.answered.value)
    assert found.sentence.startswith(
        f"To be wrong at most 2.0 % of the time it leaves {600 - found.answered.hits} images of 600 unanswered "
        f"({share:.1f} %); of the answers that it gives "
    )
    assert risk_title(found).startswith(f"It answers {100 - share:.1f} % of the images and is wrong in ")
    told = found.to_dict()
    assert told["before"]["log_loss"] == measure(tried.targets, probabilities(tried.logits), grey.classes).log_loss
    assert told["curve"][-1]["coverage"] == pytest.approx(590 / 600)
    picture = risk_figure(found)
    assert picture is not None
    assert picture.table.count("\n") == 1 + len(found.curve)
    assert "threshold" in picture.svg and "wished" in picture.svg


def test_no_threshold_is_told_with_what_would_mend_it(grey: Model, tried: Trial) -> None:
    model = calibrated(grey, tried, 0.001)
    found = reliance(model, tried, probabilities(tried.logits, model.temperature))
    assert found is not None and found.answered is None and found.costly
    assert found.sentence.startswith(
        "No threshold is set, so it answers everything but 10 images unlike the training images: at most 0.1 % wrong "
    )
    assert "--set trust.error=" in found.sentence
    assert risk_title(found) == (
        "At most 0.1 % wrong could not be promised, so it answers everything but 10 images unlike the training images"
    )
    assert found.to_dict()["answered"] is None
    assert risk_figure(found) is not None


def test_a_model_that_is_sure_of_nothing(grey: Model, tried: Trial) -> None:
    model = replace(calibrated(grey, tried, 0.02), threshold=1.0)
    found = reliance(model, tried, probabilities(tried.logits, model.temperature))
    assert found is not None and found.wrong is None
    assert found.sentence == "To be wrong at most 2.0 % of the time it leaves 600 images of 600 unanswered (100 %)."
    assert risk_title(found) == "It is sure of none of these images"
    blind = reliance(model, replace(tried, strange=np.ones(600, np.bool_)), probabilities(tried.logits))
    assert blind is not None and blind.curve == () and risk_figure(blind) is None


def test_models_without_a_calibration_have_none(grey: Model, tried: Trial) -> None:
    assert reliance(grey, tried, probabilities(tried.logits)) is None
    told = replace(grey, calibration={"temperature": 2.0})
    assert reliance(told, tried, probabilities(tried.logits)) is None


def test_the_reliability_figure_shows_what_the_temperature_changed(tried: Trial) -> None:
    classes = ("a", "b")
    before = measure(tried.targets, probabilities(tried.logits), classes)
    after = measure(tried.targets, probabilities(tried.logits, 2.0), classes)
    drawn = reliability_figure(after, before)
    assert drawn.title == belief(after)
    assert f"then the error is {before.calibration.error:.3f}" in drawn.caption
    assert f"the log loss {before.log_loss:.3f} in place of {after.log_loss:.3f} nats" in drawn.caption
    rows = drawn.table.splitlines()
    assert rows[0].startswith("calibrated,from,to")
    assert sum(row.startswith("no,") for row in rows) == len(before.calibration.bins)
    assert "Rings" not in reliability_figure(after).caption
