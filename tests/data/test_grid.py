"""The sheet of what the network sees: its cells are the very pixels that training draws."""

import numpy as np
import pytest

from neocog.data import Augment, DataOptions, Dataset, Preprocessing, load
from neocog.data.augment import NONE
from neocog.data.cache import squashed
from neocog.data.grid import EPOCHS, ROWS, grid
from neocog.train.batches import TrainingSet
from neocog.train.recipe import Compute

PREPROCESSING = Preprocessing(size=(8, 8), channels=1)
CELL, STEP, TOP = 112, 120, 58


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataOptions(path="digits"))


def cells(sheet) -> np.ndarray:
    """The sheet's cells as rows, columns, H, W, each reduced to the 8 x 8 pixels that were enlarged."""
    pixels = np.asarray(sheet.convert("L"))
    left = pixels.shape[1] - (2 + EPOCHS) * STEP - 8
    return np.array(
        [
            [
                pixels[TOP + row * STEP : TOP + row * STEP + CELL, left + at * STEP : left + at * STEP + CELL][
                    7::14, 7::14
                ]
                for at in range(2 + EPOCHS)
            ]
            for row in range(ROWS)
        ]
    )


def test_without_augmentation_every_column_is_the_image(digits: Dataset) -> None:
    found = cells(grid(digits, PREPROCESSING, NONE, seed=0))
    for column in range(1, 2 + EPOCHS):
        np.testing.assert_array_equal(found[:, column], found[:, 0])
    train = {digits.table.source.read(row).tobytes() for row in digits.rows("train")}
    assert all(image.astype(np.uint8).tobytes() in train for image in found[:, 0])


def test_the_epochs_are_those_of_training(digits: Dataset) -> None:
    augment = Augment(rotation=30.0)
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
