"""Real images laid out as the benches' ways of training want them, so that all have the same ones on the same side.

Folders `train`, `val` and `test` of one folder a class each, and for those who begin with arrays an `.npz` beside them.
"""

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import real
from PIL import Image, ImageOps

from neocog.data import DataOptions, load


class MissingError(Exception):
    """The real images are not there."""


@dataclass(frozen=True)
class Samples:
    """Images on disk."""

    folder: Path
    train: int
    classes: int
    arrays: Path | None = None
    """`train`, `val` (uint8 N H W) and the labels of each."""


def digits(folder: Path, count: int) -> Samples:
    """The first images of MNIST as PNG files and as arrays: 15 % for validation, a hundred for the test folder."""
    source = real("mnist")
    if source is None:
        raise MissingError
    images = _idx(source / "train-images-idx3-ubyte.gz", count).reshape(-1, 28, 28)
    labels = _idx(source / "train-labels-idx1-ubyte.gz", count)
    train = count - count * 15 // 100 - 100
    sides = {"train": slice(0, train), "val": slice(train, count - 100), "test": slice(count - 100, count)}
    for side, part in sides.items():
        for label in range(10):
            (folder / side / str(label)).mkdir(parents=True)
        for place, (image, label) in enumerate(zip(images[part], labels[part], strict=True)):
            Image.fromarray(image).save(folder / side / str(label) / f"{place:05}.png")
    arrays = folder.with_suffix(".npz")
    kept: dict[str, Any] = {side: images[part] for side, part in sides.items()}
    kept |= {f"{side}_labels": labels[part].astype(np.int64) for side, part in sides.items()}
    np.savez(arrays, **kept)
    return Samples(folder, train, 10, arrays)


def as_folders(source: Path, folder: Path) -> Samples:
    """All images of a set, on the sides where `neocog` puts them: files as they are, arrays as PNG."""
    data = load(DataOptions(path=str(source)))
    for row, side in enumerate(data.split.sides):
        if not side:
            continue
        raw = data.table.source.read(row)
        place = folder / side / data.table.labels[row]
        place.mkdir(parents=True, exist_ok=True)
        name = data.table.ids[row].replace("/", "-")
        if isinstance(raw, bytes):
            (place / name).write_bytes(raw)
        else:
            Image.fromarray(raw).save(place / f"{name}.png")
    return Samples(folder, len(data.rows("train")), len(data.classes))


def photos(folder: Path, count: int) -> Samples:
    """JPEG photos of all sizes in three classes; where there are too few, mirrored ones follow. A tenth validates."""
    originals = list(_jpegs())
    raw = (originals + [(label, _mirrored(bytes_)) for label, bytes_ in originals[: max(0, count - len(originals))]])[
        :count
    ]
    val, test = count // 10, 8
    for place, (label, content) in enumerate(raw):
        side = "train" if place % count >= val + test else "val" if place >= test else "test"
        path = folder / side / label / f"{place:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Samples(folder, count - val - test, 3)


def _jpegs() -> Iterator[tuple[str, bytes]]:
    """Class and content, the classes in turn."""
    found: dict[str, list[bytes]] = {"ants": [], "bees": [], "things": []}
    for name in ("ants-bees-photos.zip", "imagenet-sample-100.zip"):
        source = real(name)
        if source is None:
            raise MissingError
        with zipfile.ZipFile(source) as archive:
            for entry in sorted(archive.namelist()):
                if entry.lower().endswith((".jpg", ".jpeg")):
                    label = next((each for each in ("ants", "bees") if f"/{each}/" in entry), "things")
                    found[label].append(archive.read(entry))
    for trio in zip(*found.values(), strict=False):
        yield from zip(found, trio, strict=True)


def _mirrored(content: bytes) -> bytes:
    out = io.BytesIO()
    ImageOps.mirror(Image.open(io.BytesIO(content)).convert("RGB")).save(out, "JPEG", quality=90)
    return out.getvalue()


def _idx(path: Path, count: int) -> np.ndarray:
    """The first images or labels of an idx file."""
    with gzip.open(path) as file:
        head = file.read(4)
        sides = np.frombuffer(file.read(4 * head[3]), ">u4")
        return np.frombuffer(file.read(count * int(np.prod(sides[1:]))), np.uint8)
