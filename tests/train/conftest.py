"""A small data set and fast recipes, for runs of a second or two."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog.core import config
from neocog.train import Recipe

NET = """Network(
    input=(1, 8, 8),
    layers=(
        Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(8, 3, pad=1), ReLU(),
        Dropout(0.2), Flatten(), Dense(3),
    ),
)"""


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """A run sets the threads of the process; give them back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """210 noisy 8 x 8 images of three kinds: rows, columns, and a block."""
    noise = np.random.default_rng(0)
    images, labels = [], []
    for kind in range(3):
        for _ in range(70):
            image = noise.integers(0, 60, (8, 8))
            place = noise.integers(1, 6)
            where = [(place, slice(None)), (slice(None), place), (slice(place, place + 2), slice(place, place + 2))][
                kind
            ]
            image[where] += 150
            images.append(image.astype(np.uint8))
            labels.append(kind)
    path = tmp_path / "shapes.npz"
    np.savez(path, x=np.stack(images), y=np.array(labels))
    return path


@pytest.fixture
def recipe(shapes: Path, tmp_path: Path) -> Recipe:
    """Four epochs of nine steps, with everything that draws random numbers in it."""
    (tmp_path / "small.network").write_text(NET)
    changes = {
        "data.path": str(shapes),
        "net": str(tmp_path / "small.network"),
        "epochs": "4",
        "batch": "16",
        "seed": "3",
        "compute.device": "cpu",
        "compute.threads": "1",
        "compute.channels_last": "true",
    }
    return config.override(Recipe(), changes)
