"""Logits, probabilities and answers, against torch, scipy's softmax and sums by hand."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax
from torch import nn

from neocog.core.errors import ModelFileError
from neocog.data import Preprocessing
from neocog.model import NOT_SURE, Model, logits, predict, probabilities

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 3, 12, 12), dtype=np.uint8)


def test_logits_are_the_normalized_pixels_through_the_module(small: Model) -> None:
    module = small.module()
    mean = torch.tensor(small.preprocessing.mean).reshape(1, 3, 1, 1)
    deviation = torch.tensor(small.preprocessing.deviation).reshape(1, 3, 1, 1)
    with torch.no_grad():
        expected = module((torch.from_numpy(IMAGES).float() / 255 - mean) / deviation)
    found = logits(module, IMAGES, small.preprocessing)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 10, 64])
def test_the_batch_size_does_not_matter(small: Model, batch: int) -> None:
    module = small.module()
    whole = logits(module, IMAGES, small.preprocessing)
    np.testing.assert_allclose(logits(module, IMAGES, small.preprocessing, batch=batch), whole, rtol=1e-5, atol=1e-6)


def test_training_mode_and_autocast_do_not_reach_in(small: Model) -> None:
    module = small.module()
    expected = logits(module, IMAGES, small.preprocessing)
    module.train()
    frozen = module.get_submodule("norm1").eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = logits(module, IMAGES, small.preprocessing)
    np.testing.assert_array_equal(found, expected)
    assert module.training
    assert not frozen.training


class Watching(nn.Module):
    """Two numbers of an image by a convolution and a product, and what torch might round while they are made."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.kernels = nn.Parameter(torch.randn(16, 3, 3, 3, generator=generator))
        self.weights = nn.Parameter(torch.randn(2, 1600, generator=generator))
        self.seen: set[str] = set()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen |= set(precisions())
        found: torch.Tensor = nn.functional.conv2d(images, self.kernels).flatten(1) @ self.weights.T
        return found


def precisions() -> list[str]:
    """How torch multiplies float32 now, for each device and kind of product."""
    cuda, cudnn, mkldnn = torch.backends.cuda, torch.backends.cudnn, torch.backends.mkldnn
    kinds: list[Any] = [cuda.matmul, cudnn.conv, cudnn.rnn, mkldnn.matmul, mkldnn.conv, mkldnn.rnn]
    return [kind.fp32_precision for kind in kinds]


@pytest.fixture
def rounding() -> Iterator[None]:
    """A program that has let torch round wherever it may, on every device."""
    torch.set_float32_matmul_precision("medium")
    torch.backends.mkldnn.conv.fp32_precision = "bf16"
    yield
    torch.backends.mkldnn.conv.fp32_precision = "none"
    torch.set_float32_matmul_precision("highest")


def test_float32_is_not_rounded_on_the_way(request: pytest.FixtureRequest) -> None:
    preprocessing = Preprocessing(size=(12, 12), channels=3)
    module = Watching()
    expected = logits(module, IMAGES, preprocessing)
    request.getfixturevalue("rounding")
    before = precisions()
    assert {"tf32", "bf16"} <= set(before)
    module.seen.clear()
    np.testing.assert_array_equal(logits(module, IMAGES, preprocessing), expected)
    assert module.seen <= {"none", "ieee"}
    assert precisions() == before


def test_memory_mapped_images(small: Model, tmp_path: pytest.TempPathFactory) -> None:
    path = f"{tmp_path}/images.npy"
    np.save(path, IMAGES)
    mapped = np.load(path, mmap_mode="r")
    np.testing.assert_array_equal(
        logits(small.module(), mapped, small.preprocessing), logits(small.module(), IMAGES, small.preprocessing)
    )


@given(
    arrays.arrays(np.float32, (3, 5), elements=st.floats(-1e4, 1e4, width=32)),
    st.floats(0.05, 20),
)
def test_probabilities_are_the_softmax(values: np.ndarray, temperature: float) -> None:
    found = probabilities(values, temperature)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found, softmax(values.astype(np.float64) / temperature, axis=1), rtol=1e-9, atol=1e-300)


def test_a_temperature_keeps_the_answer_and_flattens_it() -> None:
    values = np.array([[3.0, 1.0, 0.0]], np.float32)
    cold, warm = probabilities(values), probabilities(values, 4.0)
    assert cold.argmax() == warm.argmax()
    assert warm.max() < cold.max()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_answers_that_are_no_numbers(bad: float) -> None:
    with pytest.raises(ModelFileError, match="the network's answers are not finite numbers; its weights are unfit"):
        probabilities(np.array([[0.0, bad]], np.float32))


def test_predictions(small: Model) -> None:
    answers = predict(replace(small, threshold=0.0), IMAGES)
    expected = probabilities(logits(small.module(), IMAGES, small.preprocessing), 1.5)
    for answer, row in zip(answers, expected, strict=True):
        assert answer.probabilities == tuple(row.tolist())
        assert answer.probability == row.max()
        assert answer.label == small.classes[int(row.argmax())]
        assert answer.sure


def test_not_sure_begins_below_the_threshold(small: Model) -> None:
    best = predict(small, IMAGES[:1])[0].probability
    assert predict(replace(small, threshold=best), IMAGES[:1])[0].sure
    unsure = predict(replace(small, threshold=float(np.nextafter(best, 1))), IMAGES[:1])[0]
    assert (unsure.label, unsure.sure, unsure.probability) == (NOT_SURE, False, best)


def test_nothing_to_predict(small: Model) -> None:
    assert predict(small, IMAGES[:0]) == []


def test_any_module_will_do() -> None:
    class Constant(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean(dim=(2, 3)) * torch.tensor([1.0, 2.0, 3.0])

    white = np.full((2, 3, 4, 4), 255, np.uint8)
    found = logits(Constant(), white, Preprocessing(size=(4, 4), channels=3))
    np.testing.assert_allclose(found, [[1, 2, 3]] * 2, rtol=1e-6)
