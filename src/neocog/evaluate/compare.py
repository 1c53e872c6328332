"""Is the second really better? Two evaluations of the same sealed test set, sample by sample, and a plain sentence.

    comparison = compare("runs/perceptron", "runs/lenet5")
    print(comparison.sentence)

Two single runs are compared as models: McNemar's test and the bootstrap know how the answers would vary with other
test images. They do not know how the run would have come out with another seed. So of two runs that differ in their
seed alone neither is called better, whatever lies between them: the one that is ahead was lucky, and to take it because
of the test set would be to tune on it. Folders of runs that differ in seed answer the larger question, which way of
training is better: there the spread of the runs is in the interval too.

Nothing is computed anew and no test set is opened: what has not been evaluated is refused.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neocog.core.proportion import wilson
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.judged import Judged, differing, read_runs, refuse_unlike
from neocog.evaluate.paired import CHANCE, Difference, difference, holm, mean_accuracy, spread
from neocog.evaluate.words import clean, count, number, percent, points

Verdict = Literal["better", "worse", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two: its runs, and what they come to and cost."""

    name: str
    runs: tuple[str, ...]
    """The names of its runs."""
    accuracy: float
    """The mean over its runs."""
    interval: Interval
    spread: float
    """The deviation of its runs' accuracies; 0 for one run."""
    parameters: int | None
    macs: int | None
    """Multiply-accumulates an image."""
    seconds: float | None
    """How long a training took, the mean over its runs; `None` where that is not known of all."""


@dataclass(frozen=True, kw_only=True)
class ClassDifference:
    """The difference in how many of one class are found."""

    name: str
    support: int
    difference: Difference
    chance: float
    """The probability of chance, corrected for the number of classes that were looked at."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The second against the first, on the same samples."""

    first: Side
    second: Side
    n: int
    """Samples."""
    subject: str
    """What they are."""
    difference: Difference
    per_class: tuple[ClassDifference, ...]
    """The classes that occur, in the model's order."""
    changed: tuple[str, ...]
    """The dotted choices that differ between the recipes, besides the seed."""
    same: Literal["", "model", "recipe"] = ""
    """What is known to be the same: the very model, or the recipe but for the seed."""

    @property
    def verdict(self) -> Verdict:
        """`better`, `worse`, or `undecided` where that is not known."""
        if self.same or not (self.difference.better or self.difference.worse):
            return "undecided"
        return "better" if self.difference.better else "worse"

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        first, second = clean(self.first.name), clean(self.second.name)
        if self.same == "model":
            return f"{first} and {second} are the same."
        found = self.difference
        told = f"{_shares(self)}, and this difference of {_points(found)}"
        if self.same == "recipe":
            return (
                f"{first} and {second} differ in their seed alone, so neither is called better: {told} is the luck of "
                "the seed."
            )
        chance = f"p {_chance(found.chance)}"
        if self.verdict == "undecided":
            return f"It cannot be told whether {second} is better than {first}: {told} may well be chance ({chance})."
        return f"{second} is {self.verdict} than {first}: {told} is more than chance ({chance})."

    @property
    def caution(self) -> str:
        """What the comparison cannot tell; "" where runs of several seeds stand behind it."""
        if self.same == "model":
            return ""
        if self.same == "recipe":
            return (
                "To choose between seeds, look at their validation figures: a seed that was chosen by the test set has "
                "been tuned on it."
            )
        if len(self.first.runs) > 1 and len(self.second.runs) > 1:
            return ""
        return (
            "This is about these models. Whether one way of training is better takes several seeds of both: train each "
            "three times or more with another --seed, into a folder of its own, and compare the two folders."
        )

    @property
    def classes(self) -> str:
        """Which classes differ, in a sentence."""
        parted = [each for each in self.per_class if each.chance < CHANCE]
        looked = f"{count(len(self.per_class), 'class', 'classes')} looked at"
        if not parted:
            return f"No class differs by more than chance ({looked})."
        told = [
            f"{clean(each.name)} {percent(each.difference.first)} → {percent(each.difference.second)}"
            for each in parted
        ]
        return f"Differs by more than chance ({looked}): {', '.join(told)}."

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-able values."""
        return {
            "verdict": self.verdict,
            "sentence": self.sentence,
            "caution": self.caution,
            "same": self.same,
            "changed": list(self.changed),
            "n": self.n,
            "subject": self.subject,
            **_difference(self.difference),
            "first": _side(self.first),
            "second": _side(self.second),
            "per_class": [
                {"class": each.name, "support": each.support, **_difference(each.difference), "corrected": each.chance}
                for each in self.per_class
            ],
        }


def compare(first: str | Path, second: str | Path) -> Comparison:
    """The second against the first; each is an evaluated run, or a folder of such runs that differ in seed alone.

    Raises `RunError` where one is neither, was not evaluated, or was judged on other images, classes or labels.
    """
    sides = read_runs(Path(first)), read_runs(Path(second))
    refuse_unlike([*sides[0], *sides[1]])
    one, other = sides[0][0], sides[1][0]
    rights = [np.stack([run.right for run in runs]) for runs in sides]
    targets = one.targets
    labels = np.unique(targets).tolist()
    inside = {label: targets == label for label in labels}
    each = [difference(rights[0][:, at], rights[1][:, at], targets[at]) for at in inside.values()]
    changed = differing(one.recipe, other.recipe)
    hashes = [{str(run.report["model_hash"]) for run in runs} for runs in sides]
    same_model = hashes[0] == hashes[1] and _way(one) == _way(other)
    same_recipe = bool(one.recipe) and not changed and _way(one) == _way(other)
    return Comparison(
        first=_weighed(Path(first), sides[0]),
        second=_weighed(Path(second), sides[1]),
        n=len(targets),
        subject=str(one.report["subject"]),
        difference=difference(rights[0], rights[1], targets),
        per_class=tuple(
            ClassDifference(name=one.classes[label], support=int(inside[label].sum()), difference=found, chance=chance)
            for label, found, chance in zip(labels, each, holm([found.chance for found in each]), strict=True)
        ),
        changed=tuple(changed),
        same="model" if same_model else "recipe" if same_recipe else "",
    )


def _weighed(path: Path, runs: tuple[Judged, ...]) -> Side:
    right = np.stack([run.right for run in runs])
    costs, seconds = runs[0].cost, [run.seconds for run in runs]
    known = [each for each in seconds if each is not None]
    return Side(
        name=path.resolve().name,
        runs=tuple(run.name for run in runs),
        accuracy=float(right.mean()),
        interval=Interval(*wilson(int(right.sum()), right.size))
        if len(runs) == 1
        else mean_accuracy(right, runs[0].targets),
        spread=spread(right),
        parameters=costs.params if costs else None,
        macs=costs.macs if costs else None,
        seconds=sum(known) / len(known) if len(known) == len(seconds) else None,
    )


def _way(judged: Judged) -> object:
    """The views of each image that were averaged."""
    return (judged.report.get("test_time") or {}).get("way")


def _shares(comparison: Comparison) -> str:
    """How many each names right; of several runs the mean."""
    first, second, found = comparison.first, comparison.second, comparison.difference
    if len(first.runs) == len(second.runs) == 1:
        hits = [round(share * comparison.n) for share in (found.second, found.first)]
        images = count(comparison.n, "image")
        return f"it names {number(hits[0])} of {images} right, not {number(hits[1])}"
    runs = " and ".join(dict.fromkeys(count(len(side.runs), "run") for side in (second, first)))
    return f"on average over {runs} it names {percent(found.second)} right, not {percent(found.first)}"


def _points(found: Difference) -> str:
    return f"{points(found.value)} points (95 % interval {points(found.interval.low)} to {points(found.interval.high)})"


def _chance(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}" if value < 0.1 else f"= {value:.2f}"


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "first_accuracy": found.first,
        "second_accuracy": found.second,
        "difference": found.value,
        "difference_low": found.interval.low,
        "difference_high": found.interval.high,
        "won": found.won,
        "lost": found.lost,
        "chance": found.chance,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "runs": list(side.runs),
        "accuracy": side.accuracy,
        "accuracy_low": side.interval.low,
        "accuracy_high": side.interval.high,
        "spread": side.spread,
        "parameters": side.parameters,
        "macs": side.macs,
        "seconds": side.seconds,
    }
