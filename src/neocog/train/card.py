"""The card: what a model file says of its training. Nothing in it tells when, where or in how many sittings.

A run that was killed and resumed gives the same file as one that was not, byte for byte, so the card holds no time, no
path, no room on disk and no count of resumes; its figures are rounded to what they can bear.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neocog import __version__
from neocog.core import config
from neocog.core.proportion import Proportion
from neocog.data import Dataset
from neocog.train.recipe import Recipe


def judge(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> tuple[Proportion, float]:
    """Accuracy and log loss (nats) of the logits for the validation images."""
    scores = logits.astype(np.float64)
    top = scores.max(axis=1, keepdims=True)
    log_shares = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    loss = -float(log_shares[np.arange(len(targets)), targets].mean())
    return Proportion.of(int((scores.argmax(axis=1) == targets).sum()), len(targets)), loss


def make_card(recipe: Recipe, dataset: Dataset, epoch: int, accuracy: Proportion, loss: float) -> dict[str, Any]:
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
            "val": accuracy.n,
        },
        "validation": {
            "accuracy": round(accuracy.value, 6),
            "low": round(accuracy.low, 6),
            "high": round(accuracy.high, 6),
            "n": accuracy.n,
            "loss": round(loss, 6),
        },
        "epoch": epoch,
        "versions": {"neocog": __version__, "torch": torch.__version__.split("+")[0]},
    }
