"""The runs in a folder: how good a way of training is whatever the seed, and what the runs are worth together.

    found = evaluate_runs("runs/lenet5", evaluate)       # a folder that holds lenet5's runs, one a seed
    print(found.sentence)

Each run is judged like any other, with its own report and its own line in its ledger; those that have been judged are
not opened again. Where the runs differ in their seed alone, their mean has an interval over other images and other
seeds. Runs that differ in more have no such mean; they are still set side by side and asked together. What came of it
is a page and a document in the folder, `runs.html` and `runs.json`.

With `test_time=ensemble` the runs also become one model (see `model/ensemble.py`), calibrated on validation and judged
like any other, in the folder `ensemble` beside them, where `neocog predict` takes it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neocog import __version__
from neocog.build import choose_device
from neocog.core.config import override
from neocog.core.errors import ModelFileError, RunError
from neocog.core.files import content_hash, make_folder
from neocog.core.run import MODEL, REPORT_DATA, RunFolder
from neocog.data import Progress, inspect
from neocog.evaluate.ensemble import Ensemble, ask, choose, gained
from neocog.evaluate.judge import report_on
from neocog.evaluate.judged import (
    Judged,
    differing_choices,
    read_chances,
    read_judged,
    refuse_mixed,
    refuse_unlike,
    run_folders,
)
from neocog.evaluate.measures import measure
from neocog.evaluate.options import EvaluateOptions, data_options
from neocog.evaluate.paired import mean_accuracy, spread
from neocog.evaluate.report import AnyReport, Report
from neocog.evaluate.retrust import recalibrated
from neocog.evaluate.runs_page import runs_page
from neocog.evaluate.subject import own_test_set, recipe_data, rows_of
from neocog.evaluate.together import FOLDER, TEST_TIME, Mean, Together
from neocog.evaluate.views import PASSES, Looker, Way
from neocog.model import Model, Trust, ensemble, load, to_bytes

RUNS = "runs.html"
RUNS_DATA = "runs.json"


def evaluate_runs(
    path: str | Path,
    judge: Callable[[Path, Mapping[str, str]], AnyReport],
    *,
    changes: Mapping[str, str] | None = None,
    command: str = "neocog.evaluate.evaluate_runs",
    progress: Progress | None = None,
) -> Together:
    """Judge the runs in a folder that have not been judged, by `judge`, and all of them together.

    With `changes` (dotted overrides, which `judge` is told) all are judged anew. Raises `RunError` where there are
    fewer than two runs, where one is there twice, or where they were split differently: an ensemble would have learned
    from its own test images.
    """
    place, changes = Path(path), dict(changes or {})
    options = override(EvaluateOptions(), changes)
    wanted = options.test_time == FOLDER
    if wanted:
        del changes[TEST_TIME]
    folders = run_folders(place)
    if len(folders) < 2:
        raise RunError(f"{place} must hold two runs or more to set side by side, got {len(folders)}; train another")
    changed = differing_choices(folders)
    if not changed:
        refuse_mixed(place, folders)
    refuse_other_splits(place, folders)
    models = [load(folder) for folder in folders]
    merged = _merged(models, folders) if wanted else None
    for folder in folders:
        if changes or not (folder / REPORT_DATA).is_file():
            judge(folder, changes)
    runs = tuple(map(read_judged, folders))
    refuse_unlike(runs)
    asked = _Asked(place, folders, models, runs, options, changes, progress)
    right = np.stack([run.right for run in runs])
    found = Together(
        path=place,
        runs=runs,
        changed=changed,
        mean=None
        if changed
        else Mean(accuracy=float(right.mean()), interval=mean_accuracy(right, runs[0].targets), spread=spread(right)),
        ensemble=asked.together(),
        model=asked.as_one(merged, command) if merged is not None else None,
    )
    created, kept = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), RunFolder(place)
    kept.write(RUNS, runs_page(found, created=created, version=__version__))
    kept.write_json(RUNS_DATA, found.to_dict())
    return found


def refuse_other_splits(path: Path, folders: tuple[Path, ...]) -> None:
    """Raise `RunError` unless runs trained, validated and test on the same images each."""
    sides = [sorted((row.hash, row.split) for row in RunFolder(folder).read_splits()) for folder in folders]
    for folder, other in zip(folders, sides, strict=True):
        if other != sides[0]:
            raise RunError(
                f"the runs in {path} must have split their images alike, got others in {folders[0].name} and "
                f"{folder.name}; train them on the same data with the same data.split_seed"
            )


def _merged(models: list[Model], folders: tuple[Path, ...]) -> Model:
    """The runs as one model, not calibrated yet."""
    try:
        merged = ensemble(models)
    except ModelFileError as error:
        raise RunError(f"the runs in {folders[0].parent} cannot become one model: {error}") from error
    members = [
        {"run": folder.name, "model": content_hash((folder / MODEL).read_bytes()), "seed": _seed(model)}
        for folder, model in zip(folders, models, strict=True)
    ]
    return replace(merged, card={"ensemble": members, "data": models[0].card.get("data", {})})


def _seed(model: Model) -> object:
    recipe = model.card.get("recipe")
    return recipe.get("seed") if isinstance(recipe, Mapping) else None


@dataclass(frozen=True, eq=False)
class _Asked:
    """Asks some runs together: their models, and how each was judged."""

    path: Path
    folders: tuple[Path, ...]
    models: list[Model]
    runs: tuple[Judged, ...]
    options: EvaluateOptions
    changes: Mapping[str, str]
    progress: Progress | None

    def together(self) -> Ensemble:
        """What they gain over the best single run, on validation and on the test images."""
        run, classes = RunFolder(self.folders[0]), self.models[0].classes
        data = inspect(data_options(recipe_data(run), self.changes), self.progress)
        lines = [line for line in run.read_splits() if line.split == "val"]
        members, validated = [], []
        for folder, model, judged in zip(self.folders, self.models, self.runs, strict=True):
            rows, targets = rows_of(lines, data, run, model.classes)
            member, chances = ask(self._looker(model), folder, data, rows, targets, _way(judged))
            members.append(member)
            validated.append(chances[:, [model.classes.index(name) for name in classes]])
        targets = rows_of(lines, data, run, classes)[1]
        best = choose([(each.accuracy.hits, each.log_loss) for each in members])
        sealed = [read_chances(each, classes) for each in self.runs]
        truth = np.array([classes.index(self.runs[0].classes[label]) for label in self.runs[0].targets])
        mean = np.mean(sealed, axis=0)
        return Ensemble(
            measures=measure(truth, mean / mean.sum(axis=1, keepdims=True), classes),
            members=tuple(members),
            validation=gained(validated, best, targets),
            sealed=gained(sealed, best, truth),
        )

    def as_one(self, merged: Model, command: str) -> Report:
        """The runs as one model, calibrated, in a folder of its own, and judged there."""
        run = RunFolder(self.folders[0])
        subject = own_test_set(run, merged.classes, self.changes, self.progress)
        device = choose_device(self.options.compute.device)
        error = self.options.trust.error
        if not any(key.startswith("trust.") for key in self.changes):
            error = float((self.models[0].calibration or {}).get("error", Trust.error))
        told = recalibrated(merged, run, subject.data, error, device, progress=self.progress)
        folder = RunFolder(self.path / FOLDER)
        make_folder(folder.path)
        content = to_bytes(told)
        folder.write(MODEL, content)
        report = report_on(
            self._looker(told),
            subject,
            folder,
            ledger=folder,
            name=f"ensemble of {self.path.resolve().name}",
            model_hash=content_hash(content),
            command=command,
            run=run,
        )
        assert isinstance(report, Report), "the members of an ensemble name one class a sample"
        return report

    def _looker(self, model: Model) -> Looker:
        device = choose_device(self.options.compute.device)
        return Looker(model, model.module().to(device), device, self.options.compute.batch, self.progress)


def _way(judged: Judged) -> Way:
    """The views of each image that a run was judged with."""
    told = str((judged.report.get(TEST_TIME) or {}).get("way"))
    return next((way for way in PASSES if way == told), "none")
