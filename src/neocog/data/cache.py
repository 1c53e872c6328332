"""Prepared images kept on disk as one memory-mapped `uint8` array a set, so that a batch is a gather and no image is
decoded twice.

Two kinds: `prepared` holds what validation, test and the statistics read (`prepare` and nothing else); `squashed` holds
each whole image squeezed to S x S beside its aspect ratio, from which the training grid samples once, whatever the
augmentation. An entry is a folder, named by a hash of its rows' contents and of the geometry (mean and deviation do not
matter), built beside its place and renamed when whole: a killed build leaves nothing that counts, and of two processes
that build the same entry the first one wins. Whoever holds an array keeps it, even where another process makes room and
removes its entry. `cache_gb` bounds the images (records are few), the least recently used go first. A small set, or one
that the disk cannot hold but memory can, is kept in plain memory: `place(array)` says which.
"""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, ImageError, StorageError
from neocog.core.files import cache_folder, make_folder, storage_errors
from neocog.data import records
from neocog.data.decode import decode
from neocog.data.parallel import Progress, chunked
from neocog.data.prepare import prepare, squash
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import Scan, content_hash
from neocog.data.table import Pixels, Table

_VERSION = "images 1"
_SMALL = 2**20
_PART = ".part"
_IMAGES = "images.bin"
_FACTS = "facts.json"
_BEGINNING = 60.0
_GIGABYTE = 10**9


@dataclass(frozen=True)
class Entry:
    """One thing that the cache holds."""

    kind: str
    """`prepared`, `squashed` or `record` (what a scan or a search for duplicates found)."""
    name: str
    """The data set it was made from first; "" for a record."""
    shape: tuple[int, ...]
    """N C H W; empty for a record."""
    size: int
    """Bytes on disk."""
    used: float
    """When it was last used, in seconds since 1970."""
    path: Path


def prepared(
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    preprocessing: Preprocessing,
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> Pixels:
    """The rows as the network sees them in validation and test (uint8 N C H W, in the order of `rows`)."""
    height, width = preprocessing.size
    geometry = f"prepared {height} {width} {preprocessing.channels} {preprocessing.resize} {preprocessing.border}"
    if preprocessing.short is not None:
        geometry += f" {preprocessing.short}"
    shape = (len(rows), preprocessing.channels, height, width)
    return _array(
        "prepared", table, scan, rows, geometry, shape, lambda image: prepare(image, preprocessing), cache_gb, progress
    )


def squashed(
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    side: int,
    channels: Literal[1, 3],
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> tuple[Pixels, NDArray[np.float32]]:
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
        lambda image: squash(image, square, channels),
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


def place(array: NDArray[np.uint8]) -> Literal["disk", "memory"]:
    """Where an array of this module lives: mapped from the cache folder, or in plain memory."""
    return "disk" if isinstance(array, np.memmap) else "memory"


def entries() -> tuple[Entry, ...]:
    """What the cache holds, the most recently used first."""
    found = [entry for path in _folders() if (entry := _described(path)) is not None]
    if records.folder().is_dir():
        for path in records.folder().glob("*.npz"):
            facts = path.stat()
            found.append(Entry("record", "", (), facts.st_size, facts.st_mtime, path))
    return tuple(sorted(found, key=lambda entry: (-entry.used, str(entry.path))))


def clear() -> int:
    """Empty the cache, half-built entries too, and say how many bytes that freed."""
    freed = sum(entry.size for entry in entries())
    for folder in (_folder(), records.folder()):
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _array(
    kind: str,
    table: Table,
    scan: Scan,
    rows: NDArray[np.int64],
    geometry: str,
    shape: tuple[int, ...],
    make: Callable[[Pixels], Pixels],
    cache_gb: float,
    progress: Progress | None,
) -> Pixels:
    name = records.key(_VERSION, geometry, many=(scan.hashes[row] for row in rows))
    path = _folder() / name
    kept = _opened(path, shape)
    if kept is not None:
        return kept
    size = int(np.prod(shape))

    def fill(target: Pixels) -> None:
        def work(places: range) -> None:
            for position in places:
                target[position] = make(_decoded(table, scan, int(rows[position])))

        for _ in chunked(work, len(rows), progress, chunk=32):
            pass

    facts: dict[str, object] = {"version": _VERSION, "kind": kind, "name": table.name, "shape": list(shape)}
    with suppress(FileNotFoundError):  # another process emptied the cache meanwhile
        if size > _SMALL and _room(size, cache_gb):
            with storage_errors(_folder()):
                return _build(path, shape, facts, fill)
    array = _memory(shape, size)
    fill(array)
    return array


def _decoded(table: Table, scan: Scan, row: int) -> Pixels:
    changed = f"{table.ids[row]} changed while it was being read; run the same command again"
    try:
        raw = table.source.read(row)
        if content_hash(raw) != scan.hashes[row]:
            raise DataError(changed)
        return decode(raw).pixels
    except (ImageError, OSError) as error:
        raise DataError(changed) from error


def _build(path: Path, shape: tuple[int, ...], facts: dict[str, object], fill: Callable[[Pixels], None]) -> Pixels:
    """Make an entry beside its place, rename it, and return its array; where another process was first, that entry's.

    The images' file is locked meanwhile, so that others see that the build lives.
    """
    work = Path(tempfile.mkdtemp(suffix=_PART, dir=path.parent))
    try:
        with (work / _IMAGES).open("w+b") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            _reserve(file, int(np.prod(shape)))
            target = np.memmap(file, np.uint8, mode="r+", shape=shape)
            fill(target)
            target.flush()
            del target
            (work / _FACTS).write_text(json.dumps(facts))
            built = _mapped(work, shape)  # before anybody can remove it
            try:
                work.rename(path)
            except OSError:
                if not path.is_dir():
                    raise
                first = _opened(path, shape)
                return built if first is None else first
            return built
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _reserve(file: IO[bytes], size: int) -> None:
    """Take the disk's blocks now: a full disk is an error here, where a write to a mapped page would be a crash."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, 2**20):
        file.write(bytes(min(2**20, size - start)))
    file.flush()


def _opened(path: Path, shape: tuple[int, ...]) -> Pixels | None:
    """The array of a whole entry, marked as used; one that is broken is removed."""
    if not path.is_dir():
        return None
    entry = _described(path)
    if entry is None or entry.shape != shape or entry.size != int(np.prod(shape)):
        shutil.rmtree(path, ignore_errors=True)
        return None
    try:
        os.utime(path / _FACTS)
        return _mapped(path, shape)
    except OSError:  # another process removed it meanwhile
        return None


def _mapped(path: Path, shape: tuple[int, ...]) -> Pixels:
    """An entry's array, private to this process, so that torch may take it as writable; nothing reaches the file."""
    return np.memmap(path / _IMAGES, np.uint8, mode="c", shape=shape)


def _described(path: Path) -> Entry | None:
    try:
        facts = json.loads((path / _FACTS).read_text())
        seen, used = (path / _IMAGES).stat().st_size, (path / _FACTS).stat().st_mtime
        shape = tuple(int(side) for side in facts["shape"])
        return Entry(str(facts["kind"]), str(facts["name"]), shape, seen, used, path)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _room(size: int, cache_gb: float) -> bool:
    """Make room for an entry within the budget and on the disk; where that cannot suffice, remove nothing."""
    budget = int(cache_gb * _GIGABYTE)
    if size > budget:
        return False
    try:
        make_folder(_folder())
    except StorageError:
        return False
    _sweep()
    held = sorted((entry for path in _folders() if (entry := _described(path))), key=lambda entry: entry.used)
    total = sum(entry.size for entry in held)
    if _free() + total <= size:
        return False
    for entry in held:
        if total + size <= budget and _free() > size:
            break
        shutil.rmtree(entry.path, ignore_errors=True)
        total -= entry.size
    return _free() > size


def _free() -> int:
    """Bytes that the cache folder's disk has left."""
    return shutil.disk_usage(_folder()).free


def _sweep() -> None:
    """Remove what killed builds left."""
    for work in _folder().glob(f"*{_PART}"):
        with suppress(FileNotFoundError):
            if _abandoned(work):
                shutil.rmtree(work, ignore_errors=True)


def _abandoned(work: Path) -> bool:
    """Whether nobody builds here: the lock is free, and the build is old enough to have taken it.

    A lock says so across containers too, where the number of a process says nothing.
    """
    if time.time() - work.stat().st_mtime < _BEGINNING:
        return False
    try:
        with (work / _IMAGES).open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _memory(shape: tuple[int, ...], size: int) -> Pixels:
    if size > _physical_memory() // 2:
        gigabytes = size / _GIGABYTE
        raise StorageError(
            f"the prepared images take {gigabytes:.1f} GB, more than the cache folder or memory can hold; "
            f"give more room with --set data.cache_gb={int(gigabytes) + 1}, or a smaller data.size"
        )
    return np.zeros(shape, np.uint8)


def _physical_memory() -> int:
    """Bytes of memory that the machine has; plenty where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**40


def _folder() -> Path:
    return cache_folder() / "images"


def _folders() -> Sequence[Path]:
    return [path for path in _folder().glob("*") if path.is_dir() and path.suffix != _PART]
