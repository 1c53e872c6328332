"""Several runs as a value: their mean where they differ in their seed alone, and what they are worth together.

`to_dict` is `runs.json` and what `--json` prints; `runs_page` draws it; the terminal tells it.
"""

from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from neocog.core.run import MODEL
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.ensemble import Ensemble
from neocog.evaluate.judged import Judged
from neocog.evaluate.report import Report
from neocog.evaluate.words import clean, count, interval, listed, percent

FOLDER = "ensemble"
"""Where the runs lie as one model, beside them."""
TEST_TIME = "test_time"


@dataclass(frozen=True, kw_only=True)
class Mean:
    """What runs that differ in their seed alone come to on average."""

    accuracy: float
    interval: Interval
    """Over other images and other seeds."""
    spread: float
    """The deviation of the runs' accuracies."""


@dataclass(frozen=True, kw_only=True)
class Together:
    """Runs that were trained and judged on the same images."""

    path: Path
    """The folder that holds them."""
    runs: tuple[Judged, ...]
    changed: tuple[str, ...]
    """The dotted choices in which they differ besides the seed."""
    mean: Mean | None
    """None where they differ in more than their seed."""
    ensemble: Ensemble
    model: Report | None = None
    """The report on the runs as one model, where that was asked for."""

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.resolve().name

    @property
    def sentence(self) -> str:
        """The verdict on the way of training, or why there is none."""
        images, runs = count(self.ensemble.measures.n, "image"), count(len(self.runs), "run")
        if self.mean is None:
            best = max(self.runs, key=lambda run: float(run.report["accuracy"]))
            worst = min(self.runs, key=lambda run: float(run.report["accuracy"]))
            return (
                f"{runs} of {clean(self.name)}, which differ in {listed(self.changed, 3)}, name "
                f"{percent(worst.report['accuracy'])} to {percent(best.report['accuracy'])} of {images} right."
            )
        return (
            f"{runs} of {clean(self.name)} name {percent(self.mean.accuracy)} of {images} right on average (95 % "
            f"interval over images and seeds {interval(self.mean.interval)}); one run lies "
            f"{100 * self.mean.spread:.1f} points from their mean (standard deviation)."
        )

    @property
    def advice(self) -> str:
        """How to use them."""
        if self.model is not None:
            return f"They are one model now: `neocog predict {quote(str(self.path / FOLDER))} FILES...`"
        if self.ensemble.chosen:
            return f"`neocog evaluate {quote(str(self.path))} --set {TEST_TIME}={FOLDER}` makes one model of them."
        return ""

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        mean = self.mean
        return {
            "name": self.name,
            "n": self.ensemble.measures.n,
            "subject": str(self.runs[0].report["subject"]),
            "test_hash": str(self.runs[0].report["test_hash"]),
            "accuracy": mean.accuracy if mean else None,
            "accuracy_low": mean.interval.low if mean else None,
            "accuracy_high": mean.interval.high if mean else None,
            "spread": mean.spread if mean else None,
            "changed": list(self.changed),
            "sentence": self.sentence,
            "runs": [
                {"name": run.name, "seed": run.recipe.get("seed")}
                | {key: run.report[key] for key in ("accuracy", "accuracy_low", "accuracy_high")}
                for run in self.runs
            ],
            "ensemble": self.ensemble.to_dict(),
            "sentences": [self.ensemble.result, self.ensemble.gain, self.ensemble.price, self.ensemble.choice],
            "model": str(self.model.folder / MODEL) if self.model else None,
        }
