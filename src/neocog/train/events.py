"""What the loop yields. Progress bars, `events.jsonl`, `--json` and tests all consume these and no more."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias

from neocog.core.files import FORMAT


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
    """The end of a pass over the training images; `best` where validation was never better."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    step: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float
    best: bool


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


def to_dict(event: Event) -> dict[str, Any]:
    """An event as a line of `events.jsonl`.

    >>> to_dict(CheckpointSaved(epoch=1, step=40))
    {'kind': 'checkpoint', 'epoch': 1, 'step': 40}
    """
    return {"kind": event.kind, **asdict(event)}
