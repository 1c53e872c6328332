"""What the units of a layer do over a whole data set: which never stir, which say the same, which speak for a class.

A unit's response to an image is the highest value of its map. Three kinds stand out:

- *dead*: its activation is the same at every place of every image, as that of a ReLU which never opens.
- *duplicates*: units whose activations, place by place, are correlated by 0.999 or more, or by -0.999 or less: whoever
  knows one knows the others.
- *class-selective*: for one class its responses lie two deviations or more above those for the rest, by the sensitivity
  index d' = (mean of the class - mean of the rest) / root of the mean of both variances (Green and Swets, "Signal
  detection theory and psychophysics", 1966). It does not change where activations are shifted or scaled. At 2 an image
  of the class excites the unit more than another one does in 92 of 100 pairs, were both normally distributed.

Sums are kept while images pass by, so that memory does not grow with their number.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from torch import Tensor

ALIKE = 0.999
"""The correlation from which on two units are duplicates."""
SELECTIVE = 2.0
"""The d' from which on a unit speaks for a class."""
MOST_COMPARED = 4096
"""Units of a layer up to which duplicates are looked for."""

_GRID = 4
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class UnitStatistics:
    """What is known of the units of one layer."""

    path: str
    lowest: NDArray[np.float32]
    """Over all places and images (units)."""
    highest: NDArray[np.float32]
    """Likewise."""
    active: NDArray[np.float64]
    """The share of images with a place at which the unit is positive (units)."""
    means: NDArray[np.float64]
    """The mean response to the images of each class (units classes); no columns where no classes were given."""
    distinctness: NDArray[np.float64]
    """The d' of each class against the rest (units classes)."""
    groups: NDArray[np.int64]
    """A number that duplicates share (units)."""

    @property
    def dead(self) -> tuple[int, ...]:
        """The units that never stir."""
        return tuple(np.flatnonzero(_constant(self.lowest, self.highest)).tolist())

    @property
    def duplicates(self) -> tuple[tuple[int, ...], ...]:
        """The groups of units that say the same, dead ones apart."""
        alive = ~_constant(self.lowest, self.highest)
        found = [np.flatnonzero(alive & (self.groups == group)) for group in np.unique(self.groups)]
        return tuple(tuple(units.tolist()) for units in found if len(units) > 1)

    @property
    def selective(self) -> dict[int, int]:
        """The class that a unit speaks for, of those units that do."""
        if not self.distinctness.shape[1]:
            return {}
        best = self.distinctness.argmax(axis=1)
        return {
            unit: int(label) for unit, label in enumerate(best.tolist()) if self.distinctness[unit, label] >= SELECTIVE
        }

    def classes_of(self, unit: int, count: int = 3) -> tuple[tuple[int, float], ...]:
        """The classes that a unit speaks for most: class and d', the highest first."""
        order = np.argsort(-self.distinctness[unit], kind="stable")[:count]
        return tuple((int(label), float(self.distinctness[unit, label])) for label in order)

    def to_dict(self, unit: int) -> dict[str, Any]:
        """One unit, as plain numbers and lists."""
        mates = next((group for group in self.duplicates if unit in group), ())
        return {
            "path": self.path,
            "unit": unit,
            "lowest": float(self.lowest[unit]),
            "highest": float(self.highest[unit]),
            "active": float(self.active[unit]),
            "dead": unit in self.dead,
            "duplicates": [mate for mate in mates if mate != unit],
            "speaks_for": self.selective.get(unit),
            "classes": [{"class": label, "distinctness": value} for label, value in self.classes_of(unit)],
        }


class Sums:
    """What is added up over the units of one layer while batches pass by."""

    def __init__(self, units: int, classes: int, device: torch.device) -> None:
        zeros = partial(torch.zeros, dtype=torch.float64, device=device)
        self.images = 0
        self.lowest = torch.full((units,), torch.inf, device=device)
        self.highest = torch.full((units,), -torch.inf, device=device)
        self.positive = zeros(units)
        self.counts = zeros(classes)
        self.responses = zeros(units, classes)
        self.squares = zeros(units, classes)
        self.rest = zeros(2, units)
        self.places = 0
        self.shift = zeros(units)
        self.total = zeros(units)
        compared = units if units <= MOST_COMPARED else 0
        self.products = zeros(compared, compared)

    def add(self, maps: Tensor, peaks: Tensor, members: Tensor) -> None:
        """The maps of the next images (n units ...), their highest (n units) and their classes (n classes, 0 or 1)."""
        wide = peaks.double()
        if not self.images:
            self.shift = wide.mean(dim=0)
        self.lowest = torch.minimum(self.lowest, maps.flatten(2).amin(dim=2).amin(dim=0))
        self.highest = torch.maximum(self.highest, peaks.amax(dim=0))
        self.positive += (peaks > 0).sum(dim=0)
        wide = wide - self.shift  # about a value of their own size, so that the squares lose no digits
        self.counts += members.sum(dim=0)
        self.responses += wide.T @ members
        self.squares += wide.square().T @ members
        self.rest += torch.stack([wide.sum(dim=0), wide.square().sum(dim=0)])
        self.images += len(maps)
        if len(self.products):
            some = _sampled(maps) - self.shift.float()
            self.total += some.sum(dim=0, dtype=torch.float64)
            self.products += some.T @ some
            self.places += len(some)

    def finished(self) -> dict[str, NDArray[Any]]:
        """The fields of `UnitStatistics` by name."""
        found = {
            "lowest": self.lowest,
            "highest": self.highest,
            "active": self.positive / max(self.images, 1),
            "means": self.shift[:, None] + self.responses / self.counts.clamp(min=1),
            "distinctness": self._distinctness(),
        }
        return {**{name: tensor.cpu().numpy() for name, tensor in found.items()}, "groups": self._groups()}

    def _distinctness(self) -> Tensor:
        """d' of each class against the images that are not of it (units classes); 0 where either has no image."""
        others = self.images - self.counts
        mean, variance = _moments(self.counts, self.responses, self.squares)
        rest_mean, rest_variance = _moments(
            others, self.rest[0][:, None] - self.responses, self.rest[1][:, None] - self.squares
        )
        span = (self.highest - self.lowest).double()[:, None]
        deviation = ((variance + rest_variance) / 2).sqrt().clamp(min=_SAME * span).clamp(min=1e-300)
        return torch.where((self.counts > 0) & (others > 0), (mean - rest_mean) / deviation, 0.0)

    def _groups(self) -> NDArray[np.int64]:
        """Numbers that duplicates share (units): connected by correlations from `ALIKE` on."""
        if not len(self.products):
            return np.arange(len(self.shift))
        mean = self.total / max(self.places, 1)
        covariance = (self.products / max(self.places, 1) - torch.outer(mean, mean)).cpu().numpy()
        deviation = np.sqrt(np.maximum(np.diag(covariance), 0))
        varied = deviation > _SAME * (self.highest - self.lowest).cpu().numpy()
        scale = np.where(varied, deviation, 1.0)
        linked = (np.abs(covariance) >= ALIKE * np.outer(scale, scale)) & varied[:, None] & varied
        labels: NDArray[np.int64] = connected_components(linked, directed=False)[1].astype(np.int64)
        return labels


def _sampled(maps: Tensor) -> Tensor:
    """What maps (n units ...) hold at the few places at which units are compared, 4 along each axis (samples units)."""
    for axis in range(2, maps.ndim):
        side = maps.shape[axis]
        chosen = torch.linspace(0, side - 1, min(side, _GRID), device=maps.device).round().long()
        maps = maps.index_select(axis, chosen)
    return maps.movedim(1, -1).flatten(0, -2)


def _moments(counts: Tensor, sums: Tensor, squares: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance (units classes) from counts (classes) and sums."""
    counts = counts.clamp(min=1)
    mean = sums / counts
    return mean, (squares / counts - mean.square()).clamp(min=0)


def _constant(lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(highest - lowest <= _SAME * np.maximum(np.abs(highest), np.abs(lowest)))
