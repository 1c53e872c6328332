"""Many small pictures in one: a sheet of thumbnails, so that a grid of 60,000 images asks for hundreds, not for each.

Small images are there pixel by pixel, losslessly; of large ones a thumbnail that is squeezed to a square, which the
page stretches back. Which rows a sheet holds is written in its address, as `0-95` or `3,17,20-25`, so that it can be
kept. A sheet of images from afar holds thousands: what is shown until the others have come.
"""

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neocog.core.errors import DataError
from neocog.data import Pixels
from neocog.data.glimpses import glimpses
from neocog.data.parallel import chunked
from neocog.data.pictures import row_picture
from neocog.data.prepare import squash
from neocog.studio.shelf import Held

ACROSS = 16
"""Pictures beside each other in a sheet."""
FAR = 64
"""Images from afar beside each other in a sheet, and below each other."""
MOST = 512
"""The most pictures of a sheet."""
_QUALITY = 88
_AT_ONCE = 8
_ROWS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


def parse_rows(text: str, count: int, most: int = MOST) -> NDArray[np.int64]:
    """The rows that a text names, of a set of so many; raises `DataError` for a text that names none.

    >>> parse_rows("3,7-9", 10).tolist()
    [3, 7, 8, 9]
    """
    found: list[int] = []
    for part in text.split(","):
        named = _ROWS.fullmatch(part)
        if named is None:
            raise DataError(f"rows must be numbers and ranges like 3,7-9, got {text[:40]!r}; count them from 0")
        start, end = int(named[1]), int(named[2] or named[1])
        if not start <= end < count:
            raise DataError(f"rows must be from 0 to {count - 1}, got {part[:40]!r}; leave the others out")
        if len(found) + end - start >= most:
            raise DataError(f"at most {most} rows are shown at once, got {text[:40]!r}; ask for fewer")
        found.extend(range(start, end + 1))
    return np.array(found, np.int64)


def strip(held: Held, rows: NDArray[np.int64]) -> tuple[bytes, str]:
    """The sheet of some rows, and its media type; a place stays black where a picture cannot be read."""
    pixels = _exact(held, rows) if held.exact else _thumbnails(held, rows)  # N H W C
    sheet = _laid(pixels, min(ACROSS, len(pixels)))
    if held.exact:
        return _png(sheet), "image/png"
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue(), "image/jpeg"


def far_strip(held: Held, part: int) -> bytes:
    """The images from afar, `FAR` x `FAR` of the table's rows to a part, as PNG; raises `DataError` beyond the last."""
    scan = held.dataset.scan
    parts = -(-len(scan) // FAR**2)
    if not 0 <= part < parts:
        raise DataError(f"there are {parts} parts, and none at {part}; begin at 0")
    known = glimpses(scan.signatures[part * FAR**2 : (part + 1) * FAR**2])[..., : held.channels]
    return _png(_laid(known, min(FAR, len(known))))


def _laid(pictures: Pixels, across: int) -> Image.Image:
    """Square pictures (N S S C) beside and below each other."""
    count, square, _, channels = pictures.shape
    down = -(-count // across)
    sheet = np.zeros((down * across, square, square, channels), np.uint8)
    sheet[:count] = pictures
    laid = sheet.reshape(down, across, square, square, channels).swapaxes(1, 2)
    laid = laid.reshape(down * square, across * square, channels)
    return Image.fromarray(laid[:, :, 0] if channels == 1 else laid)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _exact(held: Held, rows: NDArray[np.int64]) -> Pixels:
    """Images as they are (N S S C), each in the upper left corner of its place."""
    pixels = np.zeros((len(rows), held.side, held.side, held.channels), np.uint8)
    for place, row in enumerate(rows.tolist()):
        image = _decoded(held, row)
        if image is not None:
            shown = image[: held.side, : held.side]  # a file may have grown since it was looked at
            pixels[place, : shown.shape[0], : shown.shape[1]] = shown
    return pixels


def _thumbnails(held: Held, rows: NDArray[np.int64]) -> Pixels:
    """Squeezed images (N S S C), from those that are kept; until they are made each is decoded."""
    scan = held.dataset.scan
    pixels = np.zeros((len(rows), held.channels, held.side, held.side), np.uint8)
    shown = [place for place, row in enumerate(rows.tolist()) if not scan.problems[row]]
    if held.thumbnails is not None:
        pixels[shown] = held.thumbnails[np.searchsorted(scan.readable, rows[shown])]
        return pixels.transpose(0, 2, 3, 1)

    def make(places: range) -> None:
        for place in shown[places.start : places.stop]:
            image = _decoded(held, int(rows[place]))
            if image is not None:
                pixels[place] = squash(image, held.side, held.channels)

    for _ in chunked(make, len(shown), chunk=_AT_ONCE):
        pass
    return pixels.transpose(0, 2, 3, 1)


def _decoded(held: Held, row: int) -> Pixels | None:
    """The pixels of a row (H W C) in the channels of the set; None where it cannot be read."""
    if held.dataset.scan.problems[row]:
        return None
    try:
        pixels = row_picture(held.dataset.table, row)
    except (DataError, OSError):
        return None
    return pixels if pixels.shape[2] == held.channels else pixels.repeat(3, axis=2)[:, :, : held.channels]
