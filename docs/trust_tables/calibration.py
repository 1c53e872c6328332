"""How far the confidence of trained networks can be believed, before and after calibration, and what silence buys.

    PYTHONPATH=docs python -m trust_tables.calibration OUT      # some ten minutes; goes on where it was stopped

Each case trains a network in OUT as a user would, evaluates it on its sealed test set, and asks it about images that it
should refuse. What came of it is kept in `calibration.json`.
"""

import argparse
import sys
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
from trust_tables import kept

KEPT = kept.HERE / "calibration.json"
HEAD = (
    "images",
    "test images",
    "sure / right, before",
    "after",
    "calibration error, before",
    "after (95 % interval)",
    "log loss, before",
    "after",
    "temperature",
)
SILENCE_HEAD = ("images", "wished: wrong at most", "answers", "of these wrong (95 % interval)")
REFUSALS_HEAD = ("model of", "its own test images", "noise", "plain colors", "steel surfaces", "photos")
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


@dataclass(frozen=True, kw_only=True)
class Row:
    """A trained network on its test set; shares from 0 to 1."""

    data: str
    images: int
    """Of the test set."""
    right: float
    sure_before: float
    """The mean confidence; what ends in `before` is without the temperature."""
    sure: float
    error_before: float
    """The expected calibration error."""
    error: float
    error_low: float
    error_high: float
    loss_before: float
    loss: float
    temperature: float
    wished: float
    """The share of wrong answers that is allowed."""
    answered: float | None
    """None without a threshold."""
    wrong: float | None
    """Of the answers; None where there is none."""
    wrong_low: float | None
    wrong_high: float | None
    refused: dict[str, float]
    """The share that gets no answer of each kind of images, its own first."""

    def cells(self) -> tuple[str, ...]:
        """The row as texts under `HEAD`."""
        return (
            self.data,
            f"{self.images:,}",
            f"{100 * self.sure_before:.1f} / {100 * self.right:.1f} %",
            f"{100 * self.sure:.1f} / {100 * self.right:.1f} %",
            f"{100 * self.error_before:.1f} points",
            f"{100 * self.error:.1f} ({100 * self.error_low:.1f} to {100 * self.error_high:.1f})",
            f"{self.loss_before:.3f}",
            f"{self.loss:.3f}",
            f"{self.temperature:.2f}",
        )

    def silence(self) -> tuple[str, ...]:
        """The row as texts under `SILENCE_HEAD`."""
        answered = "all, no threshold" if self.answered is None else f"{100 * self.answered:.1f} %"
        wrong = "–"
        if self.wrong is not None and self.wrong_low is not None and self.wrong_high is not None:
            wrong = f"{100 * self.wrong:.1f} % ({100 * self.wrong_low:.1f} to {100 * self.wrong_high:.1f})"
        return self.data, f"{100 * self.wished:g} %", answered, wrong

    def refusals(self) -> tuple[str, ...]:
        """The row as texts under `REFUSALS_HEAD`."""
        shares = (self.refused.get(name) for name in REFUSALS_HEAD[1:])
        return self.data, *("its own kind" if share is None else f"{100 * share:.1f} %" for share in shares)


def rows(path: Path = KEPT) -> list[Row]:
    """The rows of what has been measured."""
    return [Row(**each) for each in kept.read(path)]


def tables(found: list[Row]) -> tuple[str, str, str]:
    """Calibration, what silence buys, and refusals, in Markdown."""
    return (
        kept.markdown(HEAD, (row.cells() for row in found)),
        kept.markdown(SILENCE_HEAD, (row.silence() for row in found)),
        kept.markdown(REFUSALS_HEAD, (row.refusals() for row in found)),
    )


def measure(shared: Path, out: Path, cases: tuple[Case, ...] = CASES) -> list[Row]:
    """Train what is missing in `out`, evaluate and ask."""
    return [_row(case, shared, out) for case in cases]


def _trained(case: Case, shared: Path, out: Path) -> Path:
    folder = out / case.name
    place = case.place if case.place == "digits" else str(shared / case.place)
    if not (folder.exists() and is_finished(folder)):
        recipe = config.override(Recipe(), {"data.path": place, "trust.error": str(case.error), **case.changes})
        for _ in train(recipe, folder, resume=True):
            pass
    return folder


def _row(case: Case, shared: Path, out: Path) -> Row:
    folder = _trained(case, shared, out)
    report = evaluate(folder, command="docs")
    assert isinstance(report, Report), "its classes were learned"
    measures, trust = report.measures, report.reliance
    assert trust is not None, "a new run is calibrated"
    around = measures.intervals.calibration_error
    return Row(
        data=case.name,
        images=measures.n,
        right=measures.accuracy.value,
        sure_before=trust.before.calibration.confidence,
        sure=measures.calibration.confidence,
        error_before=trust.before.calibration.error,
        error=measures.calibration.error,
        error_low=around.low,
        error_high=around.high,
        loss_before=trust.before.log_loss,
        loss=measures.log_loss,
        temperature=float(trust.calibration["temperature"]),
        wished=trust.error,
        answered=trust.answered.value if trust.answered else None,
        wrong=trust.wrong.value if trust.wrong else None,
        wrong_low=trust.wrong.low if trust.wrong else None,
        wrong_high=trust.wrong.high if trust.wrong else None,
        refused=_refused(case, shared, folder),
    )


def _refused(case: Case, shared: Path, folder: Path) -> dict[str, float]:
    model = load_model(folder)
    recipe = config.from_toml(Recipe, (folder / "recipe.toml").read_text(), case.name)
    data = load(recipe.data)
    own = prepared(data.table, data.scan, data.rows("test"), model.pictured)
    images = {"its own test images": own, "noise": _noise(model), "plain colors": _plain(model)}
    for name, place in FOREIGN.items():
        if place != case.place:
            other = inspect(DataOptions(path=str(shared / place)))
            images[name] = prepared(other.table, other.scan, other.scan.readable, model.pictured)
    return {name: _share(model, each) for name, each in images.items()}


def _share(model: Model, images: Images) -> float:
    return float(np.mean([not answer.sure for answer in predict(model, images[:])]))


def _noise(model: Model) -> Pixels:
    return _inside(model, np.random.default_rng(0).integers(0, 256, _shape(model)).astype(np.uint8))


def _plain(model: Model) -> Pixels:
    shape = _shape(model)
    colors: Any = np.random.default_rng(1).integers(0, 256, (*shape[:2], 1, 1))
    return _inside(model, np.broadcast_to(colors, shape).astype(np.uint8))


def _shape(model: Model) -> tuple[int, int, int, int]:
    made = model.pictured
    height, width = (side - 2 * made.border for side in made.size)
    return COUNT, made.channels, height, width


def _inside(model: Model, images: Pixels) -> Pixels:
    """The images within the model's border."""
    border = model.pictured.border
    return np.pad(images, ((0, 0), (0, 0), (border, border), (border, border)))


def main() -> int:
    """Measure case by case, keep, and print the tables."""
    parser = argparse.ArgumentParser(description="Calibration before and after, silence and refusals.")
    parser.add_argument("out", type=Path, help="the folder of the runs; gone on from where they are there")
    out = parser.parse_args().out
    found: list[Row] = []
    for case in CASES:
        found += measure(kept.shared(), out, (case,))
        kept.write(KEPT, found)
        print("\n".join(tables(found)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
