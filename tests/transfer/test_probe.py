"""Linear probes against what was planted, and against scikit-learn's own folds."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neocog.core.proportion import wilson
from neocog.transfer import Probe, probe
from neocog.transfer.probe import REPEATS, SLACK

DRAWS = np.random.default_rng(0)
TARGETS = np.repeat([0, 1, 2], 50)


def test_codes_that_say_nothing_are_right_by_chance() -> None:
    found = probe("relu1", DRAWS.normal(size=(150, 8)).astype(np.float32), TARGETS)
    assert found.low < 0.35
    assert found.accuracy < 0.45
    assert (found.path, found.features, len(found.rights)) == ("relu1", 8, 150)


def test_it_is_what_scikit_learn_finds() -> None:
    """The scale of the codes does not matter: they are standardized."""
    codes = (DRAWS.normal(size=(150, 5)) + TARGETS[:, None] * [1, 0, 0.5, 0, 0]).astype(np.float32)
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=SLACK, max_iter=1000))
    rights = np.mean(
        [
            cross_val_predict(plain, codes, TARGETS, cv=StratifiedKFold(5, shuffle=True, random_state=repeat))
            == TARGETS
            for repeat in range(REPEATS)
        ],
        axis=0,
    )
    found = probe("relu1", codes, TARGETS)
    assert found.accuracy == pytest.approx(rights.mean(), abs=0.01)
    assert probe("relu1", codes * 1000, TARGETS).accuracy == pytest.approx(found.accuracy, abs=0.01)


def test_its_interval_is_that_of_images_judged_once() -> None:
    """Repeats of the same images make the estimate steadier, not the set larger."""
    found = Probe("relu1", 4, np.array([1.0] * 90 + [0.5] * 4 + [0.0] * 6))
    assert found.accuracy == pytest.approx(0.92)
    assert (found.low, found.high) == wilson(92, 100)


def test_how_far_one_is_behind_another() -> None:
    one, other = (Probe("relu1", 4, np.array(rights)) for rights in ([1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0]))
    lost, error = one.behind(other)
    assert lost == 0.25
    assert error == pytest.approx(np.std([0, 1, 0, 0], ddof=1) / 2)
    assert one.behind(one) == (0, 0)


def test_a_class_of_two_has_two_folds() -> None:
    codes = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
    assert probe("relu1", codes, np.array([0, 0, 1, 1])).accuracy == 1


def test_labels_are_told_one_by_one() -> None:
    """One label is planted in the codes, one is drawn at random, one holds too rarely to be asked."""
    random = np.random.default_rng(4)
    planted, drawn = random.random(200) < 0.3, random.random(200) < 0.5
    codes = random.normal(size=(200, 6)).astype(np.float32)
    codes[:, 0] += 8 * planted
    both = np.stack([planted, drawn, np.arange(200) == 3], axis=1).astype(np.float32)
    first = probe("relu1", codes, both[:, :1], "classes")
    assert first.accuracy > 0.97
    assert first.low < first.accuracy <= first.high
    assert probe("relu1", codes, both, "classes").accuracy == pytest.approx((first.accuracy + 0.5) / 2, abs=0.06)
    assert first.told.endswith("% balanced accuracy")


def test_numbers_are_estimated_as_by_ridge_regression() -> None:
    random = np.random.default_rng(5)
    codes = random.normal(size=(200, 6)).astype(np.float32)
    numbers = (300 + 20 * codes[:, :1] + random.normal(size=(200, 1))).astype(np.float32)
    found = probe("relu1", codes, numbers, "number")
    assert found.accuracy > 0.9
    assert probe("relu1", codes, random.normal(size=(200, 1)), "number").accuracy < 0.1
    assert found.measure == "R2"
