"""Files that are whole or not there: every write goes to a temporary file beside the target, is synced and renamed."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neocog.core.errors import StorageError

FORMAT = 1
"""The version of every file of a run; a reader refuses another."""

PART = ".part"
"""How the names of temporary files end, which begin with a dot."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write `path` into `StorageError`s."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"no space left to write {path}; free some, then run the same command again (a run that began: with "
                "--resume)"
            ) from error
        if error.errno in _CLOSED:
            raise StorageError(f"{path} cannot be written; choose a place that you may write to") from error
        if isinstance(error, NotADirectoryError | FileExistsError):
            raise StorageError(f"{path} lies below a file, not a folder; choose another place") from error
        error.filename = str(path)  # what the user knows of, not the temporary file beside it
        raise


def atomic_write(path: Path, content: bytes | str | Iterator[bytes | memoryview]) -> None:
    """Write a whole file or leave the old one untouched (temporary file, fsync, rename, fsync of the folder).

    What is large may come in parts, so that it need not lie in memory as a whole. Raises `StorageError` where the disk
    is full or the place is closed.
    """
    if isinstance(content, str):
        content = content.encode()
    parts = (content,) if isinstance(content, bytes) else content
    with storage_errors(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PART, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename in the folder outlast a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder and those above it."""
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)


def cache_folder() -> Path:
    """Where prepared data is kept: `NEOCOG_CACHE`, else the system's cache folder for the user."""
    given = os.environ.get("NEOCOG_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "neocog"


def content_hash(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
