"""First-layer filters: the only ones that can be looked at directly, because what they weigh are pixels.

Filters over three channels are pictures in color; over one channel, signed weights. Each is scaled by its own largest
weight, whose size is kept, so that a filter that has not learned shows as noise of little weight.

>>> found = filters(nn.Conv2d(1, 6, 5))
>>> found.path, found.weights.shape, found.pixels().shape
('', (6, 1, 5, 5), (6, 1, 5, 5))
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.core.errors import NetworkError, nearest
from neocog.data import Pixels


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of one convolution."""

    path: str
    weights: NDArray[np.float32]
    """Filters, channels, height, width."""

    @property
    def largest(self) -> NDArray[np.float32]:
        """The largest absolute weight of each filter."""
        return np.asarray(np.abs(self.weights).max(axis=(1, 2, 3)))

    def pixels(self) -> Pixels:
        """The filters as pictures (uint8, the same shape): 128 is a weight of 0, 1 and 255 the filter's largest."""
        scaled = self.weights / np.maximum(self.largest, 1e-30)[:, None, None, None]
        return np.asarray(np.rint(128 + 127 * scaled), dtype=np.uint8)


def filters(module: nn.Module, path: str | None = None) -> Filters:
    """The filters of the convolution over images at a path; of the first one where none is named.

    Raises `NetworkError` where there is no such convolution.
    """
    found = {name: part for name, part in module.named_modules() if isinstance(part, nn.Conv2d)}
    if not found:
        raise NetworkError("the network has no convolution over images, so no filters to look at; take another network")
    if path is None:
        path = next(iter(found))
    if path not in found:
        raise NetworkError(f"there is no convolution at {path!r}; {nearest(path, found)}")
    return Filters(path, found[path].weight.detach().float().cpu().numpy().copy())
