"""Diagnosis: what is wrong with a run, in the terms of its layers."""

import torch
from torch import Tensor, nn

from neocog.core.errors import DivergedError
from neocog.train.events import WeightStatistics


def first_nonfinite(module: nn.Module, images: Tensor) -> str:
    """The first layer, in the order of computing, whose output is not finite; "" where all are.

    Runs the module on a batch without a gradient and leaves its running statistics as they were.
    """
    found: list[str] = []
    hooks = []

    def watch(path: str, layer: nn.Module) -> None:
        def look(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            if not found and isinstance(output, Tensor) and not bool(torch.isfinite(output).all()):
                found.append(f"layer `{path}`")

        hooks.append(layer.register_forward_hook(look))

    for path, layer in module.named_modules():
        if path and not any(layer.children()):
            watch(path, layer)
    kept = {name: tensor.clone() for name, tensor in module.named_buffers()}
    try:
        with torch.no_grad():
            module(images)
    finally:
        for hook in hooks:
            hook.remove()
        for name, tensor in module.named_buffers():
            tensor.copy_(kept[name])
    return found[0] if found else ""


def nonfinite_weight(module: nn.Module) -> str:
    """The first weight that is not finite; "" where all are."""
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return f"weight `{name}`"
    return ""


def diverged(step: int, place: str, rate: float, exploded: WeightStatistics | None = None) -> DivergedError:
    """The error of a run that has left the finite numbers; `step` counts from 1.

    `exploded` is a layer whose gradient was far too long before anything had overflowed: then the weights are at fault
    that the run began with, and no rate mends it.
    """
    what = (
        f"at step {step} training is no longer finite: {place} is the first that overflows (learning rate {rate:.3g})"
    )
    mend = "begin again with a lower optimizer.rate, or with compute.precision=float32"
    if exploded:
        what += f", from exploding gradients: that of `{exploded.path}` was {exploded.gradient:,.0f} times its weights"
        mend = "begin with smaller weights (he_normal before ReLU), add BatchNorm, or set optimizer.clip=1"
    return DivergedError(f"{what}; {mend}; checkpoints from before are kept")
