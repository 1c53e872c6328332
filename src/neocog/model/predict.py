"""What a model answers: logits, probabilities, and for each image a class or "not sure".

One path for evaluating, predicting and the end of training: prepared pixels, normalized on the device, float32 (no
autocast, and no product rounded to TF32 or bfloat16 on the way, as torch does for convolutions on CUDA unless told not
to), batch normalization by its running statistics. The softmax and what follows are computed in float64.

>>> probabilities(np.array([[2.0, 0.0]], np.float32), temperature=2.0).round(3).tolist()
[[0.731, 0.269]]
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.core.errors import ModelFileError
from neocog.data import Images, Pixels, Preprocessing, gathered, normalize
from neocog.model.model import Model

NOT_SURE = "not sure"
"""The answer below the model's threshold."""
BATCH = 64
"""Images that a network computes at once."""


@dataclass(frozen=True)
class Prediction:
    """What a model answers for one image.

    `label` is the most probable class, or "not sure" where its `probability` is below the model's threshold.
    `probabilities` has one for each class, in the model's order; they sum to 1.
    """

    label: str
    probability: float
    probabilities: tuple[float, ...]
    sure: bool


def logits(
    module: nn.Module,
    images: Images,
    preprocessing: Preprocessing,
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
    assert images.ndim == 4, f"prepared images are N C H W, got {images.shape}"
    assert len(images) > 0, "there is at least one image"
    assert images.dtype == np.uint8, f"prepared images are uint8, got {images.dtype}"
    parts = []
    no_autocast = torch.autocast(torch.device(device).type, enabled=False)
    with _evaluating(module), _whole_float32(), torch.inference_mode(), no_autocast:
        for pixels in gathered(images, (slice(start, start + batch) for start in range(0, len(images), batch))):
            read = torch.from_numpy(np.array(pixels))
            outputs: Tensor = module(normalize(read.to(device), preprocessing))
            parts.append(outputs.to(device="cpu", dtype=torch.float32).numpy())
    return np.concatenate(parts)


def probabilities(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """The softmax of logits / `temperature` (float64 N K; each row sums to 1).

    Raises `ModelFileError` where a logit is not finite: such a model has no answer.

    >>> probabilities(np.zeros((1, 4), np.float32)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    assert temperature > 0, f"a temperature is positive, got {temperature}"
    if not np.isfinite(logits).all():
        raise ModelFileError(
            "the network's answers are not finite numbers; its weights are unfit, train the model anew"
        )
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def predict(model: Model, images: Pixels, module: nn.Module | None = None) -> list[Prediction]:
    """The answers for prepared images (uint8 N C H W, as `neocog.data.prepare` gives them), one each.

    `module` is `model.module()`, where it has been made already.

    >>> from neocog.build import build
    >>> from neocog.model.model import weights_of
    >>> from neocog.network import Dense, Flatten, Network
    >>> network = Network((1, 2, 2), (Flatten(), Dense(2)))
    >>> model = Model(network=network, weights=weights_of(build(network)), classes=("cat", "dog"), threshold=0.9,
    ...     preprocessing=Preprocessing(size=(2, 2), channels=1))
    >>> predict(model, np.zeros((1, 1, 2, 2), np.uint8))
    [Prediction(label='not sure', probability=0.5, probabilities=(0.5, 0.5), sure=False)]
    """
    if len(images) == 0:
        return []
    rows = probabilities(logits(module or model.module(), images, model.preprocessing), model.temperature)
    answers = []
    for row, best in zip(rows.tolist(), rows.argmax(axis=1).tolist(), strict=True):
        sure = row[best] >= model.threshold
        answers.append(Prediction(model.classes[best] if sure else NOT_SURE, row[best], tuple(row), sure))
    return answers


def class_columns(classes: Sequence[str], fixed: Collection[str]) -> list[str]:
    """The columns of a table that hold a number a class: its name, with `class` before it where a column has that.

    >>> class_columns(["cat", "label", "class label"], ["file", "label"])
    ['cat', 'class class label', 'class label']
    """
    taken = {*fixed, *classes}
    columns = []
    for name in classes:
        column = name
        if name in fixed:
            while column in taken:
                column = f"class {column}"
            taken.add(column)
        columns.append(column)
    return columns


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while; each part, frozen ones too, gets its own mode back."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
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
