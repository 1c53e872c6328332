"""The headline: the one figure of a validation beside its loss, by which people know how far a run has come.

One object a kind of target. Each gives every sample some numbers that add up, over batches and over processes, and
makes the figure of their sums; so the same object serves the end of an epoch and the interval of the verdict, which
draws samples anew.

>>> accuracy = HEADLINES["class"]
>>> sums = accuracy.sums(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 0]))
>>> accuracy.name, float(accuracy.figure(sums.sum(0).numpy()))
('accuracy', 0.5)
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neocog.core.resampling import Interval, drawn_sums, percentiles

Sums = NDArray[np.float64]


@dataclass(frozen=True)
class Headline(ABC):
    """The headline of a kind of target."""

    name: ClassVar[str]
    """What the figure is called."""

    @abstractmethod
    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What adds up, for each sample: outputs (N K) and targets to N S."""

    @abstractmethod
    def figure(self, sums: Sums) -> Sums:
        """The figure of sums over samples (... S): 1 where nothing is wrong."""

    def interval(self, sums: Sums) -> Interval:
        """The 95 % interval of the figure of samples (N S), by the bootstrap."""
        return percentiles(self.figure(drawn_sums(sums, np.zeros(len(sums), np.int64))))


@final
class Accuracy(Headline):
    """The share of samples whose class is the most probable one."""

    name = "accuracy"

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Right answers, and samples."""
        right = outputs.argmax(1) == targets
        return torch.stack([right, torch.ones_like(right)], dim=1).float()

    def figure(self, sums: Sums) -> Sums:
        """Right ones of all."""
        return np.asarray(sums[..., 0] / sums[..., 1])


@final
class MicroF1(Headline):
    """Of several labels: twice those that were found by those that hold and those that were claimed, at one half."""

    name = "micro F1"

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Labels found, and labels held or claimed."""
        claimed, held = outputs > 0, targets > 0.5
        return torch.stack([(claimed & held).sum(1), claimed.sum(1) + held.sum(1)], dim=1).float()

    def figure(self, sums: Sums) -> Sums:
        """F1 of the sums; 1 where nothing holds and nothing is claimed."""
        return np.asarray(np.where(sums[..., 1] > 0, 2 * sums[..., 0] / np.maximum(sums[..., 1], 1), 1.0))


@final
@dataclass(frozen=True)
class Explained(Headline):
    """The share of the numbers' variance that is explained, R2, its mean over several numbers."""

    name = "R2"
    log: bool = False
    """Whether outputs are logarithms of the numbers, as with a Poisson loss."""

    def sums(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Squared errors, numbers and their squares, for each number; and samples."""
        errors = (outputs.exp() if self.log else outputs) - targets
        return torch.cat([errors**2, targets, targets**2, torch.ones_like(targets[:, :1])], dim=1)

    def figure(self, sums: Sums) -> Sums:
        """1 less the squared errors by the squared deviations from the mean; 0 where those are none."""
        count = sums[..., -1:]
        errors, totals, squares = np.split(sums[..., :-1], 3, axis=-1)
        spread = squares - totals**2 / count
        known = spread > 1e-9 * np.maximum(squares, 1e-30)
        return np.asarray(np.where(known, 1 - errors / np.where(known, spread, 1), 0.0).mean(axis=-1))


HEADLINES: dict[str, Headline] = {"class": Accuracy(), "classes": MicroF1(), "number": Explained()}
"""The headline of each kind of target."""


def headline_of(task: str, loss: str) -> Headline:
    """The headline of a kind of target and a loss.

    >>> headline_of("number", "poisson")
    Explained(log=True)
    """
    return Explained(log=True) if task == "number" and loss == "poisson" else HEADLINES[task]
