"""Losses against hand calculations."""

import math

import pytest
import torch

from neocog.train.losses import make_loss
from neocog.train.recipe import Loss


def test_cross_entropy_of_the_lectures_scores() -> None:
    """Scores 3.2, 5.1, -1.7 with the first class true: the softmax gives it 0.13."""
    loss = make_loss(Loss(label_smoothing=0.0))(torch.tensor([[3.2, 5.1, -1.7]]), torch.tensor([0]))
    share = math.exp(3.2) / (math.exp(3.2) + math.exp(5.1) + math.exp(-1.7))
    assert float(loss) == pytest.approx(-math.log(share), rel=1e-5)
    assert round(share, 2) == 0.13


def test_label_smoothing_spreads_a_share_over_all_classes() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    shares = torch.log_softmax(logits, 1)[0]
    expected = -(0.9 * shares[2] + 0.1 * shares.mean())
    assert torch.isclose(make_loss(Loss(label_smoothing=0.1))(logits, torch.tensor([2])), expected)
