"""A few images in every way that a run sees them: as they are, as validation does, and as training does in an epoch.

They are made by the very functions that train, from the images alone, so that nothing has to be prepared before
somebody may look. Randomness being a function of (seed, epoch, sample), these are the pixels that the run learns from,
or learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neocog.data.augment import Augment, augmented, draw_parameters, looks, words
from neocog.data.cache import squash_side
from neocog.data.geometry import frame
from neocog.data.load import Dataset
from neocog.data.pictures import picture, prepared_from
from neocog.data.prepare import squash
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Pixels


@dataclass(frozen=True)
class Varied:
    """An image as training sees it in an epoch, before it is normalized."""

    picture: Pixels
    """uint8 H W C."""
    told: tuple[str, ...]
    """What was drawn for it, in words."""


@dataclass(frozen=True)
class View:
    """An image in every way that a run sees it; pictures are uint8 H W C, not normalized."""

    original: Pixels
    validation: Pixels
    training: tuple[Varied, ...]
    """One for each epoch that was asked for."""


def views(
    dataset: Dataset,
    preprocessing: Preprocessing,
    augment: Augment,
    rows: NDArray[np.int64],
    *,
    seed: int,
    epochs: Sequence[int],
) -> list[View]:
    """Some rows as a run of that seed sees them; epochs count from 0, as in training.

    Raises `ImageError` or `OSError` where an image cannot be read.
    """
    if not len(rows):
        return []
    raw = [dataset.table.source.read(row) for row in rows.tolist()]
    originals = [picture(each, dataset.table.input_kind) for each in raw]
    plain = np.stack([prepared_from(each, preprocessing) for each in raw])
    images, aspects = plain, np.ones(len(rows), np.float32)
    if augment.geometric and preprocessing.sound is None:
        inner = max(preprocessing.size) - 2 * preprocessing.border
        side = squash_side(dataset.scan, dataset.rows("train"), inner)
        images = np.stack([squash(pixels, side, preprocessing.channels) for pixels in originals])
        aspects = np.array([pixels.shape[1] / pixels.shape[0] for pixels in originals], np.float32)
    samples = dataset.sample_key(rows)
    still = replace(preprocessing, mean=(0.0,), deviation=(1.0,), normalize=None)
    training: list[list[Varied]] = [[] for _ in originals]
    for epoch in epochs:
        seen = looks(
            aspects, still, augment, (images.shape[2], images.shape[3]), seed=seed, epoch=epoch, samples=samples
        )
        drawn = draw_parameters(augment, frame(still, aspects), seed=seed, epoch=epoch, samples=samples)
        for place, image in enumerate(augmented(torch.from_numpy(images), seen, still)):
            training[place].append(Varied(_pixels(image), tuple(words(drawn, place, still))))
    return [
        View(original, image.transpose(1, 2, 0), tuple(varied))
        for original, image, varied in zip(originals, plain, training, strict=True)
    ]


def _pixels(image: torch.Tensor) -> Pixels:
    """C H W from 0 to 1 as H W C in bytes."""
    return (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
