"""What the tests of studies share: digits with planted faults, and a recipe that trains in seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.data import DataOptions, decode, inspect
from neocog.train import Recipe
from neocog.train.recipe import Compute


@pytest.fixture
def quick() -> Recipe:
    """A perceptron on digits, for a few epochs."""
    return Recipe(data=DataOptions(path="digits"), net="perceptron", epochs=4, compute=Compute(device="cpu", threads=1))


@pytest.fixture(scope="session")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Digits as class folders with 5 % of the training labels moved to another class, and the files that were moved."""
    root = tmp_path_factory.mktemp("flipped") / "digits"
    data = inspect(DataOptions(path="digits"))
    random = np.random.default_rng(0)
    learned = [*data.rows("train").tolist(), *data.rows("val").tolist()]
    chosen = set(random.choice(learned, len(learned) // 20, replace=False).tolist())
    moved = set()
    for row, side in enumerate(data.split.sides):
        label = int(data.labels[row])
        if row in chosen:
            label = (label + int(random.integers(1, 10))) % 10
        file = Path("test" if side == "test" else "train") / str(label) / f"{row:04}.png"
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(decode(data.table.source.read(row)).pixels[:, :, 0]).save(root / file)
        if row in chosen:
            moved.add(file.as_posix())
    return root, moved


@pytest.fixture
def on_flipped(quick: Recipe, flipped: tuple[Path, set[str]]) -> Recipe:
    """The quick recipe on the digits with moved labels."""
    return replace(quick, data=DataOptions(path=str(flipped[0])))
