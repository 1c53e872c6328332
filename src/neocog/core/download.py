"""A file from an address, fetched once: checked by its SHA-256, kept in the cache folder, and found there ever after.

What arrives grows in a `.part` file beside the place, so that a download that broke off goes on where it stopped, in
the same call or in a later one. It gets its name only when it is whole and its hash is right. A file that somebody
carried there by hand serves as well, for its hash is looked at each time. Of two processes that want the same file, one
fetches it and the other waits.

    path = download("https://example.org/weights-1a2b3c4d.pth", "1a2b3c4d")
"""

import fcntl
import hashlib
import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from neocog.core.errors import DownloadError
from neocog.core.files import cache_folder, make_folder, storage_errors, sync_folder

Transfer: TypeAlias = Callable[[int, int], None]
"""Called with how many bytes are here, and of how many; the second is 0 where the server does not say."""

ATTEMPTS = 5
"""How often a connection that breaks is taken up again, as long as each one brings something."""
PATIENCE = 30.0
"""Seconds of silence after which a connection counts as broken."""
_CHUNK = 2**18


def download(url: str, digest: str, progress: Transfer | None = None) -> Path:
    """The file at `url`, whose SHA-256 begins with `digest`: from the cache folder, else fetched into it.

    Raises `DownloadError` where it is not kept and cannot be fetched, or is another file; that one is set aside.
    `StorageError` where it cannot be written.
    """
    path = kept_at(url, digest)
    if path.is_file():
        _check(path, url, path, digest)
        return path
    make_folder(path.parent)
    with _alone(path):
        if not path.is_file():  # another process was first
            part = path.with_name(f"{path.name}.part")
            _fetch(url, part, path, progress)
            _check(part, url, path, digest)
            with storage_errors(path):
                part.replace(path)
            sync_folder(path.parent)
    return path


def kept_at(url: str, digest: str) -> Path:
    """Where a file is kept once it is fetched; its name has the digest in it, for addresses share their last part.

    >>> kept_at("https://example.org/a/model.safetensors", "1a2b3c4d").name
    'model-1a2b3c4d.safetensors'
    >>> kept_at("https://example.org/net-1a2b3c4d.pth", "1a2b3c4d").name
    'net-1a2b3c4d.pth'
    """
    name = Path(urllib.parse.urlsplit(url).path)
    return cache_folder() / "downloads" / (name.name if digest in name.name else f"{name.stem}-{digest}{name.suffix}")


def downloads() -> tuple[Path, ...]:
    """The files that were fetched, and what has arrived of others, in the cache folder."""
    folder = cache_folder() / "downloads"
    return tuple(sorted(path for path in folder.glob("*") if path.is_file() and not path.name.startswith(".")))


def forget() -> None:
    """Remove what was fetched, but for a file that a process fetches now."""
    for path in downloads():
        lock = path.with_name(f".{path.name.removesuffix('.part')}.lock")
        with suppress(OSError), lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process fetches the same file. The lock is a file of its own: the `.part` is renamed."""
    lock = path.with_name(f".{path.name}.lock")
    with storage_errors(lock):
        file = lock.open("a")
    with file:
        with suppress(OSError):  # a file system without locks: the hash still tells a mixture
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(url: str, part: Path, path: Path, progress: Transfer | None) -> None:
    """Bring `part` to its end, in as many connections as that takes."""
    reason = ""
    for _ in range(ATTEMPTS):
        before = _size(part)
        reason = _connect(url, part, progress)
        if not reason:
            return
        if _size(part) <= before:
            break
    raise DownloadError(
        f"{path.name} is not at hand, and {url} cannot be fetched ({reason}); run the same command again (what has "
        f"arrived is kept), or bring the file from there and put it at {path}"
    )


def _connect(url: str, part: Path, progress: Transfer | None) -> str:
    """Add to `part` what one connection brings; returns why it is not whole, in a few words, or nothing."""
    have = _size(part)
    headers = {"User-Agent": "neocog"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE) as response:
            start = have if response.status == http.client.PARTIAL_CONTENT else 0  # else it begins anew
            total = start + int(response.headers.get("Content-Length") or 0)
            done = _write(response, part, start, total, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return ""  # nothing is left to bring; the hash says whether it is the right thing
        return f"the server answers {error.code} {error.reason}"
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        return _reason(error)
    return f"it broke off after {done:,} of {total:,} bytes" if done < total else ""


def _write(response: http.client.HTTPResponse, part: Path, start: int, total: int, progress: Transfer | None) -> int:
    """Write what arrives from byte `start` on; returns how many bytes `part` has then."""
    done, known = start, total if total > start else 0
    with storage_errors(part):
        file = part.open("r+b" if start else "wb")
    with file:
        file.seek(start)
        while chunk := response.read(_CHUNK):
            with storage_errors(part):
                file.write(chunk)
                file.flush()
            done += len(chunk)
            if progress is not None:
                progress(done, known)
        with storage_errors(part):
            os.fsync(file.fileno())
    return done


def _check(file: Path, url: str, path: Path, digest: str) -> None:
    """Refuse a file with another hash, and set it aside under another name: it may be somebody's only copy."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found.startswith(digest.lower()):
        return
    aside = path.with_name(f"{path.name}.bad")
    with storage_errors(file):
        file.replace(aside)
    raise DownloadError(
        f"the SHA-256 of {path.name} must begin with {digest}, got {found[: len(digest)]}; it lies beside its "
        f"place now, as {aside.name}: run the same command again, or bring the right file from {url} and put it at "
        f"{path}"
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
