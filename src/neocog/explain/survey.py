"""One pass over a data set that finds out about all units of some layers: their highest patches, and what they do.

The images stream by, so that memory is bounded however many there are, and what was found is remembered in the cache
under the weights, the images and how they are prepared: to look at another unit costs nothing.

    found = survey(module, ["conv1", "conv2"], images, preprocessing, network=network, targets=labels, classes=10)
    found["conv2"].patches.of(3)                # the nine patches that excite unit 3 most
    found["conv2"].statistics.dead              # the units that never stir

A test set that is surveyed is opened; look at training images.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import tapped
from neocog.core.errors import ModelFileError
from neocog.data import Images, Preprocessing
from neocog.data.records import key, recall, remember
from neocog.explain.fields import fields
from neocog.explain.patches import COUNT, TopPatches, Tops
from neocog.explain.statistics import Sums, UnitStatistics
from neocog.model import Keeping, codes_key, passes
from neocog.network import Network

_VERSION = "survey 1"


@dataclass(frozen=True, eq=False)
class Survey:
    """What was found out about the units of one layer."""

    path: str
    patches: TopPatches
    statistics: UnitStatistics

    @property
    def units(self) -> int:
        """How many units the layer has: channels of maps, or features."""
        return len(self.statistics.highest)


def survey(
    module: nn.Module,
    paths: Sequence[str],
    images: Images,
    preprocessing: Preprocessing,
    *,
    network: Network | None = None,
    targets: NDArray[Any] | None = None,
    classes: int = 0,
    count: int = COUNT,
    keeping: Keeping | None = None,
) -> dict[str, Survey]:
    """Survey the layers at some paths of a module over prepared images (uint8 N C H W, N at least 1).

    `network` is what a built module was built from; without one, units are said to see the whole image. `targets` are
    class numbers (N), or a row of 0 and 1 for each image where it may have several (N `classes`). `count` patches are
    kept a unit. With `keeping`, what is found is kept in the cache and looked up there.

    Raises `NetworkError` for an unknown path, `ModelFileError` where activations are not finite.
    """
    paths = list(dict.fromkeys(paths))
    view = tapped(module, paths)
    members = _members(targets, classes, len(images))
    name = "" if keeping is None else _name(view, paths, members, count, preprocessing, keeping)
    found = recall(name) if name else None
    if found is None or set(found) != {f"{at}.{field}" for at in range(len(paths)) for field in _FIELDS}:
        found = _pass(view, paths, images, preprocessing, members, count, keeping)
        if name:
            remember(name, found)
    seen = fields(network, paths, preprocessing.size)
    surveys = {}
    for at, path in enumerate(paths):
        of = {field: found[f"{at}.{field}"] for field in _FIELDS}
        side = tuple(of.pop("map").tolist())
        tops = TopPatches(path, of.pop("values"), of.pop("images"), of.pop("places"), side, seen[path])
        surveys[path] = Survey(path, tops, UnitStatistics(path, **of))
    return surveys


_FIELDS = (
    "map",
    "values",
    "images",
    "places",
    "lowest",
    "highest",
    "active",
    "means",
    "distinctness",
    "groups",
)


def _members(targets: NDArray[Any] | None, classes: int, count: int) -> NDArray[np.float64]:
    """Which image is of which class (N classes, 0 or 1)."""
    if targets is None:
        return np.zeros((count, 0))
    assert len(targets) == count, f"there is a target for each image, got {len(targets)} for {count}"
    if targets.ndim == 2:
        return targets.astype(np.float64)
    return np.asarray(targets[:, None] == np.arange(classes), dtype=np.float64)


def _name(
    view: nn.Module,
    paths: Sequence[str],
    members: NDArray[np.float64],
    count: int,
    preprocessing: Preprocessing,
    keeping: Keeping,
) -> str:
    """What the record of a survey is called."""
    told = members.astype(np.uint8)
    labels = key(f"{told.shape}", told.tobytes().hex())
    return codes_key(view, preprocessing, keeping, _VERSION, f"{list(paths)} {count}", labels)


def _pass(
    view: nn.Module,
    paths: Sequence[str],
    images: Images,
    preprocessing: Preprocessing,
    members: NDArray[np.float64],
    count: int,
    keeping: Keeping | None,
) -> dict[str, NDArray[Any]]:
    """Everything that is found, by the place of the path and the field."""
    device = "cpu" if keeping is None else keeping.device
    tallies: dict[str, _Tally] = {}
    done = 0
    with closing(passes(view, images, preprocessing, device=device)) as batches:
        for pixels, given in batches:
            told = torch.from_numpy(members[done : done + len(pixels)]).to(device)
            for path in paths:
                if path not in tallies:
                    tallies[path] = _Tally(path, given[path], count, members.shape[1])
                tallies[path].add(given[path], told)
            done += len(pixels)
            if keeping is not None and keeping.progress is not None:
                keeping.progress(done, len(images))
    return {
        f"{at}.{field}": array for at, path in enumerate(paths) for field, array in tallies[path].finished().items()
    }


class _Tally:
    """What is kept of one layer while batches pass by; made for maps like `first` (n units ...)."""

    def __init__(self, path: str, first: Tensor, count: int, classes: int) -> None:
        self.path = path
        self.map = first.shape[2:]
        self.tops = Tops(first.shape[1], count, first.device)
        self.sums = Sums(first.shape[1], classes, first.device)

    def add(self, maps: Tensor, members: Tensor) -> None:
        """The maps of the next images (n units ...), and their classes (n classes)."""
        flat = maps.flatten(2) if maps.ndim > 2 else maps[:, :, None]
        self.sums.add(maps if maps.ndim > 2 else flat, self.tops.add(flat), members)

    def finished(self) -> dict[str, NDArray[Any]]:
        """The arrays of a record."""
        if not torch.isfinite(self.sums.highest - self.sums.lowest).all():
            raise ModelFileError(
                f"layer `{self.path}` gives numbers that are not finite; its weights are unfit, train the model anew"
            )
        return {
            "map": np.array(self.map, np.int64),
            **self.tops.finished(self.sums.lowest),
            **self.sums.finished(),
        }
