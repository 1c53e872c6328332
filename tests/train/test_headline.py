"""The headline figure: the same from parts that are added up as from the whole, and as scikit-learn has it."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, r2_score

from neocog.train.headline import HEADLINES, Headline, headline_of

RANDOM = np.random.default_rng(5)
OUTPUTS = torch.from_numpy(RANDOM.normal(size=(50, 3)).astype(np.float32))
LABELS = torch.from_numpy((RANDOM.random((50, 3)) < 0.4).astype(np.float32))
NUMBERS = OUTPUTS + torch.from_numpy(RANDOM.normal(size=(50, 3)).astype(np.float32))
CLASSES = torch.from_numpy(RANDOM.integers(0, 3, 50))


def of(headline: Headline, outputs: torch.Tensor, targets: torch.Tensor) -> float:
    return float(headline.figure(headline.sums(outputs, targets).double().sum(0).numpy()))


def test_figures_are_those_of_scikit_learn():
    assert of(HEADLINES["class"], OUTPUTS, CLASSES) == pytest.approx(accuracy_score(CLASSES, OUTPUTS.argmax(1)))
    assert of(HEADLINES["classes"], OUTPUTS, LABELS) == pytest.approx(f1_score(LABELS, OUTPUTS > 0, average="micro"))
    assert of(HEADLINES["number"], OUTPUTS, NUMBERS) == pytest.approx(r2_score(NUMBERS, OUTPUTS), abs=1e-5)
    counts = OUTPUTS.exp() + 0.1
    assert of(headline_of("number", "poisson"), OUTPUTS, counts) == pytest.approx(
        r2_score(counts, OUTPUTS.exp()), abs=1e-5
    )


@pytest.mark.parametrize(("task", "targets"), [("class", CLASSES), ("classes", LABELS), ("number", NUMBERS)])
def test_parts_add_up_and_the_interval_holds_the_figure(task, targets):
    headline = HEADLINES[task]
    whole = headline.sums(OUTPUTS, targets)
    parts = sum(headline.sums(*part).sum(0) for part in zip(OUTPUTS.split(7), targets.split(7), strict=True))
    assert torch.allclose(whole.sum(0), parts)
    ends = headline.interval(whole.double().numpy())
    assert ends.low <= of(headline, OUTPUTS, targets) <= ends.high


def test_nothing_to_find_and_nothing_to_explain():
    assert of(HEADLINES["classes"], -torch.ones(4, 2), torch.zeros(4, 2)) == 1.0
    assert of(HEADLINES["number"], torch.zeros(4, 1), torch.ones(4, 1)) == 0.0
