"""Where is it weaker? Accuracy by every other column of the data's table, and by what the pictures look like.

A column with few values gives a slice each; numbers are cut into quarters. Of the pictures the size is as they were
found, brightness and sharpness as the network sees them; sharpness is the variance of the Laplacian (Pech-Pacheco and
others, "Diatom autofocusing in brightfield microscopy", 2000). Slices of fewer than 20 images are not judged.

Of many slices one is the weakest by chance alone. So each is set against all images outside it, with the interval of
the difference (Newcombe, "Interval estimation for the difference between independent proportions", 1998, method 10),
widened for the number of slices that were looked at (Bonferroni): only what stays below zero is told from the rest.

>>> right = np.arange(200) % 10 > 0
>>> right[:40] = False
>>> cut = Cut("camera", tuple("old" if place < 50 else "new" for place in range(200)))
>>> slices(right, [cut]).worst.name
'camera: old'
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import LEVEL, Proportion, wilson
from neocog.data import Images, gathered
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.words import clean, count, interval, percent

LEAST = 20
"""Images that a slice has at least, and that are left outside it."""
MOST_VALUES = 20
"""Different values of a column that are slices of their own; with more, numbers are cut into quarters."""

_BLOCK = 256


@dataclass(frozen=True)
class Cut:
    """A way to part the samples: for each the name of its slice; "" belongs to none."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Some of the samples, against all others."""

    name: str
    share: Proportion
    """How many of them are right."""
    rest: Proportion
    """How many of the others are."""
    difference: Interval
    """The interval of the difference, corrected for the number of slices."""

    @property
    def weaker(self) -> bool:
        """Whether it is worse than the rest by more than chance."""
        return self.difference.high < 0


@dataclass(frozen=True, kw_only=True)
class Slices:
    """All slices that were judged, the weakest first."""

    all: tuple[Slice, ...] = ()
    left_out: tuple[str, ...] = ()
    """The columns that could not be cut: texts that differ from row to row."""

    @property
    def worst(self) -> Slice | None:
        """The weakest of those that are told from the rest, else the weakest; `None` where there is none."""
        told = [each for each in self.all if each.weaker]
        return next(iter(told or self.all), None)

    @property
    def sentence(self) -> str:
        """The worst slice, and whether it can be told from the rest."""
        worst = self.worst
        if worst is None:
            return f"No slice could be judged: each needs {LEAST} images, and as many outside it."
        told = (
            f"{clean(worst.name)}: {percent(worst.share.value)} right of {count(worst.share.n, 'image')} (95 % "
            f"interval {interval(worst.share)}), against {percent(worst.rest.value)} of the rest"
        )
        looked = count(len(self.all), "slice")
        if worst.weaker:
            return f"Weaker on {told}; that is more than chance, even of {looked}."
        return f"No slice can be told from the rest; the weakest of {looked} is {told}."

    def to_dict(self) -> dict[str, Any]:
        """The slices as JSON-able values."""
        return {
            "sentence": self.sentence,
            "least": LEAST,
            "left_out": list(self.left_out),
            "all": [
                {"name": each.name, "n": each.share.n, "accuracy": each.share.value, "accuracy_low": each.share.low}
                | {"accuracy_high": each.share.high, "rest": each.rest.value, "weaker": each.weaker}
                | {"difference_low": each.difference.low, "difference_high": each.difference.high}
                for each in self.all
            ],
        }


def slices(right: NDArray[np.bool_], cuts: Sequence[Cut], left_out: Sequence[str] = ()) -> Slices:
    """Every slice that is large enough, from which samples [n] are right and the ways to part them."""
    found = [(f"{cut.name}: {group}", inside) for cut in cuts for group, inside in _large(cut, len(right))]
    judged = [_judged(name, right, inside, len(found)) for name, inside in found]
    return Slices(all=tuple(sorted(judged, key=lambda each: each.share.value)), left_out=tuple(left_out))


def column_cuts(columns: Mapping[str, Sequence[str]]) -> tuple[list[Cut], list[str]]:
    """The ways to part samples by the columns of their table, and the columns that part them into nothing."""
    cuts, left_out = [], []
    for name, cells in columns.items():
        values = _numbers(cells)
        if len(set(cells)) <= MOST_VALUES:
            cuts.append(Cut(name, tuple(cells)))
        elif values is not None:
            cuts.append(quarters(name, values))
        else:
            left_out.append(name)
    return cuts, left_out


def picture_cuts(images: Images, heights: NDArray[np.int32], widths: NDArray[np.int32]) -> list[Cut]:
    """The ways to part images (prepared, uint8 N C H W, with the sizes in which they were found) by their looks."""
    brightness, sharpness = looks(images)
    side = np.sqrt(heights.astype(np.float64) * widths)
    return [
        quarters("size", side, " pixels a side"),
        quarters("brightness", 100 * brightness, " %"),
        quarters("sharpness", sharpness),
    ]


def sound_cuts(rates: NDArray[np.int32], samples: NDArray[np.int32]) -> list[Cut]:
    """The ways to part sounds: by their length, and by the rate that they were recorded at where there are several."""
    cuts = [quarters("length", samples / np.maximum(rates, 1), " s")]
    return [*cuts, Cut("rate", tuple(map(str, rates.tolist())))] if len(np.unique(rates)) > 1 else cuts


def looks(images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Brightness (0 to 1) and sharpness (variance of the Laplacian, in gray levels) of images (uint8 N C H W).

    >>> flat = np.full((1, 1, 4, 4), 51, np.uint8)
    >>> [float(values[0].round(6)) for values in looks(flat)]
    [0.2, 0.0]
    """
    places = [slice(start, start + _BLOCK) for start in range(0, len(images), _BLOCK)]
    parts = []
    for block in gathered(images, places):
        gray = block.mean(axis=1, dtype=np.float32)  # N H W
        middle = gray[:, 1:-1, 1:-1]
        around = gray[:, :-2, 1:-1] + gray[:, 2:, 1:-1] + gray[:, 1:-1, :-2] + gray[:, 1:-1, 2:]
        laplacian = (4 * middle - around).reshape(len(gray), -1)
        sharp = laplacian.var(axis=1) if laplacian.shape[1] else np.zeros(len(gray))
        parts.append((gray.mean(axis=(1, 2)) / 255, sharp))
    bright, sharp = (np.concatenate(column).astype(np.float64) for column in zip(*parts, strict=True))
    return bright, sharp


def quarters(name: str, values: NDArray[np.float64], unit: str = "") -> Cut:
    """Numbers cut into quarters, as near as equal values allow; each is named by its least and largest value.

    >>> sorted(set(quarters("age", np.arange(8.0)).groups))
    ['0 to 1', '2 to 3', '4 to 5', '6 to 7']
    """
    place = np.searchsorted(np.unique(np.quantile(values, [0.25, 0.5, 0.75])), values, side="left")
    ends = [(values[place == group].min(), values[place == group].max()) for group in np.unique(place)]
    span = float(values.max() - values.min()) or 1.0
    first = 0 if (values == np.round(values)).all() else max(0, 2 - math.floor(math.log10(span)))
    for digits in range(first, first + 6):  # as few as tell the quarters apart
        names = [
            f"{low:.{digits}f}{unit}"
            if f"{low:.{digits}f}" == f"{high:.{digits}f}"
            else f"{low:.{digits}f} to {high:.{digits}f}{unit}"
            for low, high in ends
        ]
        if len(set(names)) == len(names):
            break
    ranks = np.unique(place, return_inverse=True)[1]
    return Cut(name, tuple(names[rank] for rank in ranks.tolist()))


def _large(cut: Cut, samples: int) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The groups that hold enough samples and leave enough outside."""
    groups = np.array(cut.groups)
    for group in sorted(set(cut.groups) - {""}):
        inside = groups == group
        if LEAST <= inside.sum() <= samples - LEAST:
            yield group, inside


def _judged(name: str, right: NDArray[np.bool_], inside: NDArray[np.bool_], looked: int) -> Slice:
    sides = [(int(right[at].sum()), int(at.sum())) for at in (inside, ~inside)]
    level = 1 - (1 - LEVEL) / looked
    (low, high), (rest_low, rest_high) = (wilson(hits, n, level) for hits, n in sides)
    share, rest = (Proportion.of(hits, n) for hits, n in sides)
    value = share.value - rest.value
    return Slice(
        name=name,
        share=share,
        rest=rest,
        difference=Interval(
            value - float(np.hypot(share.value - low, rest_high - rest.value)),
            value + float(np.hypot(high - share.value, rest.value - rest_low)),
        ),
    )


def _numbers(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """The cells as numbers; `None` where one is none."""
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
