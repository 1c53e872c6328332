"""Files inside a `.zip` or a `.tar` (plain, `.gz`, `.bz2`, `.xz`), read without unpacking them into folders.

An archive is hostile until it is looked through: a member that leaves the root (`..`, an absolute path, a drive), a
link, a device, an encrypted member and a bomb (too many members, or far more content than the archive could honestly
hold) refuse the whole archive and name the member. Nothing is ever written under a member's name.

A zip's members are read where they lie. A compressed tar has no index, so it is unpacked once into a nameless temporary
file in the cache folder, which is gone when the process ends, however it ends.
"""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import tempfile
import threading
import weakref
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from neocog.core.errors import DataError
from neocog.core.files import cache_folder, content_hash, make_folder, storage_errors
from neocog.data.trees import MAX_FILES, Tree, file_stamp, is_litter

MAX_RATIO = 200
"""How many times its own size an archive may hold, once it holds more than `FREE_BYTES`."""

FREE_BYTES = 2**30
"""Content below this many bytes is never called a bomb: blank images do compress a thousandfold."""

_COMPRESSED: dict[bytes, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}
_SUFFIXES = (".zip", ".npz", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by its name or by its first bytes."""
    if path.name.lower().endswith(_SUFFIXES):
        return True
    return zipfile.is_zipfile(path) or (path.stat().st_size > 0 and tarfile.is_tarfile(path))


def archive_tree(path: Path, name: str) -> Tree:
    """The files inside an archive, looked through; `DataError` names the member that is refused."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"PK":
        return zip_tree(path, name)
    if path.name.lower().endswith((".zip", ".npz")):
        raise DataError(f"{name} must be a zip archive, it begins with {head!r}; download or pack it again")
    return _tar_tree(path, name)


def member_path(raw: str) -> str | None:
    r"""A member's name as a clean path with `/`, or None where it would leave the archive's root.

    >>> member_path("./train/a.png"), member_path("train\\a.png"), member_path("a/../../b"), member_path("C:/b")
    ('train/a.png', 'train/a.png', None, None)
    """
    path = raw.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\0" in path or (parts and parts[0].endswith(":")):
        return None
    return "/".join(parts)


class _ZipFiles:
    """The members of a zip; one handle, whose opening and closing is locked (reading locks itself)."""

    def __init__(self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], stamp: str) -> None:
        self._archive = archive
        self._members = members
        self._stamp = stamp
        self._lock = threading.Lock()

    def read(self, path: str, most: int) -> bytes:
        with self._lock:
            member = self._archive.open(self._members[path])
        try:
            return member.read(most)
        finally:
            with self._lock:
                member.close()

    def size(self, path: str) -> int:
        """The bytes of a member as the archive's directory gives them; no more are ever unpacked."""
        return self._members[path].file_size

    def stamp(self, path: str) -> str:
        """The archive's stamp, with the size and the checksum that its directory gives."""
        info = self._members[path]
        return f"{self._stamp} {path} {info.file_size} {info.CRC:08x}"


def zip_tree(source: Path | bytes, name: str) -> Tree:
    """The files inside a zip (or an `.npz`, which is one), given as a file or by its bytes."""
    packed = len(source) if isinstance(source, bytes) else source.stat().st_size
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(f"{name} must be a whole zip archive ({error}); download or pack it again") from error
    members: dict[str, zipfile.ZipInfo] = {}
    folders: set[str] = set()
    infos = archive.infolist()
    _count(len(infos), name)
    for info in infos:
        inner = _checked(info.filename, name)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DataError(_special(name, info.filename, "link" if kind == stat.S_IFLNK else "special file"))
        if is_litter(inner):
            continue
        if info.is_dir():
            folders.add(inner)
            continue
        if info.flag_bits & 1:
            raise DataError(f"{name}: the member {info.filename!r} is encrypted; unpack it and name the folder")
        if info.compress_type not in _METHODS:
            raise DataError(
                f"{name}: the member {info.filename!r} has compression method {info.compress_type}, not read here; "
                "unpack the archive and name the folder"
            )
        members[inner] = info
    held = sum(info.file_size for info in members.values())
    if held > FREE_BYTES and held > MAX_RATIO * packed:
        worst = max(members.values(), key=lambda info: info.file_size / max(info.compress_size, 1))
        raise DataError(_bomb(name, held, packed, worst.filename))
    stamp = content_hash(source) if isinstance(source, bytes) else file_stamp(source)
    return Tree(name, tuple(sorted(members)), _ZipFiles(archive, members, stamp), frozenset(folders))


class _TarFiles:
    """The members of an uncompressed tar: their places in one open file."""

    def __init__(self, file: IO[bytes], places: dict[str, tuple[int, int]], stamp: str) -> None:
        self._file = file
        weakref.finalize(self, file.close)
        self._places = places
        self._stamp = stamp
        self._lock = threading.Lock()

    def read(self, path: str, most: int) -> bytes:
        start, size = self._places[path]
        wanted = min(size, most)
        with self._lock:
            self._file.seek(start)
            content = self._file.read(wanted)
        if len(content) < wanted:
            raise EOFError("the archive ends early")
        return content

    def size(self, path: str) -> int:
        """The bytes of a member."""
        return self._places[path][1]

    def stamp(self, path: str) -> str:
        """The archive's stamp, and the place in it."""
        return f"{self._stamp} {self._places[path]}"


def _tar_tree(path: Path, name: str) -> Tree:
    file = _uncompressed(path, name)
    places: dict[str, tuple[int, int]] = {}
    folders: set[str] = set()
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for count, member in enumerate(archive):
                _count(count, name)
                inner = _checked(member.name, name)
                if not (member.isfile() or member.isdir()) or member.issparse():
                    linked = member.issym() or member.islnk()
                    raise DataError(_special(name, member.name, "link" if linked else "special file"))
                if is_litter(inner):
                    continue
                if member.isdir():
                    folders.add(inner)
                else:
                    places[inner] = (member.offset_data, member.size)
    except (tarfile.TarError, EOFError, ValueError, UnicodeError) as error:
        file.close()
        raise DataError(f"{name} must be a whole tar archive ({error}); download or pack it again") from error
    except DataError:
        file.close()
        raise
    files = _TarFiles(file, places, file_stamp(path))
    return Tree(name, tuple(sorted(places)), files, frozenset(folders - {""}))


def _uncompressed(path: Path, name: str) -> IO[bytes]:
    """The tar itself, or its content in a nameless temporary file where it is compressed."""
    file = path.open("rb")
    opener = _COMPRESSED.get(file.read(2))
    file.seek(0)
    if opener is None:
        return file
    packed = path.stat().st_size
    make_folder(cache_folder())
    held = 0
    with file, storage_errors(cache_folder()):
        plain: IO[bytes] = tempfile.TemporaryFile(dir=cache_folder())  # noqa: SIM115 (it lives as long as the tree)
        try:
            with opener(file) as content:
                while block := content.read(2**20):
                    held += len(block)
                    if held > FREE_BYTES and held > MAX_RATIO * packed:
                        raise DataError(_bomb(name, held, packed, _member_at(plain)))
                    plain.write(block)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            plain.close()
            raise DataError(f"{name} must be a whole compressed tar ({error}); download or pack it again") from error
        except BaseException:
            plain.close()
            raise
    plain.seek(0)
    return plain


def _member_at(plain: IO[bytes]) -> str:
    """The name of the last member that begins in what has been unpacked."""
    plain.seek(0)
    last = "its content"
    try:
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            for member in archive:
                last = member.name
    except tarfile.TarError:
        pass
    return last


def _checked(raw: str, name: str) -> str:
    inner = member_path(raw)
    if inner is None:
        raise DataError(f"{name}: the member {raw!r} leaves the archive; such an archive is refused, pack it again")
    return inner


def _count(count: int, name: str) -> None:
    if count > MAX_FILES:
        raise DataError(f"{name} holds more than {MAX_FILES:,} members; pack the data set alone")


def _special(name: str, member: str, kind: str) -> str:
    return f"{name}: the member {member!r} is a {kind}; such an archive is refused, pack the files themselves"


def _bomb(name: str, held: int, packed: int, member: str) -> str:
    return (
        f"{name} looks like a bomb: {packed:,} bytes hold {held:,} or more (the member {member!r}); "
        "if it is honest, unpack it and name the folder"
    )
