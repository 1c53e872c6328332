"""What excites a unit most: of a whole data set the image patches at which it is highest.

Zeiler and Fergus show the nine highest of each unit ("Visualizing and understanding convolutional networks", 2014). So
does this: an image counts once, by the highest place of the unit's map, and the patch is what the unit sees from there.
They are found while the images pass by, so that memory does not grow with their number: `Tops` keeps the best so far.
A place that is no higher than the unit's lowest anywhere is no top: a unit that never stirs has no patches.

>>> tops = Tops(units=1, count=1)
>>> peaks = tops.add(torch.tensor([[[0.0, 3.0]], [[0.0, 0.0]], [[5.0, 5.0]]]))
>>> tops.values.tolist(), tops.images.tolist(), tops.places.tolist()
([[5.0]], [[2]], [[0]])
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neocog.explain.fields import Box, Field

COUNT = 9
"""Patches a unit, as Zeiler and Fergus show them."""


@dataclass(frozen=True)
class Patch:
    """A place in an image at which a unit is high."""

    image: int
    """Which of the images."""
    value: float
    """The unit's activation."""
    place: tuple[int, ...]
    """The row and column of its map; () of a dense unit."""
    box: Box
    """What the unit sees from there, in pixels of the network's input."""

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and lists."""
        box = [list(side) for side in self.box]
        return {"image": self.image, "value": self.value, "place": list(self.place), "box": box}


@dataclass(frozen=True, eq=False)
class TopPatches:
    """The highest patches of all units of one layer, the highest first."""

    path: str
    values: NDArray[np.float32]
    """The activations (units k); minus infinity where there is no such patch."""
    images: NDArray[np.int64]
    """Which of the images (units k); -1 where there is none."""
    places: NDArray[np.int64]
    """The places in the unit's flattened map (units k)."""
    map: tuple[int, ...]
    """Height and width of the units' maps; () of dense units."""
    field: Field
    """What the units see."""

    def of(self, unit: int) -> tuple[Patch, ...]:
        """The patches of one unit: fewer than k where it is high nowhere else."""
        rows = zip(self.images[unit].tolist(), self.values[unit].tolist(), self.places[unit].tolist(), strict=True)
        return tuple(self._patch(image, value, flat) for image, value, flat in rows if image >= 0)

    def _patch(self, image: int, value: float, flat: int) -> Patch:
        place = tuple(int(at) for at in np.unravel_index(flat, self.map)) if self.map else ()
        return Patch(image, value, place, self.field.box(place))


class Tops:
    """The highest places so far of each unit, one an image, while batches pass by."""

    def __init__(self, units: int, count: int = COUNT, device: str | torch.device = "cpu") -> None:
        self.seen = 0
        self.values = torch.full((units, count), -torch.inf, device=device)
        self.images = torch.full((units, count), -1, device=device)
        self.places = torch.zeros((units, count), dtype=torch.int64, device=device)

    def add(self, maps: Tensor) -> Tensor:
        """The maps of the next images (n units places); gives the highest of each (n units).

        Of equal places and of equal images the first stays. Only units that an image excites more than their last are
        sorted anew, and places are looked up for what enters: soon that is little.
        """
        peaks = maps.amax(dim=2)
        units = (peaks > self.values[:, -1]).any(dim=0).nonzero()[:, 0]
        count = self.values.shape[1]
        values = torch.cat([self.values[units], peaks[:, units].T], dim=1)
        values, order = (each[:, :count] for each in values.sort(dim=1, descending=True, stable=True))
        new = order - count  # which of the batch's images, negative for one that stays
        kept = order.clamp(max=count - 1)
        row, column = (new >= 0).nonzero(as_tuple=True)
        images, places = self.images[units].gather(1, kept), self.places[units].gather(1, kept)
        images[row, column] = self.seen + new[row, column]
        places[row, column] = maps[new[row, column], units[row]].argmax(dim=1)
        self.values[units], self.images[units], self.places[units] = values, images, places
        self.seen += len(maps)
        return peaks

    def finished(self, lowest: Tensor) -> dict[str, NDArray[Any]]:
        """Values, images and places (units k), less those no higher than the units' lowest activation (units)."""
        low = self.values <= lowest[:, None]
        found = {
            "values": self.values.masked_fill(low, -torch.inf),
            "images": self.images.masked_fill(low, -1),
            "places": self.places.masked_fill(low, 0),
        }
        return {name: tensor.cpu().numpy() for name, tensor in found.items()}
