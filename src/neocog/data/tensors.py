"""Prepared pixels become the numbers that a network computes with, and the figures that this takes are measured here.

Apart from `prepare` because it alone needs torch: a batch is gathered as uint8 (a quarter of the bytes), moved to the
device, and normalized there.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neocog.data import records
from neocog.data.cache import kept
from neocog.data.encoded import Encoded, Images, gathered
from neocog.data.inputs import AnyPreprocessing
from neocog.data.parallel import Progress
from neocog.data.preprocessing import Preprocessing
from neocog.data.whitening import Whitening, fit_whitening, whiten
from neocog.data.words import WordsPreprocessing

SMALLEST_DEVIATION = 1 / 255
"""The floor of a deviation, of a channel or of an image, in units of full scale: what is constant is not divided by
zero, and the rounding to bytes is not made a picture."""
_BLOCK = 256


def normalize(batch: Tensor, preprocessing: AnyPreprocessing) -> Tensor:
    """Prepared pixels (uint8, or float of 0 to 255; N C H W) as float32, `(x / 255 - mean) / deviation` a channel,
    and what else its preprocessing says; numbers (N F) as float32, `(x - mean) / deviation` a column; words (N L) as
    int64.

    Computed as one multiplication and one addition, the same for validation, test, predict and export.

    >>> pixels = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 1, 1, 2)
    >>> normalize(pixels, Preprocessing(size=(1, 2), channels=1, mean=(0.5,), deviation=(0.25,))).flatten().tolist()
    [-2.0, 2.0]
    """
    if isinstance(preprocessing, WordsPreprocessing):
        return batch.to(torch.int64)
    if not isinstance(preprocessing, Preprocessing):
        mean, deviation = (
            torch.tensor(each, device=batch.device) for each in (preprocessing.mean, preprocessing.deviation)
        )
        return (batch.to(torch.float32) - mean) / deviation
    scale, offset = normalization(preprocessing)
    shape = (1, preprocessing.channels, 1, 1)
    factors = torch.tensor(scale, dtype=torch.float32, device=batch.device).reshape(shape)
    offsets = torch.tensor(offset, dtype=torch.float32, device=batch.device).reshape(shape)
    return finished(batch.to(torch.float32) * factors + offsets, preprocessing)


def finished(batch: Tensor, preprocessing: Preprocessing) -> Tensor:
    """The last step of normalization, in training as everywhere, on what has the set's mean and deviation (N C H W).

    An image's own mean and deviation are those of all its channels together: its color stays.

    >>> preprocessing = Preprocessing(size=(1, 2), channels=1, normalize="image")
    >>> finished(torch.tensor([0.25, 0.75]).reshape(1, 1, 1, 2), preprocessing).flatten().tolist()
    [-1.0, 1.0]
    """
    if preprocessing.normalize == "image":
        variance, mean = torch.var_mean(batch, dim=(1, 2, 3), correction=0, keepdim=True)
        return (batch - mean) / variance.sqrt().clamp(min=SMALLEST_DEVIATION)
    if preprocessing.whitens:
        assert preprocessing.whitening is not None, "a whitening is fitted"
        return whiten(batch, preprocessing.whitening)
    return batch


@overload
def fitted(
    preprocessing: Preprocessing,
    prepared: Images,
    progress: Progress | None = None,
    *,
    name: str = "",
    cache_gb: float = 20.0,
) -> Preprocessing: ...


@overload
def fitted(
    preprocessing: AnyPreprocessing,
    prepared: Images,
    progress: Progress | None = None,
    *,
    name: str = "",
    cache_gb: float = 20.0,
) -> AnyPreprocessing: ...


def fitted(
    preprocessing: AnyPreprocessing,
    prepared: Images,
    progress: Progress | None = None,
    *,
    name: str = "",
    cache_gb: float = 20.0,
) -> AnyPreprocessing:
    """A preprocessing with all that is measured on the prepared training images (uint8 N C H W).

    A whitening is kept in the cache, within its room, under the name of the data set.

    >>> pixels = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
    >>> fitted(Preprocessing(size=(1, 1), channels=1), pixels).mean
    (0.5,)
    """
    if isinstance(preprocessing, WordsPreprocessing):
        return preprocessing
    if not isinstance(preprocessing, Preprocessing):
        mean, deviation = _of_columns(np.asarray(prepared[:], np.float64))
        return replace(preprocessing, mean=mean, deviation=deviation)
    if preprocessing.normalize == "image":
        return preprocessing
    mean, deviation = statistics(prepared, progress)
    standard = replace(preprocessing, mean=mean, deviation=deviation)
    if preprocessing.normalize is None:
        return standard
    scale, offset = normalization(standard)
    kind, numbers = preprocessing.normalize, math.prod(prepared.shape[1:])

    def fill(target: NDArray[np.float32], _: int) -> Iterator[int]:
        found = fit_whitening(prepared, scale, offset, kind)
        target[0], target[1:] = found.mean, found.matrix
        yield numbers + 1

    key = records.key(
        f"whitening 1 {kind} {scale} {offset} torch {torch.__version__} threads {torch.get_num_threads()}",
        _content(prepared),
    )
    table = kept("whitening", name, key, (numbers + 1, numbers), "float32", fill, cache_gb=cache_gb)
    if table is None:
        return replace(standard, whitening=fit_whitening(prepared, scale, offset, kind))
    return replace(standard, whitening=Whitening(mean=torch.tensor(table[0]), matrix=torch.tensor(table[1:])))


def normalization(preprocessing: Preprocessing) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The factor and the offset a channel that turn values of 0 to 255 into the network's input.

    >>> normalization(Preprocessing(size=(8, 8), channels=1, mean=(0.5,), deviation=(0.5,)))
    ((0.00784313725490196,), (-1.0,))
    """
    channels = preprocessing.channels
    mean, deviation = _each(preprocessing.mean, channels), _each(preprocessing.deviation, channels)
    assert min(deviation) > 0, "a deviation is positive"
    scale = tuple(1 / (255 * value) for value in deviation)
    return scale, tuple(-center / value for center, value in zip(mean, deviation, strict=True))


def statistics(prepared: Images, progress: Progress | None = None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel of prepared pixels (uint8 N C H W), in units of full scale (0 to 1).

    Summed in integers, so that they are the same on any machine and in any order; rounded to six decimals; the
    deviation (of the population) is at least `SMALLEST_DEVIATION`. Images that are not kept are decoded for this once,
    which `progress` is told of and a record remembers.

    >>> statistics(np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
    ((0.5,), (0.5,))
    """
    assert prepared.ndim == 4, f"prepared pixels are N C H W, got {prepared.shape}"
    assert len(prepared), "statistics need one image at least"
    means, deviations = [], []
    for histogram in _remembered(prepared, progress) if isinstance(prepared, Encoded) else _counts(prepared):
        total = int(histogram.sum())
        first = sum(value * count for value, count in enumerate(histogram.tolist()))
        second = sum(value * value * count for value, count in enumerate(histogram.tolist()))
        variance = (second * total - first * first) / (total * total)  # exact integers before the one division
        means.append(round(first / total / 255, 6))
        deviations.append(round(max(variance**0.5 / 255, SMALLEST_DEVIATION), 6))
    return tuple(means), tuple(deviations)


def _of_columns(values: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each column (N F), to six significant digits; a constant column is divided by 1."""
    deviation = values.std(axis=0)
    deviation[deviation <= np.abs(values).max(axis=0) * 1e-6] = 1.0
    mean, spread = ([float(f"{value:.6g}") for value in row.tolist()] for row in (values.mean(axis=0), deviation))
    return tuple(mean), tuple(spread)


def _content(images: Images) -> str:
    """What images are known by: the hash of all that their pixels come from, or of the pixels."""
    if isinstance(images, Encoded) and images.key:
        return images.key
    digest = hashlib.sha256(f"{images.shape}".encode())
    for start in range(0, len(images), _BLOCK):
        digest.update(images[start : start + _BLOCK].tobytes())
    return digest.hexdigest()


def _remembered(images: Encoded, progress: Progress | None) -> NDArray[np.int64]:
    """The counts of images that are not kept: decoding them all takes minutes, and a resumed run asks again."""
    name = records.key("counts 1", images.key)
    known = (records.recall(name) or {}).get("counts") if images.key else None
    if known is not None and known.shape == (images.shape[1], 256):
        return known
    counts = _counts(images, progress)
    if images.key:
        records.remember(name, {"counts": counts})
    return counts


def _counts(images: Images, progress: Progress | None = None) -> NDArray[np.int64]:
    """How often each value stands in each channel (C 256)."""
    counts = np.zeros((images.shape[1], 256), np.int64)
    places = [slice(start, start + _BLOCK) for start in range(0, len(images), _BLOCK)]
    for place, block in zip(places, gathered(images, places, ahead=True), strict=True):
        for channel in range(counts.shape[0]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
        if progress is not None:
            progress(place.start + len(block), len(images))
    return counts


def _each(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """One value a channel; a single one holds for all."""
    assert len(values) in (1, channels), f"{channels} channels take 1 or {channels} values, got {len(values)}"
    return values * channels if len(values) == 1 else values
