"""Small data sets on disk, made for the tests of finding them."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Lay = Callable[[Mapping[str, bytes | str]], Path]


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
