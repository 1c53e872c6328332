"""A study of a data set from what is asked to what is written: the trainings that it takes, and what came of them.

    parts = planned(Recipe(data=DataOptions(path="digits")), CheckOptions(labels=True), dataset)
    for part, event in trained(parts, out):
        ...
    study = concluded(parts, out)

Its folder holds `check.html`, the page; `suspects.csv` and `curve.csv`, the numbers; and the trainings as runs.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog import __version__
from neocog.core.errors import RunError
from neocog.core.run import RunFolder
from neocog.data import Dataset, Progress
from neocog.data.pictures import row_picture
from neocog.studies.curve import LearningCurve, curve_parts, learning_curve
from neocog.studies.folds import fold_parts, out_of_fold
from neocog.studies.options import CheckOptions
from neocog.studies.page import MOST_PICTURES, page
from neocog.studies.parts import Part, base
from neocog.studies.suspects import Suspects, find_suspects
from neocog.train import Recipe

PAGE = "check.html"
SUSPECTS = "suspects.csv"
CURVE = "curve.csv"


@dataclass(frozen=True)
class Study:
    """What the trainings of a study came to."""

    suspects: Suspects | None
    """The doubtful labels, where they were asked for."""
    curve: LearningCurve | None
    """The learning curve, where it was asked for."""
    folder: Path
    """Where the page and the tables are."""

    def document(self) -> dict[str, Any]:
        """The study as plain lists, texts and numbers, for JSON."""
        told: dict[str, Any] = {"folder": str(self.folder)}
        if self.suspects is not None:
            found = self.suspects
            told["labels"] = {**asdict(found), "agreement": found.agreement.value, "credible": found.credible}
        if self.curve is not None:
            told["curve"] = asdict(self.curve)
        return told


def planned(recipe: Recipe, options: CheckOptions, dataset: Dataset) -> tuple[Part, ...]:
    """The trainings that a study takes; none where nothing is asked for. Raises what `resolve` raises."""
    if not (options.labels or options.curve):
        return ()
    shared = base(recipe, dataset)
    folds = fold_parts(shared, options.folds) if options.labels else ()
    return (*folds, *(curve_parts(shared, options.repeats) if options.curve else ()))


def require_room(parts: Sequence[Part], out: Path) -> None:
    """Raise `RunError` where a folder holds something else than this study."""
    if out.is_dir() and not any((out / part.name).is_dir() for part in parts):
        held = [entry.name for entry in out.iterdir() if not entry.name.startswith(".")]
        if held:
            raise RunError(f"{out} holds {held[0]} and no study to go on with; choose another --out")
    elif out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file, and a study needs a folder; choose another --out")


def concluded(parts: Sequence[Part], dataset: Dataset, out: Path, progress: Progress | None = None) -> Study:
    """Conclude from the trained parts below `out`, and write the page and the tables there."""
    folds = tuple(part for part in parts if part.recipe.data.folds)
    curve = tuple(part for part in parts if not part.recipe.data.folds)
    study = Study(
        find_suspects(out_of_fold(folds, out, progress)) if folds else None,
        learning_curve(curve, out, progress) if curve else None,
        out,
    )
    _write(study, dataset)
    return study


def _write(study: Study, dataset: Dataset) -> None:
    folder = RunFolder(study.folder)

    def read(row: int) -> NDArray[np.uint8]:
        return row_picture(dataset.table, row)

    if study.suspects is not None:
        columns = ["rank", "likely", "file", "split", "label", "suggested", "p_label", "p_suggested"]
        folder.write_table(
            SUSPECTS,
            columns,
            (
                [
                    place,
                    int(place <= study.suspects.estimated),
                    each.file,
                    each.side,
                    each.label,
                    each.suggested,
                    f"{each.label_probability:.6f}",
                    f"{each.suggested_probability:.6f}",
                ]
                for place, each in enumerate(study.suspects.ranked, 1)
            ),
        )
    if study.curve is not None:
        folder.write_table(
            CURVE,
            ["images", "repeat", "accuracy"],
            (
                [point.images, repeat, f"{accuracy:.6f}"]
                for point in study.curve.points
                for repeat, accuracy in enumerate(point.accuracies, 1)
            ),
        )
    shown = study.suspects.likely[:MOST_PICTURES] if study.suspects is not None else ()
    text = page(
        dataset.table.name,
        study.suspects,
        study.curve,
        [(each, read) for each in shown],
        created=time.strftime("%Y-%m-%d", time.gmtime()),
        version=__version__,
    )
    folder.write(PAGE, text)
