"""Whitening: numbers of an image that go together are made independent of each other, and all of one spread.

Pixels side by side say nearly the same. Whitening turns the images into their principal axes, where nothing goes
together, and divides by the spread along each (PCA); ZCA turns them back, and of all ways to whiten it changes the
images least, so that they still look like images: blurs are gone, edges stay. Source: Bell and Sejnowski, "The
independent components of natural scenes are edge filters" (1997).

    neocog train digits --set data.normalize=zca

It is fitted once, on the training images without augmentation, and kept in the model file beside the weights.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from neocog.data.encoded import Images

MOST_INPUTS = 3072
"""The most numbers that an image may have (3 x 32 x 32): the matrix holds their square, 38 MB."""
LEAST_VARIANCE = 0.1
"""Added to the variance along every axis, where pixels have a variance of about 1: as if noise of a third of their
deviation lay on them. What is weaker, axes without any variance among them, is hardly a picture but the rounding to
bytes and what augmentation shifts in; so it is enlarged three times at most. (Validation on digits: ten times, by 0.01,
costs 1 to 10 points of accuracy; 0.3 gains one, and whitens the less.)"""
_BLOCK = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Whitening:
    """A mean that is subtracted from an image, laid out as D = C * H * W numbers, and a matrix that turns the rest."""

    mean: Tensor
    """D, float32, on the CPU."""
    matrix: Tensor
    """D x D, float32, on the CPU; a row makes a number of the result."""


def fit_whitening(
    images: Images, scale: tuple[float, ...], offset: tuple[float, ...], kind: Literal["pca", "zca"]
) -> Whitening:
    """The whitening of prepared images (uint8 N C H W) that are first scaled and shifted by channel (C numbers each).

    Sums of bytes and of their products are whole numbers, which float64 holds exactly in any order. Principal axes
    come by falling variance, each turned so that its largest number is positive.

    >>> images = np.array([[0, 0], [255, 255], [0, 255], [255, 0]], np.uint8).reshape(4, 1, 1, 2)
    >>> fit_whitening(images, (2 / 255,), (-1.0,), "zca").matrix.mul(10).floor().tolist()
    [[9.0, 0.0], [0.0, 9.0]]
    """
    count, numbers = len(images), int(np.prod(images.shape[1:]))
    assert numbers <= MOST_INPUTS, f"at most {MOST_INPUTS} numbers an image, got {numbers}"
    total = torch.zeros(numbers, dtype=torch.float64)
    products = torch.zeros(numbers, numbers, dtype=torch.float64)
    for start in range(0, count, _BLOCK):
        block = torch.from_numpy(images[start : start + _BLOCK].astype(np.float64)).flatten(1)
        total += block.sum(0)
        products.addmm_(block.T, block)
    area = numbers // len(scale)
    scales, offsets = (torch.tensor(each, dtype=torch.float64).repeat_interleave(area) for each in (scale, offset))
    covariance = (products * count - torch.outer(total, total)) / count**2 * torch.outer(scales, scales)
    variances, axes = torch.linalg.eigh(covariance)
    variances, axes = variances.flip(0), axes.flip(1).T  # one axis a row
    axes = axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    matrix = axes / (variances.clamp(min=0) + LEAST_VARIANCE).sqrt()[:, None]
    if kind == "zca":
        matrix = axes.T @ matrix
    return Whitening(mean=(total / count * scales + offsets).float(), matrix=matrix.float().contiguous())


def whiten(batch: Tensor, whitening: Whitening) -> Tensor:
    """A batch (float32 N C H W), whitened, in the same shape; principal components stand where pixels stood.

    >>> stretch = Whitening(mean=torch.tensor([1.0, 1.0]), matrix=torch.diag(torch.tensor([1.0, 3.0])))
    >>> whiten(torch.tensor([1.0, 2.0]).reshape(1, 1, 1, 2), stretch).flatten().tolist()
    [0.0, 3.0]
    """
    mean, matrix = _placed(whitening, batch.device)
    return ((batch.flatten(1) - mean) @ matrix.T).view(batch.shape)


@lru_cache(maxsize=2)
def _placed(whitening: Whitening, device: torch.device) -> tuple[Tensor, Tensor]:
    """Moved to a device once, not with every batch."""
    return whitening.mean.to(device), whitening.matrix.to(device)
