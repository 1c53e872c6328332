"""The answers of a judged run, image by image: what the report sums up, opened again without computing a prediction.

Everything comes from `report.json` and `predictions.csv`, so that looking at results opens no test set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import RunError
from neocog.core.run import LEDGER, PREDICTIONS, REPORT_DATA, RunFolder
from neocog.evaluate import Judged, areas, curve, precision_recall, read_chances, read_judged, risk_coverage
from neocog.studies import estimated_errors, rank
from neocog.studio.runs import Answer, Share, as_written
from neocog.studio.stamps import Stamped

Order = Literal["surest", "doubtful", "suspect"]
MOST_POINTS = 200
"""The most points of a curve."""
MOST_PROBABILITIES = 5


class ClassLine(Answer):
    """The figures of one class."""

    name: str
    support: int
    answered: int
    recall: Share | None
    precision: Share | None
    f1: float | None
    area: float | None


class Bin(Answer):
    """Answers of like confidence, and the share of them that is right."""

    low: float
    high: float
    confidence: float
    right: Share


class Risk(Answer):
    """Where every answer of at least this confidence is given: the share answered, and of these the wrong ones."""

    confidence: float
    coverage: float
    wrong: Share


class SliceLine(Answer):
    """A part of the images, and how well the model does on it."""

    name: str
    right: Share
    rest: float
    weaker: bool


class Fact(Answer):
    """A figure beside the accuracy; in percent where that is its unit."""

    name: str
    value: float
    low: float | None
    high: float | None
    percent: bool


class Results(Answer):
    """What a run came to on its sealed test set."""

    run: str
    verdict: str
    subject: str
    warnings: list[str]
    accuracy: Share
    baseline: float
    classes: list[str]
    confusion: list[list[int]]
    """Counts: row = true class, column = answer."""
    per_class: list[ClassLine]
    facts: list[Fact]
    reliability: list[Bin]
    calibration_error: float
    risk: list[Risk]
    threshold: float | None
    """The confidence below which the model says that it is not sure; None where it always answers."""
    slices: list[SliceLine]
    slices_sentence: str
    suspects: int
    """How many labels of these images may be wrong."""
    openings: int
    opened_by: int


class Sample(Answer):
    """An image that was judged."""

    index: int
    """Its place among the images, sorted by name."""
    file: str
    label: int
    answer: int
    confidence: float
    label_probability: float


class Samples(Answer):
    """Some of the images."""

    total: int
    samples: list[Sample]


class Probability(Answer):
    """What a class was given."""

    label: int
    probability: float


class SampleDetail(Answer):
    """An image with what the model says of it."""

    sample: Sample
    probabilities: list[Probability]
    """The most probable classes, and the true one."""
    hash: str
    split: str


class ClassCurves(Answer):
    """How well one class is told from the rest, at every threshold."""

    label: int
    false_positive: list[float]
    true_positive: list[float]
    area: float | None
    area_low: float | None
    area_high: float | None
    recall: list[float]
    precision: list[float]
    average_precision: float
    share: float
    """The share of the class: the precision of guessing."""


@dataclass(frozen=True, eq=False)
class Answers:
    """An evaluation in memory."""

    judged: Judged
    chances: NDArray[np.float64]
    """The probabilities [n, K]."""
    suspicion: NDArray[np.int64]
    """The places of the images, the most doubtful label first."""
    likely: int

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of each answer [n]."""
        return np.asarray(self.chances.max(axis=1))

    def sample(self, index: int) -> Sample:
        """One image."""
        label, answer = int(self.judged.targets[index]), int(self.judged.answers[index])
        return Sample(
            index=index,
            file=self.judged.files[index],
            label=label,
            answer=answer,
            confidence=float(self.chances[index].max()),
            label_probability=float(self.chances[index, label]),
        )


_ANSWERS: Stamped[Answers] = Stamped(most=8)


def answers(run: RunFolder) -> Answers:
    """The answers of a run; raises `RunError` where it has not been evaluated."""
    return _ANSWERS.get(run.path, (REPORT_DATA, PREDICTIONS), lambda: _read(run.path))


def _read(path: Path) -> Answers:
    judged = read_judged(path)
    chances = read_chances(judged, judged.classes)
    doubtful = rank(judged.targets, chances)
    return Answers(judged, chances, doubtful, estimated_errors(judged.targets, chances))


def results(run: RunFolder) -> Results:
    """What a run came to; raises `RunError` where it was not judged, or its report is none."""
    with as_written(run):
        return _results(run)


def _results(run: RunFolder) -> Results:
    found = answers(run)
    report = found.judged.report
    risk = risk_coverage(found.judged.targets, found.chances)
    trust = report.get("trust") or {}
    openings = run.openings(report["test_hash"]) if run.has(LEDGER) else []
    return Results(
        run=run.path.name,
        verdict=report["verdict"],
        subject=report["subject"],
        warnings=report["warnings"],
        accuracy=_told(report, "accuracy", report["n"]),
        baseline=report["baseline"]["accuracy"],
        classes=list(found.judged.classes),
        confusion=report["confusion"],
        per_class=[_class_line(each) for each in report["per_class"]],
        facts=_facts(report),
        reliability=[
            Bin(
                low=each["low"],
                high=each["high"],
                confidence=each["confidence"],
                right=_told(each, "accuracy", each["n"]),
            )
            for each in report["reliability"]
        ],
        calibration_error=report["ece"],
        risk=[
            Risk(
                confidence=each.confidence,
                coverage=each.coverage,
                wrong=Share(value=each.wrong.value, low=each.wrong.low, high=each.wrong.high, n=each.wrong.n),
            )
            for each in risk
        ],
        threshold=trust.get("threshold") or None,
        slices=[
            SliceLine(
                name=each["name"], right=_told(each, "accuracy", each["n"]), rest=each["rest"], weaker=each["weaker"]
            )
            for each in report["slices"]["all"]
        ],
        slices_sentence=report["slices"]["sentence"],
        suspects=found.likely,
        openings=len(openings),
        opened_by=len({name for name, _ in openings}),
    )


def samples(
    run: RunFolder,
    *,
    label: int | None,
    answer: int | None,
    wrong: bool | None,
    order: Order,
    start: int,
    most: int,
) -> Samples:
    """The images of a cell, a class or all of them: the surest answers first, the least sure, or by doubtful label."""
    found = answers(run)
    judged = found.judged
    kept = np.ones(len(judged.files), np.bool_)
    if label is not None:
        kept &= judged.targets == label
    if answer is not None:
        kept &= judged.answers == answer
    if wrong is not None:
        kept &= judged.right != wrong
    if order == "suspect":
        ranked = found.suspicion
    else:
        ranked = np.argsort(-found.confidence if order == "surest" else found.confidence, kind="stable")
    chosen = ranked[kept[ranked]]
    return Samples(
        total=len(chosen), samples=[found.sample(int(index)) for index in chosen[start : start + most].tolist()]
    )


def sample(run: RunFolder, index: int) -> SampleDetail:
    """One image; raises `RunError` for a place where none is."""
    found = answers(run)
    file = sample_file(run, index)
    one = found.sample(index)
    ranked = np.argsort(-found.chances[index], kind="stable")[:MOST_PROBABILITIES].tolist()
    row = next((row for row in run.read_splits() if row.file == file), None)
    return SampleDetail(
        sample=one,
        probabilities=[
            Probability(label=label, probability=float(found.chances[index, label]))
            for label in dict.fromkeys([*ranked, one.label])
        ],
        hash=row.hash if row else "",
        split=row.split if row else "",
    )


def sample_file(run: RunFolder, index: int) -> str:
    """The name of an image; raises `RunError` for a place where none is."""
    files = answers(run).judged.files
    if not 0 <= index < len(files):
        raise RunError(f"there is no image at {index}: {run.path.name} has {len(files):,} judged images; begin at 0")
    return files[index]


def class_curves(run: RunFolder, label: int) -> ClassCurves:
    """The ROC and precision-recall curves of a class; raises `RunError` where it has none."""
    found = answers(run)
    judged, targets = found.judged, found.judged.targets
    own = targets == label
    if not own.any() or own.all():
        name = judged.classes[label] if 0 <= label < len(judged.classes) else str(label)
        raise RunError(f"class {name!r} has no curve, for all images are of it or none is; choose another class")
    roc, precise = curve(targets, found.chances, label), precision_recall(targets, found.chances, label)
    measured = areas(targets, found.chances)
    ends = measured.intervals[label]
    false_positive, true_positive = _thinned(roc.false_positive, roc.true_positive)
    recall, precision = _thinned(precise.recall, precise.precision)
    return ClassCurves(
        label=label,
        false_positive=false_positive,
        true_positive=true_positive,
        area=measured.values[label],
        area_low=ends.low if ends else None,
        area_high=ends.high if ends else None,
        recall=recall,
        precision=precision,
        average_precision=precise.average,
        share=float(own.mean()),
    )


def _thinned(*columns: NDArray[np.float64]) -> tuple[list[float], ...]:
    """At most `MOST_POINTS` points, evenly spaced, both ends among them."""
    count = len(columns[0])
    places: Sequence[int] = range(count)
    if count > MOST_POINTS:
        places = np.linspace(0, count - 1, MOST_POINTS).round().astype(int).tolist()
    return tuple([float(column[place]) for place in places] for column in columns)


def _class_line(told: dict[str, Any]) -> ClassLine:
    return ClassLine(
        name=told["class"],
        support=told["support"],
        answered=told["answered"],
        recall=_told(told, "recall", told["support"]) if told["recall"] is not None else None,
        precision=_told(told, "precision", told["answered"]) if told["precision"] is not None else None,
        f1=told["f1"],
        area=told["auc"],
    )


def _told(told: dict[str, Any] | Any, name: str, n: int) -> Share:
    return Share(value=told[name], low=told[f"{name}_low"], high=told[f"{name}_high"], n=n)


_FACTS = {
    "balanced_accuracy": ("balanced accuracy", True),
    "macro_f1": ("mean F1 of the classes", True),
    "top5": ("true class in the top 5", True),
    "auc": ("mean area under ROC", False),
    "log_loss": ("log loss, in nats", False),
    "ece": ("calibration error", True),
}


def _facts(report: Any) -> list[Fact]:
    """The figures beside the accuracy."""
    return [
        Fact(
            name=name, value=report[key], low=report.get(f"{key}_low"), high=report.get(f"{key}_high"), percent=percent
        )
        for key, (name, percent) in _FACTS.items()
        if report.get(key) is not None and (key != "top5" or len(report["classes"]) > 5)
    ]
