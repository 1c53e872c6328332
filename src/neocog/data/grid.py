"""A sheet of pictures: what the network will see of some images, before any training.

One row an image, classes in turn: the image as it is, as validation and test see it, and as training sees it in its
first epochs, drawn by the very functions that train. Small images are enlarged with hard pixels.

Try it: `neocog check digits --grid sheet.png`.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neocog.core import draw
from neocog.data.augment import Augment, augmented
from neocog.data.cache import prepared, squashed
from neocog.data.decode import decode
from neocog.data.load import Dataset
from neocog.data.parallel import Progress
from neocog.data.prepare import fitted
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Pixels

ROWS = 12
"""The most images on a sheet."""

EPOCHS = 6
"""The number of training epochs that are drawn."""

_CELL = 112
_GAP = 8
_SIZE = 13
_GROUND, _TEXT, _QUIET = (251, 251, 250), (29, 31, 35), (107, 112, 120)


def grid(
    dataset: Dataset, preprocessing: Preprocessing, augment: Augment, *, seed: int, progress: Progress | None = None
) -> Image.Image:
    """The sheet for a data set; `seed` is the run's, so that the sheet shows what that run will draw."""
    train = dataset.rows("train")
    places = _chosen(dataset, train, seed)
    cache_gb = dataset.options.cache_gb
    table, scan = dataset.table, dataset.scan
    plain = prepared(table, scan, train, preprocessing, cache_gb=cache_gb, progress=progress)
    images, aspects = plain, np.ones(len(train), np.float32)
    if augment.geometric:
        inner = max(preprocessing.size) - 2 * preprocessing.border
        images, aspects = squashed(
            table, scan, train, inner, preprocessing.channels, cache_gb=cache_gb, progress=progress
        )
    columns = [[decode(table.source.read(row)).pixels for row in train[places].tolist()]]
    columns.append([_pixels(torch.from_numpy(plain[place] / np.float32(255))) for place in places.tolist()])
    for epoch in range(1, EPOCHS + 1):
        batch = augmented(
            torch.from_numpy(images[places]),
            aspects[places],
            preprocessing,
            augment,
            seed=seed,
            epoch=epoch - 1,  # training counts them from 0
            samples=dataset.sample_key(train[places]),
        )
        columns.append([_pixels(image) for image in batch])
    heads = ["image", "prepared", *(f"epoch {epoch}" for epoch in range(1, EPOCHS + 1))]
    height, width = preprocessing.size
    color = "gray" if preprocessing.channels == 1 else "RGB"
    title = f"{table.name} as the network sees it: {width} x {height} pixels, {color}, seed {seed}"
    return _sheet(title, heads, [table.labels[row] for row in train[places].tolist()], columns)


def _chosen(dataset: Dataset, train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Places in the training set: a random image of each class in turn, until the sheet is full."""
    shuffled = draw.permutation(len(train), seed, "sheet")
    labels = dataset.targets(train[shuffled])
    turn = np.zeros(len(train), np.int64)
    for label in np.unique(labels):
        turn[labels == label] = np.arange(np.count_nonzero(labels == label))
    first = np.lexsort((labels, turn))[:ROWS]
    return shuffled[first[np.argsort(labels[first], kind="stable")]]


def _pixels(image: torch.Tensor) -> Pixels:
    """C H W from 0 to 1 as H W C in bytes."""
    return (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


def _sheet(title: str, heads: list[str], labels: list[str], columns: list[list[Pixels]]) -> Image.Image:
    """The pictures under a title and their heads, each row beside its label."""
    font = ImageFont.load_default(_SIZE)
    shown = [label if len(label) <= 24 else label[:23] + "…" for label in labels]
    left = 2 * _GAP + max(int(font.getlength(label)) for label in shown)
    head = 3 * _GAP + _SIZE
    top = head + _GAP + _SIZE
    step = _CELL + _GAP
    sheet = Image.new("RGB", (left + len(columns) * step + _GAP, top + len(labels) * step), _GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((_GAP, _GAP), title, _TEXT, font)
    for index, words in enumerate(heads):
        pen.text((left + index * step, head), words, _QUIET, font)
    for row, label in enumerate(shown):
        pen.text((_GAP, top + row * step), label, _TEXT, font)
        for index, column in enumerate(columns):
            picture = _cell(column[row])
            sheet.paste(picture, (left + index * step, top + row * step))
    return sheet


def _cell(pixels: Pixels) -> Image.Image:
    """A picture within a cell: enlarged by a whole factor with hard pixels, or reduced."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    factor = _CELL // max(image.size)
    if factor >= 1:
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    height, width = fitted(image.height, image.width, _CELL, _CELL, "pad")
    return image.resize((width, height), Image.Resampling.BOX)
