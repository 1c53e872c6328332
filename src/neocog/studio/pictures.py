"""The image behind a line of a table, from the data that a run was trained on, small enough to look at many.

Nothing but the ids that the data itself gives is looked up, so no name leads to another file.
"""

import io
import threading
from functools import lru_cache

from PIL import Image

from neocog.core.errors import DataError, ImageError
from neocog.core.run import RunFolder
from neocog.data import DataOptions, Pixels, Table, decode, find
from neocog.studio.runs import recipe

_FINDING = threading.Lock()
"""Finding a large set takes a while: who asks for the same one meanwhile waits for it."""


def picture(run: RunFolder, file: str, side: int) -> bytes:
    """An image of a run's data as PNG, at most `side` pixels long; a smaller one stays as it is.

    Raises `DataError` where the data, or the image, is no longer there, `ImageError` where it cannot be read.
    """
    pixels = _pixels(run, file)
    image = Image.fromarray(pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    kept = io.BytesIO()
    image.save(kept, "PNG", compress_level=1)
    return kept.getvalue()


def training_pixels(run: RunFolder, index: int) -> tuple[str, Pixels]:
    """The name and the pixels (uint8 H W C) of a training image of a run; beyond the last it begins anew."""
    rows = [row for row in run.read_splits() if row.split == "train"]
    if not rows:
        raise DataError(f"{run.path.name} has no training image; it did not get that far")
    file = rows[index % len(rows)].file
    return file, _pixels(run, file)


def _pixels(run: RunFolder, file: str) -> Pixels:
    with _FINDING:
        table, places = _table(recipe(run).data)
    if file not in places:
        raise DataError(f"{file} is no longer in {table.name}; bring it back, where the run found it")
    try:
        return decode(table.source.read(places[file])).pixels
    except OSError as error:
        raise ImageError(f"{file} cannot be read ({error.strerror or error}); bring it back") from error


@lru_cache(maxsize=4)
def _table(options: DataOptions) -> tuple[Table, dict[str, int]]:
    table = find(options.path, options)
    return table, {name: row for row, name in enumerate(table.ids)}
