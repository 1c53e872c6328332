"""Blended batches: mixup and cutmix, drawn as functions of (seed, epoch, step).

Each image meets the one before it in the batch. Mixup adds the two, cutmix pastes a rectangle of the other; the labels
become shares in the same proportion. Where both are chosen, each step takes one of them by the toss of a coin.
"""

import math

import numpy as np
import torch
from torch import Tensor

from neocog.core import draw
from neocog.train.losses import shares_of
from neocog.train.recipe import Regularize


def blended(
    images: Tensor, targets: Tensor, classes: int, choice: Regularize, *, seed: int, epoch: int, step: int
) -> tuple[Tensor, Tensor]:
    """The batch (N C H W) and its targets as shares (N, classes); as they are where nothing is to be blended."""
    if not choice.mixup and not choice.cutmix:
        return images, targets
    key = (seed, epoch, step, "mix")
    cut = bool(choice.cutmix) and (not choice.mixup or draw.uniform(*key, "which")[0] < 0.5)
    alpha = choice.cutmix if cut else choice.mixup
    kept = float(np.random.default_rng(draw.integer(*key, "share")).beta(alpha, alpha))
    others = images.roll(1, dims=0)
    if cut:
        top, bottom, left, right = _rectangle(images.shape[2], images.shape[3], kept, key)
        images = images.clone(memory_format=torch.preserve_format)
        images[:, :, top:bottom, left:right] = others[:, :, top:bottom, left:right]
        kept = 1 - (bottom - top) * (right - left) / (images.shape[2] * images.shape[3])
    else:
        images = torch.lerp(others, images, kept)
    shares = shares_of(targets, classes)
    return images, torch.lerp(shares.roll(1, dims=0), shares, kept)


def _rectangle(height: int, width: int, kept: float, key: tuple[int, int, int, str]) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of a rectangle of about 1 - `kept` of the area, about a point drawn evenly."""
    side = math.sqrt(1 - kept)
    middle_y, middle_x = draw.uniform(*key, "y")[0] * height, draw.uniform(*key, "x")[0] * width
    top, bottom = (round(min(max(middle_y + sign * side * height / 2, 0), height)) for sign in (-1, 1))
    left, right = (round(min(max(middle_x + sign * side * width / 2, 0), width)) for sign in (-1, 1))
    return top, bottom, left, right
