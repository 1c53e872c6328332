"""The state of a run and its checkpoint: one safetensors file from which training goes on to the same bits.

It holds the weights, their running mean, the best weights so far, the optimizer's state, where the run stands, and how
long `events.jsonl` was. Nothing else is state: order, augmentation, dropout and learning rate are functions of the seed
and the step.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn, optim
from torch.optim.swa_utils import AveragedModel

from neocog.core import config
from neocog.core.errors import RunError
from neocog.core.files import FORMAT, content_hash
from neocog.train.recipe import Recipe


@dataclass
class Cursor:
    """Where a run stands."""

    epoch: int = 0
    """Whole epochs behind it."""
    cursor: int = 0
    """Steps taken in the epoch under way."""
    best_epoch: int = 0
    """The epoch of the best validation, from 1; 0 before the first."""
    best_accuracy: float = -1.0
    """The validation accuracy of the epoch that is kept."""
    best_loss: float = float("inf")
    """Its validation loss."""
    top_accuracy: float = 0.0
    """The highest validation accuracy of any epoch."""
    lowest_loss: float = float("inf")
    """The lowest validation loss of any epoch."""
    stale: int = 0
    """Epochs since then, or since the rate dropped last."""
    drops: int = 0
    """How often the rate has dropped because validation no longer improved."""
    ended: bool = False
    """Whether the run has ended before its last epoch, because validation no longer improved."""
    seconds: float = 0.0
    """Time spent in earlier sittings."""


@dataclass
class State:
    """What training changes."""

    module: nn.Module
    optimizer: optim.Optimizer
    loss_sum: Tensor
    """The sum of the losses of the epoch under way, on the device; not finite as soon as one of them is not."""
    best: dict[str, Tensor] = field(default_factory=dict)
    """The weights of the best epoch."""
    average: AveragedModel | None = None
    """The running mean of the weights, where the recipe asks for one."""
    at: Cursor = field(default_factory=Cursor)

    @property
    def judged(self) -> nn.Module:
        """The module that is validated and kept."""
        return self.module if self.average is None else self.average.module


def to_bytes(state: State, events_length: int, recipe: Recipe) -> bytes:
    """The checkpoint of a state that a recipe has led to."""
    tensors = {f"weights/{name}": tensor for name, tensor in state.module.state_dict().items()}
    if state.average is not None:
        tensors |= {f"average/{name}": tensor for name, tensor in state.average.state_dict().items()}
    tensors |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    for index, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    tensors["loss_sum"] = state.loss_sum
    here = {"format": FORMAT, "events": events_length, "recipe": _digest(recipe), **vars(state.at)}
    on_host = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(on_host, {"neocog": json.dumps(here, sort_keys=True)})


def restore(state: State, data: bytes, where: str, recipe: Recipe) -> int:
    """Put a checkpoint's content into a fresh state; returns the length that `events.jsonl` had then.

    Raises `RunError` where the file is damaged, of another format version, or from another recipe or network.
    """
    try:
        tensors = safetensors.torch.load(data)
        length = int.from_bytes(data[:8], "little")
        here = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["neocog"])
        if here.pop("format") != FORMAT:
            raise RunError(f"{where} is not of format {FORMAT}; resume with the neocog that wrote it")
        events_length = int(here.pop("events"))
        if here.pop("recipe") != _digest(recipe):
            raise RunError(
                f"the recipe has changed since {where} was written; bring it back, or begin a new run with another "
                "--out"
            )
        _load_weights(state.module, _part(tensors, "weights/"), where)
        if state.average is not None:
            _load_weights(state.average, _part(tensors, "average/"), where)
        _load_optimizer(state.optimizer, _part(tensors, "optimizer/"))
        state.loss_sum = tensors["loss_sum"].to(state.loss_sum.device)
        state.best = _part(tensors, "best/")
        state.at = Cursor(**here)
    except (safetensors.SafetensorError, LookupError, TypeError, ValueError) as error:
        raise RunError(f"{where} is damaged ({error}); begin a new run") from error
    return events_length


def _digest(recipe: Recipe) -> str:
    """What a recipe leads to is known by: all but where its data lies, and how much of that is kept prepared."""
    data = replace(recipe.data, path="", cache_gb=0.0)
    return content_hash(config.to_toml(replace(recipe, data=data)).encode())


def _load_weights(module: nn.Module, weights: dict[str, Tensor], where: str) -> None:
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(f"{where} belongs to another network; begin a new run") from error


def _load_optimizer(optimizer: optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    values: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        index, key = name.split("/")
        alike = parameters[int(index)]
        # fused optimizers walk memory, so a state must lie there as its parameter does (channels last)
        laid_out = torch.empty_like(alike).copy_(tensor) if tensor.shape == alike.shape else tensor
        values.setdefault(int(index), {})[key] = laid_out.detach()
    optimizer.load_state_dict({"state": values, "param_groups": optimizer.state_dict()["param_groups"]})


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
