"""What can be said of an image without looking at its object: how large it is, how it was saved, its edge, its color.

`shortcuts` asks whether these alone tell the label. They are taken of a sample of the rows, which is enough for such a
question, and remembered under the rows' contents. The names say where a user would look; the numbers of a property
belong together (a color is three).
"""

import math
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data import records
from neocog.data.decode import FORMATS, HEAD, decode, sniff
from neocog.data.parallel import Progress, chunked
from neocog.data.prepare import resize
from neocog.data.scan import Scan
from neocog.data.table import Pixels, Table

PROPERTIES: dict[str, tuple[str, ...]] = {
    "image size": ("log width", "log height"),
    "file format": ("compressed with loss", "log quantization", "color channels"),
    "file size": ("log bytes",),
    "border": ("border red", "border green", "border blue"),
    "mean color": ("red", "green", "blue"),
}
"""Each property with the numbers that it is made of."""

COLUMNS = tuple(column for columns in PROPERTIES.values() for column in columns)

_VERSION = "properties 1"
_SIDE = 64
_RING = 1 / 64


def properties(
    table: Table, scan: Scan, rows: NDArray[np.int64], progress: Progress | None = None
) -> NDArray[np.float32]:
    """The numbers of `COLUMNS` for some readable rows (float32 N P); colors are 0 to 255, not a number where unknown.

    Remembered in the cache folder by the rows' contents.
    """
    name = records.key(_VERSION, many=(scan.hashes[row] for row in rows.tolist()))
    stored = records.recall(name)
    if stored is not None and stored.get("values", np.zeros(0)).shape == (len(rows), len(COLUMNS)):
        return stored["values"].astype(np.float32)

    def look(places: range) -> list[list[float]]:
        return [_of(table, int(rows[place])) for place in places]

    found = [values for part in chunked(look, len(rows), progress) for values in part]
    values = np.array(found, dtype=np.float32).reshape(len(rows), len(COLUMNS))
    records.remember(name, {"values": values})
    return values


def _of(table: Table, row: int) -> list[float]:
    try:
        raw = table.source.read(row)
        image = decode(raw)
    except (DataError, OSError):  # it was readable a moment ago; it says nothing now
        return [math.nan] * len(COLUMNS)
    pixels = image.pixels
    border, mean = ring_and_mean(pixels)
    return [
        math.log(pixels.shape[1]),
        math.log(pixels.shape[0]),
        float(image.format == "JPEG"),
        _quantization(raw) if isinstance(raw, bytes) else 0.0,
        float({"1": 1, "L": 1, "P": 2, "RGB": 3, "RGBA": 4, "CMYK": 5}.get(image.mode, 0)),
        math.log(len(raw)) if isinstance(raw, bytes) else 0.0,
        *border,
        *mean,
    ]


def ring_and_mean(pixels: Pixels) -> tuple[list[float], list[float]]:
    """The mean color (red, green, blue) of the outermost pixels, one in 64 of the side, and of the whole image.

    >>> ring_and_mean(np.full((8, 8, 1), 7, np.uint8))
    ([7.0, 7.0, 7.0], [7.0, 7.0, 7.0])
    """
    height, width = pixels.shape[:2]
    wide = max(1, round(min(height, width) * _RING))
    parts = [pixels[:wide], pixels[-wide:], pixels[:, :wide], pixels[:, -wide:]]
    ring = np.concatenate([part.reshape(-1, pixels.shape[2]) for part in parts]).mean(axis=0)
    small = resize(pixels, min(height, _SIDE), min(width, _SIDE))
    mean = small.reshape(-1, pixels.shape[2]).mean(axis=0)
    return np.broadcast_to(ring, 3).tolist(), np.broadcast_to(mean, 3).tolist()


def _quantization(raw: bytes) -> float:
    """The logarithm of the mean step by which a JPEG rounds its brightness: the lower the quality, the larger."""
    if sniff(raw[:HEAD]) != "JPEG":
        return 0.0
    tables = getattr(FORMATS["JPEG"](BytesIO(raw)), "quantization", {})
    steps = next(iter(tables.values()), [1])
    return math.log(sum(steps) / len(steps))
