"""A run while it goes on: its events since a place, so that a page asks only for what is new."""

from typing import Any

from neocog.core.run import RunFolder
from neocog.studio import jobs
from neocog.studio.runs import Answer, RunSummary, as_written, summary

MOST_STEPS = 1500
"""The most steps that are given at once; of a long run every so manieth."""


class StepPoint(Answer):
    """How it went at a step."""

    step: int
    loss: float
    rate: float
    images_per_second: float


class LayerWeights(Answer):
    """What the last step of an epoch did to a layer: gradient and update, by the length of its weights."""

    path: str
    gradient: float
    update: float


class LayerActivations(Answer):
    """Where the outputs of an activation lay: ten bins, and the share that passes no gradient back."""

    path: str
    function: str
    off: float
    histogram: list[float]


class EpochEvent(Answer):
    """The end of an epoch."""

    epoch: int
    step: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float
    best: bool
    weights: list[LayerWeights]
    activations: list[LayerActivations]


class NoteEvent(Answer):
    """A sentence that the run said; `diagnosis` names what is wrong, where it says that."""

    text: str
    diagnosis: str


class StartedEvent(Answer):
    """What was known before the first step."""

    time: str
    epochs: int
    steps_per_epoch: int
    batch: int
    train: int
    val: int
    network: str
    parameters: int
    macs: int
    device: str
    precision: str


class Progress(Answer):
    """What is new in a run since a place."""

    summary: RunSummary
    place: str
    """Where to go on reading."""
    follows: bool
    """Whether this follows on what was read before; if not, it is the whole."""
    started: StartedEvent | None
    steps: list[StepPoint]
    epochs: list[EpochEvent]
    notes: list[NoteEvent]
    log: str
    """The last words of the command that the studio started, where it ended in an error."""


def progress(run: RunFolder, place: str) -> Progress:
    """The events of a run since a place of an earlier answer, "" for all; raises `RunError` where they are no run's."""
    with as_written(run):
        return _progress(run, place)


def _progress(run: RunFolder, place: str) -> Progress:
    told = summary(run)
    lines, after, follows = run.events_since(place)
    steps = [line for line in lines if line["kind"] == "step"]
    every = -(-len(steps) // MOST_STEPS) or 1
    return Progress(
        summary=told,
        place=after,
        follows=follows,
        started=next((StartedEvent(**_known(StartedEvent, line)) for line in lines if line["kind"] == "started"), None),
        steps=[StepPoint(**_known(StepPoint, line)) for line in steps[::every]],
        epochs=[
            EpochEvent(**{"weights": [], "activations": []} | _known(EpochEvent, line))
            for line in lines
            if line["kind"] == "epoch"
        ],
        notes=[NoteEvent(**_known(NoteEvent, line)) for line in lines if line["kind"] == "note"],
        log=jobs.log(run) if jobs.failure(run) else "",
    )


def _known(kind: type[Answer], line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in kind.model_fields if name in line}
