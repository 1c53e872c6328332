"""Blended batches: what they hold, and that labels follow the pixels."""

import numpy as np
import pytest
import torch

from neocog.train.mix import blended
from neocog.train.recipe import Regularize

IMAGES = torch.stack([torch.full((1, 20, 30), float(value)) for value in range(4)])
TARGETS = torch.tensor([0, 1, 2, 0])


def blend(choice: Regularize, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    return blended(IMAGES, TARGETS, 3, choice, seed=1, epoch=2, step=step)


def test_nothing_is_blended_unless_asked_for() -> None:
    images, targets = blend(Regularize(), 0)
    assert images is IMAGES
    assert targets is TARGETS


@pytest.mark.parametrize("choice", [Regularize(mixup=0.4), Regularize(cutmix=1.0), Regularize(mixup=0.4, cutmix=1.0)])
def test_labels_are_shares_of_the_pixels(choice: Regularize) -> None:
    """Each image holds one gray value, so its mean says how much of which image it shows."""
    for step in range(30):
        images, shares = blend(choice, step)
        assert torch.allclose(shares.sum(1), torch.ones(4))
        own = ((images.mean((1, 2, 3)) - torch.tensor([3.0, 0.0, 1.0, 2.0])) / torch.tensor([-3.0, 1.0, 1.0, 1.0]))[1]
        assert shares[1, 1].item() == pytest.approx(own.item(), abs=1e-5)
        assert shares[1, 0].item() == pytest.approx(1 - own.item(), abs=1e-5)


def test_mixup_adds_and_cutmix_pastes() -> None:
    added, _ = blend(Regularize(mixup=1.0), 3)
    assert len(added[1].unique()) == 1
    pasted, shares = blend(Regularize(cutmix=1.0), 3)
    assert set(pasted[2].unique().tolist()) == {1.0, 2.0}
    rows, columns = np.nonzero(pasted[2, 0].numpy() == 1)
    area = (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
    assert area == len(rows), "a rectangle"
    assert shares[2, 1].item() == pytest.approx(area / 600)
    assert IMAGES[2].unique().tolist() == [2.0], "the given batch stays"


def test_the_draw_is_a_function_of_the_step() -> None:
    choice = Regularize(mixup=0.4, cutmix=1.0)
    assert torch.equal(blend(choice, 5)[0], blend(choice, 5)[0])
    assert len({blend(choice, step)[1][1, 1].item() for step in range(10)}) == 10


def test_the_share_follows_the_beta_distribution() -> None:
    shares = [blend(Regularize(mixup=0.4), step)[1][1, 1].item() for step in range(600)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
    assert np.var(shares) == pytest.approx(0.25 / (2 * 0.4 + 1), rel=0.12)
