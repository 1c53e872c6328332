"""The card: what a model file says of its training. Nothing in it tells when, where or in how many sittings.

A run that was killed and resumed gives the same file as one that was not, byte for byte, so the card holds no time, no
path, no room on disk and no count of resumes; its figures are rounded to what they can bear.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neocog import __version__
from neocog.core import config
from neocog.core.proportion import Proportion
from neocog.data import Dataset, Images, Mask, Targets
from neocog.train.headline import Accuracy, Headline
from neocog.train.losses import LossFunction
from neocog.train.pixels import MeanIoU, pixel_counts
from neocog.train.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the validation samples say of a model: its headline figure with the 95 % interval, and its loss."""

    measure: str
    """What the figure is called."""
    value: float
    low: float
    high: float
    n: int
    loss: float
    """Of one class the log loss in nats."""


def judge(outputs: NDArray[np.float32], targets: Targets, headline: Headline, loss: LossFunction) -> Verdict:
    """The verdict on a network's outputs for the validation samples."""
    if isinstance(headline, Accuracy):
        return _judge_classes(outputs, np.asarray(targets, np.int64))
    given, wanted = torch.from_numpy(outputs), torch.from_numpy(targets)
    sums = headline.sums(given, wanted).double().numpy()
    interval = headline.interval(sums)
    return Verdict(
        measure=headline.name,
        value=float(headline.figure(sums.sum(axis=0))),
        low=interval.low,
        high=interval.high,
        n=len(targets),
        loss=float(loss(given, wanted)),
    )


def judge_masks(answers: Mask, targets: Images, headline: MeanIoU, loss: float) -> Verdict:
    """The verdict on the classes of the validation images' pixels (uint8 N H W); `loss` is that of the best epoch."""
    sums = np.concatenate(
        [
            pixel_counts(
                torch.from_numpy(answers[start : start + 64]).long(),
                torch.from_numpy(np.array(targets[start : start + 64])).long(),
                headline.classes,
            ).numpy()
            for start in range(0, len(answers), 64)
        ]
    ).astype(np.float64)
    interval = headline.interval(sums)
    return Verdict(
        measure=headline.name,
        value=float(headline.figure(sums.sum(axis=0))),
        low=interval.low,
        high=interval.high,
        n=len(answers),
        loss=loss,
    )


def _judge_classes(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> Verdict:
    scores = logits.astype(np.float64)
    top = scores.max(axis=1, keepdims=True)
    log_shares = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    loss = -float(log_shares[np.arange(len(targets)), targets].mean())
    share = Proportion.of(int((scores.argmax(axis=1) == targets).sum()), len(targets))
    return Verdict(measure=Accuracy.name, value=share.value, low=share.low, high=share.high, n=share.n, loss=loss)


def make_card(recipe: Recipe, dataset: Dataset, epoch: int, verdict: Verdict) -> dict[str, Any]:
    """The training card: recipe, data fingerprint, validation figures with their interval, best epoch, versions."""
    told = config.to_dict(replace(recipe, net=Path(recipe.net).name, init=Path(recipe.init).name))
    for place in ("path", "cache_gb"):
        del told["data"][place]
    return {
        "recipe": told,
        "data": {
            "name": dataset.table.name,
            "fingerprint": dataset.fingerprint,
            "train": len(dataset.rows("train")),
            "val": verdict.n,
        },
        "validation": {
            verdict.measure.replace(" ", "_").lower(): round(verdict.value, 6),
            "low": round(verdict.low, 6),
            "high": round(verdict.high, 6),
            "n": verdict.n,
            "loss": round(verdict.loss, 6),
        },
        "epoch": epoch,
        "versions": {"neocog": __version__, "torch": torch.__version__.split("+")[0]},
    }
