"""Runs of a recipe, shortened where a test says so."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog import recipes
from neocog.core import config
from neocog.train import Epoch, train


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """A run sets the threads of the process; give them back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., list[Epoch]]:
    """Trains by a recipe of a name into a folder of that name; returns its epochs."""

    def trained(name: str, **changes: object) -> list[Epoch]:
        texts = {key.replace("__", "."): str(value) for key, value in changes.items()}
        recipe = config.override(recipes.recipe(name), {"compute.threads": "1", **texts})
        return [event for event in train(recipe, tmp_path / name) if isinstance(event, Epoch)]

    return trained


@pytest.fixture
def mnist(shared: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes the first images of MNIST's `train` or `t10k` files, moved right and down, into an array file."""

    def written(part: str, count: int, shift: int = 0) -> Path:
        with gzip.open(shared / "mnist" / f"{part}-images-idx3-ubyte.gz") as file:
            images = np.frombuffer(file.read(16 + count * 784), np.uint8)[16:].reshape(count, 28, 28)
        with gzip.open(shared / "mnist" / f"{part}-labels-idx1-ubyte.gz") as file:
            labels = np.frombuffer(file.read(8 + count), np.uint8)[8:]
        path = tmp_path / f"{part}{shift}.npz"
        np.savez(path, x=np.roll(images, (shift, shift), axis=(1, 2)), y=labels)
        return path

    return written
