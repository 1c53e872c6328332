"""The temperature, against scipy's search over the same loss, and where searching goes wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from neocog.model import fit_temperature


def drawn(images: int, classes: int, sharpness: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax at temperature 1 / sharpness is the truth, and classes drawn from it."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 3, (images, classes))
    shares = np.exp(log_softmax(logits, axis=1)).cumsum(axis=1)
    targets = (generator.random((images, 1)) > shares).sum(axis=1).clip(max=classes - 1)
    return (logits / sharpness).astype(np.float32), targets


def loss(logits: np.ndarray, targets: np.ndarray, temperature: float) -> float:
    """The log loss as if one more answer had been given and were wrong, by scipy."""
    rows, doubt = np.arange(len(targets)), 1 / (len(targets) + 2)
    logs = log_softmax(logits.astype(np.float64) / temperature, axis=1)
    others = logs.copy()
    others[rows, targets] = -np.inf
    return -float(((1 - doubt) * logs[rows, targets] + doubt * others.max(axis=1)).mean())


@given(st.integers(5, 400), st.integers(2, 12), st.floats(0.2, 5), st.integers(0, 100))
def test_it_is_where_the_loss_is_least(images: int, classes: int, sharpness: float, seed: int) -> None:
    logits, targets = drawn(images, classes, sharpness, seed)
    found = fit_temperature(logits, targets)
    best = minimize_scalar(
        lambda power: loss(logits, targets, float(np.exp(power))),
        bounds=(np.log(0.01), np.log(100)),
        method="bounded",
        options={"xatol": 1e-8},
    )
    assert loss(logits, targets, found) <= best.fun + 1e-7


@pytest.mark.parametrize("sharpness", [0.25, 1.0, 4.0])
def test_it_undoes_what_made_the_network_too_sure_or_too_timid(sharpness: float) -> None:
    logits, targets = drawn(20_000, 5, sharpness, 7)
    assert fit_temperature(logits, targets) == pytest.approx(1 / sharpness, rel=0.05)


def test_the_scale_of_the_logits_is_taken_out() -> None:
    logits, targets = drawn(300, 4, 1.0, 3)
    assert fit_temperature(10 * logits, targets) == pytest.approx(10 * fit_temperature(logits, targets), rel=1e-3)
    assert fit_temperature(logits + 50, targets) == pytest.approx(fit_temperature(logits, targets), rel=1e-3)


def test_without_a_mistake_it_is_as_sure_as_so_many_images_allow() -> None:
    targets = np.zeros(98, np.int64)
    logits = np.tile(np.array([[5.0, 0.0]], np.float32), (98, 1))
    chance = 1 / (1 + np.exp(-5 / fit_temperature(logits, targets)))
    assert chance == pytest.approx(99 / 100, abs=1e-4)  # Laplace: one more answer, and that one wrong


def test_a_network_that_is_worse_than_a_guess_is_not_sure_of_anything() -> None:
    logits = np.tile(np.array([[5.0, 0.0]], np.float32), (50, 1))
    assert fit_temperature(logits, np.ones(50, np.int64)) == 100


def test_logits_that_say_nothing_need_no_temperature() -> None:
    assert fit_temperature(np.zeros((9, 3), np.float32), np.arange(9) % 3) == 1
    assert fit_temperature(np.ones((4, 1), np.float32), np.zeros(4, np.int64)) == 1


def test_huge_logits_are_no_trouble() -> None:
    logits, targets = drawn(200, 3, 1.0, 1)
    found = fit_temperature(30 * logits, targets)
    assert np.isfinite(found) and found == pytest.approx(30 * fit_temperature(logits, targets), rel=1e-3)
