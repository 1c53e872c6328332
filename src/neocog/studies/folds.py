"""Out-of-fold predictions: for every training and validation image the answer of a network that never learned from it.

The images are divided into folds; for each fold a network learns from the others. The sealed test set takes no part.
A network's best epoch is chosen by the very fold that it answers for, which flatters its accuracy by a little, and says
nothing about single images.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neocog.build import choose_device
from neocog.core.proportion import Proportion
from neocog.core.run import MODEL
from neocog.data import Dataset, Progress, load, prepared
from neocog.model import load as load_model
from neocog.model import logits, probabilities
from neocog.studies.parts import Part
from neocog.train import Recipe


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """The answers for n images of K classes."""

    dataset: Dataset
    """The data as it is without folds."""
    rows: NDArray[np.int64]
    """The rows that were answered for, in the table's order (n)."""
    targets: NDArray[np.int64]
    """Their classes by their labels (n)."""
    probabilities: NDArray[np.float64]
    """What the networks give to each class (n, K)."""

    @property
    def accuracy(self) -> Proportion:
        """How many of the answers agree with the label."""
        return Proportion.of(int((self.probabilities.argmax(axis=1) == self.targets).sum()), len(self.rows))


def fold_parts(recipe: Recipe, folds: int) -> tuple[Part, ...]:
    """A training for each fold, by a study's `base` recipe."""
    return tuple(
        Part(name=f"fold-{fold}", recipe=replace(recipe, data=replace(recipe.data, folds=folds, fold=fold)))
        for fold in range(1, folds + 1)
    )


def out_of_fold(parts: tuple[Part, ...], out: Path, progress: Progress | None = None) -> OutOfFold:
    """The answers of the trained parts below `out`, each for the images of its fold.

    Images of a class with one picture only are in no fold, for then no network would know the class.
    """
    rows, answers = [], []
    for part in parts:
        data = load(part.recipe.data, progress)
        model = load_model(out / part.name / MODEL)
        asked = data.rows("val")
        images = prepared(
            data.table, data.scan, asked, model.preprocessing, cache_gb=data.options.cache_gb, progress=progress
        )
        device = choose_device(part.recipe.compute.device)
        values = logits(model.module().to(device), images, model.preprocessing, device=device)
        rows.append(asked)
        answers.append(probabilities(values))  # the temperature was fitted to the very labels in doubt
    order = np.argsort(np.concatenate(rows), kind="stable")
    found = np.concatenate(rows)[order]
    whole = load(replace(parts[0].recipe.data, folds=0, fold=1), progress)
    return OutOfFold(whole, found, whole.targets(found), np.concatenate(answers)[order])
