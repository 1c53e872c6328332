"""What was found out about data once is remembered: named arrays in one file each, below the cache folder.

A record that is broken, foreign or gone counts as not there, and a disk that refuses one is no reason to stop: whoever
asks computes anew. The 64 used last are kept.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import StorageError
from neocog.core.files import atomic_write, cache_folder, make_folder

_SUFFIX = ".npz"
_MOST = 64


def folder() -> Path:
    """Where records are kept."""
    return cache_folder() / "records"


def key(*parts: str, many: Iterable[str] = ()) -> str:
    """The name of a record: a hash over texts, none of which can run into the next."""
    digest = hashlib.sha256()
    for part in (*parts, "", *many):
        content = part.encode("utf-8", "surrogatepass")  # names of files that are not UTF-8
        digest.update(b"%d:%b" % (len(content), content))
    return digest.hexdigest()


def recall(name: str) -> dict[str, NDArray[Any]] | None:
    """The arrays of a record, or None where there is none that can be read."""
    path = folder() / f"{name}{_SUFFIX}"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {field: stored[field] for field in stored.files}
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return arrays


def remember(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep named arrays; a disk that is full or closed is passed over in silence."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    try:
        make_folder(folder())
        atomic_write(folder() / f"{name}{_SUFFIX}", content.getvalue())
        for path in sorted(folder().glob(f"*{_SUFFIX}"), key=_used, reverse=True)[_MOST:]:
            path.unlink(missing_ok=True)
    except (StorageError, OSError):
        return


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
