"""Runs as the studio lists them: where each stands, what it came to, and its curve; all of it read from its folder.

A run that cannot be read is listed as what it is, beside the others, with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from neocog.core import config
from neocog.core.errors import NeocogError, RunError
from neocog.core.proportion import Proportion
from neocog.core.run import CHECKPOINT, EVENTS, RECIPE, REPORT_DATA, RunFolder
from neocog.data import short_name
from neocog.studio import jobs
from neocog.studio.stamps import Stamped
from neocog.train import Recipe


class Answer(BaseModel):
    """A value that the interface gives."""

    model_config = ConfigDict(frozen=True)


class State(StrEnum):
    """Where a run stands."""

    STARTING = "starting"
    TRAINING = "training"
    STOPPING = "stopping"
    EVALUATING = "evaluating"
    STOPPED = "stopped"
    FAILED = "failed"
    FINISHED = "finished"
    BROKEN = "broken"


class Share(Answer):
    """A share of n, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class EpochPoint(Answer):
    """The end of an epoch; seconds are those of training so far."""

    epoch: int
    seconds: float
    train_loss: float
    val_loss: float
    val_accuracy: float
    low: float
    high: float


class RunSummary(Answer):
    """A run in a line."""

    name: str
    state: State
    sentence: str
    """Where it stands, in words; of a failed or broken run the reason."""
    mend: str
    """What to do about it; empty where there is nothing to mend."""
    started: str | None
    """UTC, ISO 8601."""
    data: str
    network: str
    parameters: int | None
    seed: int | None
    epoch: int
    """The epochs that are done."""
    epochs: int | None
    seconds: float
    """What training took so far."""
    best_epoch: int | None
    """The epoch whose weights are kept."""
    validation: Share | None
    """The validation accuracy of `best_epoch`: of the weights that are kept, which need not be the highest."""
    test: Share | None
    """On the sealed test set, where it was opened."""
    resumable: bool
    evaluated: bool


class Curve(Answer):
    """How a run went, epoch by epoch."""

    name: str
    points: list[EpochPoint]


class _Read(Answer):
    """What of a run changes only with its files."""

    recipe: dict[str, Any]
    events: list[dict[str, Any]]
    report: dict[str, Any] | None


_READ: Stamped[_Read] = Stamped()


def summary(run: RunFolder) -> RunSummary:
    """A run in a line; one that cannot be read is told as broken."""
    name = run.path.name
    try:
        with as_written(run):
            read = _read(run)
            finished = any(event["kind"] == "finished" for event in read.events)
            state, sentence, mend = _state(run, read, finished)
            resumable = state in (State.STOPPED, State.FAILED) and not finished
            return _told(name, state, sentence, mend, read, resumable=resumable)
    except NeocogError as error:
        wrong, _, mend = str(error).partition("; ")
        return _told(name, State.BROKEN, f"{_begun(wrong)}.", mend, _Read(recipe={}, events=[], report=None))


def _begun(text: str) -> str:
    """With a capital first, but not where it begins with a file or the like."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].rstrip(",:").isalpha() else text


def curve(run: RunFolder) -> Curve:
    """How a run went, epoch by epoch; raises `RunError` where its events are no run's."""
    with as_written(run):
        return Curve(name=run.path.name, points=points(_read(run).events))


@contextmanager
def as_written(run: RunFolder) -> Iterator[None]:
    """Read what a run wrote; what lacks something, or is of another kind, becomes a `RunError`."""
    try:
        yield
    except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"the run {run.path} does not say what a run says ({type(error).__name__}: {error}); it was damaged or "
            "written by another program, begin a new run"
        ) from error


def recipe(run: RunFolder) -> Recipe:
    """What was chosen for a run; raises `RecipeError` or `RunError` where that cannot be read."""
    return config.from_toml(Recipe, run.read_text(RECIPE), str(run.path / RECIPE))


def points(events: Sequence[Mapping[str, Any]]) -> list[EpochPoint]:
    """The epochs among some events, with the interval of each accuracy; other figures have none."""
    n = next((int(event["val"]) for event in events if event["kind"] == "started"), 0)
    n = n if _measure(events) == "accuracy" else 0
    found, seconds = [], 0.0
    for event in events:
        if event["kind"] != "epoch":
            continue
        seconds += float(event["seconds"])
        share = _share(float(event["val_accuracy"]), n)
        found.append(
            EpochPoint(
                epoch=event["epoch"],
                seconds=seconds,
                train_loss=event["train_loss"],
                val_loss=event["val_loss"],
                val_accuracy=share.value,
                low=share.low,
                high=share.high,
            )
        )
    return found


def _measure(events: Sequence[Mapping[str, Any]]) -> str:
    """What the figure of validation is in a run."""
    return next((str(event.get("measure", "accuracy")) for event in events if event["kind"] == "started"), "accuracy")


def _share(value: float, n: int) -> Share:
    if not n:
        return Share(value=value, low=value, high=value, n=0)
    share = Proportion.of(round(value * n), n)
    return Share(value=share.value, low=share.low, high=share.high, n=n)


def _read(run: RunFolder) -> _Read:
    return _READ.get(run.path, (RECIPE, EVENTS, REPORT_DATA), lambda: _fresh(run))


def _fresh(run: RunFolder) -> _Read:
    return _Read(
        recipe=config.to_dict(recipe(run)) if run.has(RECIPE) else {},
        events=[event for event in run.read_events() if event["kind"] not in ("step", "checkpoint")],
        report=run.read_json(REPORT_DATA) if run.has(REPORT_DATA) else None,
    )


def _state(run: RunFolder, read: _Read, finished: bool) -> tuple[State, str, str]:
    """Where a run stands, in words, and how to mend it where it does not stand well."""
    done, total = _epochs(read)
    at = f"epoch {done} of {total}" if total else "its first epoch"
    working, begun = jobs.is_alive(run), jobs.kind_of(run)
    if finished:
        if working and begun == "evaluate":
            return State.EVALUATING, "Being judged on its sealed test set.", ""
        error = jobs.failure(run) if begun == "evaluate" and read.report is None else ""
        wrong, _, mend = error.partition("; ")
        return State.FINISHED, f"Its evaluation failed: {wrong}." if wrong else f"Finished after {at}.", mend
    if run.is_written():
        if run.asked_to_stop():
            return State.STOPPING, "Saves its state after the step under way, and stops.", ""
        return State.TRAINING, f"Training: {at} is done." if done else f"Training in its first epoch of {total}.", ""
    if working:
        return State.STARTING, f"Training {'goes on, or ends,' if read.events else 'begins'} in a moment.", ""
    if error := jobs.failure(run):
        wrong, _, mend = error.partition("; ")
        return State.FAILED, f"{_begun(wrong)}.", mend
    if run.has(CHECKPOINT):
        return State.STOPPED, f"No process works on it. It stopped after {at}.", "resume it: it goes on from there"
    return State.STOPPED, "No process works on it. It ended before its first checkpoint.", "resume it to begin again"


def _epochs(read: _Read) -> tuple[int, int | None]:
    """The epochs that are done, and those that were planned."""
    done = max((int(event["epoch"]) for event in read.events if event["kind"] == "epoch"), default=0)
    total = next((int(event["epochs"]) for event in reversed(read.events) if "epochs" in event), None)
    return done, total


def _told(name: str, state: State, sentence: str, mend: str, read: _Read, *, resumable: bool = False) -> RunSummary:
    started = next((event for event in read.events if event["kind"] == "started"), {})
    reached = points(read.events)
    kept = next((event for event in reversed(read.events) if event.get("best")), None)
    n = int(started.get("val", 0))
    ended = next((event for event in reversed(read.events) if event["kind"] == "finished"), None)
    validation = None
    if ended is not None:
        ends = {"low": ended["val_low"], "high": ended["val_high"]}
        validation = Share(value=ended["val_accuracy"], n=n, **ends)
    elif kept is not None:
        validation = _share(float(kept["val_accuracy"]), n if _measure(read.events) == "accuracy" else 0)
    if _measure(read.events) != "accuracy":
        sentence = f"{sentence} Its validation figure is the {_measure(read.events)}."
    done, total = _epochs(read)
    data = read.recipe.get("data", {}).get("path", "")
    return RunSummary(
        name=name,
        state=state,
        sentence=sentence,
        mend=mend,
        started=started.get("time"),
        data=short_name(data) if data else "",
        network=Path(str(read.recipe.get("net", ""))).name,
        parameters=started.get("parameters"),
        seed=read.recipe.get("seed"),
        epoch=done,
        epochs=total,
        seconds=float(ended["seconds"]) if ended else sum(point.seconds for point in reached[-1:]),
        best_epoch=kept["epoch"] if kept else None,
        validation=validation,
        test=_test(read.report),
        resumable=resumable,
        evaluated=read.report is not None,
    )


def _test(report: Mapping[str, Any] | None) -> Share | None:
    if report is None or report.get("task", "class") != "class":  # what is not one class a sample has other figures
        return None
    ends = {"low": report["accuracy_low"], "high": report["accuracy_high"]}
    return Share(value=report["accuracy"], n=report["n"], **ends)


def data_seen(folders: Sequence[Path]) -> list[str]:
    """The data that runs were trained on, the latest run's first, each once."""
    found = []
    for folder in sorted(folders, key=lambda each: each.stat().st_mtime, reverse=True):
        try:
            found.append(str(_read(RunFolder(folder)).recipe.get("data", {}).get("path", "")))
        except (NeocogError, OSError):
            continue
    return list(dict.fromkeys(filter(None, found)))
