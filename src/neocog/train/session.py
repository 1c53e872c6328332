"""A run from its recipe to its model file: what stands around the loop.

    for event in train(Recipe(data=DataOptions(path="digits")), Path("runs/digits")):
        print(event)

The run folder is written here and nowhere else during training: the recipe with what `auto` resolved to, the splits,
every event as it is yielded, the checkpoints, and at the end the model file.
"""

import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neocog import __version__
from neocog.build import build
from neocog.core import config
from neocog.core.errors import RunError
from neocog.core.proportion import Proportion
from neocog.core.run import CHECKPOINT, ENVIRONMENT, MODEL, RECIPE, RunFolder, SplitRow
from neocog.data import Dataset, Preprocessing, Progress, load, prepared, squashed, statistics
from neocog.model import Model, logits, to_bytes
from neocog.network import cost
from neocog.train import checkpoint
from neocog.train.batches import TrainingSet, Validation
from neocog.train.checkpoint import State
from neocog.train.compute import place, prepare_machine
from neocog.train.events import Event, Finished, Note, Resumed, Started, to_dict
from neocog.train.loop import NotFinite, Plan, loop
from neocog.train.losses import make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Recipe
from neocog.train.resolve import Resolved, initialize, resolve


@dataclass(frozen=True)
class Sitting:
    """What one sitting of a run works on: the resolved recipe, the data as arrays, and how the loop is to go."""

    resolved: Resolved
    dataset: Dataset
    preprocessing: Preprocessing
    plan: Plan
    validation_images: NDArray[np.uint8]
    validation_targets: NDArray[np.int64]


def train(
    recipe: Recipe,
    out: Path,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Train by a recipe into the run folder `out`; yields the events of the run, `Finished` last.

    `resume` goes on from the last checkpoint of `out`, or begins where there is none. `stop` is asked after every step;
    once it says yes, the state is saved and the iterator ends without `Finished`. `progress` is told how many images
    are read. Raises `DataError`, `RecipeError`, `RunError`, `NetworkError` or `StorageError` for what the user can mend.
    """
    if not resume and out.exists():
        RunFolder.create(out)  # refuse before the work, not after it
    dataset = load(recipe.data, progress)
    resolved = resolve(recipe, dataset)
    prepare_machine(resolved.recipe.compute)
    sitting = _sit(resolved, dataset, progress)
    run = RunFolder(out) if resume and (out / RECIPE).exists() else RunFolder.create(out)
    with run.lock():
        _write_head(run, sitting)
        yield from _logged(run, _train(run, sitting, resume, stop))


def recipe_of(out: Path, changes: dict[str, str]) -> Recipe | None:
    """The recipe of a run to be resumed; None where there is none yet.

    `changes` are the choices given again, as dotted keys; raises `RunError` where one differs from the run's.
    """
    if not (out / RECIPE).exists():
        return None
    run = RunFolder.open(out)
    recipe = config.from_toml(Recipe, run.read(RECIPE).decode(), str(out / RECIPE))
    for key, text in changes.items():
        changed = config.override(recipe, {key: text})
        if changed != recipe and text != "auto":
            old = _look_up(recipe, key)
            raise RunError(
                f"{out} was begun with {key} = {old!r}, and a run goes on as it began; "
                f"leave {key} out, or begin a new run with another --out"
            )
    return recipe


def is_finished(out: Path) -> bool:
    """Whether a run has come to its end."""
    run = RunFolder(out)
    return run.has(MODEL) and any(event["kind"] == "finished" for event in run.read_events())


def _sit(resolved: Resolved, dataset: Dataset, progress: Progress | None) -> Sitting:
    recipe = resolved.recipe
    assert recipe.batch != "auto" and recipe.epochs != "auto", "the recipe is resolved"
    table, scan, cache_gb = dataset.table, dataset.scan, recipe.data.cache_gb
    rows, val_rows = dataset.rows("train"), dataset.rows("val")
    plain = resolved.preprocessing
    images = prepared(table, scan, rows, plain, cache_gb=cache_gb, progress=progress)
    mean, deviation = statistics(images)
    preprocessing = replace(plain, mean=mean, deviation=deviation)
    validation_images = prepared(table, scan, val_rows, plain, cache_gb=cache_gb, progress=progress)
    aspects = np.ones(len(rows), np.float32)
    if recipe.augment.geometric:
        inner = max(plain.size) - 2 * plain.border
        images, aspects = squashed(table, scan, rows, inner, plain.channels, cache_gb=cache_gb, progress=progress)
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
    )
    validation = Validation(
        images=validation_images,
        targets=dataset.targets(val_rows),
        preprocessing=preprocessing,
        batch=max(recipe.batch, 64),
        compute=recipe.compute,
    )
    plan = Plan(
        recipe=recipe,
        epochs=recipe.epochs,
        batch=recipe.batch,
        steps=len(rows) // recipe.batch,
        batches=training.batches,
        loss=make_loss(recipe.loss),
        validation=validation,
    )
    return Sitting(resolved, dataset, preprocessing, plan, validation_images, dataset.targets(val_rows))


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
    if run.has(RECIPE):
        if run.read_splits() != rows:
            raise RunError(
                f"the data at {sitting.plan.recipe.data.path} have changed since {run.path} was begun; "
                "bring them back, or begin a new run with another --out"
            )
        return
    run.write_splits(rows)
    run.write_json(ENVIRONMENT, environment())
    run.write(RECIPE, config.to_toml(sitting.plan.recipe))


def _logged(run: RunFolder, events: Iterator[Event]) -> Iterator[Event]:
    """Each event is in `events.jsonl` before anybody else sees it."""
    for event in events:
        run.append_events([to_dict(event)])
        yield event


def _train(run: RunFolder, sitting: Sitting, resume: bool, stop: Callable[[], bool]) -> Iterator[Event]:
    plan, resolved = sitting.plan, sitting.resolved
    began = time.monotonic()

    def fresh() -> State:
        drawn = build(resolved.network, plan.recipe.seed, resolved.init)
        initialize(drawn, resolved)
        module = place(drawn, plan.recipe.compute)
        kind = torch.float32 if plan.recipe.compute.device.startswith("mps") else torch.float64
        loss_sum = torch.zeros((), dtype=kind, device=plan.recipe.compute.device)
        return State(module, make_optimizer(module, plan.recipe.optimizer), loss_sum)

    def save(state: State) -> None:
        run.write(CHECKPOINT, checkpoint.to_bytes(state, run.events_length()))

    def restored() -> State:
        state = fresh()
        if run.has(CHECKPOINT):
            checkpoint.restore(state, run.read(CHECKPOINT), str(run.path / CHECKPOINT))
        return state

    state = fresh()
    length = 0
    if run.has(CHECKPOINT):
        length = checkpoint.restore(state, run.read(CHECKPOINT), str(run.path / CHECKPOINT))
    run.truncate_events(length)
    if length:
        yield Resumed(
            time=now(),
            epoch=state.at.epoch + 1,
            step=state.at.epoch * plan.steps + state.at.cursor,
            epochs=plan.epochs,
            steps_per_epoch=plan.steps,
            batch=plan.batch,
        )
    else:
        yield _started(sitting)
        for text in (*sitting.dataset.notes, *resolved.notes):
            yield Note(text=text)
    try:
        yield from loop(state, plan, save, stop)
    except NotFinite:
        yield Note(
            text="training is no longer finite; it is repeated from the last checkpoint to find the step and the layer"
        )
        for _ in loop(restored(), plan, lambda _: None, inspect=True):
            pass
        raise AssertionError("a replay gives the same bits") from None
    if state.at.epoch < plan.epochs:
        return
    proportion, loss = _judge(state, sitting)
    run.write(MODEL, to_bytes(_model(state, sitting, proportion, loss)))
    yield Finished(
        time=now(),
        epoch=plan.epochs,
        step=plan.epochs * plan.steps,
        best_epoch=state.at.best_epoch,
        val_accuracy=proportion.value,
        val_low=proportion.low,
        val_high=proportion.high,
        seconds=state.at.seconds if length else time.monotonic() - began,
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
        val=len(sitting.validation_targets),
        network=resolved.reason,
        parameters=spent.params,
        macs=spent.macs,
        device=plan.recipe.compute.device,
        precision=plan.recipe.compute.precision,
    )


def _judge(state: State, sitting: Sitting) -> tuple[Proportion, float]:
    """The best weights on the validation images in float32, as the model file says it: accuracy and log loss."""
    module = build(sitting.resolved.network)
    module.load_state_dict(state.best)
    scores = logits(module.eval(), sitting.validation_images, sitting.preprocessing).astype(np.float64)
    targets = sitting.validation_targets
    top = scores.max(axis=1, keepdims=True)
    log_share = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    loss = -float(log_share[np.arange(len(targets)), targets].mean())
    return Proportion.of(int((scores.argmax(axis=1) == targets).sum()), len(targets)), loss


def _model(state: State, sitting: Sitting, proportion: Proportion, loss: float) -> Model:
    """The model file's content: nothing in it tells when, where or in how many sittings it was trained."""
    recipe, dataset = sitting.plan.recipe, sitting.dataset
    told = config.to_dict(replace(recipe, data=replace(recipe.data, path=""), init=Path(recipe.init).name))
    del told["data"]["path"]
    return Model(
        network=sitting.resolved.network,
        weights=state.best,
        classes=dataset.classes,
        preprocessing=sitting.preprocessing,
        card={
            "recipe": told,
            "data": {
                "name": dataset.table.name,
                "fingerprint": dataset.fingerprint,
                "train": len(dataset.rows("train")),
                "val": proportion.n,
            },
            "validation": {
                "accuracy": round(proportion.value, 6),
                "low": round(proportion.low, 6),
                "high": round(proportion.high, 6),
                "n": proportion.n,
                "loss": round(loss, 6),
            },
            "epoch": state.at.best_epoch,
            "versions": {"neocog": __version__, "torch": torch.__version__.split("+")[0]},
        },
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
