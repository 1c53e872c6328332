"""What the tests of this room measure with, and the libraries that they ask what is right."""

import math
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from neocog.build.modules import TableConv
from neocog.build.timm import import_with_torchvision


@pytest.fixture(scope="session")
def torchvision_models() -> ModuleType:
    """torchvision's models, an oracle; its compiled operators, which none of them uses, may be missing."""
    return _installed("torchvision.models")


@pytest.fixture(scope="session")
def timm() -> ModuleType:
    """The timm library, an oracle."""
    return _installed("timm")


def _installed(name: str) -> ModuleType:
    try:
        return import_with_torchvision(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{name}, the oracle of these tests, is not installed ({error})")


@pytest.fixture(scope="session")
def measured_macs() -> Callable[[nn.Module, torch.Tensor], int]:
    """Torch's own counter of the convolutions and matrix products that a forward pass does, two operations a MAC.

    Without those by the zeros that stand for the missing connections of a `TableConv`.
    """

    def measure(model: nn.Module, x: torch.Tensor) -> int:
        zeros = 0

        def count(module: TableConv, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            nonlocal zeros
            missing = len(module.table) * module.channels - len(module.weight)
            zeros += missing * math.prod(module.weight.shape[2:]) * len(output) * math.prod(output.shape[2:])

        tables = [each.register_forward_hook(count) for each in model.modules() if isinstance(each, TableConv)]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(x)
        for table in tables:
            table.remove()
        return int(counter.get_total_flops()) // 2 - zeros

    return measure


@pytest.fixture(scope="session")
def filled() -> Callable[[nn.Module], dict[str, torch.Tensor]]:
    """Gives a module on the device "meta" weights, on the scale that keeps signals alive, and returns them.

    Batch statistics, scales and offsets are away from 0 and 1, so that no layer is near an identity.
    """

    def fill(module: nn.Module) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(3)
        weights = {name: _drawn(name, tensor, generator) for name, tensor in module.state_dict().items()}
        module.load_state_dict(weights, strict=True, assign=True)
        return weights

    return fill


def _drawn(name: str, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros_like(tensor, device="cpu")
    values = torch.empty(tensor.shape)
    inputs = math.prod(tensor.shape[1:])
    if inputs > 1:
        bound = math.sqrt(6 / inputs)  # He's deviation
        return values.uniform_(-bound, bound, generator=generator)
    low, high = (-0.3, 0.3) if name.endswith(("bias", "running_mean")) else (0.6, 1.4)
    return values.uniform_(low, high, generator=generator)
