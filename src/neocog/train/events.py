"""What the loop yields. Progress bars, `events.jsonl`, `--json` and tests all consume these and no more."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeAlias, TypeVar

from neocog.core.files import FORMAT


@dataclass(frozen=True, kw_only=True)
class WeightStatistics:
    """What one step did to a layer that learns, in lengths (Euclidean norms) of its weights and biases."""

    path: str
    gradient: float
    """The length of the gradient, before it is clipped, by that of the weights."""
    update: float
    """How far the step moved the weights, by their length."""


@dataclass(frozen=True, kw_only=True)
class ActivationStatistics:
    """Where the outputs of an activation lay in one step."""

    path: str
    function: str
    """`tanh`, `sigmoid`, `relu` and so on."""
    off: float
    """The share that passes no gradient back: saturated outputs of tanh and sigmoid, dead units of ReLU, else 0."""
    histogram: tuple[float, ...]
    """The shares of ten bins; `train/statistics.py` says where they part."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """The run is about to take its first step."""

    kind: ClassVar[str] = "started"
    time: str
    """UTC, ISO 8601."""
    epochs: int
    steps_per_epoch: int
    batch: int
    train: int
    """Training images."""
    val: int
    """Validation images."""
    network: str
    """The network as asked for, and why."""
    parameters: int
    macs: int
    """Multiply-accumulates an image."""
    device: str
    precision: str
    measure: str = "accuracy"
    """What `val_accuracy` is in this run: `accuracy`, `micro F1`, `R2` or `mean IoU`."""
    format: int = FORMAT


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The run goes on from its last checkpoint."""

    kind: ClassVar[str] = "resumed"
    time: str
    epoch: int
    step: int
    epochs: int
    steps_per_epoch: int
    batch: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """How it goes, about once a second; `loss` is the mean since the event before."""

    kind: ClassVar[str] = "step"
    epoch: int
    step: int
    loss: float
    rate: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """The end of a pass over the training images; `best` where validation was never better.

    The statistics are those of its last step, by layer in the order of computing.
    """

    kind: ClassVar[str] = "epoch"
    epoch: int
    step: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float
    best: bool
    weights: tuple[WeightStatistics, ...] = ()
    activations: tuple[ActivationStatistics, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """From here the run can be taken up again."""

    kind: ClassVar[str] = "checkpoint"
    epoch: int
    step: int


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something that the reader of the run should know, in a sentence."""

    kind: ClassVar[str] = "note"
    text: str
    diagnosis: str = ""
    """The name of what is wrong with the run, such as `overfitting`, where the sentence says that; else empty."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The last event: the model file is written."""

    kind: ClassVar[str] = "finished"
    time: str
    epoch: int
    step: int
    best_epoch: int
    val_accuracy: float
    val_low: float
    val_high: float
    seconds: float


Event: TypeAlias = Started | Resumed | Step | Epoch | CheckpointSaved | Note | Finished

E = TypeVar("E", Started, Resumed, Step, Epoch, CheckpointSaved, Note, Finished)


def to_dict(event: Event) -> dict[str, Any]:
    """An event as a line of `events.jsonl`.

    >>> to_dict(CheckpointSaved(epoch=1, step=40))
    {'kind': 'checkpoint', 'epoch': 1, 'step': 40}
    """
    return {"kind": event.kind, **asdict(event)}


def from_dicts(kind: type[E], lines: Iterable[Mapping[str, Any]]) -> list[E]:
    """The events of a kind among lines of `events.jsonl`, as they were; what a later version wrote besides is left out.

    >>> line = to_dict(Epoch(epoch=1, step=9, train_loss=2.0, val_loss=2.0, val_accuracy=0.5, seconds=1.0,
    ...                      images_per_second=9.0, best=True,
    ...                      weights=(WeightStatistics(path="dense1", gradient=0.1, update=0.01),)))
    >>> from_dicts(Epoch, [line])[0].weights
    (WeightStatistics(path='dense1', gradient=0.1, update=0.01),)
    """
    return [_made(kind, line) for line in lines if line["kind"] == kind.kind]


def _made(kind: type[Any], line: Mapping[str, Any]) -> Any:
    """A value of this module from plain lists and numbers."""
    parts: dict[str, Any] = {"weights": WeightStatistics, "activations": ActivationStatistics}
    told = {field.name: line[field.name] for field in fields(kind) if field.name in line}
    for name, value in told.items():
        if isinstance(value, list | tuple):
            told[name] = tuple(_made(parts[name], each) if name in parts else each for each in value)
    return kind(**told)
