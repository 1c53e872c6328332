"""Feature maps: what every layer makes of an image, as a strip of pictures a layer.

>>> from neocog.build import build
>>> from neocog.network import Conv, Dense, Flatten, Network, ReLU
>>> model = build(Network((1, 6, 6), (Conv(2, 3), ReLU(), Flatten(), Dense(3))))
>>> found = features(model, np.zeros((1, 1, 6, 6), np.uint8), Preprocessing(size=(6, 6), channels=1))
>>> [(layer.path, layer.values.shape) for layer in found]
[('conv1', (1, 2, 4, 4)), ('relu1', (1, 2, 4, 4)), ('flatten1', (1, 32)), ('dense1', (1, 3))]
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.build import tap_names, tapped
from neocog.data import Images, Preprocessing
from neocog.model import passes


@dataclass(frozen=True, eq=False)
class Features:
    """What the units of one layer give for some images."""

    path: str
    values: NDArray[np.float32]
    """N units H W of maps, N units of vectors."""

    def spans(self, image: int = 0) -> list[tuple[float, float]]:
        """The lowest and the highest value of each unit for one image: what stands under its map."""
        flat = self.values[image].reshape(self.values.shape[1], -1)
        return list(zip(flat.min(axis=1).tolist(), flat.max(axis=1).tolist(), strict=True))


def layers(module: nn.Module) -> tuple[str, ...]:
    """The paths of a module's single layers, composites left out, in the order in which they are computed."""
    names = tap_names(module)
    composites = {name[:at] for name in names for at, character in enumerate(name) if character == "."}
    return tuple(name for name in names if name not in composites)


def features(
    module: nn.Module,
    images: Images,
    preprocessing: Preprocessing,
    paths: Sequence[str] | None = None,
    device: str = "cpu",
) -> tuple[Features, ...]:
    """The maps and vectors at some paths, or at all single layers, for a few prepared images (uint8 N C H W).

    Raises `NetworkError` for an unknown path, and for a layer of a foreign module that is not reached.
    """
    paths = layers(module) if paths is None else paths
    parts: dict[str, list[NDArray[np.float32]]] = {path: [] for path in paths}
    with closing(passes(tapped(module, paths), images, preprocessing, device=device)) as batches:
        for _, given in batches:
            for path in paths:
                parts[path].append(given[path].float().cpu().numpy())
    return tuple(Features(path, np.concatenate(arrays)) for path, arrays in parts.items())
