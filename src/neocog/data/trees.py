"""Files below one place, whether it is a folder or an archive, read by their path.

The forms of data (class folders, tables, arrays) look at a `Tree` and never ask where it lies. A tree lists regular
files only: hidden files and the litter of operating systems are skipped, links that leave the place are not followed
but remembered with the reason, so that whoever needs such a file refuses it by name.

Try it: `folder_tree(Path("photos"), "photos").files`.
"""

import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

from neocog.core.errors import DataError

MAX_FILES = 2_000_000
"""The number of files above which a place is not taken for a data set."""

MAX_FILE_BYTES = 8 * 2**30
"""The largest file that is read whole, in bytes (an array file may be large)."""

_LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin", "system volume information"}


class Files(Protocol):
    """Where the bytes of a tree come from; safe to use from several threads."""

    def read(self, path: str, most: int) -> bytes:
        """At most `most` bytes from the start of a file."""
        ...

    def size(self, path: str) -> int:
        """How many bytes a file has, known without reading it."""
        ...

    def stamp(self, path: str) -> str:
        """A text that changes when the file does, known without reading it."""
        ...


@dataclass(frozen=True)
class Tree:
    """The regular files below one place.

    `name` is what errors call the place, as its user wrote it. `files` are sorted paths with `/`. `folders` are all
    folders that were seen, empty ones too. `refused` maps links that lead outside, and files that are no files
    (pipes, devices), to the reason. `prefix` is the path of the wrapping folders that were entered, with a last `/`.
    """

    name: str
    files: tuple[str, ...]
    source: Files
    folders: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    notes: tuple[str, ...] = ()

    def read(self, path: str, most: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of a file (the first `most`); `DataError` where it cannot be read."""
        try:
            return self.source.read(self.prefix + path, most)
        except (OSError, EOFError, zlib.error, BadZipFile, NotImplementedError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise DataError(
                f"{path} cannot be read ({reason or type(error).__name__}); repair it or take it out"
            ) from error

    def enter(self, folder: str) -> "Tree":
        """The tree below one of its folders."""
        inside = f"{folder}/"
        return replace(
            self,
            files=below(self.files, inside),
            folders=frozenset(below(sorted(self.folders), inside)),
            refused={path.removeprefix(inside): why for path, why in self.refused.items() if path.startswith(inside)},
            prefix=self.prefix + inside,
        )

    @property
    def root_files(self) -> tuple[str, ...]:
        """The files that lie in no folder."""
        return tuple(path for path in self.files if "/" not in path)

    @property
    def root_folders(self) -> tuple[str, ...]:
        """The folders at the root, sorted, empty ones too."""
        found = {path.split("/", 1)[0] for path in self.files if "/" in path}
        return tuple(sorted(found | {path for path in self.folders if "/" not in path}))

    @property
    def all_folders(self) -> frozenset[str]:
        """Every folder, at any depth."""
        found = set(self.folders)
        for path in self.files:
            while "/" in path and (path := path.rpartition("/")[0]) not in found:
                found.add(path)
        return frozenset(found)


def below(paths: tuple[str, ...] | list[str], prefix: str) -> tuple[str, ...]:
    """The paths that begin with `prefix`, without it.

    >>> below(["a/1", "b/2"], "b/")
    ('2',)
    """
    return tuple(path[len(prefix) :] for path in paths if path.startswith(prefix))


def is_litter(path: str) -> bool:
    """Whether any part of a path is hidden or an operating system's own file.

    >>> [is_litter(path) for path in ("a/.DS_Store", "__MACOSX/a/1.png", "a/1.png")]
    [True, True, False]
    """
    return any(part.startswith(".") or part.lower() in _LITTER for part in path.split("/"))


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    text = ", ".join(names[:most])
    return text + (f" and {len(names) - most} more" if len(names) > most else "")


def counted(count: int, noun: str) -> str:
    """A number with its noun, in the right form.

    >>> counted(1, "image"), counted(2000, "pair")
    ('1 image', '2,000 pairs')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def printable(path: str) -> str:
    """A path as text that every file can hold: bytes that are not UTF-8 are written as escapes.

    >>> printable("caf\\udce9.png")
    'caf\\\\udce9.png'
    """
    return path.encode("utf-8", "backslashreplace").decode()


def file_stamp(path: Path) -> str:
    """A text that changes when a file of this machine does: its place, size and times."""
    found = path.stat()
    return f"{path.absolute()} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


@dataclass(frozen=True)
class _FolderFiles:
    """The files below a folder of this machine."""

    root: Path

    def read(self, path: str, most: int) -> bytes:
        with open(f"{self.root}/{path}", "rb") as file:  # noqa: PTH123  a Path for each of many small files takes time
            return file.read(min(os.fstat(file.fileno()).st_size, most))

    def size(self, path: str) -> int:
        """The bytes of the file."""
        return (self.root / path).stat().st_size

    def stamp(self, path: str) -> str:
        """The stamp of the file."""
        return file_stamp(self.root / path)


def folder_tree(folder: Path, name: str) -> Tree:
    """The files below a folder; links to files inside it are followed, links to folders and out of it are not.

    Raises `DataError` where a folder cannot be opened or where there are more than `MAX_FILES` files.
    """
    root = folder.resolve()
    files: list[str] = []
    folders: list[str] = []
    refused: dict[str, str] = {}
    notes: list[str] = []
    waiting = [""]
    while waiting:
        above = waiting.pop()
        for entry in _entries(root, above):
            path = above + entry.name
            if is_litter(entry.name):
                continue
            if entry.is_symlink():
                target = Path(os.path.realpath(entry.path))  # unlike resolve, bears links that go in a circle
                if not target.is_relative_to(root):
                    refused[path] = f"is a link that leaves the data folder, to {target}"
                elif target.is_dir():
                    notes.append(f"{path} is a link to another folder of the data and was not followed")
                else:
                    files.append(path)
            elif entry.is_dir():
                folders.append(path)
                waiting.append(f"{path}/")
            elif entry.is_file():
                files.append(path)
            else:
                refused[path] = "is no regular file"
            if len(files) > MAX_FILES:
                raise DataError(f"{name} holds more than {MAX_FILES:,} files; name the folder that holds the data set")
    return Tree(name, tuple(sorted(files)), _FolderFiles(root), frozenset(folders), refused, notes=tuple(notes))


def _entries(root: Path, path: str) -> list[os.DirEntry[str]]:
    """What lies in one folder."""
    try:
        with os.scandir(root / path) as entries:
            return list(entries)
    except OSError as error:
        shown = path.rstrip("/") or root
        raise DataError(f"the folder {shown} cannot be read ({error.strerror}); allow it or take it out") from error
