"""Images that come as arrays: a folder of idx files (MNIST's format), an `.npz` with `x` and `y`, or `digits`.

idx: two zero bytes, the type (8 is unsigned bytes), the number of dimensions, each as a big-endian 32-bit integer,
then the values (http://yann.lecun.com/exdb/mnist/). A file of images and one of labels belong together by their names.

npz: keys `x` and `y`, or one pair a split (`x_train`, `train_images`, ...); never unpickled. Values are bytes, or
numbers from 0 to 1, 0 to 255 or 0 to 65535; shapes N H W, N H W C or N C H W. `y` holds a class a sample, rows of 0 and
1 (several labels), or fractional numbers.
"""

import io
import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data.boards import planes_table
from neocog.data.given import given_splits, role_of
from neocog.data.source import ArraySource
from neocog.data.table import Pixels, Table
from neocog.data.targets import JOIN
from neocog.data.trees import MAX_FILE_BYTES, Tree

_IDX = re.compile(r"(images|labels)[-._]?idx\d[-._]ubyte(\.gz)?$", re.IGNORECASE)
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_WORDS = {
    **dict.fromkeys(("x", "image", "images", "data"), "x"),
    **dict.fromkeys(("y", "label", "labels", "target", "targets"), "y"),
}


@dataclass(frozen=True)
class _Block:
    """Images and labels of one split as the data names it ("" where it names none)."""

    split: str
    images: Pixels
    labels: tuple[str, ...]


def is_idx(path: str) -> bool:
    """Whether a file is named like MNIST's.

    >>> is_idx("t10k-images-idx3-ubyte.gz"), is_idx("images.npy")
    (True, False)
    """
    return _IDX.search(path) is not None


def idx_table(tree: Tree) -> Table:
    """The table of the idx files at the root of a tree."""
    pairs: dict[str, dict[str, str]] = {}
    for path in tree.root_files:
        found = _IDX.search(path)
        if found:
            pairs.setdefault(path[: found.start()].strip("-._"), {}).setdefault(found[1].lower(), path)
    blocks = []
    for stem, files in sorted(pairs.items(), key=_train_first):
        if len(files) < 2:
            have, lack = ("images", "labels") if "images" in files else ("labels", "images")
            raise DataError(f"{tree.name}: {files[have]} must have a file of {lack} beside it; put the {lack} there")
        images = read_idx(tree, files["images"])
        if images.ndim != 3 or images.dtype != np.uint8:
            raise DataError(
                f"{files['images']} must hold bytes in 3 dimensions, it holds {images.dtype} in {images.ndim}; "
                "write the images as uint8"
            )
        names = [role_of(word) or ("test" if word == "t10k" else "") for word in re.split(r"[-._]", stem)]
        labels = _labels(read_idx(tree, files["labels"]), files["labels"])
        blocks.append(_Block(next(filter(None, names), "" if len(pairs) == 1 else stem), images, labels))
    return _joined(tree.name, blocks, "idx")


def read_idx(tree: Tree, path: str) -> NDArray[Any]:
    """The array in one idx file, gzipped or not."""
    raw = tree.read(path)
    if raw[:2] == b"\x1f\x8b":
        head = _inflated(raw, 4 + 4 * 255, path)
        raw = _inflated(raw, _idx_bytes(head, path), path)
    size = _idx_bytes(raw, path)
    if len(raw) < size:
        raise DataError(f"{path} is truncated: {len(raw):,} bytes of {size:,}; copy or download it again")
    shape = np.frombuffer(raw, ">u4", raw[3], 4).tolist()
    start = 4 + 4 * raw[3]
    values = np.frombuffer(raw, _IDX_TYPES[raw[2]], math.prod(shape), start).reshape(shape)
    return values.view(np.uint8) if raw[2] == 0x08 else values


def npz_table(tree: Tree, name: str) -> Table:
    """The table of an `.npz`, given as the tree of its members: `x` and `y`, or `planes` and `moves` of a board."""
    if {"planes.npy", "moves.npy"} <= set(tree.files):
        games = _read_npy(tree, "games.npy", name) if "games.npy" in tree.files else None
        return planes_table(name, _read_npy(tree, "planes.npy", name), _read_npy(tree, "moves.npy", name), games)
    pairs: dict[str, dict[str, str]] = {}
    for path in tree.files:
        kind, split = _key(path.removesuffix(".npy"))
        if kind:
            pairs.setdefault(split, {})[kind] = path
    whole = {split: files for split, files in pairs.items() if len(files) == 2}
    if not whole:
        keys = ", ".join(path.removesuffix(".npy") for path in tree.files)
        raise DataError(
            f"{name} must hold x and y (or x_train, y_train, x_test, y_test), it holds {keys}; rename the arrays"
        )
    in_order = sorted(whole.items(), key=_train_first)
    answers = [_read_npy(tree, files["y"], name) for _, files in in_order]
    kind = _target_kind(answers)
    blocks = []
    for (split, files), values in zip(in_order, answers, strict=True):
        images = _images(_read_npy(tree, files["x"], name), f"{name}, {files['x'].removesuffix('.npy')}")
        blocks.append(_Block(split, images, _labels(values, f"{name}, {files['y'].removesuffix('.npy')}", kind)))
    return _joined(name, blocks, "npz", kind)


def digits_table() -> Table:
    """The 1,797 real handwritten digits of 8 x 8 pixels that scikit-learn carries: needs no network."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)  # N H W, 0 to 16 in the source
    return _joined("digits", [_Block("", images, tuple(map(str, found.target.tolist())))], "digits")


def _train_first(item: tuple[str, object]) -> tuple[bool, str]:
    """The order of blocks: the training set, then by name."""
    return ("train" not in item[0].lower(), item[0])


def _joined(name: str, blocks: list[_Block], form: str, kind: str = "class") -> Table:
    """Blocks one after the other as one table."""
    for block in blocks:
        part = f" {block.split}" if block.split else ""
        if len(block.images) != len(block.labels):
            raise DataError(
                f"{name}{part} must have a label an image, it has {len(block.images)} images and "
                f"{len(block.labels)} labels; make them the same number"
            )
        if not block.labels:
            raise DataError(f"{name}{part} must hold images, it holds none; fill the arrays")
    splits = [block.split for block in blocks]
    given = given_splits(splits, f"{name} ({form})") if any(splits) else None
    roles = given.roles if given else {"": ""}
    width = max(5, *(len(str(len(block.images) - 1)) for block in blocks))
    ids = tuple(
        f"{block.split}/{row:0{width}}" if block.split else f"{row:0{width}}"
        for block in blocks
        for row in range(len(block.images))
    )
    return Table(
        name=name,
        source=ArraySource(tuple(block.images for block in blocks)),
        ids=ids,
        labels=tuple(label for block in blocks for label in block.labels),
        splits=tuple(roles[block.split] for block in blocks for _ in block.labels),
        target_kind=kind,
        notes=given.notes if given else (),
    )


def _idx_bytes(raw: bytes, path: str) -> int:
    """The number of bytes that an idx file has by its header."""
    rank = raw[3] if len(raw) >= 4 else 0
    if len(raw) < 4 + 4 * rank or raw[:2] != b"\0\0" or raw[2] not in _IDX_TYPES or not 0 < rank <= 4:
        raise DataError(f"{path} must be an idx file, it begins with {raw[:4]!r}; download it again")
    size = 4 + 4 * rank
    size += int(math.prod(np.frombuffer(raw, ">u4", rank, 4).tolist()) * np.dtype(_IDX_TYPES[raw[2]]).itemsize)
    if size > MAX_FILE_BYTES:
        raise DataError(f"{path} announces {size:,} bytes, which is not believed; download it again")
    return size


def _inflated(raw: bytes, most: int, path: str) -> bytes:
    """The first `most` bytes of a gzip file: a bomb is never unpacked further than its honest size."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, most)
    except zlib.error as error:
        raise DataError(f"{path} must be a whole gzip file ({error}); download it again") from error


def _key(key: str) -> tuple[str, str]:
    """What an npz key holds ("x", "y" or "") and the split that it names.

    >>> _key("x_train"), _key("test_labels"), _key("Y"), _key("extra")
    (('x', 'train'), ('y', 'test'), ('y', ''), ('', ''))
    """
    words = [word for word in re.split(r"[-_./]", key.lower()) if word]
    kinds = [_WORDS[word] for word in words if word in _WORDS]
    others = [word for word in words if word not in _WORDS]
    return ("", "") if len(kinds) != 1 or len(others) > 1 else (kinds[0], others[0] if others else "")


def _read_npy(tree: Tree, path: str, name: str) -> NDArray[Any]:
    """One member of an npz, its announced size checked before anything is allocated."""
    raw = tree.read(path)
    file = io.BytesIO(raw)
    try:
        version = npy.read_magic(file)
        header: Callable[[io.BytesIO], tuple[tuple[int, ...], bool, np.dtype[Any]]] = (
            npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        )
        shape, _, kind = header(file)
        if kind.hasobject:
            raise DataError(f"{name}, {path} holds Python objects, which are never unpickled; save numbers or texts")
        if math.prod(shape) * kind.itemsize != len(raw) - file.tell():
            raise DataError(f"{name}, {path} is truncated: {len(raw):,} bytes for the shape {shape}; save it again")
        file.seek(0)
        values: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    except ValueError as error:
        raise DataError(
            f"{name}, {path} must be a numpy array ({str(error)[:80]}); save it again by numpy.savez"
        ) from error
    return values


def _images(values: NDArray[Any], where: str) -> Pixels:
    """An array of images as uint8 N H W or N H W C."""
    if values.ndim == 4 and values.shape[3] not in (1, 3, 4) and values.shape[1] in (1, 3, 4):
        values = values.transpose(0, 2, 3, 1)  # N C H W -> N H W C
    if (
        values.ndim not in (3, 4)
        or (values.ndim == 4 and values.shape[3] not in (1, 3, 4))
        or values.dtype.kind not in "uifb"
    ):
        raise DataError(
            f"{where} must be images of shape N H W or N H W C (C 1, 3 or 4), "
            f"it is {values.dtype} of shape {values.shape}; reshape it"
        )
    if values.dtype == np.uint8 or not values.size:
        return np.ascontiguousarray(values, dtype=np.uint8)
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind in "ui"
    limits = (255.0, 65535.0) if whole else (1.0, 255.0, 65535.0)
    white = next((limit for limit in limits if high <= limit), None)
    if not (math.isfinite(low) and math.isfinite(high)) or low < 0 or white is None:
        raise DataError(
            f"{where} must hold numbers from 0 to 1, 255 or 65535, it holds {low:.4g} to {high:.4g}; scale them"
        )
    scaled = np.empty(values.shape, np.uint8)
    for row, image in enumerate(values):  # one image at a time: the whole in float64 would be eight times as large
        scaled[row] = np.rint(image.astype(np.float64) * (255.0 / white))
    return scaled


def _target_kind(answers: list[NDArray[Any]]) -> str:
    """What arrays of targets ask for: several labels where rows hold 0 and 1, numbers where they hold other ones."""
    several = any(values.ndim == 2 and values.shape[1] > 1 for values in answers)
    numbers = [values for values in answers if values.dtype.kind in "uifb"]
    if several and len(numbers) == len(answers) and all(np.isin(values, (0, 1)).all() for values in numbers):
        return "classes"
    broken = any(values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)) for values in numbers)
    return "number" if several or broken else "class"


def _labels(values: NDArray[Any], where: str, kind: str = "class") -> tuple[str, ...]:
    """Targets as texts, from N, N 1 or, of several labels or numbers, N K."""
    table = values[:, None] if values.ndim == 1 else values
    if table.ndim != 2 or not table.shape[1] or (kind == "class" and table.shape[1] > 1):
        raise DataError(
            f"{where} must be labels of shape N, or in an npz N K, it is of shape {values.shape}; reshape it"
        )
    if kind == "classes":
        return tuple(JOIN.join(str(place) for place in np.flatnonzero(row).tolist()) for row in table)
    if kind == "number":
        if table.dtype.kind not in "uifb" or not np.isfinite(table.astype(np.float64)).all():
            raise DataError(f"{where} must be finite numbers, it holds others ({values.dtype}); take those rows out")
        return tuple(JOIN.join(map(str, row)) for row in table.tolist())
    flat = table[:, 0]
    if flat.dtype.kind == "f":
        flat = flat.astype(np.int64)
    if flat.dtype.kind == "S":
        return tuple(label.decode("utf-8", "backslashreplace") for label in flat.tolist())
    return tuple(str(label) for label in flat.tolist())
