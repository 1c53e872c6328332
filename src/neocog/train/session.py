"""A run from its recipe to its model file: what stands around the loop.

    for event in train(Recipe(data=DataOptions(path="digits")), Path("runs/digits")):
        print(event)

The run folder is written here and nowhere else during training: the recipe with what `auto` resolved to, the splits,
every event as it is yielded, the checkpoints, and at the end the model file.
"""

import hashlib
import platform
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np
import torch

from neocog import __version__
from neocog.core import config
from neocog.core.download import Transfer
from neocog.core.errors import RunError
from neocog.core.run import CHECKPOINT, ENVIRONMENT, MODEL, RECIPE, SPLITS, RunFolder, SplitRow
from neocog.data import Dataset, Progress, load
from neocog.data.kinds import PICTURED
from neocog.model import to_bytes, told, weights_file
from neocog.network import BatchNorm, cost, walk
from neocog.train import checkpoint
from neocog.train.checkpoint import State
from neocog.train.compute import crowding, prepare_machine
from neocog.train.distributed import joined
from neocog.train.events import Epoch, Event, Finished, Note, Resumed, Started, from_dicts, to_dict
from neocog.train.loop import NotFinite, loop
from neocog.train.recipe import Compute, Recipe, located
from neocog.train.resolve import resolve
from neocog.train.sitting import Sitting, begin, result, sit, with_rate

Advisor: TypeAlias = Callable[[Recipe, Dataset, Progress | None], tuple[Recipe, str]]
"""Chooses the way of transfer for a recipe with weights: gives the recipe with it, and why, in a sentence."""

PROCESSES = "processes"
"""Where `environment.json` says how many processes the run was begun with."""


def train(
    recipe: Recipe,
    out: str | Path,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    transfer: Transfer | None = None,
    advise: Advisor | None = None,
) -> Iterator[Event]:
    """Train by a recipe into the run folder `out`; yields the events of the run, `Finished` last.

    `resume` goes on from the last checkpoint of `out`, or begins where there is none. `stop` is asked after every step,
    as is the run folder (`RunFolder.ask_to_stop`); once one says yes, the state is saved and the iterator ends without
    `Finished`. `progress` is told how many images are read, `transfer` how many bytes of released weights are fetched.
    `advise` is asked where the recipe leaves the way of transfer open (`neocog.transfer.choose` is one); without it all
    layers learn alike. Raises `DataError`, `RecipeError`, `RunError`, `NetworkError`, `ModelFileError`, `DownloadError`
    or `StorageError` that a user can mend.

    Under torchrun the processes train together; only the first writes, and yields `Finished`.
    """
    out = Path(out)
    with joined() as group:
        if not resume and out.exists():
            RunFolder.create(out)  # refuse before the work, not after it
        initial = not (resume and (out / CHECKPOINT).exists())
        with group.in_turn():
            dataset = load(recipe.data, progress)
            if initial and recipe.init:
                weights_file(recipe.init, recipe.net, transfer)  # what cannot be fetched is told before images are read
            reason = ""
            pictured = dataset.table.input_kind in PICTURED
            if advise is not None and recipe.init and recipe.transfer.way == "auto" and pictured and not dataset.masks:
                recipe, reason = advise(recipe, dataset, progress)
            resolved = resolve(recipe, dataset)
            group.check(resolved.recipe)
            prepare_machine(resolved.recipe.compute)
            sitting = sit(resolved, dataset, progress, group)
            sitting = replace(sitting, notes=(reason, *sitting.notes))
        sitting = with_rate(sitting)
        state, loaded = begin(sitting, initial)
        if not group.leads:
            yield from _train(RunFolder(out), sitting, state, loaded, stop)
            return
        run = RunFolder(out) if resume and (out / RECIPE).exists() else RunFolder.create(out)
        run.forget_stop()  # an old wish; one that comes once the run is locked is a new one
        with run.lock():
            _write_head(run, sitting)
            yield from _logged(run, _train(run, sitting, state, loaded, lambda: stop() or run.asked_to_stop()))
            run.forget_stop()


def recipe_of(out: str | Path, asked: Recipe, given: Collection[str]) -> Recipe | None:
    """The recipe of a run to be resumed; None where there is none yet.

    `given` are the dotted keys of `asked` that were chosen again; raises `RunError` where one differs from the run's.
    Only the cache's room may, since it decides how fast images come and not how they look. (Another number of threads
    adds sums up in another order.)
    """
    out = Path(out)
    if not (out / RECIPE).exists():
        return None
    begun = config.from_toml(Recipe, RunFolder(out).read_text(RECIPE), str(out / RECIPE))
    asked = located(asked)
    if "data.cache_gb" in given:
        begun = replace(begun, data=replace(begun.data, cache_gb=asked.data.cache_gb))
    for key in given:
        wanted, had = _look_up(asked, key), _look_up(begun, key)
        # what `auto`, `find` or an empty text came to stands in the run's recipe
        resolved = (wanted in ("auto", "find") and key != "net") or (wanted == "" and key in ("network", "data.path"))
        if wanted != had and not resolved:
            raise RunError(
                f"{out} was begun with {key} = {had!r}, not {wanted!r}, and a run goes on as it began; "
                f"leave {key} out, or begin a new run with another --out"
            )
    return begun


def is_finished(out: str | Path) -> bool:
    """Whether a run has come to its end."""
    run = RunFolder(Path(out))
    return run.has(MODEL) and any(event["kind"] == "finished" for event in run.read_events())


def _write_head(run: RunFolder, sitting: Sitting) -> None:
    """Write what is known before the first step; a run that goes on must find what it began with."""
    dataset = sitting.dataset
    rows = [
        SplitRow(file, label, split, digest)
        for file, label, split, digest in zip(
            dataset.table.ids, dataset.table.labels, dataset.split.sides, dataset.scan.hashes, strict=True
        )
        if split
    ]
    recipe = config.to_toml(sitting.plan.recipe)
    if not run.has(RECIPE) or run.read_text(RECIPE) != recipe:  # first: from here on `--resume` knows what to do
        run.write(RECIPE, recipe)
    if not run.has(SPLITS):
        run.write_splits(rows)
    elif run.read_splits() != rows:
        raise RunError(
            f"the data at {sitting.plan.recipe.data.path} have changed since {run.path} was begun; "
            "bring them back, or begin a new run with another --out"
        )
    if not run.has(ENVIRONMENT):
        run.write_json(ENVIRONMENT, {**environment(), PROCESSES: sitting.plan.group.size})


def _logged(run: RunFolder, events: Iterator[Event]) -> Iterator[Event]:
    """Each event is in `events.jsonl` before anybody else sees it."""
    for event in events:
        run.append_events([to_dict(event)])
        yield event


def _restore(run: RunFolder, state: State, recipe: Recipe) -> int:
    """Bring a state to the run's last checkpoint; returns the length that `events.jsonl` had then, 0 without one."""
    if not run.has(CHECKPOINT):
        return 0
    return checkpoint.restore(state, run.read(CHECKPOINT), str(run.path / CHECKPOINT), recipe)


def _train(run: RunFolder, sitting: Sitting, state: State, loaded: str, stop: Callable[[], bool]) -> Iterator[Event]:
    plan = sitting.plan
    began = time.monotonic()
    group = plan.group
    length = _restore(run, state, plan.recipe)
    group.check_alike(_in_common(sitting, state))
    if group.leads:
        run.truncate_events(length)
    past = from_dicts(Epoch, run.read_events()) if group.leads else []
    if length:
        yield _resumed(sitting, state)
        if group.leads and (begun := run.read_json(ENVIRONMENT).get(PROCESSES, 1)) != group.size:
            yield Note(
                text=f"begun with {begun} processes and going on with {group.size}: sums are rounded in another order, "
                "and dropout and batch norm see other parts, so this is no longer the unbroken run to the bit"
            )
    else:
        yield _started(sitting)
        for text in filter(
            None,
            (
                *sitting.dataset.notes,
                *sitting.resolved.notes,
                loaded,
                *sitting.notes,
                _shared(sitting),
                _crowded(plan.recipe.compute),
            ),
        ):
            yield Note(text=text)
    earlier = state.at.seconds

    def save(state: State) -> None:
        if group.leads:
            run.write(CHECKPOINT, checkpoint.to_parts(state, run.events_length(), plan.recipe))
            state.best = checkpoint.Stored(run.opened(CHECKPOINT))

    try:
        yield from loop(state, plan, save, stop, past=past)
    except NotFinite:
        yield Note(text="training is no longer finite; it is replayed from the last checkpoint to name step and layer")
        _name_the_place(run, sitting)
    if not group.leads or (state.at.epoch < plan.epochs and not state.at.ended):
        return
    model, verdict = result(sitting, state)
    run.write(MODEL, to_bytes(model))
    if model.calibration is not None and not plan.recipe.data.folds:  # answers for a fold serve another's promise
        yield Note(text=told(model.calibration))
    yield Finished(
        time=now(),
        epoch=state.at.epoch,
        step=state.at.epoch * plan.steps,
        best_epoch=state.at.best_epoch,
        val_accuracy=verdict.value,
        val_low=verdict.low,
        val_high=verdict.high,
        seconds=earlier + time.monotonic() - began,
    )


def _in_common(sitting: Sitting, state: State) -> str:
    """What the processes of a run must have in common, as a hash: versions, recipe, data and where they stand."""
    recipe = config.to_toml(sitting.plan.recipe)
    told = (__version__, torch.__version__, recipe, sitting.dataset.fingerprint, state.at.epoch, state.at.cursor)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _shared(sitting: Sitting) -> str:
    """What to say where several processes train; "" where one does."""
    plan = sitting.plan
    if plan.group.size == 1:
        return ""
    return plan.group.note(
        plan.batch, any(isinstance(step.layer, BatchNorm) for step in walk(sitting.resolved.network))
    )


def _crowded(compute: Compute) -> str:
    """What to say where others hold the processors that training counts on: its threads wait for each other."""
    if compute.device != "cpu" or compute.threads == 1:
        return ""
    busy = crowding()
    if busy < 0.5:
        return ""
    return (
        f"the machine is crowded: others use {busy:.1f} processors, and training needs {compute.threads}; "
        "stop them, or begin again with --set compute.threads=1"
    )


def _name_the_place(run: RunFolder, sitting: Sitting) -> NoReturn:
    """Replay from the last checkpoint, reading every step; raises `DivergedError` with the step and the layer."""
    state, _ = begin(sitting, initial=not run.has(CHECKPOINT))
    _restore(run, state, sitting.plan.recipe)
    for _ in loop(state, sitting.plan, lambda _: None, inspect=True):
        pass
    raise AssertionError("a replay gives the same bits")


def _resumed(sitting: Sitting, state: State) -> Resumed:
    plan = sitting.plan
    return Resumed(
        time=now(),
        epoch=state.at.epoch + 1,
        step=state.at.epoch * plan.steps + state.at.cursor,
        epochs=plan.epochs,
        steps_per_epoch=plan.steps,
        batch=plan.batch,
    )


def _started(sitting: Sitting) -> Started:
    plan, resolved = sitting.plan, sitting.resolved
    spent = cost(resolved.network)
    return Started(
        time=now(),
        epochs=plan.epochs,
        steps_per_epoch=plan.steps,
        batch=plan.batch,
        train=len(sitting.dataset.rows("train")),
        val=len(sitting.dataset.rows("val")),
        network=resolved.reason,
        parameters=spent.params,
        macs=spent.macs,
        device=plan.recipe.compute.device,
        precision=plan.recipe.compute.precision,
        measure=plan.measure,
    )


def environment() -> dict[str, object]:
    """Versions and hardware, for `environment.json`."""
    return {
        "neocog": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "system": platform.platform(),
        "processor": torch.cpu.get_capabilities().get("cpu_name", platform.processor()),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())],
    }


def now() -> str:
    """UTC, to the second, in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _look_up(value: object, key: str) -> object:
    for name in key.split("."):
        value = getattr(value, name)
    return value
