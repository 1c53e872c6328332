"""A sheet of pictures: what the network will see of some images, before any training.

One row an image, classes in turn: the image as it is, as validation and test see it, and as training sees it in its
first epochs, drawn by the very functions that train; under each picture stands in words what was drawn for it. Small
images are enlarged with hard pixels.

Try it: `neocog check digits --grid sheet.png`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neocog.core import draw
from neocog.data.augment import Augment
from neocog.data.load import Dataset
from neocog.data.prepare import fitted
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Pixels
from neocog.data.views import views

FEWEST, MOST = 6, 10
"""How many images a sheet shows: one of each class, where that is no fewer and no more."""

EPOCHS = 4
"""The number of training epochs that are drawn."""

CELL, WIDEST = 168, 256
"""About how wide a picture is shown, and the widest that is shown pixel by pixel."""

TOP = 136
"""Where the first row of pictures begins, in pixels."""

_MARGIN, _GAP, _LINE = 32, 24, 18
_TITLE, _TEXT = 22, 13
_GROUND, _INK, _QUIET = (251, 251, 250), (29, 31, 35), (107, 112, 120)


@dataclass(frozen=True)
class Cell:
    """A picture and what stands under it."""

    picture: Pixels
    told: Sequence[str]


def grid(
    dataset: Dataset,
    preprocessing: Preprocessing,
    augment: Augment,
    *,
    seed: int,
    rows: NDArray[np.int64] | None = None,
    first: int = 0,
) -> Image.Image:
    """The sheet for a data set; `seed` is the run's, so that the sheet shows what that run will draw.

    It shows some training images of each class in turn, or the given rows; `first` is the epoch it begins with.
    """
    train = dataset.rows("train")
    if rows is None:
        rows = train[_chosen(dataset, train, seed)]
    epochs = range(first, first + EPOCHS)
    seen = views(dataset, preprocessing, augment, rows, seed=seed, epochs=epochs)
    height, width = preprocessing.size
    columns = [
        [Cell(view.original, [dataset.table.labels[row]]) for view, row in zip(seen, rows.tolist(), strict=True)],
        [Cell(view.validation, [f"{width} x {height} px"]) for view in seen],
        *([Cell(view.training[at].picture, view.training[at].told) for view in seen] for at in range(EPOCHS)),
    ]
    heads = ["image", "validation", *(f"epoch {epoch + 1}" for epoch in epochs)]
    color = "in gray" if preprocessing.channels == 1 else "in color"
    title = f"{dataset.table.name} as the network sees it"
    line = (
        f"{len(train):,} training images, each {width} x {height} pixels {color}, drawn anew in each epoch, "
        f"seed {seed}; under each picture what was drawn for it"
    )
    return _sheet(title, line, heads, columns, cell_side(max(height, width)))


def cell_side(side: int) -> int:
    """The side of a picture's place, in pixels: a whole multiple of the network's side, where that is not too wide.

    >>> [cell_side(side) for side in (8, 28, 64, 224, 600)]
    [168, 168, 192, 224, 256]
    """
    return side * max(1, round(CELL / side)) if side <= WIDEST else WIDEST


def _chosen(dataset: Dataset, train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Places in the training set: a random image of each class in turn, until the sheet is full."""
    shuffled = draw.permutation(len(train), seed, "sheet")
    labels = dataset.targets(train[shuffled])
    turn = np.zeros(len(train), np.int64)
    for label in np.unique(labels):
        turn[labels == label] = np.arange(np.count_nonzero(labels == label))
    first = np.lexsort((labels, turn))[: min(MOST, max(FEWEST, len(np.unique(labels))))]
    return shuffled[first[np.argsort(labels[first], kind="stable")]]


def _sheet(title: str, line: str, heads: Sequence[str], columns: Sequence[Sequence[Cell]], side: int) -> Image.Image:
    """The pictures in columns under their heads, each above its words, all under a title and a line."""
    font = ImageFont.load_default(_TEXT)
    lines = [[packed(cell.told, font, side) for cell in column] for column in columns]
    lefts = [_MARGIN + at * (side + _GAP) for at in range(len(columns))]
    tops = [TOP]
    for row in range(len(columns[0])):
        tops.append(tops[-1] + side + 8 + max(len(column[row]) for column in lines) * _LINE + _GAP)
    sheet = Image.new("RGB", (lefts[-1] + side + _MARGIN, tops[-1] - _GAP + _MARGIN), _GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN), title, _INK, ImageFont.load_default(_TITLE), anchor="lt")
    pen.text((_MARGIN, _MARGIN + 36), line, _QUIET, font, anchor="lt")
    for left, head, column, told in zip(lefts, heads, columns, lines, strict=True):
        pen.text((left, TOP - _LINE - 6), head, _INK, font)
        for top, cell, phrases in zip(tops, column, told, strict=False):
            sheet.paste(_fitted(cell.picture, side), (left, top))
            for at, text in enumerate(phrases):
                pen.text((left, top + side + 6 + at * _LINE), text, _INK if column is columns[0] else _QUIET, font)
    return sheet


def packed(told: Sequence[str], font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Phrases in as few lines of a cell's width as they need, in their order; a longer one is cut."""
    lines: list[str] = []
    for phrase in told:
        joined = f"{lines[-1]}, {phrase}" if lines else phrase
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        while font.getlength(phrase) > width:
            phrase = f"{phrase.rstrip('…')[:-1]}…"
        lines.append(phrase)
    return lines


def _fitted(pixels: Pixels, side: int) -> Image.Image:
    """A picture within a cell: enlarged by a whole factor with hard pixels, or reduced."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    factor = side // max(image.size)
    if factor >= 1:
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    height, width = fitted(image.height, image.width, side, side, "pad")
    return image.resize((width, height), Image.Resampling.BOX)
