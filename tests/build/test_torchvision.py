"""torchvision as the oracle: the same weights, taken over in their order, give the same logits, and the counts agree.

Its weights are drawn here, on a scale that keeps signals alive, and its batch statistics too, so that no layer is near
an identity. Both models hold the same tensors, and images are small wherever the network bears it.
"""

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from neocog import zoo
from neocog.build import build
from neocog.network import cost

Measure = Callable[[nn.Module, torch.Tensor], int]

SIDES = {
    "alexnet_one_tower": 224,
    **{f"vgg{depth}{norm}": 224 for depth in (11, 13, 16, 19) for norm in ("", "_bn")},
    **dict.fromkeys(("resnet18", "resnet34", "resnet50_v1_5", "resnet101_v1_5", "resnet152_v1_5"), 65),
    "squeezenet1_0": 64,
    "squeezenet1_1": 64,
    "googlenet_bn_3x3": 63,
    **dict.fromkeys(("densenet121", "densenet169", "densenet201", "mobilenet_v2", "convnext_tiny"), 64),
}
"""The image side at which logits are compared; dense layers behind a flattened map hold it at the paper's."""
NAMES = {"alexnet_one_tower": "alexnet", "googlenet_bn_3x3": "googlenet"}
"""What torchvision calls a network that has another name here; `_v1_5` is dropped besides."""
OPTIONS: dict[str, dict[str, Any]] = {"googlenet": {"aux_logits": False, "init_weights": False}}
RATIO = 1e-4
"""The largest difference between logits, as a share of the largest logit."""
LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
"""Where operators are declared; they last as long as it does."""


@pytest.fixture(scope="session")
def models() -> ModuleType:
    """torchvision's models. Its compiled operators, which none of them uses, may be missing or for another torch."""
    reason = "torchvision, the oracle of these tests, is not installed"
    try:
        return pytest.importorskip("torchvision.models", reason=reason)
    except RuntimeError:  # it registers a meta function for operators that its compiled part should have brought
        for operator in ("nms", "qnms"):
            LIBRARY.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        return importlib.import_module("torchvision.models")


def theirs(models: ModuleType, name: str) -> nn.Module:
    called = NAMES.get(name, name.removesuffix("_v1_5"))
    with torch.device("meta"):
        model: nn.Module = models.get_model(called, weights=None, **OPTIONS.get(called, {}))
    return model.eval()


def drawn(name: str, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """He's deviation for weights; statistics, scales and offsets of a normalization away from 0 and 1."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros_like(tensor, device="cpu")
    values = torch.empty(tensor.shape)
    if tensor.dim() > 1:
        bound = math.sqrt(6 / math.prod(tensor.shape[1:]))
        return values.uniform_(-bound, bound, generator=generator)
    low, high = (-0.3, 0.3) if name.endswith(("bias", "running_mean")) else (0.6, 1.4)
    return values.uniform_(low, high, generator=generator)


def in_order(weights: dict[str, torch.Tensor]) -> Iterator[torch.Tensor]:
    """The tensors in the order in which they are used: torchvision's layer scale stands before its block's others."""
    scale = None
    for key, tensor in weights.items():
        if key.endswith("layer_scale"):
            scale = tensor
            continue
        yield tensor
        if scale is not None and key.endswith("block.5.bias"):
            yield scale
            scale = None


@pytest.mark.parametrize("name", SIDES)
def test_the_same_weights_give_the_same_logits(name: str, models: ModuleType) -> None:
    original = theirs(models, name)
    generator = torch.Generator().manual_seed(3)
    weights = {key: drawn(key, tensor, generator) for key, tensor in original.state_dict().items()}
    original.load_state_dict(weights, strict=True, assign=True)
    ours = build(zoo.network(name), device="meta").eval()
    own = ours.state_dict()
    given = zip(own, own.values(), in_order(weights), strict=True)
    ours.load_state_dict({key: taken.view(empty.shape) for key, empty, taken in given}, strict=True, assign=True)
    side = SIDES[name]
    x = torch.randn(1 if side == 224 else 2, 3, side, side, generator=generator)
    with torch.no_grad():
        expected, logits = original(x), ours(x)
    assert (logits - expected).abs().max() <= RATIO * expected.abs().max()
    assert len(expected) == 1 or not torch.allclose(expected[0], expected[1], rtol=1e-2)


@pytest.mark.parametrize("name", SIDES)
def test_parameters_and_operations_are_as_many(name: str, models: ModuleType, measured_macs: Measure) -> None:
    original, predicted = theirs(models, name), cost(zoo.network(name))
    assert predicted.params == sum(parameter.numel() for parameter in original.parameters())
    assert predicted.macs == measured_macs(original, torch.empty(1, 3, 224, 224, device="meta"))
