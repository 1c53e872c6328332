"""Calibrate the model of a run anew: temperature, threshold and gauges are replaced in its file, weights never.

Only the run's training and validation images are looked at, found again by their content. Where validation is too small
for a promise, the answers of networks that were trained on folds take its place; whoever calls hands over what trains.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from neocog.core.errors import ModelFileError, RecipeError
from neocog.core.run import MODEL, SPLITS, RunFolder
from neocog.data import Dataset, Progress, inspect, prepared
from neocog.evaluate.options import TrustChoice, data_options
from neocog.evaluate.subject import recipe_data, rows_of
from neocog.evaluate.words import percent
from neocog.model import (
    Labelled,
    Model,
    Trial,
    acquainted,
    calibrated,
    needed,
    require_classes,
    seen,
    to_bytes,
    trial,
    unreachable,
)

Refit: TypeAlias = Callable[[Path, int], Trial]
"""Trains so many networks on folds of a run's training and validation images, and gives their answers."""


def retrusted(
    path: Path,
    model: Model,
    run: RunFolder | None,
    choice: TrustChoice,
    changes: Mapping[str, str],
    device: str,
    refit: Refit | None = None,
    progress: Progress | None = None,
) -> Model:
    """The model of a run with a new calibration, in its file too.

    Raises `ModelFileError` where the model at `path` is not that of a run, `RecipeError` where the wished error rate
    cannot be promised: the file is left as it was then.
    """
    if run is None or not run.has(SPLITS):
        raise ModelFileError(
            f"{path} is no run folder, so its training and validation images are not known; give the run's folder with "
            "--set trust.error"
        )
    require_classes(model, "trust.error")
    if choice.folds and refit is None:
        raise RecipeError("`trust.folds` trains networks, and nothing here can; use the command line")
    images = sum(line.split in ("train", "val") for line in run.read_splits())
    if choice.folds and images < needed(choice.error):
        raise RecipeError(
            f"at most {percent(choice.error)} wrong cannot be promised from {images:,} training and validation images: "
            f"{needed(choice.error):,} are needed even without a mistake; wish for less with --set trust.error, or "
            "bring more images"
        )
    data = inspect(data_options(recipe_data(run), changes), progress)
    tried = refit(run.path, choice.folds) if choice.folds and refit else None
    told = recalibrated(model, run, data, choice.error, device, tried, choice.folds, progress)
    assert told.calibration is not None, "it has just been measured"
    if not told.calibration["answered"]:
        raise RecipeError("; ".join(unreachable(told.calibration)))
    with run.lock():
        run.write(MODEL, to_bytes(told))
    return told


def recalibrated(
    model: Model,
    run: RunFolder,
    data: Dataset,
    error: float,
    device: str,
    tried: Trial | None = None,
    folds: int = 0,
    progress: Progress | None = None,
) -> Model:
    """The model with gauges, temperature and threshold from the training and validation images of a run.

    `tried` is what networks that were trained on `folds` say, in place of what the model says on validation. Nothing is
    written, and what cannot be promised is no error.
    """
    lines = run.read_splits()
    sides = {}
    for side in ("train", "val"):
        rows, targets = rows_of([line for line in lines if line.split == side], data, run, model.classes)
        images = prepared(
            data.table, data.scan, rows, model.preprocessing, cache_gb=data.options.cache_gb, progress=progress
        )
        sides[side] = Labelled(images, targets)
    module, validation = model.module().to(device), sides["val"]
    found = seen(model, validation.images, module, device=device)
    known = acquainted(model, sides["train"], found, module, device)
    return calibrated(known, tried or trial(known, found, validation.targets), error, folds)
