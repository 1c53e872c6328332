"""What a network sees in a whole data set: its units, its filters, and the space of its codes, as pictures and figures.

`neocog explain MODEL DATA` comes here. Only training and validation images are passed; the sealed test set stays shut.
The files lie in one folder: `LAYER.png` for each layer that was surveyed, `filters.png`, `nearest.png`, `map.png`,
`sheet.png` with some of each, `units.csv`, `map.csv`, and `explanation.json` with every figure.
"""

import csv
import importlib.util
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from neocog.cli.progress import TrainingDisplay
from neocog.core import config, draw
from neocog.core.errors import DataError, NetworkError
from neocog.core.run import RECIPE, RunFolder
from neocog.data import DataOptions, Dataset, Images, inspect, normalize, prepared
from neocog.data.trees import printable
from neocog.explain import (
    Embedding,
    Explained,
    Filters,
    Method,
    Preferred,
    Sheet,
    Survey,
    abreast,
    explain,
    filter_sheet,
    filters,
    layers,
    map_sheet,
    nearest_sheet,
    pca,
    preferred,
    survey,
    tsne,
    unit_sheet,
)
from neocog.model import Keeping, Model, Nearest, codes_by_depth, nearest, penultimate
from neocog.network import GELU, LeakyReLU, Maxout, ReLU, ReLU6, Sigmoid, Tanh, walk
from neocog.train import Recipe

SHEET = "sheet.png"
MOST_LAYERS = 4
"""Layers that are surveyed where none is named."""
SHOWN = 8
"""Units of each layer that are drawn."""
BESIDE = 8
"""Nearest images that are shown beside one."""
ASKED = 10
"""Images, one a class, whose nearest are shown."""
MAPPED = 5000
"""Images on the map; of more, as many drawn by chance."""
CHECKED = 16
"""Images that methods are checked on."""
BRIEF = 3
"""Units of each layer, and images with their nearest, on the sheet of all."""
FILTERS = 7
"""Rows of filters on it."""
WIDE = 920
"""Pixels across, of each of the sheet's two columns."""

_ACTIVATIONS = (ReLU, ReLU6, LeakyReLU, GELU, Tanh, Sigmoid, Maxout)


@dataclass(frozen=True, eq=False)
class Scenery:
    """The images that a network is looked at with."""

    data: Dataset
    rows: NDArray[np.int64]
    """Those of training first, then those of validation."""
    images: Images
    """As the network takes them (uint8 N C H W)."""
    trained: int
    """How many of them are of training."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each (N)."""
        return self.data.targets(self.rows)

    @property
    def names(self) -> list[str]:
        """The name of each."""
        return [self.data.table.ids[row] for row in self.rows.tolist()]

    def keeping(self, display: TrainingDisplay) -> Keeping:
        """Under what is kept what is found."""
        hashes = [self.data.scan.hashes[row] for row in self.rows.tolist()]
        return Keeping(
            name=self.data.table.name,
            hashes=hashes,
            progress=lambda done, total: display.working("looking at images", min(done, total), total),
        )


@dataclass(frozen=True, eq=False)
class Sight:
    """What was found out."""

    surveys: tuple[Survey, ...]
    preferred: tuple[tuple[Preferred, ...], ...]
    """Of each layer the units that are drawn."""
    map: Embedding | None
    mapped: NDArray[np.int64]
    """Which of the images lie on the map."""
    nearest: Nearest | None
    asked: NDArray[np.int64]
    """Whose nearest training images were sought."""
    checked: tuple[Explained, ...]
    filters: Filters | None
    """Those of the first layer, where they weigh pixels."""


def scenery(model: Model, name: str, place: str, display: TrainingDisplay) -> Scenery:
    """The training and validation images of a place, or of the run that the model is of.

    Raises `DataError` where there is no such place, or no such images.
    """
    folder = Path(name)
    run = RunFolder(folder) if (folder / RECIPE).is_file() else None
    if run is None and not place:
        raise DataError(f"{name} does not say where its data lies; name an image or data: neocog explain {name} DATA")
    if run is not None:
        options = config.from_toml(Recipe, run.read_text(RECIPE), str(folder / RECIPE)).data
    else:
        told = model.card.get("recipe", {}).get("data", {})
        options = DataOptions(**{each.name: told[each.name] for each in fields(DataOptions) if each.name in told})
    data = inspect(replace(options, path=place) if place else options, display.reading)
    sealed = {row.hash for row in run.read_splits() if row.split == "test"} if run is not None else set()
    sides = [
        [row for row in data.rows(side).tolist() if data.scan.hashes[row] not in sealed] for side in ("train", "val")
    ]
    rows = np.array([*sides[0], *sides[1]], dtype=np.int64)
    if not len(rows):
        raise DataError(
            f"{data.table.name} must hold training or validation images, got none: the test set stays sealed; give "
            "other data"
        )
    images = prepared(data.table, data.scan, rows, model.preprocessing, progress=display.reading)
    return Scenery(data, rows, images, len(sides[0]))


def look(
    model: Model, seen: Scenery, taps: Sequence[str], methods: Sequence[Method], display: TrainingDisplay
) -> Sight:
    """Survey the layers at `taps`, or some that are spread evenly; find the nearest images; lay the codes out.

    `methods` are checked on some validation images.
    """
    module, keeping = model.module(), seen.keeping(display)
    paths = list(taps) or _spread(model)
    found = survey(
        module,
        paths,
        seen.images,
        model.pictured,
        network=model.network,
        targets=seen.labels,
        classes=len(seen.data.classes),
        keeping=keeping,
    )
    drawn = []
    for place, path in enumerate(paths):
        display.working("climbing to preferred inputs", place, len(paths))
        drawn.append(preferred(module, path, _telling(found[path]), model.pictured, network=model.network))
    display.working("climbing to preferred inputs", len(paths), len(paths))
    mapped = np.sort(draw.permutation(len(seen.rows), "map")[:MAPPED])
    asked = _one_a_class(seen)
    path = penultimate(model.network)
    layout, near = None, None
    if path:
        codes = codes_by_depth(module, [path], seen.images, model.preprocessing, keeping)[path]
        layout = _laid_out(codes[mapped], display)
        if seen.trained > BESIDE and len(asked):
            near = nearest(codes[asked], codes[: seen.trained], BESIDE)
    return Sight(
        tuple(found[path] for path in paths),
        tuple(drawn),
        layout,
        mapped,
        near,
        asked,
        tuple(_checked(module, model, seen, methods, display)),
        _first_filters(module),
    )


def pictures(model: str, seen: Scenery, sight: Sight) -> dict[str, Image.Image]:
    """The pictures by the names of their files; the last, `SHEET`, shows some of each."""
    classes = seen.data.classes
    sheets: dict[str, Sheet] = {}
    if sight.filters is not None:
        sheets["filters.png"] = filter_sheet(sight.filters)
    for one, units in zip(sight.surveys, sight.preferred, strict=True):
        sheets[f"{one.path}.png"] = unit_sheet(one, units, seen.images, classes)
    if sight.nearest is not None:
        labels = [classes[label] for label in seen.labels.tolist()]
        named = [labels[row] for row in sight.asked.tolist()]
        known = labels[: seen.trained]
        sheets["nearest.png"] = nearest_sheet(seen.images[sight.asked], seen.images, sight.nearest, named, known)
    whole = {name: sheet.picture() for name, sheet in sheets.items()}
    some = [sheet.brief(FILTERS if name == "filters.png" else BRIEF, WIDE).picture() for name, sheet in sheets.items()]
    if sight.map is not None:
        whole["map.png"] = map_sheet(sight.map, seen.labels[sight.mapped], classes)
        some.append(whole["map.png"])
    title = f"What {printable(model)} sees in {printable(seen.data.table.name)}"
    line = f"Some of each, over {len(seen.rows):,} training and validation images; in full: {', '.join(whole)}"
    return {**whole, SHEET: abreast(some, title, line)}


def tables(seen: Scenery, sight: Sight) -> dict[str, str]:
    """The figures of all units, and the places on the map, as CSV by the names of their files."""
    found = {"units.csv": _csv(_unit_rows(seen, sight))}
    if sight.map is not None:
        found["map.csv"] = _csv(_map_rows(seen, sight, sight.map))
    return found


def record(seen: Scenery, sight: Sight) -> dict[str, Any]:
    """Everything that was found, as plain values."""
    names, classes = seen.names, seen.data.classes
    told: dict[str, Any] = {
        "data": seen.data.table.name,
        "images": len(seen.rows),
        "layers": [
            {
                "path": one.path,
                "file": f"{one.path}.png",
                "units": one.units,
                "field": list(one.patches.field.sides),
                "dead": list(one.statistics.dead),
                "duplicates": [list(group) for group in one.statistics.duplicates],
                "speaks_for": {str(unit): classes[label] for unit, label in one.statistics.selective.items()},
                "shown": [
                    {
                        **one.statistics.to_dict(each.unit),
                        "preferred": each.to_dict(),
                        "patches": [
                            {**patch.to_dict(), "image": names[patch.image]} for patch in one.patches.of(each.unit)
                        ],
                    }
                    for each in units
                ],
            }
            for one, units in zip(sight.surveys, sight.preferred, strict=True)
        ],
    }
    if sight.map is not None:
        about = sight.map.to_dict()
        told["map"] = {key: about[key] for key in ("way", "preserved", "by_chance", "explained")}
    if sight.nearest is not None:
        told["nearest"] = [
            {
                "image": names[row],
                "nearest": [
                    {"image": names[place], "distance": distance}
                    for place, distance in zip(places.tolist(), distances.tolist(), strict=True)
                ],
            }
            for row, places, distances in zip(
                sight.asked.tolist(), sight.nearest.place, sight.nearest.distance, strict=True
            )
        ]
    return told


def _spread(model: Model) -> list[str]:
    """Some layers from the first to the last: activations, for what they let through is what goes on."""
    steps = walk(model.network)
    paths = [step.path for step in steps if isinstance(step.layer, _ACTIVATIONS)] or list(layers(model.module()))
    places = np.linspace(0, len(paths) - 1, min(MOST_LAYERS, len(paths))).round().astype(int)
    return [paths[place] for place in places.tolist()]


def _telling(found: Survey) -> list[int]:
    """The units that tell most: those that set a class apart most, of a set without classes those that stir most."""
    told = found.statistics
    by_class = told.distinctness.shape[1] > 1
    strength = told.distinctness.max(axis=1) if by_class else (told.highest - told.lowest).astype(np.float64)
    strength = np.where(np.isin(np.arange(found.units), told.dead), -np.inf, strength)
    order: list[int] = np.argsort(-strength, kind="stable")[:SHOWN].tolist()
    return order


def _one_a_class(seen: Scenery) -> NDArray[np.int64]:
    """The first validation image of each class."""
    labels = seen.labels[seen.trained :]
    _, first = np.unique(labels, return_index=True)
    return np.asarray(first[:ASKED] + seen.trained, np.int64)


def _laid_out(codes: NDArray[np.float32], display: TrainingDisplay) -> Embedding | None:
    """The map by t-SNE where that is installed, else by principal components; none of a single image."""
    if len(codes) < 2:
        return None
    if len(codes) < 4 or importlib.util.find_spec("openTSNE") is None:
        return pca(codes)
    return tsne(codes, progress=lambda done, total: display.working("laying out the map", done, total))


def _first_filters(module: nn.Module) -> Filters | None:
    try:
        found = filters(module)
    except NetworkError:  # it has no convolution
        return None
    return found if found.weights.shape[1] in (1, 3) else None


def _checked(
    module: nn.Module, model: Model, seen: Scenery, methods: Sequence[Method], display: TrainingDisplay
) -> Iterator[Explained]:
    """Each method with its check over some images: of validation where there are any, some of each class."""
    if not methods:
        return
    start = seen.trained if len(seen.rows) > seen.trained else 0
    labels = seen.labels[start:]
    turn = np.argsort([np.sum(labels[:at] == label) for at, label in enumerate(labels)], kind="stable")[:CHECKED]
    batch = normalize(torch.from_numpy(np.array(seen.images[start + turn])), model.preprocessing)
    for done, one in enumerate(explain(module, batch, methods), 1):
        display.working("checking methods", done, len(methods))
        yield one


def _unit_rows(seen: Scenery, sight: Sight) -> Iterator[Sequence[object]]:
    classes, names = seen.data.classes, seen.names
    yield (
        *("layer", "unit", "lowest", "highest", "active", "dead", "duplicates"),
        *("speaks_for", "best_class", "distinctness", "highest_in"),
    )
    for one in sight.surveys:
        told, dead = one.statistics, set(one.statistics.dead)
        mates: Mapping[int, tuple[int, ...]] = {unit: group for group in told.duplicates for unit in group}
        for unit in range(one.units):
            label, distance = told.classes_of(unit, 1)[0]
            spoken = told.selective.get(unit)
            yield (
                *(one.path, unit, f"{told.lowest[unit]:.6g}", f"{told.highest[unit]:.6g}", f"{told.active[unit]:.6g}"),
                "yes" if unit in dead else "no",
                " ".join(str(mate) for mate in mates.get(unit, ()) if mate != unit),
                "" if spoken is None else classes[spoken],
                classes[label],
                f"{distance:.6g}",
                " ".join(names[patch.image] for patch in one.patches.of(unit)),
            )


def _map_rows(seen: Scenery, sight: Sight, found: Embedding) -> Iterator[Sequence[object]]:
    names, labels = seen.names, seen.labels
    yield "image", "split", "class", "x", "y"
    for row, (x, y) in zip(sight.mapped.tolist(), found.points.tolist(), strict=True):
        side = "train" if row < seen.trained else "val"
        yield names[row], side, seen.data.classes[labels[row]], f"{x:.6g}", f"{y:.6g}"


def _csv(rows: Iterator[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
