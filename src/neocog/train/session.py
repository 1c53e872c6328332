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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from neocog import __version__
from neocog.build import build
from neocog.core import config
from neocog.core.download import Transfer
from neocog.core.errors import RunError
from neocog.core.proportion import Proportion
from neocog.core.run import CHECKPOINT, ENVIRONMENT, MODEL, RECIPE, SPLITS, RunFolder, SplitRow
from neocog.data import Dataset, Progress, beyond, fitted, load, prepared, squashed
from neocog.model import (
    Labelled,
    Model,
    acquainted,
    calibrated,
    seen,
    to_bytes,
    told,
    trial,
    weights_file,
    weights_of,
)
from neocog.network import BatchNorm, cost, walk
from neocog.train import checkpoint
from neocog.train.batches import TrainingSet, Validation
from neocog.train.card import judge, make_card
from neocog.train.checkpoint import State
from neocog.train.compute import crowding, place, prepare_machine
from neocog.train.distributed import Group, joined
from neocog.train.events import Epoch, Event, Finished, Note, Resumed, Started, epoch_of, to_dict
from neocog.train.loop import NotFinite, Plan, loop
from neocog.train.losses import balance, make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.range_test import find_rate
from neocog.train.recipe import Compute, Recipe, located
from neocog.train.resolve import Resolved, initialize, resolve
from neocog.train.verdicts import blank

PROCESSES = "processes"
"""Where `environment.json` says how many processes the run was begun with."""


@dataclass(frozen=True)
class Sitting:
    """What one sitting of a run works on: the resolved recipe, the data as arrays, and how the loop is to go."""

    resolved: Resolved
    dataset: Dataset
    training: Labelled
    """The training images as they are, not augmented."""
    validation: Validation
    plan: Plan
    beyond: str
    """What to say where the cache does not hold the images; else ""."""


def train(
    recipe: Recipe,
    out: Path,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    transfer: Transfer | None = None,
) -> Iterator[Event]:
    """Train by a recipe into the run folder `out`; yields the events of the run, `Finished` last.

    `resume` goes on from the last checkpoint of `out`, or begins where there is none. `stop` is asked after every step;
    once it says yes, the state is saved and the iterator ends without `Finished`. `progress` is told how many images
    are read, `transfer` how many bytes of released weights are fetched. Raises `DataError`, `RecipeError`, `RunError`,
    `NetworkError`, `ModelFileError`, `DownloadError` or `StorageError` that a user can mend.

    Under torchrun the processes train together; only the first writes, and yields `Finished`.
    """
    with joined() as group:
        if not resume and out.exists():
            RunFolder.create(out)  # refuse before the work, not after it
        initial = not (resume and (out / CHECKPOINT).exists())
        with group.in_turn():
            dataset = load(recipe.data, progress)
            resolved = resolve(recipe, dataset)
            group.check(resolved.recipe)
            prepare_machine(resolved.recipe.compute)
            if initial and recipe.init:
                weights_file(recipe.init, recipe.net, transfer)  # what cannot be fetched is told before images are read
            sitting = _sit(resolved, dataset, progress, group)
        sitting = _with_rate(sitting)
        state, loaded = _begin(sitting, initial)
        if not group.leads:
            yield from _train(RunFolder(out), sitting, state, loaded, stop)
            return
        run = RunFolder(out) if resume and (out / RECIPE).exists() else RunFolder.create(out)
        with run.lock():
            _write_head(run, sitting)
            yield from _logged(run, _train(run, sitting, state, loaded, stop))


def recipe_of(out: Path, asked: Recipe, given: Collection[str]) -> Recipe | None:
    """The recipe of a run to be resumed; None where there is none yet.

    `given` are the dotted keys of `asked` that were chosen again; raises `RunError` where one differs from the run's.
    """
    if not (out / RECIPE).exists():
        return None
    begun = config.from_toml(Recipe, RunFolder(out).read_text(RECIPE), str(out / RECIPE))
    asked = located(asked)
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


def is_finished(out: Path) -> bool:
    """Whether a run has come to its end."""
    run = RunFolder(out)
    return run.has(MODEL) and any(event["kind"] == "finished" for event in run.read_events())


def _sit(resolved: Resolved, dataset: Dataset, progress: Progress | None, group: Group) -> Sitting:
    recipe = resolved.recipe
    assert not isinstance(recipe.batch, str) and recipe.epochs != "auto", "the recipe is resolved"
    table, scan, cache_gb = dataset.table, dataset.scan, recipe.data.cache_gb
    rows, val_rows = dataset.rows("train"), dataset.rows("val")
    plain = resolved.preprocessing
    images = prepared(table, scan, rows, plain, cache_gb=cache_gb, progress=progress)
    worked_on = [images]
    preprocessing = fitted(plain, images, progress) if resolved.measured else plain
    validation_images = prepared(table, scan, val_rows, plain, cache_gb=cache_gb, progress=progress)
    aspects = np.ones(len(rows), np.float32)
    if recipe.augment.geometric:
        inner = max(plain.size) - 2 * plain.border
        images, aspects = squashed(table, scan, rows, inner, plain.channels, cache_gb=cache_gb, progress=progress)
        worked_on.append(images)
    training = TrainingSet(
        images=images,
        aspects=aspects,
        keys=dataset.sample_key(rows),
        targets=dataset.targets(rows),
        preprocessing=preprocessing,
        augment=recipe.augment,
        seed=recipe.seed,
        batch=recipe.batch,
        compute=recipe.compute,
        classes=len(dataset.classes),
        regularize=recipe.regularize,
        sampling=recipe.sampling,
        group=group,
    )
    validation = Validation(
        images=validation_images,
        targets=dataset.targets(val_rows),
        preprocessing=preprocessing,
        batch=max(recipe.batch, 64),
        compute=recipe.compute,
        loss=make_loss(replace(recipe.loss, label_smoothing=0.0)),
        group=group,
    )
    balanced = recipe.loss.class_weights == "balanced"
    weights = balance(training.targets, training.classes).to(recipe.compute.device) if balanced else None
    plan = Plan(
        recipe=recipe,
        epochs=recipe.epochs,
        batch=recipe.batch,
        steps=len(rows) // recipe.batch,
        batches=training.batches,
        loss=make_loss(recipe.loss, weights),
        validation=validation,
        validation_images=len(val_rows),
        group=group,
        blank=blank(validation.loss, validation.targets, len(dataset.classes)),
    )
    return Sitting(
        resolved=resolved,
        dataset=dataset,
        training=Labelled(worked_on[0], training.targets),
        validation=validation,
        plan=plan,
        beyond=beyond((*worked_on, validation_images), cache_gb),
    )


def _with_rate(sitting: Sitting) -> Sitting:
    """The same with a learning rate that a range test has found, where the recipe asks for one."""
    plan, resolved = sitting.plan, sitting.resolved
    if plan.recipe.optimizer.rate != "find":
        return sitting
    found = find_rate(plan, lambda recipe: _begin(_of_recipe(sitting, recipe), initial=True)[0])
    recipe = replace(plan.recipe, optimizer=replace(plan.recipe.optimizer, rate=found.rate))
    told = _of_recipe(sitting, recipe)
    return replace(told, resolved=replace(told.resolved, notes=(*resolved.notes, str(found))))


def _of_recipe(sitting: Sitting, recipe: Recipe) -> Sitting:
    return replace(
        sitting, plan=replace(sitting.plan, recipe=recipe), resolved=replace(sitting.resolved, recipe=recipe)
    )


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
    if not run.has(RECIPE):  # first: from here on `--resume` knows what to do, whatever else is missing
        run.write(RECIPE, config.to_toml(sitting.plan.recipe))
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


def _begin(sitting: Sitting, initial: bool) -> tuple[State, str]:
    """The state before the first step, and what was loaded into it, in a sentence.

    Without `initial` no weights are loaded: a checkpoint will replace them.
    """
    recipe, resolved = sitting.plan.recipe, sitting.resolved
    drawn = build(resolved.network, recipe.seed, resolved.init)
    loaded = initialize(drawn, resolved) if initial else ""
    module = place(drawn, recipe.compute)
    kind = torch.float32 if recipe.compute.device.startswith("mps") else torch.float64
    loss_sum = torch.zeros((), dtype=kind, device=recipe.compute.device)
    state = State(module, make_optimizer(module, recipe.optimizer), loss_sum)
    if recipe.regularize.average:
        mean = get_ema_multi_avg_fn(recipe.regularize.average)  # type: ignore[no-untyped-call]
        state.average = AveragedModel(module, multi_avg_fn=mean, use_buffers=True)
    return state, loaded


def _restore(run: RunFolder, state: State) -> int:
    """Bring a state to the run's last checkpoint; returns the length that `events.jsonl` had then, 0 without one."""
    if not run.has(CHECKPOINT):
        return 0
    return checkpoint.restore(state, run.read(CHECKPOINT), str(run.path / CHECKPOINT))


def _train(run: RunFolder, sitting: Sitting, state: State, loaded: str, stop: Callable[[], bool]) -> Iterator[Event]:
    plan = sitting.plan
    began = time.monotonic()
    group = plan.group
    length = _restore(run, state)
    group.check_alike(_in_common(sitting, state))
    if group.leads:
        run.truncate_events(length)
    past = [epoch_of(line) for line in run.read_events() if line["kind"] == Epoch.kind] if group.leads else []
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
                sitting.beyond,
                _shared(sitting),
                _crowded(plan.recipe.compute),
            ),
        ):
            yield Note(text=text)
    earlier = state.at.seconds

    def save(state: State) -> None:
        if group.leads:
            run.write(CHECKPOINT, checkpoint.to_bytes(state, run.events_length()))

    try:
        yield from loop(state, plan, save, stop, past=past)
    except NotFinite:
        yield Note(text="training is no longer finite; it is replayed from the last checkpoint to name step and layer")
        _name_the_place(run, sitting)
    if not group.leads or (state.at.epoch < plan.epochs and not state.at.ended):
        return
    model, proportion = _judged(sitting, state)
    run.write(MODEL, to_bytes(model))
    assert model.calibration is not None, "it has just been measured"
    yield Note(text=told(model.calibration))
    yield Finished(
        time=now(),
        epoch=state.at.epoch,
        step=state.at.epoch * plan.steps,
        best_epoch=state.at.best_epoch,
        val_accuracy=proportion.value,
        val_low=proportion.low,
        val_high=proportion.high,
        seconds=earlier + time.monotonic() - began,
    )


def _judged(sitting: Sitting, state: State) -> tuple[Model, Proportion]:
    """The model of the best epoch, how far to trust it, and its accuracy on validation, in float32."""
    recipe, validation, dataset = sitting.plan.recipe, sitting.validation, sitting.dataset
    network, device = sitting.resolved.network, recipe.compute.device
    module = build(network)
    module.load_state_dict(state.best)
    model = Model(
        network=network,
        weights=weights_of(module),
        classes=dataset.classes,
        preprocessing=validation.preprocessing,
    )
    module = module.to(device)
    found = seen(model, validation.images, module, device=device)
    accuracy, loss = judge(found.logits, validation.targets)
    card = make_card(recipe, dataset, state.at.best_epoch, accuracy, loss)
    model = acquainted(replace(model, card=card), sitting.training, found, module, device)
    return calibrated(model, trial(model, found, validation.targets), recipe.trust.error), accuracy


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
    state, _ = _begin(sitting, initial=not run.has(CHECKPOINT))
    _restore(run, state)
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
