"""An evaluation read back from its folder: `report.json` and `predictions.csv`, checked against each other.

What compares models reads these and computes no prediction, so it opens no test set. A folder is one run, evaluated,
or holds several that differ in their seed alone: then it stands for the way they were trained, not for one's luck.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from neocog.core.errors import NetworkError, RunError
from neocog.core.run import PREDICTIONS, RECIPE, REPORT, REPORT_DATA, RunFolder
from neocog.data import target
from neocog.evaluate.checked import Probabilities, Targets
from neocog.evaluate.paired import Right
from neocog.evaluate.predictions import FIXED, columns
from neocog.evaluate.words import count, listed
from neocog.network import Cost, cost, parse

_CHANCE = ("seed",)
_MEANS = ("compute", "checkpoint")
"""Parts of a recipe that say how it is computed, not what."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A model's answers to the samples of a test set, and the report on them."""

    path: Path
    report: Mapping[str, Any]
    """`report.json`."""
    files: tuple[str, ...]
    """The samples, in the order of their names."""
    targets: Targets
    """Their classes [n], counted as `classes` counts them."""
    answers: Targets

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the model's order."""
        return tuple(self.report["classes"])

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.resolve().name

    @property
    def right(self) -> Right:
        """Which samples it names right. Shape [n]."""
        return np.asarray(self.targets == self.answers)

    @property
    def seconds(self) -> float | None:
        """How long its training took, where that is known."""
        told = self.report.get("seconds")
        return None if told is None else float(told)

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What was chosen for its training, as far as it is known."""
        told = self.report.get("card", {}).get("recipe", {})
        return {name: value for name, value in told.items() if name not in _MEANS}

    @property
    def cost(self) -> Cost | None:
        """Parameters and operations of its network; `None` where this version does not know its layers."""
        try:
            return cost(parse(self.report["network"]))
        except NetworkError:
            return None


def read_judged(path: Path) -> Judged:
    """One evaluation; raises `RunError` where there is none, or where its files do not fit each other."""
    folder = RunFolder(path)
    if not folder.has(REPORT_DATA) or not folder.has(PREDICTIONS):
        if folder.has(RECIPE):
            raise RunError(f"{path} has not been evaluated; do that first: neocog evaluate {path}")
        raise RunError(
            f"{path} must be a run or a folder of runs, and it holds neither; give a folder that `neocog train` or "
            "`neocog evaluate` printed"
        )
    report = folder.read_json(REPORT_DATA)
    task = report.get("task", "class")
    if task != "class":
        raise RunError(
            f"{path} answers {target(task).words}, and only runs that name one class a "
            f"sample are put side by side; look at {path / REPORT}"
        )
    anew = f"evaluate it again: neocog evaluate {path}"
    try:
        classes, matrix = tuple(report["classes"]), np.array(report["confusion"])
        assert {"test_hash", "model_hash", "network", "subject"} <= set(report)
    except (KeyError, AssertionError) as error:
        raise RunError(f"{path / REPORT_DATA} does not say all that a report says; {anew}") from error
    rows = sorted(folder.read_columns(PREDICTIONS, columns(classes)[:3]))
    index = {name: place for place, name in enumerate(classes)}
    unknown = {name for _, *names in rows for name in names} - set(index)
    targets, answers = (np.array([index.get(row[place], 0) for row in rows], dtype=np.int64) for place in (1, 2))
    found = np.zeros_like(matrix)
    np.add.at(found, (targets, answers), 1)
    if unknown or not np.array_equal(found, matrix):
        raise RunError(f"{path / PREDICTIONS} is not what {REPORT_DATA} was made from; {anew}")
    return Judged(path, report, tuple(row[0] for row in rows), targets, answers)


def read_runs(path: Path) -> tuple[Judged, ...]:
    """One evaluated run, or all runs in a folder of runs, which must differ in their seed alone.

    Raises `RunError` where one has not been evaluated or was trained in another way.
    """
    inside = run_folders(path)
    if not inside:
        return (read_judged(path),)
    refuse_mixed(path, inside)
    waiting = [each for each in inside if not (each / REPORT_DATA).is_file()]
    if waiting:
        raise RunError(
            f"{len(waiting)} of the {count(len(inside), 'run')} in {path} have not been evaluated "
            f"({listed([each.name for each in waiting], 3)}); do that first: neocog evaluate {path}"
        )
    runs = tuple(map(read_judged, inside))
    refuse_unlike(runs)
    return runs


def read_chances(judged: Judged, classes: tuple[str, ...]) -> Probabilities:
    """The probabilities [n, K] that an evaluation gave, in the order of its samples and of some classes."""
    names = dict(zip(judged.classes, columns(judged.classes)[len(FIXED) :], strict=True))
    rows = RunFolder(judged.path).read_columns(PREDICTIONS, ["file", *(names[each] for each in classes)])
    return np.array([row[1:] for row in sorted(rows)], dtype=np.float64)


def run_folders(path: Path) -> tuple[Path, ...]:
    """The runs that a folder holds, by their names; none where it is itself a run, or a report."""
    if not path.is_dir() or any((path / name).is_file() for name in (RECIPE, REPORT_DATA)):
        return ()
    return tuple(each for each in sorted(path.iterdir()) if (each / RECIPE).is_file())


def refuse_mixed(path: Path, folders: Sequence[Path]) -> None:
    """Raise `RunError` unless the recipes of the runs in a folder differ in their seed, and in nothing else."""
    recipes = [_recipe(folder) for folder in folders]
    for folder, other in zip(folders, recipes, strict=True):
        wrong = differing(recipes[0], other)
        if wrong:
            raise RunError(
                f"the runs in {path} must differ in their seed alone, got another {listed(wrong, 3)} in {folder.name}; "
                "give one of them, or put those that belong together into a folder"
            )
    seeds = [each.get("seed") for each in recipes]
    if len(set(seeds)) < len(seeds):
        twice = next(seed for seed in seeds if seeds.count(seed) > 1)
        raise RunError(f"the runs in {path} must each have a seed of their own, got {twice} twice; leave one out")


def differing_choices(folders: Sequence[Path]) -> tuple[str, ...]:
    """The dotted choices, besides the seed, in which the recipes of some runs differ."""
    recipes = [_recipe(folder) for folder in folders]
    found = {name for each in recipes for name in differing(recipes[0], each)}
    return tuple(sorted(found, key=lambda name: (name != "net", name)))


def _recipe(folder: Path) -> Mapping[str, Any]:
    """What was chosen for a run, by its recipe."""
    try:
        told = tomllib.loads(RunFolder(folder).read_text(RECIPE))
    except tomllib.TOMLDecodeError as error:
        raise RunError(f"{folder / RECIPE} is not TOML: {error}; mend that line") from error
    return {name: value for name, value in told.items() if name not in _MEANS}


def differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """The dotted choices, besides the seed, in which two recipes differ."""
    found = []
    for name in sorted({*first, *second} - set(_CHANCE)):
        one, other = first.get(name), second.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += [f"{name}.{inner}" for inner in differing(one, other)]
        elif one != other:
            found.append(name)
    return found


def refuse_unlike(runs: Sequence[Judged]) -> None:
    """Raise `RunError` unless all were judged on the same samples with the same classes."""
    first = runs[0]
    for other in runs[1:]:
        both = f"{first.path} and {other.path}"
        if first.report["test_hash"] != other.report["test_hash"]:
            raise RunError(
                f"{both} must be judged on the same images, got {first.report['subject']} ({len(first.files):,}) and "
                f"{other.report['subject']} ({len(other.files):,}), which differ in content; judge both on the same: "
                f"neocog evaluate {quote(str(other.path))} DATA"
            )
        if set(first.classes) != set(other.classes):
            odd = sorted(set(first.classes) ^ set(other.classes))
            raise RunError(f"{both} must have the same classes, got {listed(odd)} in one only; compare others")
        if first.files != other.files:
            raise RunError(
                f"{both} name the same images differently, for they were moved or read elsewhere; evaluate both "
                f"again on one: neocog evaluate {quote(str(first.path))} DATA"
            )
        labels = [[run.classes[label] for label in run.targets] for run in (first, other)]
        relabeled = [name for name, one, two in zip(first.files, *labels, strict=True) if one != two]
        if relabeled:
            raise RunError(
                f"{both} must be judged by the same labels, got others for {listed(relabeled, 3)}; evaluate both again"
            )
