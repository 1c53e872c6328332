"""What is no picture is prepared as it is, or refused with the reason."""

import numpy as np
import pytest
import torch

from neocog.core.errors import DataError, ImageError
from neocog.data import NumbersPreprocessing, Preprocessing, fitted, normalize, of_pictures

NUMBERS = NumbersPreprocessing(columns=("high", "low"))


def test_a_row_is_its_numbers() -> None:
    prepared = NUMBERS.prepare(np.array([3.5, -1.0]))
    assert prepared.dtype == NUMBERS.dtype and prepared.shape == NUMBERS.input
    assert prepared.tolist() == [3.5, -1.0]


def test_a_row_that_is_not_whole_is_refused() -> None:
    with pytest.raises(ImageError, match="3 numbers, not 2"):
        NUMBERS.prepare(np.zeros(3))
    with pytest.raises(ImageError, match="no number in low"):
        NUMBERS.prepare(np.array([1.0, np.nan]))


def test_columns_are_standardized_by_what_was_measured() -> None:
    rows = np.random.default_rng(0).normal((10, -3, 7), (2, 0.1, 0), (500, 3)).astype(np.float32)
    measured = fitted(NumbersPreprocessing(columns=("a", "b", "c")), rows)
    seen = normalize(torch.from_numpy(rows), measured)
    assert seen.mean(dim=0).tolist() == pytest.approx([0, 0, 0], abs=1e-3)
    assert seen.std(dim=0, correction=0).tolist() == pytest.approx([1, 1, 0], abs=1e-3), "a constant is not divided"


def test_what_works_on_images_refuses_the_rest() -> None:
    pictures = Preprocessing(size=(8, 8), channels=1)
    assert of_pictures(pictures) is pictures
    with pytest.raises(DataError, match="this works on images, and got rows of numbers; give images"):
        of_pictures(NUMBERS)
