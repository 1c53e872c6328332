"""The state of a run and its checkpoint: one safetensors file from which training goes on to the same bits.

It holds the weights, their running mean, the best weights so far, the optimizer's state, where the run stands, and how
long `events.jsonl` was. Nothing else is state: order, augmentation, dropout and learning rate are functions of the seed
and the step.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, final

import numpy as np
import safetensors
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor, nn, optim
from torch.optim.swa_utils import AveragedModel

from neocog.core import config
from neocog.core.errors import RunError
from neocog.core.files import FORMAT, content_hash
from neocog.train.recipe import Recipe

BEST = "best/"
"""How the names of the best weights begin."""

_KINDS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""The names that safetensors gives to kinds of numbers."""


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
    best: Mapping[str, Tensor] = field(default_factory=dict)
    """The weights of the best epoch; in a checkpoint, once there is one."""
    average: AveragedModel | None = None
    """The running mean of the weights, where the recipe asks for one."""
    at: Cursor = field(default_factory=Cursor)

    @property
    def judged(self) -> nn.Module:
        """The module that is validated and kept."""
        return self.module if self.average is None else self.average.module


@final
class Stored(Mapping[str, Tensor]):
    """The best weights where a checkpoint has them, read one by one: in memory they would be a second network."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file  # held open: the weights can be read even after the checkpoint has been replaced
        length = int.from_bytes(file.read(8), "little")
        entries: dict[str, dict[str, Any]] = json.loads(file.read(length))
        self._begin = 8 + length
        self._entries = {name.removeprefix(BEST): each for name, each in entries.items() if name.startswith(BEST)}

    def __getitem__(self, name: str) -> Tensor:
        entry = self._entries[name]
        begin, end = entry["data_offsets"]
        self._file.seek(self._begin + begin)
        raw = torch.from_numpy(np.fromfile(self._file, np.uint8, end - begin))
        return raw.view(_KINDS[entry["dtype"]]).reshape(entry["shape"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __del__(self) -> None:
        self._file.close()


def to_parts(state: State, events_length: int, recipe: Recipe) -> Iterator[bytes | memoryview]:
    """The checkpoint of a state that a recipe has led to, in parts that make a safetensors file.

    One tensor at a time is copied to the host; all of them together would take several times the network's memory.
    """
    tensors = {f"weights/{name}": tensor for name, tensor in state.module.state_dict().items()}
    if state.average is not None:
        tensors |= {f"average/{name}": tensor for name, tensor in state.average.state_dict().items()}
    for index, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    tensors["loss_sum"] = state.loss_sum
    shaped_alike = state.judged.state_dict()
    tensors |= {f"{BEST}{name}": shaped_alike[name] for name in state.best}
    here = {"format": FORMAT, "events": events_length, "recipe": _digest(recipe), **vars(state.at)}
    # wide numbers first, so that each lies at a multiple of its width
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    yield _head({name: tensors[name] for name in order}, {"neocog": json.dumps(here, sort_keys=True)})
    for name in order:
        tensor = state.best[name.removeprefix(BEST)] if name.startswith(BEST) else tensors[name]
        content: NDArray[np.uint8] = tensor.detach().to("cpu").contiguous().reshape(-1).view(torch.uint8).numpy()
        yield content.data


def _head(tensors: Mapping[str, Tensor], told: dict[str, str]) -> bytes:
    """What a safetensors file begins with: the length of a JSON text, and the text, which says where each tensor is."""
    kinds = {kind: name for name, kind in _KINDS.items()}
    entries: dict[str, object] = {"__metadata__": told}
    begin = 0
    for name, tensor in tensors.items():
        end = begin + tensor.numel() * tensor.element_size()
        entries[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


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
        state.best = _part(tensors, BEST)
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
