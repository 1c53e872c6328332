"""Networks and images that every method must bear: gray and color, not square, in-place ReLUs, several outputs."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from neocog.build.timm import import_with_torchvision


@pytest.fixture(scope="session")
def captum() -> ModuleType:
    """captum's attributions, the oracle of most methods."""
    return pytest.importorskip("captum.attr", reason="captum, the oracle of these tests, is not installed")


@pytest.fixture(scope="session")
def grad_cam_library() -> ModuleType:
    """pytorch-grad-cam, the oracle of the class activation maps; it imports torchvision."""
    pytest.importorskip("cv2", reason="OpenCV, which pytorch-grad-cam needs, is not installed")
    try:
        return import_with_torchvision("pytorch_grad_cam")
    except ModuleNotFoundError as error:
        pytest.skip(f"pytorch-grad-cam, the oracle of these tests, is not installed ({error})")


@pytest.fixture
def network() -> nn.Sequential:
    """Color images of 12 x 10 in, five classes out."""
    torch.manual_seed(7)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 6, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(6 * 4 * 3, 5),
    ).eval()


@pytest.fixture
def images() -> Tensor:
    """Three images that fit `network`."""
    return torch.randn(3, 3, 12, 10, generator=torch.Generator().manual_seed(1))


class InPlace(nn.Module):
    """A foreign module that rectifies in place in three ways, the input too, and gives two outputs."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv2d(1, 4, 3)
        self.act = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(4, 4, 3)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x += 1
        x = self.act(self.first(x))
        x = torch.relu_(self.second(x))
        code = x.mean((2, 3))
        code.relu_()
        return self.head(self.drop(code)), code


@pytest.fixture
def in_place() -> InPlace:
    """A module in training mode, whose second layer is frozen in evaluation mode."""
    module = InPlace()
    module.second.eval()
    return module


@pytest.fixture
def state() -> Callable[[nn.Module], object]:
    """All that an explanation must leave as it was."""

    def taken(module: nn.Module) -> object:
        hooks = [
            (len(each._forward_hooks), len(each._forward_pre_hooks), len(each._backward_hooks))
            for each in module.modules()
        ]
        modes = [each.training for each in module.modules()]
        gradients = [None if each.grad is None else each.grad.tolist() for each in module.parameters()]
        wanted = [each.requires_grad for each in module.parameters()]
        return hooks, modes, gradients, wanted, {name: each.tolist() for name, each in module.state_dict().items()}

    return taken
