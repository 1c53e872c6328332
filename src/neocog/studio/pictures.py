"""The image behind a line of a table, from the data that a run was trained on, small enough to look at many.

Nothing but the ids that the data itself gives is looked up, so no name leads to another file.
"""

import io
import threading
from functools import lru_cache

from PIL import Image

from neocog.core.errors import DataError, ImageError
from neocog.core.run import RunFolder
from neocog.data import DataOptions, Pixels, Table, find
from neocog.data.pictures import row_picture
from neocog.studio.runs import recipe

_FINDING = threading.Lock()
"""Finding a large set takes a while: who asks for the same one meanwhile waits for it."""


def picture(run: RunFolder, file: str, side: int) -> bytes:
    """An image of a run's data as PNG, at most `side` pixels long; a smaller one stays as it is.

    Raises `DataError` where the data, or the image, is no longer there, `ImageError` where it cannot be read.
    """
    return png(data_pixels(run, file), side)


def png(pixels: Pixels, side: int | None = None) -> bytes:
    """Pixels (uint8 H W, or H W C with C 1 or 3) as PNG, at most `side` pixels long; smaller ones stay as they are."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    if side is not None and max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    kept = io.BytesIO()
    image.save(kept, "PNG", compress_level=1)
    return kept.getvalue()


def training_pixels(run: RunFolder, index: int) -> tuple[str, Pixels]:
    """The name and the pixels (uint8 H W C) of a training image of a run; beyond the last it begins anew."""
    rows = [row for row in run.read_splits() if row.split == "train"]
    if not rows:
        raise DataError(f"the run {run.path.name} has no training image; it did not get that far")
    file = rows[index % len(rows)].file
    return file, data_pixels(run, file)


def data_pixels(run: RunFolder, file: str) -> Pixels:
    """An image of a run's data (uint8 H W C); raises as `picture` does."""
    table, places = data_table(run)
    if file not in places:
        raise DataError(f"{file} is no longer in {table.name}; bring it back, where the run found it")
    try:
        return row_picture(table, places[file])
    except OSError as error:
        raise ImageError(f"{file} cannot be read ({error.strerror or error}); bring it back") from error


def data_table(run: RunFolder) -> tuple[Table, dict[str, int]]:
    """The table of a run's data, and the row of each image's name; raises `DataError` where it is no longer there."""
    with _FINDING:
        return _table(recipe(run).data)


@lru_cache(maxsize=4)
def _table(options: DataOptions) -> tuple[Table, dict[str, int]]:
    table = find(options.path, options)
    return table, {name: row for row, name in enumerate(table.ids)}
