"""Data sets that are looked at: each is read once, in a thread of its own, while the page says how far that is.

Reading a large set for the first time takes minutes, and so does making the thumbnails of photographs; what was found
out is in the cache, so the next time takes seconds. The last few sets stay in memory.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, NeocogError
from neocog.data import DataOptions, Dataset, Images, inspect, squashed
from neocog.data.cache import squash_side
from neocog.data.findings import odd_rows
from neocog.data.split import alike_rows
from neocog.data.targets import sort_classes

MOST = 3
"""How many sets stay in memory."""
THUMBNAIL = 96
"""The longest side of an image that is shown in the grid as it is; a larger one is shown as its thumbnail."""

PATIENCE = 5.0
"""How long somebody who asks for a picture waits for the reading of its set, in seconds."""

_SQUASHED_FOR = 84
"""The training side whose squashed images serve as thumbnails: they are 1.15 times as large."""


@dataclass(eq=False)
class Held:
    """A data set in memory, and what is wrong with which of its rows."""

    dataset: Dataset
    thumbnails: Images | None = None
    """Of the readable rows, squashed (uint8 N C S S); None where images are shown as they are, or are not made yet."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The class names, those of unreadable images too."""
        return sort_classes(self.dataset.table.labels)

    @cached_property
    def exact(self) -> bool:
        """Whether every image is small enough to be shown as it is."""
        scan = self.dataset.scan
        return max(int(scan.heights.max(initial=1)), int(scan.widths.max(initial=1))) <= THUMBNAIL

    @cached_property
    def side(self) -> int:
        """The side of a picture's place in the grid, in pixels: that of the largest image, or of the thumbnails."""
        scan = self.dataset.scan
        if self.exact:
            return max(int(scan.heights.max(initial=1)), int(scan.widths.max(initial=1)))
        return squash_side(scan, scan.readable, _SQUASHED_FOR)

    @cached_property
    def channels(self) -> Literal[1, 3]:
        """The channels of the pictures: 1 where every image is gray."""
        return 1 if self.dataset.scan.channels == 1 else 3

    @cached_property
    def place(self) -> dict[str, int]:
        """Each row by its id."""
        return {name: row for row, name in enumerate(self.dataset.table.ids)}

    @cached_property
    def groups(self) -> list[list[int]]:
        """The rows that show one picture, byte by byte or nearly, where there are several; in the table's order."""
        first = alike_rows(self.dataset.scan, self.dataset.scan.readable.tolist(), self.dataset.near)
        members: dict[int, list[int]] = {}
        for row, group in first.items():
            members.setdefault(group, []).append(row)
        return [rows for rows in members.values() if len(rows) > 1]

    @cached_property
    def odd(self) -> NDArray[np.int64]:
        """The rows of unusual size or shape."""
        return odd_rows(self.dataset.scan, self.dataset.table.input_kind)

    @cached_property
    def version(self) -> str:
        """A name for the images as they were read: pictures that are kept under it never change."""
        return hashlib.sha256("\n".join(self.dataset.scan.hashes).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Reading:
    """How far the reading of a set is."""

    done: int
    of: int


@dataclass(eq=False)
class _Book:
    """A set on the shelf, or on its way there."""

    held: Held | None = None
    error: BaseException | None = None
    reading: Reading = Reading(0, 0)
    there: threading.Event = field(default_factory=threading.Event)


@final
class Shelf:
    """The sets that were asked for last."""

    def __init__(self) -> None:
        self._books: OrderedDict[DataOptions, _Book] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, options: DataOptions, *, anew: bool = False) -> Held | Reading:
        """A set, or how far its reading is; raises what reading it raised, and reads it again when asked again.

        `anew` forgets what was read, for the files may have changed.
        """
        with self._lock:
            book = self._books.get(options)
            if book is None or (anew and book.there.is_set()):
                book = self._books[options] = _Book()
                threading.Thread(target=_read, args=(options, book), daemon=True).start()
            self._books.move_to_end(options)
            while len(self._books) > MOST:
                self._books.popitem(last=False)
            if book.error is not None:
                del self._books[options]
                raise book.error
        return book.held or book.reading

    def held(self, options: DataOptions) -> Held:
        """A set, once it is read; raises as `look` does, and `DataError` where reading it takes long."""
        found = self.look(options)
        if not isinstance(found, Held):
            with self._lock:
                book = self._books.get(options)
            if book is not None:
                book.there.wait(PATIENCE)
            found = self.look(options)
        if not isinstance(found, Held):
            raise DataError(f"{options.path} is still being read; ask again in a moment")
        return found


def _read(options: DataOptions, book: _Book) -> None:
    def told(done: int, of: int) -> None:
        book.reading = Reading(done, of)

    try:
        dataset = inspect(options, told)
        dataset.scan.decoded.clear()
        held = Held(dataset)
        held.groups  # noqa: B018  (found out here, for the first answer is waited for)
        book.held = held
    except BaseException as error:
        book.error = error
    book.there.set()
    if book.held is not None and not book.held.exact:
        _make_thumbnails(book.held)


def _make_thumbnails(held: Held) -> None:
    """Thumbnails of large images, from the cache where they are there; without them images are decoded as asked for."""
    data = held.dataset
    rows, budget = data.scan.readable, data.options.cache_gb
    try:
        held.thumbnails, _ = squashed(data.table, data.scan, rows, _SQUASHED_FOR, held.channels, cache_gb=budget)
    except (NeocogError, OSError):  # a full disk, or a file that went away meanwhile
        return
