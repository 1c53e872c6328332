"""What a model answers: probabilities, and for each image a class or "not sure".

The softmax and what follows are computed in float64.

>>> probabilities(np.array([[2.0, 0.0]], np.float32), temperature=2.0).round(3).tolist()
[[0.731, 0.269]]
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from torch import nn

from neocog.core.errors import ModelFileError
from neocog.data import Pixels
from neocog.model.familiarity import Familiarity
from neocog.model.model import Model
from neocog.model.outputs import Seen, logits, seen

NOT_SURE = "not sure"
"""The answer below the model's threshold, and to what is unlike the training images."""
UNFAMILIAR = "unlike anything it was trained on"
"""Why there is no answer: the network makes of the image what it made of no training image."""
STRANGE_PICTURE = "brightness, contrast, sharpness or color unlike its training images"
"""Why there is no answer: the picture itself is unlike those it was trained on."""
UNSURE = "below its threshold"
"""Why there is no answer: the most probable class is not probable enough."""


@dataclass(frozen=True)
class Prediction:
    """What a model answers for one image.

    `label` is the most probable class, or "not sure" where its `probability` is below the model's threshold or the
    image is not `familiar`: unlike the training images. `reason` says why, and is empty for an answer. `probabilities`
    has one for each class, in the model's order; they sum to 1.
    """

    label: str
    probability: float
    probabilities: tuple[float, ...]
    sure: bool
    reason: str = ""
    familiar: bool = True


def probabilities(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """The softmax of logits / `temperature` (float64 N K; each row sums to 1).

    Raises `ModelFileError` where a logit is not finite: such a model has no answer.

    >>> probabilities(np.zeros((1, 4), np.float32)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    assert temperature > 0, f"a temperature is positive, got {temperature}"
    _require_finite(logits)
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def label_chances(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probability of each label by itself, the sigmoid of its logit (float64 N K).

    Raises `ModelFileError` where a logit is not finite.

    >>> label_chances(np.zeros((1, 2), np.float32)).tolist()
    [[0.5, 0.5]]
    """
    _require_finite(logits)
    return np.asarray(expit(logits.astype(np.float64)))


def predict(model: Model, images: Pixels, module: nn.Module | None = None) -> list[Prediction]:
    """The answers for prepared images (uint8 N C H W, as `neocog.data.prepare` gives them), one each.

    `module` is `model.module()`, where it has been made already.

    >>> from neocog.build import build
    >>> from neocog.data import Preprocessing
    >>> from neocog.model.model import weights_of
    >>> from neocog.network import Dense, Flatten, Network
    >>> network = Network((1, 2, 2), (Flatten(), Dense(2)))
    >>> model = Model(network=network, weights=weights_of(build(network)), classes=("cat", "dog"), threshold=0.9,
    ...     preprocessing=Preprocessing(size=(2, 2), channels=1))
    >>> answer = predict(model, np.zeros((1, 1, 2, 2), np.uint8))[0]
    >>> answer.label, answer.reason
    ('not sure', 'cat or dog')
    """
    if len(images) == 0:
        return []
    if model.familiarity is None:
        scores, reasons = logits(module or model.module(), images, model.preprocessing), [""] * len(images)
    else:
        found = seen(model, images, module)
        scores, reasons = found.logits, strangeness(model.familiarity, found)
    rows = probabilities(scores, model.temperature)
    return [_prediction(model, row, reason) for row, reason in zip(rows.tolist(), reasons, strict=True)]


def strangeness(known: Familiarity, found: Seen) -> list[str]:
    """For each image why there is no answer whatever the probabilities, "" where it is familiar."""
    pictures, codes = known.picture.strange(found.pictures), known.code.strange(found.codes)
    return [
        STRANGE_PICTURE if picture else UNFAMILIAR if code else ""
        for picture, code in zip(pictures.tolist(), codes.tolist(), strict=True)
    ]


def unanswered(model: Model, found: Seen, rows: NDArray[np.float64]) -> list[str]:
    """For each image why a model gives no answer, "" where it does: `found` is what it sees, `rows` what it says (N K).

    An image that is unlike the training images is told so, however sure the answer.
    """
    strange = strangeness(model.familiarity, found) if model.familiarity else [""] * len(rows)
    unsure = (rows.max(axis=1) < model.threshold).tolist()
    return [reason or (UNSURE if below else "") for reason, below in zip(strange, unsure, strict=True)]


def _require_finite(outputs: NDArray[np.float32]) -> None:
    if not np.isfinite(outputs).all():
        raise ModelFileError(
            "the network's answers are not finite numbers; its weights are unfit, train the model anew"
        )


def _prediction(model: Model, row: list[float], strange: str) -> Prediction:
    ranked = sorted(range(len(row)), key=lambda label: -row[label])
    best, name = row[ranked[0]], model.classes[ranked[0]]
    if strange:
        return Prediction(NOT_SURE, best, tuple(row), False, strange, familiar=False)
    if best < model.threshold:
        return Prediction(NOT_SURE, best, tuple(row), False, " or ".join(model.classes[label] for label in ranked[:2]))
    return Prediction(name, best, tuple(row), True)


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
