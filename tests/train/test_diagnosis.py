"""The layer where numbers leave the finite is named."""

import pytest
import torch
from torch import Tensor, nn

from neocog.build import build
from neocog.network import parse
from neocog.train.diagnosis import diverged, first_nonfinite, nonfinite_weight
from neocog.train.events import WeightStatistics


class Overflow(nn.Module):
    """Gives infinity."""

    def forward(self, x: Tensor) -> Tensor:
        return x * float("inf")


def test_the_first_layer_is_named_and_statistics_are_left_alone() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), Overflow(), nn.ReLU())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert first_nonfinite(model, torch.rand(2, 1, 5, 5)) == "layer `2`"
    assert first_nonfinite(model[:2], torch.rand(2, 1, 5, 5)) == ""
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_our_networks_name_their_paths() -> None:
    model = build(parse("Network(input=(1, 4, 4), layers=(Conv(2, 3), ReLU(), Flatten(), Dense(2)))"))
    assert nonfinite_weight(model) == ""
    with torch.no_grad():
        model.get_parameter("dense1.weight")[0, 0] = float("nan")
    assert nonfinite_weight(model) == "weight `dense1.weight`"
    assert first_nonfinite(model, torch.rand(1, 1, 4, 4)) == "layer `dense1`"


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(
        Exception, match=r"layer `conv1` is the first that overflows \(learning rate 0.1\); begin again"
    ):
        raise diverged(3, "layer `conv1`", 0.1)
    exploded = WeightStatistics(path="dense3", gradient=81234.0, update=0.1)
    with pytest.raises(Exception, match=r"that of `dense3` was 81,234 times its weights; begin with smaller weights"):
        raise diverged(3, "layer `dense3`", 0.1, exploded)
