"""Several runs asked together: what the mean of their probabilities gains over the best of them, and what it costs.

Which run is the best alone, and whether all together are better than it by more than chance, is decided on validation.
Of runs that were chosen on the same images the best looks a little better than it is, so the choice leans to the single
run, which is the cheaper one. What the ensemble comes to on the test images is told beside it, and has no say.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import Proportion
from neocog.core.run import MODEL
from neocog.data import Dataset, prepared
from neocog.evaluate.checked import Probabilities, answers
from neocog.evaluate.log_loss import log_loss
from neocog.evaluate.measures import Measures
from neocog.evaluate.paired import Difference, difference
from neocog.evaluate.views import Looker, Way
from neocog.evaluate.words import clean, count, interval, number, percent, points
from neocog.model import logits
from neocog.network import cost


@dataclass(frozen=True, kw_only=True)
class Member:
    """One run: how good it is on validation, and what it costs."""

    name: str
    accuracy: Proportion
    """On validation."""
    log_loss: float
    """On validation, in nats."""
    milliseconds: float
    """What an image takes it, as measured on validation."""
    bytes: int
    """The size of its file."""
    params: int
    macs: int
    """Multiply-accumulates an image."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """All runs together, beside the best of them."""

    measures: Measures
    """The figures of the mean of their probabilities on the test images."""
    members: tuple[Member, ...]
    validation: Difference
    """What they gain over the best single run on validation; this decides."""
    sealed: Difference
    """The same on the test images."""

    @property
    def best(self) -> Member:
        """The run that validation takes for the best: the most right, of equals the one with the smallest loss."""
        return self.members[choose([(each.accuracy.hits, each.log_loss) for each in self.members])]

    @property
    def chosen(self) -> bool:
        """Whether validation takes all together: they are better there by more than chance."""
        return self.validation.better

    @property
    def times(self) -> float:
        """How many times the computing of the best single run it takes."""
        return sum(each.macs for each in self.members) / max(self.best.macs, 1)

    @property
    def result(self) -> str:
        """What they come to on the test images."""
        share = self.measures.accuracy
        return (
            f"Together, as the mean of their probabilities, they name {number(share.hits)} of "
            f"{count(share.n, 'image')} right: {percent(share.value)} (95 % interval {interval(share)})."
        )

    @property
    def gain(self) -> str:
        """What that gains over the best single run."""
        judged = "more than chance" if self.validation.better or self.validation.worse else "no more than chance"
        return (
            f"Beside {clean(self.best.name)}, the best of them on {count(self.best.accuracy.n, 'validation image')}, "
            f"they gain {_points(self.validation)} there, {judged}, and {_points(self.sealed)} on the test images."
        )

    @property
    def price(self) -> str:
        """What it costs beside the best single run."""
        size, slow = (sum(getattr(each, name) for each in self.members) for name in ("bytes", "milliseconds"))
        return (
            f"They cost {self.times:.1f} times the computing, {megabytes(size)} instead of "
            f"{megabytes(self.best.bytes)}, and {slow:.2g} ms an image instead of {self.best.milliseconds:.2g}, as "
            "measured here."
        )

    @property
    def choice(self) -> str:
        """What validation says to use."""
        if self.chosen:
            return "Validation takes them together."
        return f"Validation does not tell them from {clean(self.best.name)} alone, which is the cheaper choice."

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        return {
            **self.measures.to_dict(),
            "chosen": self.chosen,
            "best": self.best.name,
            "validation": _gain(self.validation, self.best.accuracy.n),
            "test": _gain(self.sealed, self.measures.n),
            "times": self.times,
            "bytes": sum(each.bytes for each in self.members),
            "milliseconds": sum(each.milliseconds for each in self.members),
            "members": [{**asdict(each), "accuracy": each.accuracy.value} for each in self.members],
        }


def ask(
    looker: Looker, folder: Path, data: Dataset, rows: NDArray[np.int64], targets: NDArray[np.int64], way: Way
) -> tuple[Member, Probabilities]:
    """What a run says to validation rows, by the views that it was judged with, and what it costs."""
    model, progress = looker.model, looker.progress
    cache_gb = data.options.cache_gb
    images = prepared(data.table, data.scan, rows, model.preprocessing, cache_gb=cache_gb, progress=progress)
    # what was prepared is kept, and a first pass is slow: what is measured is the network's own time
    logits(looker.module, np.asarray(images[np.arange(1)]), model.preprocessing, device=looker.device)
    began = time.perf_counter()
    chances = looker.chances(data, rows, way)
    seconds = time.perf_counter() - began
    counts = cost(model.network)
    right = int((answers(chances) == targets).sum())
    member = Member(
        name=folder.name,
        accuracy=Proportion.of(right, len(rows)),
        log_loss=log_loss(targets, chances),
        milliseconds=1000 * seconds / len(rows),
        bytes=(folder / MODEL).stat().st_size,
        params=counts.params,
        macs=counts.macs,
    )
    return member, chances


def gained(chances: Sequence[Probabilities], best: int, targets: NDArray[np.int64]) -> Difference:
    """What the mean of some probabilities [n, K] gains over one of them."""
    one, all_of_them = (answers(each) == targets for each in (chances[best], np.mean(chances, axis=0)))
    return difference(one[None], all_of_them[None], targets)


def choose(figures: Sequence[tuple[int, float]]) -> int:
    """The place of the most hits, and among equals of the least loss.

    >>> choose([(9, 0.3), (10, 0.2), (10, 0.1)])
    2
    """
    return min(range(len(figures)), key=lambda place: (-figures[place][0], figures[place][1]))


def megabytes(size: float) -> str:
    """A size in words.

    >>> megabytes(250_000), megabytes(13_400_000)
    ('0.25 MB', '13.4 MB')
    """
    return f"{size / 1e6:.2f} MB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def _points(found: Difference) -> str:
    return f"{points(found.value)} points (95 % interval {points(found.interval.low)} to {points(found.interval.high)})"


def _gain(found: Difference, images: int) -> dict[str, Any]:
    ends = {"difference_low": found.interval.low, "difference_high": found.interval.high}
    return {"n": images, "difference": found.value, **ends, "chance": found.chance}
