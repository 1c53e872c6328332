"""Can the label be told without the object? A linear probe on properties that a network should not need.

If images of one class come from another camera, were saved in another way or carry a frame, a network may learn that
in place of the object: its figures are good, on this test set too, and it fails in use. So each property of
`properties` is given to a linear discriminant (Fisher, 1936: pooled covariance, equal priors), judged by five-fold
cross-validation, each class counting alike. Some truth is in such figures on sound data too: bright objects make bright
images, fine texture makes large files. So nothing is said before a property tells much more than it has reason to;
`WORTH` holds where that begins, beside what sound sets were seen to give.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core import draw
from neocog.data.parallel import Progress
from neocog.data.properties import COLUMNS, PROPERTIES, properties
from neocog.data.scan import Scan
from neocog.data.table import Table

MOST_IMAGES = 2000
"""About how many images are looked at, as many of each class as can be."""

FOLDS = 5

WORTH: dict[str, float] = {
    "image size": 0.15,
    "file format": 0.15,
    "border": 0.4,
    "mean color": 0.6,
    "file size": 0.6,
}
"""From which share of the way from chance to certainty a property is told. Nothing of an object is in the size of its
image (sound sets gave at most 0.06); borders of sound sets gave 0.01 to 0.20, their mean colors 0.04 to 0.20, file
sizes up to 0.48, where the classes are textures."""

_WORDS: dict[str, tuple[str, str]] = {
    "image size": (
        "width and height",
        "bring the images of all classes to one size and aspect before, or take them with one camera",
    ),
    "file format": ("way of saving", "save the images of all classes in one format and quality"),
    "border": ("border", "crop the frame or the background away, or take every class before the same one"),
    "mean color": (
        "mean color",
        "take every class in the same light, or train with --set augment.brightness=0.3",
    ),
    "file size": ("size of the file", "save the images of all classes in one format, quality and sharpness"),
}
"""What a sentence calls each property, and what to do about it."""

_FEWEST = 20
_RIDGE = 1e-3
_NORMAL = 1.96

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Shortcut:
    """How well one property tells the label: the mean share of each class that a linear probe gets right."""

    name: str
    """A key of `PROPERTIES`."""
    accuracy: float
    """0 to 1, each class counting alike, on images that the probe did not see."""
    low: float
    """The lower end of its 95 % interval."""
    high: float
    chance: float
    """What guessing gives: one over the number of classes."""
    images: int
    """How many images it was judged on."""
    told: bool
    """Whether it is much more than sound data give, so that a person should look."""

    @property
    def advice(self) -> str:
        """What it means and what to do about it.

        >>> Shortcut("border", 0.934, 0.91, 0.95, 1 / 6, 750, True).advice[:96]
        'The border alone tells the label of 93% of the images (95% interval 91% to 95%, by chance 17%): '
        """
        words, mend = _WORDS[self.name]
        verb = "tell" if " and " in words else "tells"
        return (
            f"The {words} alone {verb} the label of {self.accuracy:.0%} of the images "
            f"(95% interval {self.low:.0%} to {self.high:.0%}, by chance {self.chance:.0%}): a network may learn that "
            f"in place of the object, and fail where it is to work. If it is no part of what you want to tell apart, "
            f"{mend}."
        )


def shortcuts(table: Table, scan: Scan, rows: Sequence[int], progress: Progress | None = None) -> tuple[Shortcut, ...]:
    """What each property tells about the labels of some readable rows, the most telling first.

    Classes with fewer than five images are left out; with fewer than two others there is nothing to ask.
    """
    chosen = _sample(table, scan, rows)
    values = properties(table, scan, chosen, progress)
    known = np.isfinite(values).all(axis=1)
    chosen, values = chosen[known], values[known]
    names, labels = np.unique([table.labels[row] for row in chosen.tolist()], return_inverse=True)
    if len(names) < 2 or np.bincount(labels).min() < FOLDS:
        return ()
    found = []
    for name, columns in PROPERTIES.items():
        places = [COLUMNS.index(column) for column in columns]
        found.append(_judged(name, values[:, places].astype(np.float64), labels.astype(np.int64), len(names)))
    return tuple(sorted(found, key=lambda each: -each.accuracy))


def probe(values: Numbers, labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """The class that a linear discriminant gives each sample (N), learned from the other folds.

    `values` (N P); sample i is in fold i's rank within its class, modulo `FOLDS`, so shuffle them before.
    """
    rank = np.zeros(len(labels), np.int64)
    for label in range(classes):
        own = labels == label
        rank[own] = np.arange(own.sum())
    fold = rank % FOLDS
    answers = np.zeros(len(labels), np.int64)
    for held in range(FOLDS):
        learned = fold != held
        center, spread = values[learned].mean(axis=0), values[learned].std(axis=0) + 1e-9
        known, asked = (values[learned] - center) / spread, (values[~learned] - center) / spread
        means = np.stack([known[labels[learned] == label].mean(axis=0) for label in range(classes)])  # K P
        rest = known - means[labels[learned]]
        inverse = np.linalg.inv(rest.T @ rest / len(rest) + _RIDGE * np.eye(values.shape[1]))
        weights = inverse @ means.T  # P K
        scores = asked @ weights - 0.5 * (means.T * weights).sum(axis=0)
        answers[~learned] = scores.argmax(axis=1)
    return answers


def _judged(name: str, values: Numbers, labels: NDArray[np.int64], classes: int) -> Shortcut:
    right = probe(values, labels, classes) == labels
    counts = np.bincount(labels, minlength=classes)
    hits = np.bincount(labels[right], minlength=classes)
    accuracy, chance = float((hits / counts).mean()), 1.0 / classes
    # the mean of K shares; each one's variance from two more hits and two more misses, as Agresti and Coull (1998) have
    # it, so that a share of 0 or 1 is not taken for certain
    shares = (hits + 2) / (counts + 4)
    half = _NORMAL * float(np.sqrt((shares * (1 - shares) / (counts + 4)).sum())) / classes
    low, high = max(0.0, accuracy - half), min(1.0, accuracy + half)
    told = (low - chance) / (1 - chance) > WORTH[name]
    return Shortcut(name, accuracy, low, high, chance, len(labels), told)


def _sample(table: Table, scan: Scan, rows: Sequence[int]) -> NDArray[np.int64]:
    """Rows of each class that is large enough, in an order that depends on their contents only."""
    by_class: dict[str, list[int]] = {}
    for row in rows:
        by_class.setdefault(table.labels[row], []).append(row)
    large = [by_class[label] for label in sorted(by_class) if len(by_class[label]) >= FOLDS]
    most = max(_FEWEST, MOST_IMAGES // max(len(large), 1))
    chosen = []
    for members in large:
        order = draw.bits("shortcuts", np.array([int(scan.hashes[row][:16], 16) for row in members], dtype=np.uint64))
        chosen += [members[place] for place in np.argsort(order, kind="stable")[:most].tolist()]
    return np.array(chosen, dtype=np.int64)
