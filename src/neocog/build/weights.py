"""Weights from elsewhere: read a file of tensors, give them our names, load them strictly.

Nothing is loaded by halves: every name and shape is compared first, and what does not match is listed with the nearest
candidate. One difference is meant and said, not refused: another number of classes. The last layer then keeps
its fresh weights. Files are safetensors, or torch's own read with `weights_only`, so that reading never runs code.

    from neocog.build import build, load_weights, read_weights
    loaded = load_weights(build(network), read_weights(Path("resnet18.pth")), zoo.get("resnet18").foreign)
    print(loaded.note)
"""

import math
import pickle
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from neocog.core.errors import ModelFileError, nearest

# What training scripts call the weights within a checkpoint; where it holds an average of them, that is the result.
_WRAPPERS = ("model_ema", "state_dict_ema", "state_dict", "model_state_dict", "model")
# What a wrapper puts before all names: distributed and averaged models, compiled ones, Lightning's modules.
_PREFIXES = ("module.", "_orig_mod.", "model.")
# An averaged model's count of steps, beside its weights.
_COUNTER = "n_averaged"
# Counts batches for an average that neither torch's default nor ours takes; files from before torch 0.4.1 lack it.
_OPTIONAL = "num_batches_tracked"
# How many of each kind of misfit an error names.
_LISTED = 3


@dataclass(frozen=True)
class Loaded:
    """What `load_weights` did: the tensors it took, and the layer it left fresh for another number of classes."""

    names: tuple[str, ...]
    fresh: str | None
    classes: int | None
    """How many the file answers for, where that layer is left fresh."""
    note: str


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors`, `.pth` or `.pt` file by name, on the CPU; of a checkpoint, the averaged ones.

    Raises `ModelFileError` for a file that is missing, of another kind, broken, without tensors, or that would run
    code.
    """
    if not path.is_file():
        raise ModelFileError(f"no file of weights at {path}; check the path")
    if path.suffix == ".safetensors":
        tensors = _read_safetensors(path)
    elif path.suffix in {".pth", ".pt"}:
        tensors = _read_torch(path)
    else:
        raise ModelFileError(f"weights must be a .safetensors, .pth or .pt file, got {path.name}; convert it first")
    if not tensors:
        raise ModelFileError(f"{path} holds no tensors by name; save the model's state_dict()")
    return tensors


def our_names(names: Iterable[str], mapping: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name with ours: by the first pattern that matches it up to a dot or its end, else as it is; `""` drops it.

    >>> our_names(["fc.weight", "aux.fc.weight", "conv1.weight"], [("fc", "dense1"), ("aux", "")])
    {'fc.weight': 'dense1.weight', 'aux.fc.weight': '', 'conv1.weight': 'conv1.weight'}
    """
    rules = [(re.compile(rf"(?:{pattern})(?=\.|$)"), name) for pattern, name in mapping]

    def translate(name: str) -> str:
        for pattern, ours in rules:
            if match := pattern.match(name):
                return match.expand(ours) + name[match.end() :] if ours else ""
        return name

    return {name: translate(name) for name in names}


def load_weights(
    module: nn.Module, tensors: Mapping[str, Tensor], mapping: Iterable[tuple[str, str]] = (), fresh: str = ""
) -> Loaded:
    """Copy `tensors` into `module`, under our names where `mapping` (as in `our_names`) knows others, all or nothing.

    What a wrapper put before all names is dropped. Weights of a dense layer and of the convolution that does the same
    sum fit each other. A last layer that differs in its number of outputs alone keeps its own, and so do layers that
    match the pattern `fresh` and that the file lacks or does not fit; `Loaded.note` says so. Raises `ModelFileError`
    with what is missing, left over or does not fit.
    """
    own = module.state_dict()
    if any(tensor.is_meta for tensor in own.values()):
        raise ModelFileError('the network must hold memory for its weights, got one on "meta"; build it on the CPU')
    tensors = _unwrapped(tensors, own)
    source = _sources(our_names(tensors, mapping))
    given = {name: _laid_out(tensors[theirs], own.get(name)) for name, theirs in source.items()}
    missing = [name for name in own if name not in given and not name.endswith(_OPTIONAL)]
    unknown = [name for name in given if name not in own]
    misfits = {name: misfit for name in own if name in given and (misfit := _misfit(own[name], given[name]))}
    spared = dict.fromkeys(
        layer
        for name in (*missing, *misfits)
        if fresh and re.fullmatch(fresh, layer := name.rpartition(".")[0]) and len(missing) < len(own)
    )
    if spared:
        given = {name: tensor for name, tensor in given.items() if name.rpartition(".")[0] not in spared}
        missing = [name for name in missing if name.rpartition(".")[0] not in spared]
        misfits = {name: misfit for name, misfit in misfits.items() if name in given}
    last = _fresh_layer(module, own, given, list(misfits))
    if last:
        misfits = {}
    problems = [
        *_first(missing, "missing", lambda name: f"{name} is missing"),
        *_first(unknown, "unknown", lambda name: f"{source[name]} is unknown ({nearest(name, missing or own)})"),
        *_first(list(misfits), "that do not fit", lambda name: f"{source[name]} {misfits[name]}"),
    ]
    if problems:
        listed = ", ".join(problems)
        raise ModelFileError(f"the weights do not fit the network: {listed}; take the network that they were made for")
    names = tuple(name for name in own if name in given and (last is None or not _belongs(name, last)))
    with torch.no_grad():
        for name in names:
            own[name].copy_(given[name])
    note = f"{len(names)} tensors loaded"
    if aside := list(dict.fromkeys(name.split(".")[0] for name in tensors if name not in source.values())):
        note += f"; left out {', '.join(aside)}, which the network does not have"
    if spared:
        note += f"; {', '.join(spared)} start afresh, which the file does not hold"
    classes = given[f"{last}.weight"].shape[0] if last else None
    if last:
        now = own[f"{last}.weight"].shape[0]
        note += f"; the last layer `{last}` starts fresh, since the file has {classes} classes and the data {now}"
    return Loaded(names, last, classes, note)


def _unwrapped(tensors: Mapping[str, Tensor], own: Iterable[str]) -> dict[str, Tensor]:
    """The tensors without the prefixes that wrappers put before all of them; a network's own first name is none."""
    prefixes = [prefix for prefix in _PREFIXES if not all(name.startswith(prefix) for name in own)]
    inner = dict(tensors)
    while True:
        wrapped = [name for name in inner if name != _COUNTER]
        found = next((each for each in prefixes if wrapped and all(name.startswith(each) for name in wrapped)), None)
        if found is None:
            return inner
        inner = {name.removeprefix(found): inner[name] for name in wrapped}


def _sources(translated: Mapping[str, str]) -> dict[str, str]:
    """The file's name for each of ours; what the mapping drops is not among them."""
    sources: dict[str, str] = {}
    for theirs, ours in translated.items():
        if ours in sources:
            raise ModelFileError(
                f"{sources[ours]!r} and {theirs!r} of the file both mean {ours!r} here; keep one of the two"
            )
        if ours:
            sources[ours] = theirs
    return sources


def _laid_out(given: Tensor, own: Tensor | None) -> Tensor:
    """The tensor in the shape of its place, where one of the two holds its rows flat: the order is the same."""
    if own is None or not given.dim() or min(given.dim(), own.dim()) not in (1, 2):
        return given
    alike = math.prod(given.shape[1:]) == math.prod(own.shape[1:])
    return given.reshape(given.shape[0], *own.shape[1:]) if alike and given.layout == torch.strided else given


def _misfit(own: Tensor, given: Tensor) -> str:
    """Why a tensor does not fit its place; empty where it does."""
    if given.is_meta or given.is_quantized or given.layout != torch.strided:
        return "must be stored number by number"
    if own.is_floating_point() and not given.is_floating_point():
        return f"must hold numbers of the kind {_kind(own)}, got {_kind(given)}"
    return "" if own.shape == given.shape else f"must be {_shape(own)}, got {_shape(given)}"


def _fresh_layer(
    module: nn.Module, own: Mapping[str, Tensor], given: Mapping[str, Tensor], misfits: list[str]
) -> str | None:
    """The last layer with weights, where it alone differs, and only in its number of outputs."""
    last = [name.rpartition(".")[0] for name, _ in module.named_parameters()][-1:]
    if not misfits or not last or not all(_belongs(name, last[0]) for name in misfits):
        return None
    outputs_only = all(
        given[name].dim() and own[name].shape[1:] == given[name].shape[1:] and own[name].shape != given[name].shape
        for name in misfits
    )
    return last[0] if outputs_only and f"{last[0]}.weight" in misfits else None


def _first(names: list[str], kind: str, describe: Callable[[str], str]) -> list[str]:
    left = len(names) - _LISTED
    return [*map(describe, names[:_LISTED]), *([f"{left} more {kind}"] if left > 0 else [])]


def _belongs(name: str, layer: str) -> bool:
    return name.rpartition(".")[0] == layer


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelFileError(f"{path} is not a whole safetensors file ({error}); fetch it again") from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():  # torch warns of what it then refuses
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelFileError(
            f"{path} must hold tensors alone (reading anything else could run code); save the model's state_dict()"
        ) from error
    except Exception as error:  # on bytes that are no pickle, the unpickler raises whatever it stumbles over
        raise ModelFileError(f"{path} is not a whole torch file; fetch it again") from error
    if isinstance(content, Mapping):
        content = next((content[key] for key in _WRAPPERS if isinstance(content.get(key), Mapping)), content)
        return {str(name): tensor for name, tensor in content.items() if isinstance(tensor, Tensor)}
    return {}
