"""Faults planted into real data, as class folders: moved labels, copies on the other side of the split, frames.

What is planted is a function of a seed, and every planted file is named, so that a search can be judged by it.
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from neocog.data import DataOptions, Dataset, Pixels, decode, inspect

COLORS = (
    (200, 40, 40),
    (40, 200, 40),
    (40, 40, 200),
    (200, 200, 40),
    (200, 40, 200),
    (40, 200, 200),
    (120, 120, 120),
    (20, 20, 20),
    (240, 240, 240),
    (240, 140, 20),
)
"""The frame of each class."""
LEAST_MOVED = 16
"""The width in pixels from which on a copy is moved by a pixel: in a smaller one that is no small change."""

Change = Callable[[int, Pixels], Pixels]


def sound(place: str, root: Path, per_class: int | None = None, seed: int = 0) -> Path:
    """A real set as `train/` and `test/` of class folders (PNG), at most so many training images a class."""
    _written(_data(place), root, per_class, seed)
    return root


def moved_labels(
    place: str, root: Path, share: float = 0.05, per_class: int | None = None, seed: int = 0
) -> frozenset[str]:
    """The same with a share of the training labels moved to another class; returns the files that were moved."""
    data = _data(place)
    rows = _chosen(data, per_class, seed)
    random = np.random.default_rng([seed, 1])
    learned = [row for row, side in rows.items() if side == "train"]
    wrong = set(random.choice(learned, round(share * len(learned)), replace=False).tolist())
    moved = set()
    for row, side in rows.items():
        label = int(data.labels[row])
        if row in wrong:
            label = (label + int(random.integers(1, len(data.classes)))) % len(data.classes)
        file = _save(root, side, data.classes[label], row, _pixels(data, row))
        if row in wrong:
            moved.add(file)
    return frozenset(moved)


def copies(place: str, root: Path, count: int = 60, per_class: int | None = None, seed: int = 0) -> frozenset[str]:
    """The same with copies of training images in the test set: the file itself, saved anew, moved, or resized.

    Returns the files of the copies.
    """
    data = _data(place)
    _written(data, root, per_class, seed)
    random = np.random.default_rng([seed, 2])
    learned = [row for row, side in _chosen(data, per_class, seed).items() if side == "train"]
    planted = set()
    for place_, row in enumerate(random.choice(learned, min(count, len(learned)), replace=False).tolist()):
        image = Image.fromarray(_flat(_pixels(data, row)))
        file = Path("test") / data.classes[data.labels[row]] / f"copy-{row:06}.png"
        match place_ % 4:
            case 0:
                pass
            case 1:
                file, content = file.with_suffix(".jpg"), io.BytesIO()
                image.save(content, "JPEG", quality=85)
                (root / file).write_bytes(content.getvalue())
            case 2:
                image = Image.fromarray(np.roll(np.asarray(image), min(1, image.width // LEAST_MOVED), axis=1))
            case _:
                image = image.resize([round(0.95 * side) for side in image.size], Image.Resampling.BICUBIC)
        if file.suffix == ".png":
            image.save(root / file)
        planted.add(file.as_posix())
    return frozenset(planted)


def changed(place: str, root: Path, count: int = 60, per_class: int | None = None, seed: int = 0) -> frozenset[str]:
    """The same with changed training images in the test set, as of one thing that was photographed again: mirrored, cut
    to nine tenths, turned by 5 degrees, or in a light that is a quarter brighter. Returns the files that were added.
    """
    data = _data(place)
    _written(data, root, per_class, seed)
    random = np.random.default_rng([seed, 3])
    learned = [row for row, side in _chosen(data, per_class, seed).items() if side == "train"]
    planted = set()
    for place_, row in enumerate(random.choice(learned, min(count, len(learned)), replace=False).tolist()):
        image = Image.fromarray(_flat(_pixels(data, row)))
        width, height = image.size
        match place_ % 4:
            case 0:
                image = ImageOps.mirror(image)
            case 1:
                cut = (round(0.05 * width), round(0.05 * height), round(0.95 * width), round(0.95 * height))
                image = image.crop(cut).resize((width, height), Image.Resampling.BICUBIC)
            case 2:
                image = image.rotate(5, Image.Resampling.BICUBIC)
            case _:
                image = ImageEnhance.Brightness(image).enhance(1.25)
        file = Path("test") / data.classes[data.labels[row]] / f"again-{row:06}.png"
        image.save(root / file)
        planted.add(file.as_posix())
    return frozenset(planted)


def frames(place: str, root: Path, per_class: int | None = None, seed: int = 0) -> Path:
    """The same with a frame of a color a class about every image, 3 % of its side wide."""
    data = _data(place)

    def framed(row: int, pixels: Pixels) -> Pixels:
        wide = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels.copy()
        width = max(1, round(0.03 * min(wide.shape[:2])))
        inner = wide[width:-width, width:-width].copy()
        wide[:] = COLORS[int(data.labels[row]) % len(COLORS)]
        wide[width:-width, width:-width] = inner
        return wide

    _written(data, root, per_class, seed, framed)
    return root


def _data(place: str) -> Dataset:
    return inspect(DataOptions(path=place))


def _chosen(data: Dataset, per_class: int | None, seed: int) -> dict[int, str]:
    """Rows with the side that they go to: training and validation images train, the sealed test set tests."""
    random = np.random.default_rng([seed, 0])
    rows: dict[int, str] = {}
    for label in range(len(data.classes)):
        for side in ("train", "test"):
            sides = ("train", "val") if side == "train" else ("test",)
            own = [row for name in sides for row in data.rows(name).tolist() if data.labels[row] == label]
            order: NDArray[np.int64] = random.permutation(len(own))[:per_class]
            rows |= {own[place]: side for place in order.tolist()}
    return rows


def _written(
    data: Dataset, root: Path, per_class: int | None, seed: int, change: Change = lambda _, same: same
) -> None:
    for row, side in _chosen(data, per_class, seed).items():
        _save(root, side, data.classes[data.labels[row]], row, change(row, _pixels(data, row)))


def _pixels(data: Dataset, row: int) -> Pixels:
    return decode(data.table.source.read(row)).pixels


def _flat(pixels: Pixels) -> Pixels:
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels


def _save(root: Path, side: str, label: str, row: int, pixels: Pixels) -> str:
    file = Path(side) / label / f"{row:06}.png"
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(_flat(pixels)).save(root / file)
    return file.as_posix()
