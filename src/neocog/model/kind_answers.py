"""What a model answers that names no single class: the labels that hold, or numbers with how far they may be off.

An answer is told for the eye, as cells of a table and as a JSON-able record, so that whoever writes answers down asks
no kind by name.

>>> from neocog.build import build
>>> from neocog.data import Preprocessing
>>> from neocog.model.model import weights_of
>>> from neocog.network import Dense, Flatten, Network
>>> network = Network((1, 2, 2), (Flatten(), Dense(2)))
>>> model = Model(network=network, weights={name: 0 * each for name, each in weights_of(build(network)).items()},
...     classes=("red", "round"), task="classes", preprocessing=Preprocessing(size=(2, 2), channels=1))
>>> answer = kind_answers(model, np.zeros((1, 1, 2, 2), np.uint8))[0]
>>> answer.text, answer.cells, cell_names(model)
('red, round', ('red|round', '', '0.500000', '0.500000'), ('labels', 'reason', 'red', 'round'))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.data import JOIN, Pixels
from neocog.model.model import Model
from neocog.model.outputs import seen
from neocog.model.predict import class_columns, label_chances, strangeness

NONE = "none"
"""The answer where no label holds."""

_DIGITS = 6


@dataclass(frozen=True)
class KindAnswer:
    """What a model says to one image."""

    text: str
    """The answer for the eye."""
    cells: tuple[str, ...]
    """The answer as cells of a table; `cell_names` names them."""
    record: dict[str, Any]
    """The answer for JSON."""
    familiar: bool
    """Whether the image is like the training images; else the answer is worth little."""


def cell_names(model: Model) -> tuple[str, ...]:
    """The columns of a table of answers, after the file's name."""
    if model.task == "mask":
        return tuple(class_columns(model.classes, ("file", "mask")))
    if model.task == "number":
        fixed = [f"{name}{end}" for name in model.classes for end in ("", " low", " high")]
        return (*fixed, "reason")
    tops = tuple(f"top {name}" for name, _ in model.groups)
    fixed = ["labels", *tops, "reason"]
    return (*fixed, *class_columns(model.classes, ("file", *fixed)))


def kind_answers(model: Model, images: Pixels, module: nn.Module | None = None) -> list[KindAnswer]:
    """The answers of a model of labels or numbers for prepared images (uint8 N C H W), one each."""
    if not len(images):
        return []
    found = seen(model, images, module)
    strange = strangeness(model.familiarity, found) if model.familiarity else [""] * len(images)
    rows = _ROWS[model.task](model, found.logits)
    return [make(reason) for make, reason in zip(rows, strange, strict=True)]


def _labels(model: Model, outputs: NDArray[np.float32]) -> list[Callable[[str], KindAnswer]]:
    chances = label_chances(outputs)
    claimed = chances >= np.array(model.thresholds)

    def answer(place: int) -> Callable[[str], KindAnswer]:
        row = chances[place].tolist()
        labels = [name for name, holds in zip(model.classes, claimed[place], strict=True) if holds]
        tops = {name: max(own, key=lambda label: row[model.classes.index(label)]) for name, own in model.groups}

        def make(reason: str) -> KindAnswer:
            return KindAnswer(
                text=", ".join(labels) or NONE,
                cells=(JOIN.join(labels), *tops.values(), reason, *(f"{chance:.{_DIGITS}f}" for chance in row)),
                record={
                    "labels": labels,
                    "groups": tops,
                    "familiar": not reason,
                    "reason": reason,
                    "probabilities": {
                        name: round(chance, _DIGITS) for name, chance in zip(model.classes, row, strict=True)
                    },
                },
                familiar=not reason,
            )

        return make

    return [answer(place) for place in range(len(chances))]


def _numbers(model: Model, outputs: NDArray[np.float32]) -> list[Callable[[str], KindAnswer]]:
    assert model.scale is not None, "a model of numbers has a scale"
    values = model.scale.answers(outputs)
    one = len(model.classes) == 1

    def answer(row: list[float]) -> Callable[[str], KindAnswer]:
        told: list[str] = []
        cells: list[str] = []
        record: dict[str, dict[str, float | None]] = {}
        for name, value, width in zip(model.classes, row, model.half_width, strict=True):
            off = "" if width is None else f" ± {width:.3g}"
            told.append(f"{value:.4g}{off}" if one else f"{name} {value:.4g}{off}")
            ends = (None, None) if width is None else (value - width, value + width)
            cells += [f"{value:.7g}", *("" if end is None else f"{end:.7g}" for end in ends)]
            record[name] = {"value": value, "low": ends[0], "high": ends[1]}

        def make(reason: str) -> KindAnswer:
            return KindAnswer(
                text=", ".join(told),
                cells=(*cells, reason),
                record={"numbers": record, "familiar": not reason, "reason": reason},
                familiar=not reason,
            )

        return make

    return [answer(row) for row in values.tolist()]


_ROWS = {"classes": _labels, "number": _numbers}
