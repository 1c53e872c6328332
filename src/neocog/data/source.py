"""Where the raw inputs of a table come from: files of a tree, or arrays in memory; both serve many threads at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError, ImageError
from neocog.data.decode import HEAD
from neocog.data.kinds import input_kind
from neocog.data.table import Pixels
from neocog.data.trees import Tree, listed

MAX_IMAGE_BYTES = 2**29
"""The largest encoded image that is read, in bytes."""

_LARGE = 2**24
_ENOUGH = 32


@dataclass(frozen=True)
class FileSource:
    """Rows that are files: row i is `paths[i]` of the tree; "" is a row without a file, which nobody reads."""

    tree: Tree
    paths: tuple[str, ...]

    def read(self, row: int) -> bytes:
        """The encoded file of a row; `ImageError` where it cannot be read."""
        path = self.paths[row]
        try:
            size = self.tree.source.size(self.tree.prefix + path)
            if size > MAX_IMAGE_BYTES:
                raise ImageError(f"too large (over {MAX_IMAGE_BYTES:,} bytes)")
            # an archive's member may be blank and grow a thousandfold: it is unpacked only if it begins as a sample
            if size > _LARGE and not input_kind(self.tree.read(path, HEAD)):
                raise ImageError("not an image")
            return self.tree.read(path, MAX_IMAGE_BYTES)
        except OSError as error:
            raise ImageError(f"cannot be read ({error.strerror or error})") from error
        except ImageError:
            raise
        except DataError as error:
            cause = error.__cause__
            reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
            raise ImageError(f"cannot be read ({reason})") from error

    def stamp(self, row: int) -> str:
        """A text that changes when the row's file does; "" where that cannot be known."""
        if not self.paths[row]:
            return "no file"
        try:
            return self.tree.source.stamp(self.tree.prefix + self.paths[row])
        except OSError:
            return ""


@dataclass(frozen=True)
class ArraySource:
    """Rows of arrays, one block after the other: pixels (uint8 N H W or N H W C), or numbers (float32 N F)."""

    blocks: tuple[Pixels | NDArray[np.float32], ...]

    def read(self, row: int) -> Pixels | NDArray[np.float32]:
        """The pixels of a row, H W or H W C, or its numbers, F."""
        for block in self.blocks:
            if row < len(block):
                return np.asarray(block[row])
            row -= len(block)
        raise IndexError(row)


def kind_of_files(tree: Tree, paths: Sequence[str], where: str) -> str:
    """The kind of the files, `image` or `sound`, by their content: what most of the first few are.

    Raises `DataError` where none is either.
    """
    kinds: Counter[str] = Counter()
    for path in paths:
        try:
            kind = input_kind(tree.read(path, HEAD))
        except DataError:
            continue
        if kind is not None:
            kinds[kind] += 1
        if kinds.total() == _ENOUGH:
            break
    if kinds:
        return kinds.most_common(1)[0][0]
    raise DataError(
        f"{where} must hold images or sounds, none of its {len(paths)} files is one by its content "
        f"({listed(list(paths), 3)}); name the folder that holds them"
    )
