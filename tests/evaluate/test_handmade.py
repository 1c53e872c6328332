"""The hand-made baseline: its features beside scikit-image's where it is installed, by hand where it is not."""

import numpy as np
import pytest

from neocog.data import DataOptions, Preprocessing, inspect, prepared
from neocog.evaluate.handmade import CELL, ORIENTATIONS, colors, features, gradients, handmade


def test_gradients_by_hand() -> None:
    """A ramp to the right of slope 0.01: differences over two pixels of 0.02, none at the two edges, all at 0 degrees.

    Each of the 4 cells has 64 pixels, one column of them at an edge of the image: 56 times 0.02 over 64.
    """
    ramp = np.tile(0.01 * np.arange(2 * CELL), (2 * CELL, 1))
    found = gradients(ramp).reshape(4, ORIENTATIONS)
    assert (found[:, 1:] == 0).all()
    assert found[:, 0] == pytest.approx(0.5, abs=1e-3)  # four alike, clipped alike, brought to length 1


def test_a_plain_image_has_no_edges() -> None:
    assert not gradients(np.full((64, 64), 0.5)).any()


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_scikit_images(seed: int) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image, the oracle of this test, is not installed")
    image = np.random.default_rng(seed).random((64, 64))
    expected = feature.hog(
        image, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2), block_norm="L2-Hys", feature_vector=True
    )
    assert gradients(image) == pytest.approx(expected, abs=1e-6)


def test_colors_by_hand() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    image[0, 0] = (255, 0, 64)
    found = colors(image)
    assert found[0] == pytest.approx(np.sqrt(3 / 4))
    assert found[3 * 16 + 1] == pytest.approx(np.sqrt(1 / 4))
    assert (found**2).sum() == pytest.approx(1)


def test_grey_images_have_edges_only() -> None:
    grey, color = (np.zeros((2, channels, 10, 10), np.uint8) for channels in (1, 3))
    assert features(grey).shape == (2, 7 * 7 * 4 * 9)
    assert features(color).shape == (2, 7 * 7 * 4 * 9 + 64)


def test_one_class_is_no_question() -> None:
    images = np.zeros((3, 1, 8, 8), np.uint8)
    assert handmade(images, np.zeros(3, np.int64), images, np.zeros(3, np.int64), 3) is None


def test_digits_are_told_by_their_edges() -> None:
    data = inspect(DataOptions(path="digits"))
    train, test = data.rows("train")[:400], data.rows("test")
    kept = Preprocessing(size=(8, 8), channels=1)
    known, asked = (np.asarray(prepared(data.table, data.scan, rows, kept)) for rows in (train, test))
    found = handmade(known, data.targets(train), asked, data.targets(test), 1258)
    assert found is not None
    assert found.accuracy.value > 0.9
    assert (found.learned, found.of, found.accuracy.n) == (400, 1258, len(test))
