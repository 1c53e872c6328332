"""What a network makes of an image: its answer and the maps of every layer, in one pass and in one answer.

All maps of an image travel together as bytes, a byte a place, so that a page draws hundreds of them from one request
and says the value under the pointer without another: `pack` tells how. Of a map longer than `MOST_SIDE` the means of
small squares travel; `unit_map` gives one map whole.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from neocog.core.errors import NetworkError, nearest
from neocog.data import Pixels, normalize, prepare
from neocog.explain import METHODS, Field, features
from neocog.model import Model, evaluating, predict
from neocog.network import find, walk
from neocog.studio.guard import MOST_IMAGE
from neocog.studio.runs import Answer
from neocog.studio.shown import Shown
from neocog.studio.subjects import Subject

MOST_SIDE = 64
"""The longest side of a map that travels whole with all others: strips show them smaller than that."""


class SeenMethod(Answer):
    """A way to explain an answer."""

    name: str
    title: str
    meaning: str
    signed: bool


class SeenLayer(Answer):
    """A layer that can be looked at."""

    path: str
    kind: str
    shape: list[int]
    sees: list[int]
    """Height and width of what one place sees."""
    rows: list[list[int]]
    """The rows of the input that each row of its map sees, first and one past the last; of a vector one pair."""
    columns: list[list[int]]


class SeenNetwork(Answer):
    """A network, as far as it is the same for every image."""

    name: str
    classes: list[str]
    input: list[int]
    """Channels, height, width."""
    dark: bool
    """Whether the ground of its training images is dark."""
    layers: list[SeenLayer]
    methods: list[SeenMethod]
    data: bool
    """Whether its data are known."""
    most_bytes: int
    """The largest file that can be handed in."""


class SeenImage(Answer):
    """The image that is looked at."""

    spec: str
    """Its name in an address."""
    name: str
    height: int
    width: int
    label: str
    """Its class as the data say; "" where they do not."""
    split: str


class SeenMaps(Answer):
    """What follows for one layer: the lowest and the highest value of each unit (float32), then the maps' bytes."""

    path: str
    units: int
    rows: int
    """The height of each map that travels; 0 for a layer of single numbers, which are their own lowest and highest."""
    columns: int
    signed: bool
    """Whether a byte b is (b - 128) / 127 of the unit's largest magnitude, else b / 255 of it."""


class Seen(Answer):
    """What a network makes of an image; the prepared pixels (uint8 C H W) and the maps follow it as bytes."""

    image: SeenImage
    label: str
    """The answer, or "not sure"."""
    probability: float
    reason: str
    """Why there is no answer; "" where there is one."""
    probabilities: list[float]
    layers: list[SeenMaps]


class UnitMap(Answer):
    """The whole map of one unit."""

    path: str
    unit: int
    units: int
    rows: int
    columns: int
    low: float
    high: float
    values: str
    """Row by row as float32, little-endian, base64."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """An image as a network gets it."""

    pixels: Pixels
    """uint8 C H W."""
    batch: Tensor
    """Normalized, 1 C H W."""


def prepared(model: Model, shown: Shown) -> Prepared:
    """The network's input of an image."""
    pixels = prepare(shown.pixels, model.pictured)
    return Prepared(pixels, normalize(torch.from_numpy(pixels[None].copy()), model.preprocessing))


def network(subject: Subject) -> SeenNetwork:
    """What a page must know before any image."""
    preprocessing = subject.model.pictured
    steps = walk(subject.model.network)
    shapes = {path: steps[find(steps, path)].shape for path in subject.layers}
    return SeenNetwork(
        name=subject.name,
        classes=list(subject.model.classes),
        input=[preprocessing.channels, *preprocessing.size],
        dark=float(np.mean(preprocessing.mean)) < 0.5,
        layers=[_layer(subject, path, shapes[path]) for path in subject.layers],
        methods=[
            SeenMethod(name=each.name, title=each.title, meaning=each.meaning, signed=each.signed)
            for each in METHODS.values()
        ],
        data=subject.run is not None,
        most_bytes=MOST_IMAGE,
    )


def look(subject: Subject, shown: Shown) -> bytes:
    """The answer to an image and all its maps, packed (see `pack`)."""
    given = prepared(subject.model, shown)
    with subject.lock, evaluating(subject.module, "cpu"), torch.inference_mode():
        answer = predict(subject.model, given.pixels[None], subject.module)[0]
        found = subject.view(given.batch)
        parts = [(path, *_quantized(found[path][0])) for path in subject.layers]
    head = Seen(
        image=SeenImage(
            spec=shown.spec,
            name=shown.name,
            height=shown.pixels.shape[0],
            width=shown.pixels.shape[1],
            label=shown.label,
            split=shown.split,
        ),
        label=answer.label,
        probability=answer.probability,
        reason=answer.reason,
        probabilities=list(answer.probabilities),
        layers=[
            SeenMaps(path=path, units=len(low), rows=places[0], columns=places[1], signed=signed)
            for path, low, _, _, places, signed in parts
        ],
    )
    blocks = (block for _, low, high, values, _, _ in parts for block in (low, high, values))
    return pack(head, given.pixels, *blocks)


def pack(head: Answer, *blocks: NDArray[np.generic]) -> bytes:
    """A head and blocks of bytes in one: the length of the head's JSON (uint32, little-endian), the JSON, the blocks.

    >>> pack(SeenMethod(name="a", title="b", meaning="c", signed=True), np.array([7, 8], np.uint8))[-3:]
    b'}\\x07\\x08'
    """
    told = json.dumps(head.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([len(told).to_bytes(4, "little"), told, *(block.tobytes() for block in blocks)])


def unit_map(subject: Subject, shown: Shown, layer: str, unit: int) -> UnitMap:
    """One map whole; raises `NetworkError` for a layer or a unit that is not there."""
    require_layer(subject, layer)
    given = prepared(subject.model, shown)
    with subject.lock:
        (found,) = features(subject.module, given.pixels[None], subject.model.pictured, [layer])
    values = found.values[0]
    require_unit(layer, unit, len(values))
    chosen = np.atleast_2d(values[unit])
    return UnitMap(
        path=layer,
        unit=unit,
        units=len(values),
        rows=chosen.shape[0],
        columns=chosen.shape[1],
        low=float(chosen.min()),
        high=float(chosen.max()),
        values=encoded(chosen),
    )


def encoded(values: NDArray[np.floating] | Tensor) -> str:
    """Numbers as float32, little-endian, base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def require_layer(subject: Subject, layer: str) -> None:
    """Raises `NetworkError` for a layer that cannot be looked at."""
    if layer not in subject.layers:
        raise NetworkError(f"there is no layer {layer!r} to look at; {nearest(layer, subject.layers)}")


def require_unit(layer: str, unit: int, units: int) -> None:
    """Raises `NetworkError` for a unit that a layer does not have."""
    if not 0 <= unit < units:
        raise NetworkError(f"the unit must be 0 to {units - 1} at {layer!r}, got {unit}; count from 0")


def _layer(subject: Subject, path: str, shape: Sequence[int]) -> SeenLayer:
    seen = subject.fields[path]
    rows, columns = (shape[1], shape[2]) if len(shape) == 3 else (0, 0)
    return SeenLayer(
        path=path,
        kind=subject.kinds.get(path, ""),
        shape=list(shape),
        sees=list(seen.sides),
        rows=list(_reaches(seen, rows, 0)),
        columns=list(_reaches(seen, columns, 1)),
    )


def _reaches(seen: Field, places: int, axis: int) -> Iterator[list[int]]:
    """What each place along an axis sees; without places what all of them see."""
    if not places:
        yield list(seen.box(())[axis])
    for place in range(places):
        yield list(seen.box((place, 0) if axis == 0 else (0, place))[axis])


def _quantized(
    values: Tensor,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8], tuple[int, int], bool]:
    """The lowest and highest of each unit of a layer (units ...), its maps as bytes, their sides, and the sign."""
    flat = values.float().flatten(1) if values.ndim > 1 else values.float()[:, None]
    low, high = flat.amin(1), flat.amax(1)  # aminmax is seven times slower
    signed = bool((low < 0).any())
    if values.ndim != 3:
        return low.numpy(), high.numpy(), np.zeros(0, np.uint8), (0, 0), signed
    factor = -(-max(values.shape[1:]) // MOST_SIDE)
    small = F.avg_pool2d(values, factor, ceil_mode=True, count_include_pad=False) if factor > 1 else values
    largest = torch.maximum(low.abs(), high.abs()).clamp(min=1e-30)[:, None, None]
    scaled = small * (127 / largest) if signed else small * (255 / largest)
    found = scaled.add_(128.5 if signed else 0.5).to(torch.uint8)
    return low.numpy(), high.numpy(), found.numpy(), (found.shape[1], found.shape[2]), signed
