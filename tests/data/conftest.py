"""Small data sets on disk, made for the tests of finding them."""

import importlib
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from neocog.data.table import Pixels, Table

Lay = Callable[[Mapping[str, bytes | str]], Path]

LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
"""Where operators are declared; they last as long as it does."""


@pytest.fixture(scope="session")
def functional() -> ModuleType:
    """torchvision's functions on images. Its compiled operators, which none of them uses, may be missing."""
    name = "torchvision.transforms.v2.functional"
    try:
        return pytest.importorskip(name, reason="torchvision, the oracle of these tests, is not installed")
    except RuntimeError:  # it registers a meta function for operators that its compiled part should have brought
        for operator in ("nms", "qnms"):
            LIBRARY.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        for module in [module for module in sys.modules if module.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        return importlib.import_module(name)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """The PNG of a small color image."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Writes files below a fresh folder and returns it."""

    def write(files: Mapping[str, bytes | str]) -> Path:
        root = tmp_path / "set"
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@dataclass(frozen=True)
class Rows:
    """Raw inputs in memory: encoded files or arrays; an exception is raised in place of the row."""

    raw: tuple[bytes | Pixels | Exception, ...]

    def read(self, row: int) -> bytes | Pixels:
        raw = self.raw[row]
        if isinstance(raw, Exception):
            raise raw
        return raw


@pytest.fixture(scope="session")
def tabled() -> Callable[..., Table]:
    """Makes a table of raw inputs; labels, splits and ids by default a, none and numbers."""

    def make(
        raw: Sequence[bytes | Pixels | Exception],
        labels: Sequence[str] = (),
        splits: Sequence[str] = (),
        ids: Sequence[str] = (),
        columns: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Table:
        count = len(raw)
        return Table(
            name="made",
            source=Rows(tuple(raw)),
            ids=tuple(ids) or tuple(f"{row:05}.png" for row in range(count)),
            labels=tuple(labels) or ("a",) * count,
            splits=tuple(splits) or ("",) * count,
            columns=columns or {},
        )

    return make


@pytest.fixture(scope="session")
def scene() -> Callable[..., Pixels]:
    """Makes a picture from a seed: blobs of many sizes, a little texture (uint8 H W C)."""

    def make(seed: int, height: int = 64, width: int = 64, channels: int = 3) -> Pixels:
        random = np.random.default_rng(seed)
        picture = np.full((height, width, channels), 20.0)
        for cells, strength in ((3, 100), (6, 80), (12, 40)):
            coarse = random.integers(0, 256, (cells, cells, channels), np.uint8)
            for channel in range(channels):
                plane = Image.fromarray(coarse[:, :, channel]).resize((width, height), Image.Resampling.BICUBIC)
                picture[:, :, channel] += np.asarray(plane, float) / 255 * strength
        return np.clip(picture + random.normal(0, 1, picture.shape), 0, 255).astype(np.uint8)

    return make


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """Encodes pixels (uint8 H W C) as an image file."""

    def make(pixels: Pixels, form: str = "PNG", **options: int) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(file, form, **options)
        return file.getvalue()

    return make
