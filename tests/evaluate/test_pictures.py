"""The pictures of the page: which are chosen, and thumbnails that are small, whole and honest about their pixels."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from neocog.evaluate import Samples
from neocog.evaluate.pictures import choose, thumbnail


def _opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def _samples(confidences: list[float], right: list[bool]) -> Samples:
    given = np.array([[each, 1 - each] for each in confidences])
    targets = np.array([0 if each else 1 for each in right])
    return Samples(tuple(map(str, range(len(targets)))), targets, given, ("test",) * len(targets))


def test_the_most_confident_mistakes_and_the_least_sure_others() -> None:
    samples = _samples([0.9, 0.6, 0.99, 0.55, 0.8], [False, True, True, False, False])
    assert choose(samples, 2) == ([0, 4], [3, 1])
    assert choose(samples, 9) == ([0, 4, 3], [1, 2])


def test_a_small_image_keeps_its_pixels() -> None:
    pixels = np.arange(64 * 3, dtype=np.uint8).reshape(8, 8, 3)
    uri, hard = thumbnail(pixels)
    assert hard
    assert (np.asarray(_opened(uri)) == pixels).all()


@pytest.mark.parametrize("shape", [(2000, 1500, 3), (65, 3000, 1), (3000, 1, 3)])
def test_a_large_image_becomes_small(shape: tuple[int, ...]) -> None:
    noise: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    uri, hard = thumbnail(noise)
    assert not hard
    assert len(uri) <= 60_000
    assert max(_opened(uri).size) <= 224


def test_an_image_that_is_gone_leaves_its_figures(made: Any) -> None:
    targets, given = made.answers(40, 3, 0.5)
    shown = made.shown(made.report(targets, given, tuple("abc")))
    assert {picture.image == "" for picture in shown.mistakes + shown.unsure} == {True, False}
    for picture in shown.mistakes:
        assert not picture.right
        assert picture.label != picture.answer
        assert picture.probability >= picture.runner_up_probability
    assert [picture.probability for picture in shown.unsure] == sorted(picture.probability for picture in shown.unsure)
