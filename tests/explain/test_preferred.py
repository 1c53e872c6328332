"""Preferred inputs: of linear units their filter, of any unit more than noise, and nothing left behind."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neocog.build import build, tapped
from neocog.core.errors import NetworkError
from neocog.data import Preprocessing, normalize
from neocog.explain import preferred
from neocog.network import Conv, Dense, Flatten, GlobalAvgPool, MaxPool, Network, ReLU

GREY = Preprocessing(size=(20, 28), channels=1, mean=(0.4,), deviation=(0.3,))
COLOR = Preprocessing(size=(20, 28), channels=3, mean=(0.4, 0.5, 0.6), deviation=(0.3,))


@pytest.mark.parametrize("preprocessing", [GREY, COLOR], ids=["grey", "color"])
def test_a_linear_units_preferred_input_is_its_filter(preprocessing: Preprocessing) -> None:
    network = Network((preprocessing.channels, 20, 28), (Conv(4, 7, stride=2, pad=1),), fit="floor")
    module = build(network, seed=1)
    for one in preferred(module, "conv1", [0, 1, 2, 3], preprocessing, network=network):
        weight = module.get_submodule("conv1").weight[one.unit].detach().numpy()
        assert one.pixels.shape == weight.shape
        assert np.corrcoef(one.pixels.ravel(), weight.ravel())[0, 1] > 0.9
        assert one.risen


def test_a_dense_unit_has_a_preferred_input_of_the_whole_image() -> None:
    network = Network((1, 20, 28), (Flatten(), Dense(2)))
    module = build(network, seed=1)
    smooth = torch.linspace(-1, 1, 20)[:, None] * torch.cos(torch.linspace(0, 6, 28))
    with torch.no_grad():
        module.get_submodule("dense1").weight[0] = smooth.flatten()
    (one,) = preferred(module, "dense1", [0], GREY, network=network)
    assert one.box == ((0, 20), (0, 28))
    assert np.corrcoef(one.pixels.ravel(), smooth.ravel())[0, 1] > 0.9


def test_the_value_is_that_of_the_picture_in_gray() -> None:
    """Found again by hand: the picture set into a gray input, and the middle of the map read off."""
    network = Network((1, 20, 28), (Conv(4, 3, pad=1), ReLU(), MaxPool(2), Conv(5, 3, pad=1), ReLU()))
    module = build(network, seed=4)
    for one in preferred(module, "relu2", [0, 3], GREY, network=network):
        (top, bottom), (left, right) = one.box
        assert (bottom - top, right - left) == one.pixels.shape[1:]
        image = torch.full((1, 1, 20, 28), 127.5)
        image[0, :, top:bottom, left:right] = torch.from_numpy(one.pixels)
        with torch.no_grad():
            maps = tapped(module.eval(), ["relu2"])(normalize(image, GREY))["relu2"]
        assert one.value == pytest.approx(float(maps[0, one.unit, 5, 7]), rel=1e-4)


def test_it_excites_more_than_any_noise() -> None:
    network = Network((3, 20, 28), (Conv(6, 5, pad=2), ReLU(), MaxPool(2), Conv(8, 3, pad=1), ReLU(), GlobalAvgPool()))
    module = build(network, seed=6)
    units = range(8)
    found = preferred(module, "relu2", list(units), COLOR, network=network)
    noise = torch.rand(500, 3, 20, 28, generator=torch.Generator().manual_seed(0)) * 255
    with torch.no_grad():
        maps = tapped(module.eval(), ["relu2"])(normalize(noise, COLOR))["relu2"][:, :, 5, 7]
    for one in found:
        assert one.value > 1.2 * float(maps[:, one.unit].max())
        assert one.value > one.start


def test_the_same_call_gives_the_same_picture_whatever_else_is_asked() -> None:
    network = Network((1, 20, 28), (Conv(4, 17), ReLU()))
    module = build(network)
    state = torch.random.get_rng_state()
    alone = preferred(module, "relu1", [2], GREY, network=network, steps=12)[0]
    beside = preferred(module, "relu1", [0, 2], GREY, network=network, steps=12)[1]
    other = preferred(module, "relu1", [2], GREY, network=network, steps=12, seed=1)[0]
    assert np.abs(alone.pixels.astype(int) - beside.pixels).mean() < 1, "to a rounding"
    assert not np.array_equal(alone.pixels, other.pixels)
    assert torch.equal(torch.random.get_rng_state(), state)


class Foreign(nn.Module):
    """In-place ReLUs, batch normalization, two of everything."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm, self.relu = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(inplace=True)
        self.conv2, self.relu6 = nn.Conv2d(3, 4, 3), nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu6(self.conv2(self.relu(self.norm(self.conv1(x)))))


def test_a_foreign_module_sees_the_whole_image_and_is_left_as_it_was() -> None:
    module = Foreign().train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    (one,) = preferred(module, "relu6", [1], GREY, steps=16)
    assert one.pixels.shape == (1, 20, 28)
    for wrong in (4, -1):
        with pytest.raises(NetworkError, match=f"the unit must be 0 to 3 at 'relu6', got {wrong}; count from 0"):
            preferred(module, "relu6", [wrong], GREY)
    assert all(part.training for part in module.modules())
    assert module.relu.inplace and module.relu6.inplace
    assert not module.relu._forward_hooks and not module.relu6._forward_hooks
    assert all(parameter.grad is None and parameter.requires_grad for parameter in module.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_a_unit_that_sleeps_is_woken_and_a_dead_one_is_told() -> None:
    """A ReLU far below its threshold for every noise has no gradient; it climbs all the same."""
    network = Network((1, 20, 28), (Conv(2, 5), ReLU()))
    module = build(network, seed=2)
    with torch.no_grad():
        weight = module.get_submodule("conv1").weight
        weight /= weight.flatten(1).norm(dim=1)[:, None, None, None]
        module.get_submodule("conv1").bias.copy_(torch.tensor([-3.5, -1000.0]))
    sleeping, dead = preferred(module, "relu1", [0, 1], GREY, network=network)
    assert sleeping.start == 0 and sleeping.value > 0 and sleeping.risen
    assert dead.value == 0 and not dead.risen
    assert dead.to_dict()["risen"] is False
