"""What was read from files, kept until one of them changes: a page that is drawn again reads nothing again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar, final

V = TypeVar("V")
Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


def stamp(folder: Path, names: Sequence[str]) -> Stamp:
    """What tells that files are still the same: inode, size and time of each; None for one that is not there."""
    found: list[tuple[int, int, int] | None] = []
    for name in names:
        try:
            told = (folder / name).stat()
            found.append((told.st_ino, told.st_size, told.st_mtime_ns))
        except OSError:
            found.append(None)
    return tuple(found)


@final
class Stamped(Generic[V]):
    """Values by folder, each with the stamp of the files that it was read from; the last `most` that were asked for.

    >>> kept: Stamped[int] = Stamped()
    >>> kept.get(Path("nowhere"), ["a"], lambda: 1), kept.get(Path("nowhere"), ["a"], lambda: 2)
    (1, 1)
    """

    def __init__(self, most: int = 1000) -> None:
        self._kept: OrderedDict[Path, tuple[Stamp, V]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def get(self, folder: Path, names: Sequence[str], read: Callable[[], V]) -> V:
        """The value of a folder, read where a file has changed."""
        now = stamp(folder, names)
        with self._lock:
            found = self._kept.get(folder)
        if found is not None and found[0] == now:
            return found[1]
        value = read()
        with self._lock:
            self._kept[folder] = (now, value)
            self._kept.move_to_end(folder)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value
