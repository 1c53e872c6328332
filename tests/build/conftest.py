"""What the tests of this room measure with."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


@pytest.fixture(scope="session")
def measured_macs() -> Callable[[nn.Module, torch.Tensor], int]:
    """Torch's own counter of the convolutions and matrix products that a forward pass does, two operations a MAC."""

    def measure(model: nn.Module, x: torch.Tensor) -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(x)
        return int(counter.get_total_flops()) // 2

    return measure
