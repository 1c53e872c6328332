"""What a network computes for prepared images: its logits, and its codes; and what is seen of the pictures beside it.

One path for evaluating, predicting and the end of training: prepared pixels, normalized on the device, float32 (no
autocast, and no product rounded to TF32 or bfloat16 on the way, as torch does for convolutions on CUDA unless told not
to), batch normalization by its running statistics. A code is what the last layer with weights receives ("CNN code"):
of a map the mean over its places, so that it is one number a channel. That of an ensemble joins its members' codes.

>>> from neocog.network import Conv, Dense, Flatten
>>> penultimate(Network((1, 5, 5), (Conv(2, 3), Flatten(), Dense(4))))
'flatten1'
"""

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import tapped
from neocog.data import AnyPreprocessing, Images, Mask, Pixels, Preprocessing, gathered, normalize
from neocog.model.familiarity import picture_statistics
from neocog.model.model import Model
from neocog.network import (
    INPUT,
    Add,
    Conv,
    ConvTranspose,
    Dense,
    Log,
    Network,
    RadialBasis,
    Step,
    TableConv,
    find,
    outputs,
    walk,
)

BATCH = 64
"""Images that a network computes at once."""

_WEIGHTS = (Conv, ConvTranspose, Dense, RadialBasis, TableConv)


@dataclass(frozen=True, eq=False)
class Seen:
    """What one pass over N images gives."""

    logits: NDArray[np.float32]
    """N K, a number a class; of masks N 0, since their scores would fill the memory."""
    codes: NDArray[np.float32]
    """N D, what the last layer with weights receives."""
    pictures: NDArray[np.float64]
    """N S, brightness, contrast, sharpness and color (see `familiarity.py`); S is 0 for what is no picture."""
    answers: Mask = field(default_factory=lambda: np.zeros((0, 0, 0), np.uint8))
    """Of masks the class of each pixel (uint8 N H W)."""


def logits(
    module: nn.Module,
    images: Images,
    preprocessing: AnyPreprocessing,
    batch: int = BATCH,
    device: str | torch.device = "cpu",
) -> NDArray[np.float32]:
    """The network's outputs (float32 N K) for prepared images (uint8 N C H W, N at least 1), in evaluation mode.

    `module` must lie on `device`; its mode is as before afterwards. `images` may be memory-mapped, or not yet
    decoded: a batch at a time is read.

    >>> module = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    >>> logits(module, np.zeros((5, 1, 2, 2), np.uint8), Preprocessing(size=(2, 2), channels=1)).shape
    (5, 3)
    """
    return np.concatenate([_numbers(given) for _, given in passes(module, images, preprocessing, batch, device)])


def codes(
    model: Model,
    images: Images,
    module: nn.Module | None = None,
    batch: int = BATCH,
    device: str | torch.device = "cpu",
) -> NDArray[np.float32]:
    """The codes (float32 N D) of prepared images (uint8 N C H W, N at least 1).

    `module` is `model.module()` where it has been made already; it must lie on `device`. The pass ends where the code
    is known.
    """
    view = _View(module or model.module().to(device), code_paths(model.network))
    return np.concatenate([_joined(given) for _, given in passes(view, images, model.preprocessing, batch, device)])


def seen(
    model: Model,
    images: Images,
    module: nn.Module | None = None,
    batch: int = BATCH,
    device: str | torch.device = "cpu",
    rows: NDArray[np.int64] | None = None,
) -> Seen:
    """Logits, codes and picture statistics of the same images, or of some `rows` of them, in one pass."""
    steps, pictured = walk(model.network), isinstance(model.preprocessing, Preprocessing)
    view = _View(
        module or model.module().to(device),
        [steps[next(iter(outputs(model.network).values()))].path, *code_paths(model.network)],
    )
    parts = [
        (
            *_answered(given[0], model.task == "mask"),
            _joined(given[1:]),
            picture_statistics(pixels) if pictured else np.zeros((len(pixels), 0)),
        )
        for pixels, given in passes(view, images, model.preprocessing, batch, device, rows)
    ]
    found, answers, code, pictures = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Seen(found, code, pictures, answers)


def penultimate(network: Network) -> str:
    """The path of the tensor that the last layer with weights receives; "" where that is the network's input.

    A network that adds or joins several parts after its last weights has that sum for a code.
    """
    return _before_weights(walk(network), next(iter(outputs(network).values())))


def code_paths(network: Network) -> tuple[str, ...]:
    """The paths whose tensors, joined, are the code: one, or of an ensemble (`Log` of an `Add`) one for each member."""
    steps, place = walk(network), next(iter(outputs(network).values()))
    last = steps[place]
    if isinstance(last.layer, Log) and last.inputs[0] != INPUT and isinstance(steps[last.inputs[0]].layer, Add):
        return tuple(dict.fromkeys(_before_weights(steps, member) for member in steps[last.inputs[0]].inputs))
    return (penultimate(network),)


def _before_weights(steps: tuple[Step, ...], place: int) -> str:
    """The path of what the last layer with weights receives on the way to a place."""
    while place != INPUT and len(steps[place].inputs) == 1:
        learned = isinstance(steps[place].layer, _WEIGHTS)
        place = steps[place].inputs[0]
        if learned:
            break
    return "" if place == INPUT else steps[place].path


def code_length(network: Network) -> int:
    """How many numbers a code has."""
    steps = walk(network)
    shapes = [steps[find(steps, path)].shape[:1] if path else network.shape for path in code_paths(network)]
    return sum(map(math.prod, shapes))


def _answered(outputs: Tensor, masks: bool) -> tuple[NDArray[np.float32], Mask]:
    """Logits as they are; the scores of masks (N K H W) as the class of each pixel."""
    if not masks:
        return _numbers(outputs), np.zeros((len(outputs), 0, 0), np.uint8)
    return np.zeros((len(outputs), 0), np.float32), outputs.argmax(1).to("cpu", torch.uint8).numpy()


class _View(nn.Module):
    """A model that gives what lies at some paths, "" for its input."""

    def __init__(self, module: nn.Module, paths: Sequence[str]) -> None:
        super().__init__()
        self.tapped = tapped(module, [path for path in paths if path])
        self.paths = tuple(paths)

    def forward(self, images: Tensor) -> list[Tensor]:
        found: dict[str, Tensor] = {"": images.flatten(1), **self.tapped(images)}
        return [found[path] for path in self.paths]


def _numbers(tensor: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.to(device="cpu", dtype=torch.float32).numpy()
    return found


def _joined(tensors: Sequence[Tensor]) -> NDArray[np.float32]:
    """Tensors [N, D] side by side, maps as their mean over the places."""
    return np.concatenate([_numbers(each.flatten(2).mean(2) if each.ndim > 2 else each) for each in tensors], axis=1)


def passes(
    module: nn.Module,
    images: Images,
    preprocessing: AnyPreprocessing,
    batch: int = BATCH,
    device: str | torch.device = "cpu",
    rows: NDArray[np.int64] | None = None,
) -> Generator[tuple[Pixels, Any], None, None]:
    """The pixels of each batch in turn (uint8 n C H W), and what the module gives for them, in evaluation mode.

    It computes without gradients, and so does what runs between two batches. Whoever may leave early closes it
    (`contextlib.closing`): the module's mode comes back when it ends.
    """
    assert len(images) > 0, "there is at least one sample"
    assert images.dtype == preprocessing.dtype, f"prepared samples are {preprocessing.dtype}, got {images.dtype}"
    assert images.ndim == 1 + len(preprocessing.input), f"prepared samples are N by the input, got {images.shape}"
    count = len(images) if rows is None else len(rows)
    parts = [slice(start, start + batch) for start in range(0, count, batch)]
    with evaluating(module, device), torch.inference_mode():
        for pixels in gathered(images, parts if rows is None else (rows[part] for part in parts)):
            read = torch.from_numpy(np.array(pixels))
            yield pixels, module(normalize(read.to(device), preprocessing))


@contextmanager
def evaluating(module: nn.Module, device: str | torch.device) -> Iterator[None]:
    """Evaluation mode and whole float32 for a while; each part, frozen ones too, gets its own mode back."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with _whole_float32(), torch.autocast(torch.device(device).type, enabled=False):
            yield
    finally:
        for part, training in modes.items():
            part.training = training


@contextmanager
def _whole_float32() -> Iterator[None]:
    """No rounding of float32 factors to TF32 or bfloat16 for a while, on any device, whatever was allowed before.

    Source: "Numerical accuracy" in torch's documentation; `fp32_precision` is its one interface since torch 2.9.
    """
    on: Any = torch.backends  # its types say nothing of the kinds of products
    kinds = (on.cuda.matmul, on.cudnn.conv, on.cudnn.rnn, on.mkldnn.matmul, on.mkldnn.conv, on.mkldnn.rnn)
    rounded = [(kind, kind.fp32_precision) for kind in kinds if kind.fp32_precision not in ("none", "ieee")]
    for kind, _ in rounded:
        kind.fp32_precision = "ieee"
    try:
        yield
    finally:
        for kind, before in rounded:
            kind.fp32_precision = before
