"""Batches: which samples a step takes and how they look, as functions of (seed, epoch, step or sample).

The arrays are memory-mapped, a batch is a gather, and no worker process is needed. Images beyond the cache's budget
are decoded a batch at a time, in the same order and to the same pixels.
"""

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from neocog.core import draw
from neocog.data import (
    AnyPreprocessing,
    Augment,
    Dropped,
    Images,
    Looks,
    NumbersPreprocessing,
    Preprocessing,
    Targets,
    WordsPreprocessing,
    augmented,
    dropped,
    gathered,
    looks,
    moved,
    normalize,
)
from neocog.train.ahead import ahead
from neocog.train.compute import autocast, decoders
from neocog.train.distributed import ALONE, Group
from neocog.train.headline import Accuracy, Headline
from neocog.train.losses import LossFunction
from neocog.train.mix import blended
from neocog.train.recipe import Compute, Regularize

DRAWN = 4096
"""Samples whose augmentation is drawn and composed at once, about: it costs as much for one batch as for several."""

MADE = 2**19
"""Pixels that are gathered, varied and normalized at once, about: what is done is little beside asking for it, and so
many still fit into a processor's own memory."""


def order(count: int, seed: int, epoch: int, cursor: int = 0) -> NDArray[np.int64]:
    """The order of `count` samples in an epoch, from the `cursor`-th on."""
    return draw.permutation(count, seed, epoch, "order")[cursor:]


def balanced_order(targets: NDArray[np.int64], seed: int, epoch: int) -> NDArray[np.int64]:
    """As many samples as there are, each of a class drawn evenly: those of rare classes come more than once."""
    place = np.arange(len(targets))
    by_class = np.argsort(targets, kind="stable")
    _, first, sizes = np.unique(targets[by_class], return_index=True, return_counts=True)
    chosen = (draw.uniform(seed, epoch, place, "class") * len(sizes)).astype(np.int64)
    member = (draw.uniform(seed, epoch, place, "member") * sizes[chosen]).astype(np.int64)
    return np.asarray(by_class[first[chosen] + member])


def occurrences(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each entry stood in the list before.

    >>> occurrences(np.array([5, 3, 5, 5])).tolist()
    [0, 0, 1, 2]
    """
    sorted_ = np.argsort(rows, kind="stable")
    first = np.searchsorted(rows[sorted_], rows[sorted_])
    counted = np.empty(len(rows), np.int64)
    counted[sorted_] = np.arange(len(rows)) - first
    return counted


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """The training samples as arrays, ready to be gathered."""

    images: Images
    """N C S S, squashed, where the augmentation moves anything; else N C H W, prepared; or codes (N ...)."""
    aspects: NDArray[np.float32]
    """Width / height of each original."""
    keys: NDArray[np.uint64]
    """The samples' stable keys, which draw their augmentation."""
    targets: Targets | Images
    """Of masks uint8, squashed (N S S) or prepared (N H W), as the images are."""
    preprocessing: AnyPreprocessing | None
    """None where codes take the place of images: they are learned from as they are."""
    augment: Augment
    seed: int
    batch: int
    compute: Compute
    classes: int = 0
    """How many classes there are; needed where images are blended."""
    regularize: Regularize = Regularize()  # noqa: RUF009 a frozen value
    sampling: Literal["shuffled", "balanced"] = "shuffled"
    group: Group = ALONE
    """The processes that share each batch."""

    def batches(self, epoch: int, cursor: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch after its first `cursor` steps; samples that fill no batch sit the epoch out.

        Of several processes each yields its part of every batch. They are made ahead where computing leaves a processor
        free.
        """
        with closing(self._blocks(epoch, cursor)) as blocks:
            for block in ahead(blocks) if decoders(self.compute, self.group)[1] else blocks:
                yield from block

    def _blocks(self, epoch: int, cursor: int) -> Generator[list[tuple[Tensor, Tensor]]]:
        """The batches, as many at a time as are made at once.

        Blocks begin at the same steps wherever an epoch is taken up, so they come out to the same bits.
        """
        steps = len(self.targets) // self.batch
        rows, repeats = self._rows(epoch, steps * self.batch)
        start, stop = self.group.part(self.batch)
        # an image is blended with the one before it, which a part borrows for its first
        borrowed = int(bool(self.regularize.mixup or self.regularize.cutmix) and self.group.size > 1)
        places = np.arange(start - borrowed, stop) % self.batch
        made = max(1, MADE // (len(places) * math.prod(self.images.shape[1:])))
        drawn = made * max(1, DRAWN // (len(places) * made))
        blocks = [range(first, min(first + made, steps)) for first in range(cursor - cursor % made, steps, made)]

        def of(block: range) -> NDArray[np.int64]:
            return (np.asarray(block)[:, None] * self.batch + places).ravel()

        pictures = gathered(self.images, (rows[of(block)] for block in blocks), *decoders(self.compute, self.group))
        several, seen = range(0), None
        for block, pixels in zip(blocks, pictures, strict=True):
            if block.start not in several:
                first = block.start - block.start % drawn
                several = range(first, min(first + drawn, steps))
                seen = self._looks(rows[of(several)], epoch, repeats[of(several)])
            part = slice(*((step - several.start) * len(places) for step in (block.start, block.stop)))
            drawn_part = seen and seen.part(part)
            images = self._seen(pixels, drawn_part).chunk(len(block))
            targets = self._targets(rows[of(block)], drawn_part).chunk(len(block))
            yield [
                self._blended(epoch, step, borrowed, *batch)
                for step, *batch in zip(block, images, targets, strict=True)
                if step >= cursor
            ]

    def _targets(self, rows: NDArray[np.int64], drawn: Looks | Dropped | None) -> Tensor:
        """The targets of some samples; masks move with their images."""
        targets = torch.from_numpy(np.asarray(self.targets[rows])).to(self.compute.device)
        if targets.dtype != torch.uint8:
            return targets
        assert isinstance(drawn, Looks) and isinstance(self.preprocessing, Preprocessing), "masks lie beside images"
        return moved(targets, drawn, self.preprocessing)

    def _rows(self, epoch: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first samples of an epoch, and how often each came before."""
        if self.sampling == "balanced":
            rows = balanced_order(np.asarray(self.targets, np.int64), self.seed, epoch)[:count]
            return rows, occurrences(rows)
        return order(len(self.targets), self.seed, epoch)[:count], np.zeros(count, np.int64)

    def _blended(self, epoch: int, step: int, borrowed: int, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """A step's batch with its images blended, where that is asked for, without those that it borrowed."""
        images, targets = blended(
            images, targets, self.classes, self.regularize, seed=self.seed, epoch=epoch, step=step
        )
        return images[borrowed:], targets[borrowed:]

    def gather(self, rows: NDArray[np.int64], epoch: int, repeats: NDArray[np.int64] | None = None) -> Tensor:
        """Some samples as the network sees them in that epoch: N C H W, float32, on the device.

        `repeats` says how often each was seen in the epoch before: it looks different each time.
        """
        return self._seen(self.images[rows], self._looks(rows, epoch, repeats))

    def _looks(self, rows: NDArray[np.int64], epoch: int, repeats: NDArray[np.int64] | None) -> Looks | Dropped | None:
        if self.preprocessing is None or isinstance(self.preprocessing, NumbersPreprocessing):  # nothing to vary
            return None
        keys = self.keys[rows]
        if repeats is not None and repeats.any():
            keys = np.where(repeats > 0, draw.bits(keys, repeats, "repeat"), keys)
        if isinstance(self.preprocessing, WordsPreprocessing):
            words = self.augment.words
            return (
                dropped(self.preprocessing.length, words, seed=self.seed, epoch=epoch, samples=keys) if words else None
            )
        side = (self.images.shape[2], self.images.shape[3])
        return looks(
            self.aspects[rows], self.preprocessing, self.augment, side, seed=self.seed, epoch=epoch, samples=keys
        )

    def _seen(self, pixels: NDArray[Any], drawn: Looks | Dropped | None) -> Tensor:
        if isinstance(drawn, Dropped):
            return read(drawn.of(pixels), self.preprocessing, self.compute)
        if drawn is None or not isinstance(self.preprocessing, Preprocessing):
            return read(pixels, self.preprocessing, self.compute)
        images = augmented(torch.from_numpy(pixels).to(self.compute.device), drawn, self.preprocessing)
        return _laid_out(images, self.compute)


def read(pixels: NDArray[Any], preprocessing: AnyPreprocessing | None, compute: Compute) -> Tensor:
    """Prepared images as the network sees them in validation, or without a preprocessing codes as they are.

    Float32, on the device, in its memory format.
    """
    given = torch.from_numpy(pixels).to(compute.device)
    return _laid_out(given.to(torch.float32) if preprocessing is None else normalize(given, preprocessing), compute)


def _laid_out(batch: Tensor, compute: Compute) -> Tensor:
    last = compute.channels_last and batch.ndim == 4
    return batch.contiguous(memory_format=torch.channels_last) if last else batch


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Loss and headline figure on the validation images, in the run's precision: they pick the best epoch."""

    images: Images
    """N C H W, prepared; or codes (N ...)."""
    targets: Targets | Images
    """Of masks uint8, prepared (N H W)."""
    preprocessing: AnyPreprocessing | None
    """None where codes take the place of images."""
    batch: int
    compute: Compute
    loss: LossFunction = functional.cross_entropy
    """What is judged by besides the headline, a mean over the samples."""
    headline: Headline = Accuracy()  # noqa: RUF009 a frozen value
    """The one figure beside the loss."""
    group: Group = ALONE
    """The processes that share the images; all yield the same figures."""

    def run(self, model: nn.Module) -> Iterator[tuple[str, float]]:
        """Yields the mean loss as `loss` (cross-entropy: in nats) and the headline as `figure`."""
        nothing = torch.from_numpy(np.asarray(self.targets[:0]))
        no_outputs = torch.zeros(0, nothing.shape[-1] if nothing.ndim > 1 else 1)
        loss, sums = 0.0, self.headline.sums(no_outputs, nothing).sum(0).double()
        starts = range(self.group.rank * self.batch, len(self.targets), self.group.size * self.batch)
        places = [slice(start, start + self.batch) for start in starts]
        pictures = gathered(self.images, places, *decoders(self.compute, self.group))
        for place, pixels in zip(places, pictures, strict=True):
            targets = torch.from_numpy(np.array(self.targets[place])).to(self.compute.device)
            if targets.dtype == torch.uint8:
                targets = targets.long()
            batch = read(pixels, self.preprocessing, self.compute)
            with torch.no_grad(), autocast(self.compute):
                logits = model(batch).float()
            loss += float(self.loss(logits, targets)) * len(targets)
            sums = sums + self.headline.sums(logits, targets).sum(0).to("cpu").double()
        loss, *totals = self.group.totals(loss, *sums.tolist())
        yield "loss", loss / len(self.targets)
        yield "figure", float(self.headline.figure(np.array(totals)))
