"""Which way of transfer fits some data: the lectures' four cases, made measurable.

Two questions decide. Are there many images, and are they like those that the network was trained on? The first is a
count. The second is asked of the network itself: where along its depth a linear probe tells the classes apart best (a
network that is far from the data has its best codes early), and how far the means of its channels lie from those that
its batch normalization remembers. Only training and validation images are looked at.

    few, alike      head       the last layer's codes are right as they are, and few images cannot better them
    few, different  earlier    the first layers see what all images have, the last ones what photographs have
    many, alike     top        enough to better the last layers, no need to touch the first
    many, different all        enough to make them all over, from a start that is better than none

Where a probe errs on so few images already that nothing is left to gain, the cheaper way is taken. Where the images are
few and different and the best codes leave many of them wrong, a classifier on codes cannot do, and all layers are
trained further, if the network has batch normalization: one without is easily spoiled by so few images (with 10 digits
a class SqueezeNet fell from 92 to 81 % right).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.core import draw
from neocog.core.errors import DataError
from neocog.data import Dataset, Progress, Targets, target
from neocog.train import Recipe, Reuse
from neocog.transfer.depths import depths
from neocog.transfer.looker import Looker, looker
from neocog.transfer.probe import MEASURES, Probe, probe
from neocog.transfer.shift import norm_inputs, shift

MOST_IMAGES = 2000
"""Images that are looked at; of more, as many drawn from the seed."""
MANY = 100
"""Images a class from which on they are many."""
FAR = 0.25
"""The shift from which on images are different from those that the network was trained on."""
WANTING = 0.05
"""The share of mistakes from which on the codes of a network do not hold what tells few images apart."""
LEAST = 0.015
"""What counts as a difference between two accuracies, and as something to gain."""

_PARTS = 10

Way = Literal["head", "earlier", "top", "all"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was measured."""

    images: int
    classes: int
    fewest: int
    """Images of the rarest class."""
    probes: tuple[Probe, ...]
    """From the first depth to the last."""
    shift: float | None
    """None for a network without batch normalization."""
    task: str = "class"
    """The kind of target."""
    held: int | None = None
    """Images with or without a label, whichever are fewer, on average; of numbers a tenth of the images. None for
    classes."""

    @property
    def each(self) -> int:
        """Images a class, or a label, on average."""
        return self.images // self.classes if self.held is None else self.held

    @property
    def best(self) -> Probe:
        """The probe with the highest accuracy, the deepest of equals."""
        return max(reversed(self.probes), key=lambda found: found.accuracy)

    @property
    def last(self) -> Probe:
        """The probe of what the last layer reads."""
        return self.probes[-1]

    @property
    def fades(self) -> bool:
        """Whether the last depth is worse than the best by more than chance, and by enough to matter."""
        lost, error = self.last.behind(self.best)
        return lost > max(LEAST, error)

    @property
    def alike(self) -> bool:
        """Whether the images are like those that the network was trained on."""
        return not self.fades and (self.shift is None or self.shift < FAR)


@dataclass(frozen=True, eq=False)
class Advice:
    """The way that fits, and why."""

    way: Way
    at: str
    """The layer of `earlier`; else empty."""
    text: str
    """One plain paragraph."""
    evidence: Evidence

    @property
    def choices(self) -> dict[str, str]:
        """What to set in a recipe."""
        return {"transfer.way": self.way, **({"transfer.at": self.at} if self.at else {})}

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers, texts and lists."""
        found = self.evidence
        return {
            "way": self.way,
            "at": self.at,
            "text": self.text,
            "images": found.images,
            "measure": found.best.measure,
            "classes": found.classes,
            "fewest": found.fewest,
            "shift": None if found.shift is None else round(found.shift, 4),
            "probes": [
                {
                    "path": one.path,
                    "features": one.features,
                    "accuracy": round(one.accuracy, 6),
                    "low": round(one.low, 6),
                    "high": round(one.high, 6),
                }
                for one in found.probes
            ],
        }


def advise(recipe: Recipe, dataset: Dataset, progress: Progress | None = None) -> Advice:
    """Measure, and recommend a way of transfer for the recipe's network and weights on some data.

    Raises `RecipeError` where the recipe names no weights or no network, `DataError` where a class has one image.
    """
    return recommended(measured(recipe, dataset, progress))


def choose(recipe: Recipe, dataset: Dataset, progress: Progress | None = None) -> tuple[Recipe, str]:
    """The recipe with the way that is advised, and the advice: what `train` asks where the way is left open."""
    found = advise(recipe, dataset, progress)
    return replace(recipe, transfer=Reuse(way=found.way, at=found.at)), f"advice: {found.text}"


def measured(recipe: Recipe, dataset: Dataset, progress: Progress | None = None) -> Evidence:
    """The evidence: one pass of the network over training and validation images, and a probe for each depth."""
    if dataset.task not in MEASURES:
        raise DataError(
            f"advice is for classes, labels and numbers, and {dataset.table.name} has {target(dataset.task).words}; "
            "choose the way yourself with --set transfer.way=all"
        )
    seen = looker(recipe, dataset, progress)
    asked, norms = depths(seen.module), norm_inputs(seen.module)
    codes, targets = _looked_at(seen, [*asked, *norms])
    if dataset.task != "class":
        # a label teaches as much as the rarer side has images: that all but a few have it says little
        with_it = targets.sum(axis=0)
        counts = np.minimum(with_it, len(targets) - with_it)
        if dataset.task == "number":
            counts = np.array([len(targets) / _PARTS])
        return _measured(seen, asked, norms, codes, targets, int(counts.min()), int(counts.mean()))
    labels, counts = np.unique(targets, return_counts=True)
    if counts.min() < 2:
        raise DataError(
            f"advice needs two images of every class at least, and {dataset.classes[labels[counts.argmin()]]} has one "
            "besides the test set; add some, or choose the way yourself with --set transfer.way=head"
        )
    return _measured(seen, asked, norms, codes, targets, int(counts.min()), None)


def _measured(
    seen: Looker,
    asked: Sequence[str],
    norms: Mapping[str, nn.Module],
    codes: Mapping[str, NDArray[np.float32]],
    targets: Targets,
    fewest: int,
    held: int | None,
) -> Evidence:
    """The evidence from codes by path and targets, of which there are so many of the rarest kind and of each."""
    dataset = seen.dataset
    return Evidence(
        images=len(dataset.rows("train")) + len(dataset.rows("val")),
        classes=len(dataset.classes),
        fewest=fewest,
        probes=tuple(probe(path, codes[path], targets, dataset.task, seen.recipe.seed) for path in asked),
        shift=shift(codes, norms),
        task=dataset.task,
        held=held,
    )


def recommended(found: Evidence) -> Advice:
    """The way that the evidence speaks for."""
    many = found.each >= MANY
    cheap: Way = "earlier" if found.fades else "head"
    way: Way
    if 1 - found.best.accuracy <= LEAST:
        way = cheap
    elif many:
        way = "top" if found.alike else "all"
    elif found.fades and found.shift is not None and found.best.accuracy < 1 - WANTING:
        way = "all"
    else:
        way = cheap
    at = found.best.path if way == "earlier" else ""
    return Advice(way, at, f"{_situation(found, many)} {_ADVICE[way].format(at=at)}", found)


_ADVICE = {
    "head": "So keep the network as it is and train a new last layer on its codes, which takes seconds.",
    "earlier": "So put the classifier on `{at}`, whose codes serve better than the last ones, and train it on them.",
    "top": "So keep the first layers and train the last ones further.",
    "all": "So train all layers further, the first ones slower than the last.",
}


def _situation(found: Evidence, many: bool) -> str:
    noun = {"class": f", {found.each:,} a class", "classes": f", {found.each:,} with or without a label"}.get(
        found.task, ""
    )
    count = f"There are {found.images:,} images{noun}, which is {'many' if many else 'few'}"
    near = "much like" if found.alike else "unlike"
    far = "" if found.shift is None else f" (shift {found.shift:.2f})"
    best, last = found.best, found.last
    does = "estimates them" if found.task == "number" else "tells them apart"
    if best is last:
        peak = f"a linear probe {does} best at the last depth, {best.told}"
    else:
        peak = f"a linear probe {does} best at `{best.path}`, {best.told}, and {last.accuracy:.1%} at the last depth"
    gain = "; little is left to gain" if 1 - best.accuracy <= LEAST else ""
    return f"{count}, and they are {near} those that the network was trained on{far}: {peak}{gain}."


def _looked_at(seen: Looker, paths: list[str]) -> tuple[dict[str, NDArray[np.float32]], Targets]:
    """The codes by path, and the targets, of training and validation images, as many as are looked at."""
    dataset, seed = seen.dataset, seen.recipe.seed
    sides = [dataset.rows(side) for side in ("train", "val")]
    share = min(1.0, MOST_IMAGES / sum(map(len, sides)))
    parts: list[dict[str, NDArray[np.float32]]] = []
    targets: list[Targets] = []
    for rows in sides:
        places = np.sort(draw.permutation(len(rows), seed, "advice")[: max(1, round(share * len(rows)))])
        parts.append(seen.codes(rows, places, paths))
        targets.append(dataset.targets(rows[places]))
    return {path: np.concatenate([part[path] for part in parts]) for path in parts[0]}, np.concatenate(targets)
