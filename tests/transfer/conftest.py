"""A small data set, a network, and weights of it that were trained on something else."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from neocog.build import build
from neocog.core import config
from neocog.network import parse
from neocog.train import Recipe

NET = """Network(
    input=(1, 8, 8),
    layers=(
        Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(8, 3, pad=1), BatchNorm(), ReLU(),
        Conv(8, 3, pad=1), ReLU(), GlobalAvgPool(), Dense(3),
    ),
)"""


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Advice sets the threads of the process; give them back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Three kinds of noise, 40 images each, and weights drawn from a seed."""
    draws = np.random.default_rng(0)
    images = [
        np.clip(draws.normal(90 + 40 * kind, 20, (8, 8)), 0, 255).astype(np.uint8)
        for kind in range(3)
        for _ in range(40)
    ]
    np.savez(tmp_path / "noise.npz", x=np.stack(images), y=np.repeat([0, 1, 2], 40))
    (tmp_path / "small.network").write_text(NET)
    safetensors.torch.save_file(build(parse(NET), seed=9).state_dict(), tmp_path / "weights.safetensors")
    changes = {
        "data.path": str(tmp_path / "noise.npz"),
        "net": str(tmp_path / "small.network"),
        "init": str(tmp_path / "weights.safetensors"),
        "compute.device": "cpu",
        "compute.threads": "1",
    }
    return config.override(Recipe(), changes)
