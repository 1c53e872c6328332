"""Weights from elsewhere: read a file of tensors, rename them, load them strictly.

Nothing is loaded by halves: every name and shape is compared first, and what does not match is listed with the nearest
candidate. One difference is meant and said, not refused: another number of classes. The last layer then keeps
its fresh weights. Files are safetensors, or torch's own read with `weights_only`, so that reading never runs code.

    from neocog.build import build, load_weights, read_weights
    loaded = load_weights(build(network), read_weights(Path("resnet18.pth")), mapping)
    print(loaded.note)
"""

import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from neocog.core.errors import ModelFileError, nearest

# What torch training scripts call the state within a checkpoint.
_WRAPPERS = ("state_dict", "model_state_dict", "model")
# Counts batches for an average that neither torch's default nor ours takes; files from before torch 0.4.1 lack it.
_OPTIONAL = "num_batches_tracked"
# How many of each kind of misfit an error names.
_LISTED = 3


@dataclass(frozen=True)
class Loaded:
    """What `load_weights` did: the tensors it took, and the layer it left fresh for another number of classes."""

    names: tuple[str, ...]
    fresh: str | None
    note: str


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors`, `.pth` or `.pt` file by name, on the CPU; `module.` before all names is dropped.

    Raises `ModelFileError` for a file that is missing, of another kind, broken, or that would run code.
    """
    if not path.is_file():
        raise ModelFileError(f"no file of weights at {path}; check the path")
    if path.suffix == ".safetensors":
        tensors = _read_safetensors(path)
    elif path.suffix in {".pth", ".pt"}:
        tensors = _read_torch(path)
    else:
        raise ModelFileError(f"weights must be a .safetensors, .pth or .pt file, got {path.name}; convert it first")
    if tensors and all(name.startswith("module.") for name in tensors):
        return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return tensors


def rename(tensors: Mapping[str, Tensor], mapping: Iterable[tuple[str, str]]) -> dict[str, Tensor]:
    """Rename by the first pattern that matches a whole name; `""` drops the tensor, no match keeps the name.

    >>> list(rename({"fc.weight": torch.zeros(1), "aux.weight": torch.zeros(1)}, [(r"fc\\.(.*)", r"dense1.\\1")]))
    ['dense1.weight', 'aux.weight']
    """
    rules = [(re.compile(pattern), replacement) for pattern, replacement in mapping]
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        matches = ((pattern.fullmatch(name), replacement) for pattern, replacement in rules)
        new = next((match.expand(replacement) for match, replacement in matches if match), name)
        if new in renamed:
            raise ModelFileError(f"the mapping gives {new!r} to two tensors, the second {name!r}; mend its patterns")
        if new:
            renamed[new] = tensor
    return renamed


def load_weights(module: nn.Module, tensors: Mapping[str, Tensor], mapping: Iterable[tuple[str, str]] = ()) -> Loaded:
    """Copy `tensors`, renamed by `mapping` (pairs of a regular expression and its replacement), into `module`.

    All or nothing: raises `ModelFileError` with what is missing, left over or of another shape. A last layer that
    differs in its number of outputs alone keeps its own weights, and `Loaded.note` says so.
    """
    own = module.state_dict()
    given = rename(tensors, mapping)
    missing = [name for name in own if name not in given and not name.endswith(_OPTIONAL)]
    unknown = [name for name in given if name not in own]
    unlike = [name for name in own if name in given and own[name].shape != given[name].shape]
    fresh = _fresh_layer(module, own, given, unlike)
    if fresh:
        unlike = []
    problems = [
        *_first(missing, "missing", lambda name: f"{name} is missing"),
        *_first(unknown, "unknown", lambda name: f"{name} is unknown ({nearest(name, missing or own)})"),
        *_first(
            unlike, "of another shape", lambda name: f"{name} must be {_shape(own[name])}, got {_shape(given[name])}"
        ),
    ]
    if problems:
        listed = ", ".join(problems)
        raise ModelFileError(f"the weights do not fit the network: {listed}; take the network that they were made for")
    names = tuple(name for name in own if name in given and (fresh is None or not _belongs(name, fresh)))
    with torch.no_grad():
        for name in names:
            own[name].copy_(given[name])
    note = f"{len(names)} tensors loaded"
    if fresh:
        before, now = (state[f"{fresh}.weight"].shape[0] for state in (given, own))
        note += f"; the last layer `{fresh}` starts fresh, since the file has {before} classes and the data {now}"
    return Loaded(names, fresh, note)


def _fresh_layer(
    module: nn.Module, own: Mapping[str, Tensor], given: Mapping[str, Tensor], unlike: list[str]
) -> str | None:
    """The last layer with weights, where it alone differs, and only in its number of outputs."""
    last = [name.rpartition(".")[0] for name, _ in module.named_parameters()][-1:]
    if not unlike or not last or not all(_belongs(name, last[0]) for name in unlike):
        return None
    outputs_only = all(own[name].shape[1:] == given[name].shape[1:] for name in unlike)
    return last[0] if outputs_only and f"{last[0]}.weight" in unlike else None


def _first(names: list[str], kind: str, describe: Callable[[str], str]) -> list[str]:
    left = len(names) - _LISTED
    return [*map(describe, names[:_LISTED]), *([f"{left} more {kind}"] if left > 0 else [])]


def _belongs(name: str, layer: str) -> bool:
    return name.rpartition(".")[0] == layer


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelFileError(f"{path} is not a whole safetensors file ({error}); fetch it again") from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelFileError(
            f"{path} must hold tensors alone (reading anything else could run code); save the model's state_dict()"
        ) from error
    except Exception as error:  # on bytes that are no pickle, the unpickler raises whatever it stumbles over
        raise ModelFileError(f"{path} is not a whole torch file; fetch it again") from error
    if isinstance(content, Mapping):
        content = next((content[key] for key in _WRAPPERS if isinstance(content.get(key), Mapping)), content)
        tensors = {str(name): tensor for name, tensor in content.items() if isinstance(tensor, Tensor)}
        if tensors:
            return tensors
    raise ModelFileError(f"{path} holds no tensors by name; save the model's state_dict()")
