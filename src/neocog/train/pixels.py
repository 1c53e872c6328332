"""What masks need of training: the loss over pixels, and mean intersection over union as the headline.

Pixels of the class `IGNORED` count for nothing. Each image's loss is the mean over its labelled pixels and a batch's
the mean over its images, so that parts of a batch, and batches of a validation, add up as they do for classes.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neocog.data import IGNORED
from neocog.train.headline import Headline, Sums


def pixel_cross_entropy(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of a class for each pixel: logits (N K H W), targets (N H W), to a mean over the images.

    >>> scores, classes = torch.zeros(1, 2, 1, 2), torch.tensor([[[1, IGNORED]]])
    >>> round(float(pixel_cross_entropy(scores, classes)), 4)
    0.6931
    """
    losses = functional.cross_entropy(
        logits, targets, ignore_index=IGNORED, label_smoothing=smoothing, reduction="none"
    )
    labelled = (targets != IGNORED).flatten(1).sum(1)
    return (losses.flatten(1).sum(1) / labelled.clamp(min=1)).mean()


def pixel_counts(answers: Tensor, targets: Tensor, classes: int) -> Tensor:
    """A confusion matrix an image (N, K * K, int64), row = true class, of answers and targets (N H W).

    >>> pixel_counts(torch.tensor([[[0, 1]]]), torch.tensor([[[1, 1]]]), 2).tolist()
    [[0, 0, 1, 1]]
    """
    known = targets != IGNORED
    cells = torch.where(known, targets * classes + answers, classes * classes)
    counts = [torch.bincount(each.flatten(), minlength=classes * classes + 1)[:-1] for each in cells]
    return torch.stack(counts) if counts else torch.zeros(0, classes * classes, dtype=torch.int64)


@final
@dataclass(frozen=True)
class MeanIoU(Headline):
    """The mean over the classes that occur of the pixels that are right by those that are or were taken for it."""

    name = "mean IoU"
    classes: int

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The confusion matrix of each image, from scores (N K H W)."""
        if not len(targets):
            return torch.zeros(0, self.classes**2)
        return pixel_counts(outputs.argmax(1), targets, self.classes)

    def figure(self, sums: Sums) -> Sums:
        """The mean IoU of summed matrices; 0 where no pixel counts."""
        matrix = np.asarray(sums).reshape(*sums.shape[:-1], self.classes, self.classes)
        hits = np.diagonal(matrix, axis1=-2, axis2=-1)
        union = matrix.sum(-1) + matrix.sum(-2) - hits
        occurs = union > 0
        return np.asarray((hits / np.maximum(union, 1)).sum(-1) / np.maximum(occurs.sum(-1), 1))
