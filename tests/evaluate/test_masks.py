"""Mean IoU, IoU by class and pixel accuracy, beside scikit-learn's, and their intervals over images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, jaccard_score

from neocog.core.errors import DataError
from neocog.evaluate.masks import mean_iou, measure_masks


def matrix(truth: np.ndarray, answer: np.ndarray, classes: int) -> np.ndarray:
    found = np.zeros((classes, classes), np.int64)
    np.add.at(found, (truth, answer), 1)
    return found


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 9999), classes=st.integers(2, 5), images=st.integers(1, 6))
def test_the_figures_are_scikit_learns(seed: int, classes: int, images: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, (images, 60))
    answer = np.where(random.random((images, 60)) < 0.6, truth, random.integers(0, classes, (images, 60)))
    matrices = np.stack([matrix(one, other, classes) for one, other in zip(truth, answer, strict=True)])
    figures = measure_masks(matrices, [str(number) for number in range(classes)])
    labels = np.union1d(truth, answer)
    assert figures.mean_iou == pytest.approx(
        jaccard_score(truth.ravel(), answer.ravel(), average="macro", labels=labels)
    )
    expected = jaccard_score(truth.ravel(), answer.ravel(), average=None, labels=labels)
    assert [figures.per_class[label].iou for label in labels] == pytest.approx(expected)
    assert figures.pixel_accuracy == pytest.approx(accuracy_score(truth.ravel(), answer.ravel()))
    for place in range(images):
        present = np.union1d(truth[place], answer[place])
        own = jaccard_score(truth[place], answer[place], average="macro", labels=present)
        assert figures.by_image[place] == pytest.approx(own)


def test_a_class_that_does_not_occur_has_no_figure_and_no_part_in_the_mean() -> None:
    figures = measure_masks(np.array([[[2, 2, 0], [0, 4, 0], [0, 0, 0]]]), ["a", "b", "c"])
    assert figures.per_class[2].iou is None
    assert figures.per_class[2].interval is None
    assert figures.mean_iou == pytest.approx((2 / 4 + 4 / 6) / 2)
    assert figures.baseline == pytest.approx(0.25)
    assert figures.to_dict()["per_class"][2]["iou"] is None


def test_intervals_are_over_images_not_over_pixels() -> None:
    random = np.random.default_rng(0)
    shares = random.uniform(0.5, 1.0, 40)
    few = np.array([[[int(100 * share), 100 - int(100 * share)], [0, 100]] for share in shares])
    ends, many = measure_masks(few, "ab").mean_iou_interval, measure_masks(few * 100, "ab").mean_iou_interval
    assert (ends.low, ends.high) == (many.low, many.high)
    drawn = [mean_iou(few[random.integers(0, 40, 40)].sum(axis=0)) for _ in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert ends.low == pytest.approx(low, abs=0.005)
    assert ends.high == pytest.approx(high, abs=0.005)
    again = measure_masks(few, "ab")
    assert again.mean_iou_interval == ends


def test_a_verdict_needs_pixels() -> None:
    with pytest.raises(DataError, match="needs pixels that are not ignored, got none; give masks with classes"):
        measure_masks(np.zeros((2, 3, 3), np.int64), "abc")
