"""Batches: which samples a step takes and how they look, as functions of (seed, epoch, step or sample).

The arrays are memory-mapped, a batch is a gather, and no worker process is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from neocog.core import draw
from neocog.data import Augment, Preprocessing, augmented, normalize
from neocog.train.compute import autocast
from neocog.train.recipe import Compute


def order(count: int, seed: int, epoch: int, cursor: int = 0) -> NDArray[np.int64]:
    """The order of `count` samples in an epoch, from the `cursor`-th on."""
    return draw.permutation(count, seed, epoch, "order")[cursor:]


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """The training samples as arrays, ready to be gathered."""

    images: NDArray[np.uint8]
    """N C S S, squashed, where the augmentation moves anything; else N C H W, prepared."""
    aspects: NDArray[np.float32]
    """Width / height of each original."""
    keys: NDArray[np.uint64]
    """The samples' stable keys, which draw their augmentation."""
    targets: NDArray[np.int64]
    preprocessing: Preprocessing
    augment: Augment
    seed: int
    batch: int
    compute: Compute

    def batches(self, epoch: int, cursor: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch after its first `cursor` steps; samples that fill no batch sit the epoch out."""
        count = len(self.targets)
        rows = order(count, self.seed, epoch, cursor * self.batch)[: (count // self.batch - cursor) * self.batch]
        for start in range(0, len(rows), self.batch):
            chosen = rows[start : start + self.batch]
            yield self.gather(chosen, epoch), torch.from_numpy(self.targets[chosen]).to(self.compute.device)

    def gather(self, rows: NDArray[np.int64], epoch: int) -> Tensor:
        """Some samples as the network sees them in that epoch: N C H W, float32, on the device."""
        images = augmented(
            torch.from_numpy(self.images[rows]).to(self.compute.device),
            self.aspects[rows],
            self.preprocessing,
            self.augment,
            seed=self.seed,
            epoch=epoch,
            samples=self.keys[rows],
        )
        return images.contiguous(memory_format=torch.channels_last) if self.compute.channels_last else images


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Loss and accuracy on the validation images, in the run's precision: it picks the best epoch."""

    images: NDArray[np.uint8]
    """N C H W, prepared."""
    targets: NDArray[np.int64]
    preprocessing: Preprocessing
    batch: int
    compute: Compute

    def run(self, model: nn.Module) -> Iterator[tuple[str, float]]:
        """Yields the mean cross-entropy in nats as `loss` and the share of right answers as `accuracy`."""
        loss, right = 0.0, 0
        for start in range(0, len(self.targets), self.batch):
            images = torch.from_numpy(self.images[start : start + self.batch]).to(self.compute.device)
            targets = torch.from_numpy(self.targets[start : start + self.batch]).to(self.compute.device)
            batch = normalize(images, self.preprocessing)
            if self.compute.channels_last:
                batch = batch.contiguous(memory_format=torch.channels_last)
            with torch.no_grad(), autocast(self.compute):
                logits = model(batch).float()
            loss += float(functional.cross_entropy(logits, targets, reduction="sum"))
            right += int((logits.argmax(1) == targets).sum())
        yield "loss", loss / len(self.targets)
        yield "accuracy", right / len(self.targets)
