"""The sheet of what the network sees: its cells are the very pixels that training draws."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from neocog.data import Augment, DataOptions, Dataset, Preprocessing, load
from neocog.data.augment import NONE, draw_parameters, words
from neocog.data.cache import squashed
from neocog.data.geometry import frame
from neocog.data.grid import EPOCHS, TOP, grid, packed
from neocog.train.batches import TrainingSet
from neocog.train.recipe import Compute

PREPROCESSING = Preprocessing(size=(8, 8), channels=1)
ROWS, CELL, FACTOR, STEP, LEFT = 10, 168, 21, 192, 32
DEEP = CELL + 8 + 18 + 24
"""How far rows with one line of words are apart."""


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataOptions(path="digits"))


def cells(sheet: Image.Image) -> np.ndarray[Any, Any]:
    """The sheet's cells as rows, columns, H, W, each reduced to the 8 x 8 pixels that were enlarged."""
    pixels = np.asarray(sheet.convert("L"))
    places = [[(TOP + row * DEEP, LEFT + at * STEP) for at in range(2 + EPOCHS)] for row in range(ROWS)]
    middle = slice(FACTOR // 2, None, FACTOR)
    return np.array(
        [
            [pixels[top : top + CELL, left : left + CELL][middle, middle] for top, left in row_places]
            for row_places in places
        ]
    )


def test_without_augmentation_every_column_is_the_image(digits: Dataset) -> None:
    found = cells(grid(digits, PREPROCESSING, NONE, seed=0))
    for column in range(1, 2 + EPOCHS):
        np.testing.assert_array_equal(found[:, column], found[:, 0])
    train = {digits.table.source.read(row).tobytes() for row in digits.rows("train")}
    assert all(image.astype(np.uint8).tobytes() in train for image in found[:, 0])


def test_the_epochs_are_those_of_training(digits: Dataset) -> None:
    augment = Augment(rotation=30.0, scale=1, translation=0, brightness=0, contrast=1)  # in one line of words
    found = cells(grid(digits, PREPROCESSING, augment, seed=5))
    rows = digits.rows("train")
    images, aspects = squashed(digits.table, digits.scan, rows, 8, 1)
    training = TrainingSet(
        images=images,
        aspects=aspects,
        keys=digits.sample_key(rows),
        targets=digits.targets(rows),
        preprocessing=PREPROCESSING,
        augment=augment,
        seed=5,
        batch=32,
        compute=Compute(device="cpu"),
    )
    for epoch in (0, EPOCHS - 1):  # training counts them from 0
        batch = training.gather(np.arange(len(rows)), epoch)
        drawn = {image.tobytes() for image in (batch.clamp(0, 1) * 255).round().byte().numpy()}
        assert all(image.astype(np.uint8).tobytes() in drawn for image in found[:, 2 + epoch])


def test_every_class_is_shown_and_the_sheet_depends_on_the_seed_alone(digits: Dataset) -> None:
    first, again = (grid(digits, PREPROCESSING, NONE, seed=1) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != grid(digits, PREPROCESSING, NONE, seed=2).tobytes()


def test_under_each_picture_stands_what_was_drawn(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words that the sheet writes are those of the parameters that training draws."""
    written: list[str] = []
    write = ImageDraw.ImageDraw.text

    def noted(pen: ImageDraw.ImageDraw, place: Any, text: str, *rest: Any, **more: Any) -> None:
        written.append(text)
        write(pen, place, text, *rest, **more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    augment = Augment(rotation=30.0, scale=1, translation=0, brightness=0, contrast=1, hue=20)
    sheet = grid(digits, PREPROCESSING, augment, seed=5)
    turns = [text for text in written if text.startswith("rotation")]
    assert len(turns) == ROWS * EPOCHS
    keys = {int(key) for key in digits.sample_key(digits.rows("train"))}
    still = frame(PREPROCESSING, np.ones(len(keys), np.float32))
    drawn = draw_parameters(augment, still, seed=5, epoch=0, samples=np.array(sorted(keys), np.uint64))
    possible = {words(drawn, place, PREPROCESSING)[0] for place in range(len(keys))}
    assert {text.split(",")[0] for text in turns[:ROWS]} <= possible
    assert [label for label in digits.classes if label not in written] == []
    assert "8 x 8 px" in written
    assert sheet.width == 2 * LEFT + (2 + EPOCHS) * STEP - 24


def test_phrases_share_lines_and_long_ones_are_cut() -> None:
    font = ImageFont.load_default(13)
    assert packed(["scale 1.10", "rotation 12°", "brightness +5 %"], font, 168) == [
        "scale 1.10, rotation 12°",
        "brightness +5 %",
    ]
    (line,) = packed(["a class of a name that nobody would have thought of before"], font, 168)
    assert line.startswith("a class of a name")
    assert line.endswith("…")
    assert font.getlength(line) <= 168
