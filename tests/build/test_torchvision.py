"""torchvision as the oracle: its weights, taken over by name, give the same logits; counts and released weights agree.

Images are small wherever the network bears it.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from neocog import zoo
from neocog.build import build, load_weights
from neocog.network import cost

Measure = Callable[[nn.Module, torch.Tensor], int]
Fill = Callable[[nn.Module], dict[str, torch.Tensor]]

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


def called(name: str) -> str:
    return NAMES.get(name, name.removesuffix("_v1_5"))


def theirs(models: ModuleType, name: str) -> nn.Module:
    with torch.device("meta"):
        model: nn.Module = models.get_model(called(name), weights=None, **OPTIONS.get(called(name), {}))
    return model.eval()


@pytest.mark.parametrize("name", SIDES)
def test_the_same_weights_give_the_same_logits(name: str, torchvision_models: ModuleType, filled: Fill) -> None:
    original = theirs(torchvision_models, name)
    weights = filled(original)
    ours = build(zoo.network(name), device="meta").to_empty(device="cpu").eval()
    loaded = load_weights(ours, weights, zoo.get(name).foreign)
    assert loaded.note == f"{len(weights)} tensors loaded"
    side = SIDES[name]
    x = torch.randn(1 if side == 224 else 2, 3, side, side, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        expected, logits = original(x), ours(x)
    assert (logits - expected).abs().max() <= RATIO * expected.abs().max()
    assert len(expected) == 1 or not torch.allclose(expected[0], expected[1], rtol=1e-2)


@pytest.mark.parametrize("name", SIDES)
def test_parameters_and_operations_are_as_many(
    name: str, torchvision_models: ModuleType, measured_macs: Measure
) -> None:
    original, predicted = theirs(torchvision_models, name), cost(zoo.network(name))
    assert predicted.params == sum(parameter.numel() for parameter in original.parameters())
    assert predicted.macs == measured_macs(original, torch.empty(1, 3, 224, 224, device="meta"))


def test_every_network_with_weights_is_among_these() -> None:
    assert {name for name in zoo.names() if zoo.get(name).weights} == set(SIDES)


@pytest.mark.parametrize("name", SIDES)
def test_released_weights_are_those_that_torchvision_states(name: str, torchvision_models: ModuleType) -> None:
    stated, entry = torchvision_models.get_model_weights(called(name)).IMAGENET1K_V1, zoo.get(name)
    assert entry.weights is not None and entry.preparation is not None
    assert entry.weights.url == stated.url
    assert stated.url.endswith(f"-{entry.weights.digest}.pth") and len(entry.weights.digest) >= 8
    figures = stated.meta["_metrics"]["ImageNet-1K"]
    assert (entry.weights.top1, entry.weights.top5) == (figures["acc@1"], figures["acc@5"])
    assert cost(zoo.network(name)).params == stated.meta["num_params"]
    transform = stated.transforms()
    assert transform.resize_size == [entry.preparation.short]
    assert transform.crop_size == [zoo.network(name).input[1]]
    image = torch.rand(3, 4, 4)
    mean, deviation = (
        torch.tensor(each).view(3, 1, 1) for each in (entry.preparation.mean, entry.preparation.deviation)
    )
    expected = (image - torch.tensor(transform.mean).view(3, 1, 1)) / torch.tensor(transform.std).view(3, 1, 1)
    if called(name) == "googlenet":  # with released weights, it turns its input into TensorFlow's first
        model = torchvision_models.googlenet(aux_logits=False, init_weights=False, transform_input=True)
        expected = model._transform_input(expected[None])[0]
    torch.testing.assert_close((image - mean) / deviation, expected)
