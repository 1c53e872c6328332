"""Several runs of one recipe: how good the way of training is whatever the seed, and what the runs are together.

    together = evaluate_runs("runs/lenet5")       # a folder that holds lenet5's runs, one a seed
    print(together.sentence)

Each run is judged like any other, with its own report and its own line in its ledger; those that have been judged are
not opened again. The mean over the runs has an interval over other images and other seeds. Their ensemble says the mean
of their probabilities; what that gains over one run is measured on validation, as what several views of an image gain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neocog.build import choose_device
from neocog.core.config import override
from neocog.core.errors import RunError
from neocog.core.run import REPORT_DATA, RunFolder
from neocog.data import Progress, inspect
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.checked import answers
from neocog.evaluate.judged import Judged, read_chances, read_runs, refuse_mixed, run_folders
from neocog.evaluate.measures import Measures, measure
from neocog.evaluate.options import EvaluateOptions, data_options
from neocog.evaluate.paired import difference, mean_accuracy, spread
from neocog.evaluate.report import Report
from neocog.evaluate.subject import recipe_data, rows_of
from neocog.evaluate.views import Gain, Looker
from neocog.evaluate.words import clean, count, interval, number, percent
from neocog.model import load


@dataclass(frozen=True, kw_only=True)
class Together:
    """Runs that differ in their seed alone, judged on the same images."""

    name: str
    runs: tuple[Judged, ...]
    accuracy: float
    """The mean over the runs."""
    interval: Interval
    spread: float
    """The deviation of the runs' accuracies."""
    ensemble: Measures
    """The figures of the mean of their probabilities."""
    gain: Gain
    """What the ensemble gains over one run, on validation images."""

    @property
    def sentence(self) -> str:
        """The verdict on the way of training."""
        images = count(self.ensemble.n, "image")
        return (
            f"{count(len(self.runs), 'run')} of {clean(self.name)} name {percent(self.accuracy)} of {images} right on "
            f"average (95 % interval over images and seeds {interval(self.interval)}); one run lies "
            f"{100 * self.spread:.1f} points from their mean (standard deviation)."
        )

    @property
    def together(self) -> str:
        """What the ensemble comes to."""
        share = self.ensemble.accuracy
        return (
            f"Together, as the mean of their probabilities, they name {number(share.hits)} right: "
            f"{percent(share.value)} (95 % interval {interval(share)}). Against one run, {self.gain.sentence}."
        )

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        return {
            "name": self.name,
            "n": self.ensemble.n,
            "accuracy": self.accuracy,
            "accuracy_low": self.interval.low,
            "accuracy_high": self.interval.high,
            "spread": self.spread,
            "sentence": self.sentence,
            "runs": [
                {"name": run.name, "seed": run.recipe.get("seed")}
                | {key: run.report[key] for key in ("accuracy", "accuracy_low", "accuracy_high")}
                for run in self.runs
            ],
            "ensemble": self.ensemble.to_dict(),
            "gain": self.gain.to_dict(),
        }


def evaluate_runs(
    path: str | Path,
    judge: Callable[[Path], Report],
    *,
    changes: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Together:
    """Judge the runs in a folder that have not been judged, by `judge`, and all of them together.

    With `changes` (dotted overrides) all are judged anew. Raises `RunError` where the runs differ in more than their
    seed, or were split differently: an ensemble would have learned from its own test images.
    """
    place, changes = Path(path), changes or {}
    folders = run_folders(place)
    refuse_mixed(place, folders)
    refuse_other_splits(place, folders)
    for folder in folders:
        if changes or not (folder / REPORT_DATA).is_file():
            judge(folder)
    runs = read_runs(place)
    right = np.stack([run.right for run in runs])
    chances = np.mean([read_chances(run, runs[0].classes) for run in runs], axis=0)
    return Together(
        name=place.resolve().name,
        runs=runs,
        accuracy=float(right.mean()),
        interval=mean_accuracy(right, runs[0].targets),
        spread=spread(right),
        ensemble=measure(runs[0].targets, chances / chances.sum(axis=1, keepdims=True), runs[0].classes),
        gain=_gain(folders, changes, progress),
    )


def refuse_other_splits(path: Path, folders: tuple[Path, ...]) -> None:
    """Raise `RunError` unless runs trained, validated and test on the same images each."""
    sides = [sorted((row.hash, row.split) for row in RunFolder(folder).read_splits()) for folder in folders]
    for folder, other in zip(folders, sides, strict=True):
        if other != sides[0]:
            raise RunError(
                f"the runs in {path} must have split their images alike, got others in {folders[0].name} and "
                f"{folder.name}; train them on the same data with the same data.split_seed"
            )


def _gain(folders: tuple[Path, ...], changes: Mapping[str, str], progress: Progress | None) -> Gain:
    """What the ensemble gains over its runs on their validation images."""
    options = override(EvaluateOptions(), changes)
    device = choose_device(options.compute.device)
    run = RunFolder(folders[0])
    data = inspect(data_options(recipe_data(run), changes), progress)
    lines = [line for line in run.read_splits() if line.split == "val"]
    chances = []
    for folder in folders:
        model = load(folder)
        rows, targets = rows_of(lines, data, run, model.classes)
        looker = Looker(model, model.module().to(device), device, options.compute.batch, progress)
        chances.append(looker.chances(data, rows, "none"))
    single = np.stack([answers(each) == targets for each in chances])
    ensemble = np.asarray(answers(np.mean(chances, axis=0)) == targets)[None]
    return Gain(
        way=f"ensemble of {len(folders)}",
        passes=len(folders),
        images=len(targets),
        difference=difference(single, ensemble, targets),
    )
