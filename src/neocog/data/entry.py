"""An entry of the cache: a folder with one array and the facts about it, built so that no accident loses much.

It is built in a folder beside its place, named alike and ending in `.part`, and renamed when it is whole. Every few
seconds the facts say how many rows are on the disk, so a build that is killed goes on from there. The array's file is
locked meanwhile: a second process that wants the same entry waits and shows the first one's progress, and takes over
where that one dies. A builder that lives but does nothing (Ctrl-Z) is not waited for.
"""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.core.files import atomic_write
from neocog.data.parallel import Progress

PART = ".part"
IMAGES = "images.bin"
FACTS = "facts.json"
MARK_SECONDS = 2.0
"""The most work, in seconds, that a kill may cost."""
STALLED_SECONDS = 60.0
"""How long a builder may do nothing before another one begins beside it."""

Fill: TypeAlias = Callable[[NDArray[Any], int], Iterator[int]]
"""Fills an array (N ...) from a row on, and yields how many rows are filled, in their order."""


@dataclass(frozen=True)
class Entry:
    """One thing that the cache holds."""

    kind: str
    """`prepared`, `squashed`, `whitening`, `codes`, `record` (what a look at data found), `weights` (fetched), `image`
    (handed in)."""
    name: str
    """The data set it was made from first, or the file's own name; "" for a record."""
    shape: tuple[int, ...]
    """N C H W of images, N ... of codes; empty for a record."""
    size: int
    """Bytes on disk."""
    used: float
    """When it was last used, in seconds since 1970."""
    path: Path
    built: float = 1.0
    """The share of the images that it holds; a build that was interrupted goes on from there."""


def described(path: Path) -> Entry | None:
    """What the facts of a folder say, whole or half-built; None where there are none that can be read."""
    try:
        facts = json.loads((path / FACTS).read_text())
        size, used = (path / IMAGES).stat().st_size, (path / FACTS).stat().st_mtime
        shape = tuple(int(side) for side in facts["shape"])
        built = int(facts["done"]) / max(shape[0], 1)
        return Entry(str(facts["kind"]), str(facts["name"]), shape, size, used, path, built)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def opened(path: Path, shape: tuple[int, ...], dtype: str = "uint8") -> NDArray[Any] | None:
    """The array of a whole entry, marked as used; one that is broken is removed."""
    if not path.is_dir():
        return None
    entry = described(path)
    if entry is None or entry.shape != shape or entry.built != 1 or entry.size != size_of(shape, dtype):
        shutil.rmtree(path, ignore_errors=True)
        return None
    try:
        os.utime(path / FACTS)
        return _mapped(path, shape, dtype)
    except OSError:  # another process removed it meanwhile
        return None


def size_of(shape: tuple[int, ...], dtype: str = "uint8") -> int:
    """The bytes of an array.

    >>> size_of((2, 3), "float32")
    24
    """
    return int(np.prod(shape)) * np.dtype(dtype).itemsize


def build(
    path: Path,
    kind: str,
    name: str,
    shape: tuple[int, ...],
    fill: Fill,
    progress: Progress | None,
    dtype: str = "uint8",
) -> NDArray[Any]:
    """Make an entry, or go on with a half-built one, and return its array; whoever made it meanwhile made the same.

    Raises FileNotFoundError where somebody empties the cache under it.
    """
    work = path.with_suffix(PART)
    while (found := opened(path, shape, dtype)) is None:
        with _images(work) as file:
            if not _locked(file, work, shape[0], progress) and work == path.with_suffix(PART):
                work = Path(tempfile.mkdtemp(suffix=PART, dir=path.parent))
            elif not _same(file, work / IMAGES):  # removed, or renamed, before it was locked
                continue
            elif path.is_dir():
                shutil.rmtree(work, ignore_errors=True)
            else:
                _fill(work, file, {"kind": kind, "name": name, "shape": list(shape)}, shape, dtype, fill)
                built = _mapped(work, shape, dtype)  # before anybody can remove it
                try:
                    work.rename(path)
                except OSError:  # of two that do not wait for each other, the other one was first
                    if not path.is_dir():
                        raise
                    shutil.rmtree(work, ignore_errors=True)
                return built
    return found


def alive(work: Path) -> bool:
    """Whether somebody builds in a folder now: a lock says so across containers too, where process numbers do not."""
    with _claimed(work) as claimed:
        return not claimed


def remove(path: Path) -> None:
    """Remove an entry, or what is left of a build, unless somebody builds in it now.

    Its file stays locked until all is gone, so that a builder who opened it meanwhile finds it gone and begins anew.
    """
    if path.suffix != PART:
        shutil.rmtree(path, ignore_errors=True)
        return
    with _claimed(path) as claimed:
        if claimed and (path / IMAGES).exists():
            shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # nothing in it: a builder was killed, or is about to begin
        path.rmdir()


def _fill(
    work: Path, file: IO[bytes], facts: dict[str, object], shape: tuple[int, ...], dtype: str, fill: Fill
) -> None:
    """Fill the array from where its facts say, and keep them right."""
    size = size_of(shape, dtype)
    before = described(work)
    fits = before is not None and before.shape == shape and before.size == size
    done = round(before.built * shape[0]) if before is not None and fits else 0

    def mark() -> None:
        os.fsync(file.fileno())
        atomic_write(work / FACTS, json.dumps({**facts, "done": done}))

    try:
        if not done:
            file.truncate(0)
            mark()
            _reserve(file, size)
        target = np.memmap(file, dtype, mode="r+", shape=shape)
        marked = time.monotonic()
        for reached in fill(target, done):
            done = reached
            if time.monotonic() - marked > MARK_SECONDS:
                mark()
                marked = time.monotonic()
        target.flush()
        mark()
    except BaseException:
        if done and work.is_dir():
            mark()
        else:
            shutil.rmtree(work, ignore_errors=True)
        raise


def _locked(file: IO[bytes], work: Path, count: int, progress: Progress | None) -> bool:
    """Lock the array's file, waiting while another process fills it; False where that one does nothing.

    False, too, on a file system without locks, where nobody can know: each builder takes a folder of its own there.
    """
    last, since = -1.0, time.monotonic()
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            pass
        except OSError:
            return False
        entry = described(work)
        if entry is not None and entry.built != last:
            last, since = entry.built, time.monotonic()
            if progress is not None:
                progress(round(entry.built * count), count)
        if time.monotonic() - since > STALLED_SECONDS:
            return False
        time.sleep(0.1)


@contextmanager
def _claimed(work: Path) -> Iterator[bool]:
    """Whether nobody builds in a folder, nor can begin to before the end."""
    with ExitStack() as stack:
        claimed = True
        try:
            file = stack.enter_context((work / IMAGES).open("r+b"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            claimed = _same(file, work / IMAGES)
        except FileNotFoundError:
            pass
        except OSError:
            claimed = False
        yield claimed


@contextmanager
def _images(work: Path) -> Iterator[IO[bytes]]:
    """The array's file; its lock goes at the end, even where a mapping of the file lives on, which would keep it."""
    with _opened(work) as file:
        try:
            yield file
        finally:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)


def _opened(work: Path) -> IO[bytes]:
    """The array's file in a folder that another process may rename or remove at any moment."""
    while True:
        with suppress(FileExistsError):
            work.mkdir()
        try:
            return (work / IMAGES).open("a+b")
        except FileNotFoundError:
            continue


def _same(file: IO[bytes], path: Path) -> bool:
    """Whether a file that was opened is still the one at its path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _reserve(file: IO[bytes], size: int) -> None:
    """Take the disk's blocks now: a full disk is an error here, where a write to a mapped page would be a crash."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, 2**20):
        file.write(bytes(min(2**20, size - start)))
    file.flush()


def _mapped(path: Path, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """An entry's array, private to this process, so that torch may take it as writable; nothing reaches the file."""
    return np.memmap(path / IMAGES, dtype, mode="c", shape=shape)
