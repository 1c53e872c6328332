"""How far the answers can be relied on: before and after calibration, and what the model's threshold comes to here.

What validation promised stands beside what became of it on the images that were judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neocog.core.proportion import Proportion
from neocog.evaluate.checked import Probabilities, answers
from neocog.evaluate.measures import Measures, measure
from neocog.evaluate.risk import RiskPoint, risk_coverage
from neocog.evaluate.words import count, interval, percent
from neocog.model import Model, Trial, probabilities, unreachable

COSTLY = 0.05
"""The share of unanswered images from which a threshold is told first of all."""


@dataclass(frozen=True, eq=False)
class Reliance:
    """What a calibrated model's confidence and silence are worth on n judged images."""

    calibration: Mapping[str, Any]
    """What validation came to, as the model holds it."""
    threshold: float
    """The confidence below which there is no answer; 0 where nothing could be promised."""
    before: Measures
    """The figures of the same answers without a temperature."""
    curve: tuple[RiskPoint, ...]
    """Wrong answers by coverage, the surest first."""
    images: int
    """How many images were judged."""
    strange: int
    """How many are unlike the training images."""
    answered: Proportion | None
    """Of the images those that are answered; None without a threshold."""
    wrong: Proportion | None
    """Of these answers those that are wrong; None where there is none."""

    @property
    def error(self) -> float:
        """The share of wrong answers that was wished for."""
        return float(self.calibration["error"])

    @property
    def costly(self) -> bool:
        """Whether there is no threshold, or one that leaves many images unanswered."""
        return self.answered is None or self.answered.value < 1 - COSTLY

    @property
    def unrefused(self) -> str:
        """What it answers without a threshold."""
        if not self.strange:
            return "it answers everything"
        return f"it answers everything but {count(self.strange, 'image')} unlike the training images"

    @property
    def sentence(self) -> str:
        """What the threshold costs and what it brings, or why there is none."""
        if self.answered is None:
            reason, mend = unreachable(self.calibration)
            return f"No threshold is set, so {self.unrefused}: {reason}. What would mend it: {mend}."
        silent = self.answered.n - self.answered.hits
        share = percent(silent / self.answered.n)
        cost = f"it leaves {count(silent, 'image')} of {self.answered.n:,} unanswered ({share})"
        if self.wrong is None:
            return f"To be wrong at most {percent(self.error)} of the time {cost}."
        return (
            f"To be wrong at most {percent(self.error)} of the time {cost}; of the answers that it gives "
            f"{percent(self.wrong.value)} are wrong (95 % interval {interval(self.wrong)})."
        )

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        told = self.before.to_dict()
        return {
            "validation": dict(self.calibration),
            "threshold": self.threshold,
            "before": {name: told[name] for name in told if name.startswith(("ece", "log_loss", "confidence"))},
            "strange": self.strange,
            "answered": _share(self.answered),
            "wrong": _share(self.wrong),
            "curve": [
                {"confidence": each.confidence, "coverage": each.coverage, "wrong": each.wrong.value}
                | {"low": each.wrong.low, "high": each.wrong.high}
                for each in self.curve
            ],
        }


def reliance(model: Model, found: Trial, after: Probabilities) -> Reliance | None:
    """What a model's calibration comes to on images; None where it has none. `after` are its probabilities [n, K]."""
    calibration = model.calibration
    if calibration is None or "error" not in calibration:
        return None
    targets, refused = found.targets, found.strange
    given = ~refused & (after.max(axis=1) >= model.threshold)
    wrong = answers(after) != targets
    held = calibration["answered"] > 0
    some = held and bool(given.any())
    return Reliance(
        calibration=calibration,
        threshold=model.threshold,
        before=measure(targets, probabilities(found.logits), model.classes),
        curve=risk_coverage(targets, after, refused),
        images=len(targets),
        strange=int(refused.sum()),
        answered=Proportion.of(int(given.sum()), len(given)) if held else None,
        wrong=Proportion.of(int((wrong & given).sum()), int(given.sum())) if some else None,
    )


def _share(share: Proportion | None) -> dict[str, float] | None:
    if share is None:
        return None
    return {"n": share.n, "hits": share.hits, "value": share.value, "low": share.low, "high": share.high}
