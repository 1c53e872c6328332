"""The image behind a line of a table, from the data that a run was trained on, small enough to look at many.

Nothing but the ids that the data itself gives is looked up, so no name leads to another file.
"""

import io
import threading
from functools import lru_cache

from PIL import Image

from neocog.core.errors import DataError, ImageError
from neocog.core.run import RunFolder
from neocog.data import DataOptions, Table, decode, find
from neocog.studio.runs import recipe

_FINDING = threading.Lock()
"""Finding a large set takes a while: who asks for the same one meanwhile waits for it."""


def picture(run: RunFolder, file: str, side: int) -> bytes:
    """An image of a run's data as PNG, at most `side` pixels long; a smaller one stays as it is.

    Raises `DataError` where the data, or the image, is no longer there, `ImageError` where it cannot be read.
    """
    options = recipe(run).data
    with _FINDING:
        table, places = _table(options)
    if file not in places:
        raise DataError(f"{file} is no longer in {table.name}; bring it back, where the run found it")
    try:
        pixels = decode(table.source.read(places[file])).pixels
    except OSError as error:
        raise ImageError(f"{file} cannot be read ({error.strerror or error}); bring it back") from error
    image = Image.fromarray(pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    kept = io.BytesIO()
    image.save(kept, "PNG", compress_level=1)
    return kept.getvalue()


@lru_cache(maxsize=4)
def _table(options: DataOptions) -> tuple[Table, dict[str, int]]:
    table = find(options.path, options)
    return table, {name: row for row, name in enumerate(table.ids)}
