"""ReLU after the pool and not before it: the same values and gradients, to the bit."""

import pytest
import torch
from torch import Tensor, fx, nn

from neocog import zoo
from neocog.build import build, pool_first
from neocog.network import Branches, Conv, Flatten, MaxPool, Network, ReLU, Residual, Sequence

PAIRS = Network(
    input=(2, 13, 13),
    layers=(
        Conv(5, 3),
        ReLU(),
        MaxPool(3, 2, 1),
        Residual(Sequence(Conv(5, 3, pad=1), ReLU(), MaxPool(3, 1, 1), Conv(5, 1))),
        Branches(Sequence(ReLU(), MaxPool(2)), Sequence(MaxPool(2), Conv(3, 1), ReLU())),
        Flatten(),
    ),
)
"""Overlapping and padded windows, and pairs within composites."""


def results(module: nn.Module, images: Tensor, precision: torch.dtype) -> list[Tensor]:
    """The output, and the gradients of its squares by the images and all weights."""
    images = images.clone().requires_grad_()
    with torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
        out = module(images)
    out.float().square().sum().backward()
    found = [out, images.grad, *(parameter.grad for parameter in module.parameters())]
    module.zero_grad(set_to_none=True)
    return [tensor.clone() for tensor in found if tensor is not None]


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "network", [PAIRS, zoo.network("mnist_cnn"), zoo.network("resnet18")], ids=lambda each: each.name
)
def test_values_and_gradients_are_the_same_to_the_bit(network: Network, precision: torch.dtype) -> None:
    model = build(network, seed=3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    side = min(network.shape[1], 64)
    images = torch.randn(2, network.shape[0], side, side, generator=torch.Generator().manual_seed(1))
    images = images.contiguous(memory_format=torch.channels_last)
    written = results(model, images, precision)
    for buffered in model.modules():
        if isinstance(buffered, nn.BatchNorm2d):
            buffered.reset_running_stats()
    for given, wanted in zip(results(pool_first(model), images, precision), written, strict=True):
        assert torch.equal(given, wanted)


def test_only_a_relu_that_a_pool_alone_reads_changes_places() -> None:
    view = pool_first(build(PAIRS))
    assert isinstance(view, fx.GraphModule)
    order = [str(node.target) for node in view.graph.nodes if node.op == "call_module"]
    assert order[:3] == ["conv1", "pool1", "relu1"]
    assert order[3:7] == [f"block1.body.{path}" for path in ("conv1", "pool1", "relu1", "conv2")]
    assert order[8:11] == ["block1.activation", "branches1.branch1.pool1", "branches1.branch1.relu1"]
    assert order[11:14] == [f"branches1.branch2.{path}" for path in ("pool1", "conv1", "relu1")]


def test_a_module_that_was_not_built_stays_as_it_is() -> None:
    foreign = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))
    assert pool_first(foreign) is foreign
