"""Prepared images kept on disk as one memory-mapped `uint8` array a set, so that a batch is a gather and no image is
decoded twice; and codes, what a network makes of them, beside them.

Two kinds of images: `prepared` holds what validation, test and the statistics read (`prepare` and nothing else);
`squashed` holds each whole image squeezed to S x S beside its aspect ratio, from which the training grid samples once,
whatever the augmentation. An entry is a folder, named by a hash of its rows' contents and of the geometry (mean and
deviation do not matter); how it is built, so that a kill costs seconds and two processes at once do no harm, is told in
`entry`. Whoever holds an array keeps it, even where another process makes room and removes its entry. `cache_gb` bounds
the images, half built ones too (records are few), the least recently used go first. A small set, or one that the disk
cannot hold but memory can, is kept in plain memory. What exceeds the budget, or both, is `Encoded`: decoded batch by
batch, to the same pixels. `place(array)` says which. `kept` does the same for codes, for which another room has the
sum. `neocog cache list` shows what there is.
"""

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core import download
from neocog.core.errors import DataError, ImageError, StorageError
from neocog.core.files import cache_folder, make_folder, storage_errors
from neocog.data import handed_in, records
from neocog.data.decode import decode
from neocog.data.encoded import Encoded, Images
from neocog.data.entry import PART, Entry, Fill, alive, build, described, opened, remove, size_of
from neocog.data.inputs import AnyPreprocessing
from neocog.data.parallel import Progress, chunked
from neocog.data.pictures import prepared_from
from neocog.data.prepare import prepare, squash
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import Scan, content_hash
from neocog.data.table import Pixels, Table

_VERSION = "images 1"
_SMALL = 2**20
_GIGABYTE = 10**9


def prepared(
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    preprocessing: AnyPreprocessing,
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> Images:
    """The rows as the network sees them in validation and test (uint8 N C H W, in the order of `rows`)."""
    shape = (len(rows), *preprocessing.input)
    if isinstance(preprocessing, Preprocessing):

        def make(row: int) -> NDArray[Any]:
            if preprocessing.sound is not None:
                return prepared_from(_raw(table, scan, row), preprocessing)
            return prepare(_decoded(table, scan, row), preprocessing)

    else:

        def make(row: int) -> NDArray[Any]:
            return preprocessing.prepare(_raw(table, scan, row))

    key, dtype = preprocessing.key, preprocessing.dtype
    return _array("prepared", table, scan, rows, key, shape, dtype, make, cache_gb, progress)


def squashed(
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    side: int,
    channels: Literal[1, 3],
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> tuple[Images, NDArray[np.float32]]:
    """The whole images of the rows squeezed to S x S (uint8 N C S S) and width / height of each (float32 N).

    `side` is the training side; S is `squash_side(scan, rows, side)`.
    """
    square = squash_side(scan, rows, side)
    geometry = f"squashed {square} {channels}"
    shape = (len(rows), channels, square, square)
    pixels = _array(
        "squashed",
        table,
        scan,
        rows,
        geometry,
        shape,
        "uint8",
        lambda row: squash(_decoded(table, scan, row), square, channels),
        cache_gb,
        progress,
    )
    return pixels, (scan.widths[rows] / np.maximum(scan.heights[rows], 1)).astype(np.float32)


def squash_side(scan: Scan, rows: NDArray[np.int64], side: int) -> int:
    """S: 1.15 times the training side, rounded up, but no more than the images' largest native side.

    So a set of equal squares that is small already (MNIST) is kept bit for bit.
    """
    largest = max(int(scan.heights[rows].max(initial=1)), int(scan.widths[rows].max(initial=1)))
    return min(-(-side * 115 // 100), largest)


def kept(
    kind: str,
    name: str,
    key: str,
    shape: tuple[int, ...],
    dtype: str,
    fill: Fill,
    *,
    least: int | None = None,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> NDArray[Any] | None:
    """An array (N ...) that is filled once and kept under its key, a hash of all that it depends on.

    One of at most `least` bytes (a mebibyte) is not worth a file, and one that the disk cannot hold may fit into
    memory: both live there. None where neither can hold it.
    """
    path = _folder() / key
    found = opened(path, shape, dtype)
    if found is not None:
        return found
    size = size_of(shape, dtype)
    with suppress(FileNotFoundError):  # another process emptied the cache meanwhile
        if size > (_SMALL if least is None else least) and _room(path, size, cache_gb):
            with storage_errors(_folder()):
                return build(path, kind, name, shape, fill, progress, dtype)
    if size > _SMALL and size > min(cache_gb * _GIGABYTE, _physical_memory() // 2):
        return None
    array = np.zeros(shape, dtype)
    deque(fill(array, 0), maxlen=0)
    return array


def place(images: Images) -> Literal["disk", "memory", "files"]:
    """Where images live: mapped from the cache folder, in plain memory, or still encoded in their files."""
    if isinstance(images, Encoded):
        return "files"
    return "disk" if isinstance(images, np.memmap) else "memory"


def entries() -> tuple[Entry, ...]:
    """What the cache holds, half-built entries too, the most recently used first."""
    found = _held()
    if records.folder().is_dir():
        for path in records.folder().glob("*.npz"):
            facts = path.stat()
            found.append(Entry("record", "", (), facts.st_size, facts.st_mtime, path))
    for kind, paths in (("weights", download.downloads()), ("image", handed_in.kept())):
        for path in paths:
            facts = path.stat()
            found.append(Entry(kind, path.name, (), facts.st_size, facts.st_mtime, path))
    return tuple(sorted(found, key=lambda entry: (-entry.used, str(entry.path))))


def clear() -> int:
    """Empty the cache, fetched weights and images handed in too, and say how many bytes that freed.

    What a living process builds or fetches now is left alone.
    """
    before = sum(entry.size for entry in entries())
    for path in _folder().glob("*"):
        remove(path)
    shutil.rmtree(records.folder(), ignore_errors=True)
    download.forget()
    handed_in.forget()
    return before - sum(entry.size for entry in entries())


def _array(
    kind: str,
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    geometry: str,
    shape: tuple[int, ...],
    dtype: str,
    make: Callable[[int], NDArray[Any]],
    cache_gb: float,
    progress: Progress | None,
) -> Images:
    key = records.key(_VERSION, geometry, many=(scan.hashes[row] for row in rows))

    def image(position: int) -> NDArray[Any]:
        return make(int(rows[position]))

    def fill(target: NDArray[Any], start: int) -> Iterator[int]:
        def work(places: range) -> int:
            for position in range(start + places.start, start + places.stop):
                target[position] = image(position)
            return start + places.stop

        def told(done: int, _: int) -> None:
            if progress is not None:
                progress(start + done, len(rows))

        return chunked(work, len(rows) - start, told, chunk=32)

    array = kept(kind, table.name, key, shape, dtype, fill, cache_gb=cache_gb, progress=progress)
    return Encoded(shape, image, key, np.dtype(dtype)) if array is None else array


def _decoded(table: Table, scan: Scan, row: int) -> Pixels:
    if row in scan.decoded:
        return scan.decoded[row]
    return decode(_raw(table, scan, row)).pixels


def _raw(table: Table, scan: Scan, row: int) -> Any:
    """The raw sample of a row, if it is the one that was scanned."""
    try:
        raw = table.source.read(row)
        if content_hash(raw) == scan.hashes[row]:
            return raw
    except (ImageError, OSError) as error:
        raise DataError(
            f"{table.ids[row]} was readable before, now: {error}; bring it back, then run the same command again, "
            "train with --resume"
        ) from error
    raise DataError(
        f"{table.ids[row]} changed while it was in use; bring it back as it was to go on with --resume, or begin anew"
    )


def _room(path: Path, size: int, cache_gb: float) -> bool:
    """Make room for an entry within the budget and on the disk; where that cannot suffice, remove nothing."""
    budget = int(cache_gb * _GIGABYTE)
    if size > budget:
        return False
    try:
        make_folder(_folder())
    except StorageError:
        return False
    _sweep()
    work = path.with_suffix(PART)
    begun = described(work)
    needed = size - (begun.size if begun else 0)  # a half-built entry has its room on the disk already
    others = sorted((entry for entry in _held() if entry.path != work), key=lambda entry: entry.used)
    total = sum(entry.size for entry in others)
    removable = [entry for entry in others if entry.path.suffix != PART or not alive(entry.path)]
    if _free() + sum(entry.size for entry in removable) <= needed:
        return False
    for entry in removable:
        if total + size <= budget and _free() > needed:
            break
        remove(entry.path)
        total -= entry.size
    return _free() > needed


def _free() -> int:
    """Bytes that the cache folder's disk has left."""
    return shutil.disk_usage(_folder()).free


def _sweep() -> None:
    """Remove what builds that were killed at their very beginning left."""
    for work in _folder().glob(f"*{PART}"):
        if described(work) is None:
            remove(work)


def _physical_memory() -> int:
    """Bytes of memory that the machine has; plenty where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**40


def _folder() -> Path:
    return cache_folder() / "images"


def _held() -> list[Entry]:
    """The entries of images, half-built ones too."""
    return [entry for path in _folder().glob("*") if (entry := described(path)) is not None]
