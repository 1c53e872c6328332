"""The perceptron's rule: a correction after each mistake, and none once there are no more."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from neocog.recipes import perceptron
from neocog.train import Epoch
from neocog.train.losses import make_loss
from neocog.train.optimizers import make_optimizer


@pytest.mark.parametrize("right", [0, 1, 2])
def test_a_step_is_rosenblatts_correction(right: int) -> None:
    """The image is added to the right class's weights and taken from those of the class that won."""
    recipe, image = perceptron(), torch.tensor([[1.0, -2.0]])
    module = nn.Linear(2, 3)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0], [0.5, 0.5]]))
        module.bias.zero_()
    before = module.weight.detach().clone()  # scores 1, 2, -0.5: class 1 wins
    make_loss(recipe.loss)(module(image), torch.tensor([right])).backward()
    make_optimizer(module, recipe.optimizer).step()
    change = torch.zeros(3, 2)
    if right != 1:
        change[right] += image[0]
        change[1] -= image[0]
    assert torch.equal(module.weight.detach(), before + change)


@pytest.mark.slow
def test_it_makes_no_more_mistakes_where_planes_divide_the_classes(
    run: Callable[..., list[Epoch]], tmp_path: Path
) -> None:
    """Shortened to the first 300 digits, of which 210 train, and 20 epochs: the last ones change nothing."""
    digits = load_digits()
    np.savez(tmp_path / "digits.npz", x=np.rint(digits.images[:300] * 255 / 16).astype(np.uint8), y=digits.target[:300])
    epochs = run("perceptron", data__path=tmp_path / "digits.npz", epochs=20)
    faultless = [event for event in epochs if event.train_loss == 0]
    assert epochs[0].train_loss > 1
    assert faultless == epochs[-len(faultless) :]
    assert len({event.val_loss for event in faultless}) == 1, "without a mistake no weight moves"
