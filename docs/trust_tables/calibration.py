"""How far the confidence of trained networks can be believed, before and after calibration, and what silence buys.

Each case trains a network as a user would, evaluates it once on its sealed test set, and asks it about images that it
should refuse. `rows` gives the first table, `refusals` the second; both go on from trainings that are in `out` already.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neocog.core import config
from neocog.data import DataOptions, Images, Pixels, inspect, load, prepared
from neocog.evaluate import Report, evaluate
from neocog.model import Model, predict
from neocog.model import load as load_model
from neocog.train import Recipe, is_finished, train

HEAD = (
    "data",
    "network",
    "says / is right, before",
    "after",
    "calibration error, before",
    "after (95 % interval)",
    "log loss, before",
    "after",
    "temperature",
    "wrong at most",
    "answers",
    "of these wrong (95 % interval)",
)
REFUSALS_HEAD = ("model", "own test images", "noise", "plain colors", "steel surfaces", "photos")
FOREIGN = {"steel surfaces": "neu-surface-defects.zip", "photos": "ants-bees-photos.zip"}
COUNT = 500
"""Images of noise and of plain colors."""


@dataclass(frozen=True)
class Case:
    """A training, and the share of wrong answers that is wished for."""

    name: str
    place: str
    """`digits`, or a name in the folder of real data."""
    error: float
    changes: dict[str, str] = field(default_factory=dict)


CASES = (
    Case("digits", "digits", 0.03),
    Case("MNIST", "mnist", 0.01, {"net": "lenet5", "epochs": "3"}),
    Case("NEU", "neu-surface-defects.zip", 0.05),
)


def rows(shared: Path, out: Path, cases: tuple[Case, ...] = CASES) -> list[tuple[str, ...]]:
    """The lines of the table of calibration, as texts under `HEAD`."""
    return [_row(case, _judged(case, shared, out)) for case in cases]


def refusals(shared: Path, out: Path, cases: tuple[Case, ...] = CASES) -> list[tuple[str, ...]]:
    """The lines of the table of refusals, as texts under `REFUSALS_HEAD`: the share of images that get no answer."""
    return [tuple(_refused(case, shared, out)) for case in cases]


def _trained(case: Case, shared: Path, out: Path) -> Path:
    folder = out / case.name
    place = case.place if case.place == "digits" else str(shared / case.place)
    if not (folder.exists() and is_finished(folder)):
        recipe = config.override(Recipe(), {"data.path": place, "trust.error": str(case.error), **case.changes})
        for _ in train(recipe, folder, resume=True):
            pass
    return folder


def _judged(case: Case, shared: Path, out: Path) -> Report:
    return evaluate(_trained(case, shared, out), command="docs")


def _row(case: Case, report: Report) -> tuple[str, ...]:
    measures, trust = report.measures, report.reliance
    assert trust is not None, "a new run is calibrated"
    before, error, around = trust.before, measures.calibration.error, measures.intervals.calibration_error
    right = 100 * measures.accuracy.value
    answered = f"{100 * trust.answered.value:.1f} %" if trust.answered else "all"
    wrong = "none given"
    if trust.wrong:
        wrong = f"{100 * trust.wrong.value:.1f} % ({100 * trust.wrong.low:.1f} to {100 * trust.wrong.high:.1f})"
    return (
        f"{case.name}, {measures.n:,} test images",
        case.changes.get("net", "auto"),
        f"{100 * before.calibration.confidence:.1f} / {right:.1f} %",
        f"{100 * measures.calibration.confidence:.1f} / {right:.1f} %",
        f"{100 * before.calibration.error:.1f} points",
        f"{100 * error:.1f} ({100 * around.low:.1f} to {100 * around.high:.1f})",
        f"{before.log_loss:.3f}",
        f"{measures.log_loss:.3f}",
        f"{trust.calibration['temperature']:.2f}",
        f"{100 * trust.error:g} %",
        answered,
        wrong,
    )


def _refused(case: Case, shared: Path, out: Path) -> Iterator[str]:
    folder = _trained(case, shared, out)
    model = load_model(folder)
    recipe = config.from_toml(Recipe, (folder / "recipe.toml").read_text(), case.name)
    data = load(recipe.data)
    yield case.name
    yield _share(model, prepared(data.table, data.scan, data.rows("test"), model.preprocessing))
    yield _share(model, _inside(model, _noise(model)))
    yield _share(model, _inside(model, _plain(model)))
    for name in FOREIGN.values():
        if name == case.place:
            yield "its own kind"
            continue
        other = inspect(DataOptions(path=str(shared / name)))
        yield _share(model, prepared(other.table, other.scan, other.scan.readable, model.preprocessing))


def _share(model: Model, images: Images) -> str:
    answers = predict(model, images[:])
    return f"{100 * np.mean([not answer.sure for answer in answers]):.1f} %"


def _noise(model: Model) -> Pixels:
    shape = _shape(model)
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def _plain(model: Model) -> Pixels:
    shape = _shape(model)
    colors: Any = np.random.default_rng(1).integers(0, 256, (*shape[:2], 1, 1))
    return np.broadcast_to(colors, shape).astype(np.uint8)


def _shape(model: Model) -> tuple[int, int, int, int]:
    made = model.preprocessing
    height, width = (side - 2 * made.border for side in made.size)
    return COUNT, made.channels, height, width


def _inside(model: Model, images: Pixels) -> Pixels:
    """The images within the model's border."""
    border = model.preprocessing.border
    return np.pad(images, ((0, 0), (0, 0), (border, border), (border, border)))
