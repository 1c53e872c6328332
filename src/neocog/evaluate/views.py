"""Looking several times: each image in several views, and the mean of what is said of them.

`flips` takes an image and its mirror image (2 passes); `ten_crop` the four corners and the middle of an image prepared
8/7 as large, and their mirror images (10 passes; Krizhevsky, Sutskever and Hinton, 2012: 256 pixels for crops of 224).
What a way gains is measured on validation, paired, and told with what it costs. So is what is chosen by `auto`: a way
that is better by more than chance there, else a single pass. The test set has no say in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.data import Dataset, Encoded, Images, Pixels, Preprocessing, Progress, prepared
from neocog.evaluate.checked import Probabilities, Targets, answers
from neocog.evaluate.paired import Difference, difference
from neocog.evaluate.words import count, points
from neocog.model import Model, logits, probabilities

Way = Literal["none", "flips", "ten_crop"]
Asked = Literal["none", "flips", "ten_crop", "auto"]
WAYS: tuple[Way, ...] = ("none", "flips", "ten_crop")
PASSES: dict[Way, int] = {"none": 1, "flips": 2, "ten_crop": 10}
"""How many views of an image each way computes: its cost, by a single pass."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a way gains over a single pass, on validation images."""

    way: str
    passes: int
    images: int
    difference: Difference

    @property
    def sentence(self) -> str:
        """Gain, interval and cost."""
        found = self.difference
        ends = f"{points(found.interval.low)} to {points(found.interval.high)}"
        judged = "more than chance" if found.better or found.worse else "no more than chance"
        return (
            f"{self.way}: {points(found.value)} points on {count(self.images, 'validation image')} (95 % interval "
            f"{ends}), {judged}, for {self.passes} times the computing"
        )

    def to_dict(self) -> dict[str, Any]:
        """The gain as JSON-able values."""
        found = self.difference
        return {"way": self.way, "passes": self.passes, "n": self.images, "difference": found.value} | {
            "difference_low": found.interval.low,
            "difference_high": found.interval.high,
            "chance": found.chance,
        }


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """The way that was taken for the test images, and what was measured on validation before."""

    way: Way
    gains: tuple[Gain, ...] = ()
    """None where no validation images are at hand."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done, and what each way that was tried gains on validation, and costs."""
        if self.way == "none":
            done = "Each image was looked at once, for no other way was better on validation by more than chance."
        else:
            done = (
                f"The figures are those of {self.way}: the mean over {PASSES[self.way]} views of each image. `neocog "
                "predict` looks once."
            )
        measured = [f"{gain.sentence}." for gain in self.gains]
        return (done, *(measured or ["What that gains could not be measured: no validation images are at hand."]))

    def to_dict(self) -> dict[str, Any]:
        """The choice as JSON-able values."""
        return {"way": self.way, "passes": PASSES[self.way], "gains": [gain.to_dict() for gain in self.gains]}


@dataclass(frozen=True, eq=False)
class Looker:
    """A model that is ready to look at rows of data, in one way or another."""

    model: Model
    module: nn.Module
    """`model.module()` on the device."""
    device: str
    batch: int
    progress: Progress | None = None

    def chances(self, data: Dataset, rows: NDArray[np.int64], way: Way) -> Probabilities:
        """The probabilities [n, K] of some rows, the mean over the views."""
        total = np.zeros((len(rows), len(self.model.classes)))
        for view in self._views(data, rows, way):
            values = logits(self.module, view, self.model.preprocessing, self.batch, self.device)
            total += probabilities(values, self.model.temperature)
        return np.asarray(total / PASSES[way], dtype=np.float64)

    def _views(self, data: Dataset, rows: NDArray[np.int64], way: Way) -> Iterator[Images]:
        plain = self.model.pictured
        wanted = enlarged(plain) if way == "ten_crop" else plain
        images = prepared(data.table, data.scan, rows, wanted, cache_gb=data.options.cache_gb, progress=self.progress)
        places = corners(wanted.size, plain) if way == "ten_crop" else [(0, 0)]
        for place in places:
            for mirrored in (False, True) if way != "none" else (False,):
                yield _viewed(images, plain, place if way == "ten_crop" else None, mirrored)


def choose(looker: Looker, data: Dataset, rows: NDArray[np.int64], targets: Targets, asked: Asked) -> Viewing:
    """What the way that was asked for gains on validation rows; by `auto` the best of all that are better there."""
    single = _right(looker.chances(data, rows, "none"), targets)
    wanted: Sequence[Way] = [way for way in WAYS[1:] if asked in (way, "auto")]
    gains = []
    for way in wanted:
        found = difference(single, _right(looker.chances(data, rows, way), targets), targets)
        gains.append(Gain(way=way, passes=PASSES[way], images=len(rows), difference=found))
    if asked != "auto":
        return Viewing(way=asked, gains=tuple(gains))
    best = max(zip(gains, wanted, strict=True), key=lambda pair: pair[0].difference.value)
    return Viewing(way=best[1] if best[0].difference.better else "none", gains=tuple(gains))


def enlarged(preprocessing: Preprocessing) -> Preprocessing:
    """The preprocessing of images 8/7 as large, without the border that each crop gets.

    >>> enlarged(Preprocessing(size=(224, 224), channels=3, short=256)).size
    (256, 256)
    """
    height, width = (round((side - 2 * preprocessing.border) * 8 / 7) for side in preprocessing.size)
    short = preprocessing.short
    return replace(
        preprocessing,
        size=(height, width),
        border=0,
        short=None if short is None else max(short, height, width),
    )


def corners(size: tuple[int, int], preprocessing: Preprocessing) -> list[tuple[int, int]]:
    """The upper left places of the five crops in an image of a size: its corners, and its middle.

    >>> corners((256, 256), Preprocessing(size=(224, 224), channels=3))
    [(0, 0), (0, 32), (32, 0), (32, 32), (16, 16)]
    """
    inner = [side - 2 * preprocessing.border for side in preprocessing.size]
    down, right = size[0] - inner[0], size[1] - inner[1]
    return [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]


def _viewed(images: Images, plain: Preprocessing, place: tuple[int, int] | None, mirrored: bool) -> Images:
    """The images as one view shows them, made as they are asked for."""
    if place is None and not mirrored:
        return images
    border = plain.border
    height, width = (side - 2 * border for side in plain.size)

    def image(row: int) -> Pixels:
        pixels = images[row]
        if place is not None:
            top, left = place
            pixels = pixels[:, top : top + height, left : left + width]
            pixels = np.pad(pixels, ((0, 0), (border, border), (border, border)))
        return pixels[..., ::-1] if mirrored else pixels

    made: Callable[[int], Pixels] = image
    return Encoded((len(images), plain.channels, *plain.size), made)


def _right(chances: Probabilities, targets: Targets) -> NDArray[np.bool_]:
    return np.asarray(answers(chances) == targets)[None]
