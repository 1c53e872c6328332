"""A checkpoint is written in small parts that any reader of safetensors takes as a whole, and read back to the bit."""

from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from neocog.core.files import atomic_write
from neocog.train.checkpoint import State, Stored, restore, to_parts
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Optimizer, Recipe

RECIPE = replace(Recipe(), optimizer=Optimizer(name="adamw", rate=0.1, weight_decay=0.0))


def state(seed: int, steps: int) -> State:
    """A small network after some steps, in channels last, with running statistics and a mean of its weights."""
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(32, 2))
    module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    made = State(module, make_optimizer(module, RECIPE.optimizer), torch.zeros((), dtype=torch.float64))
    made.average = AveragedModel(module, use_buffers=True)
    for _ in range(steps):
        module(torch.randn(4, 3, 4, 4)).square().mean().backward()
        made.optimizer.step()
        made.average.update_parameters(module)
    made.best = {name: tensor.clone() for name, tensor in made.judged.state_dict().items()}
    return made


@pytest.fixture
def trained() -> State:
    return state(0, 3)


def test_the_parts_make_a_safetensors_file(trained: State) -> None:
    trained.at.best_accuracy = 0.75
    parts = list(to_parts(trained, 7, RECIPE))
    found = safetensors.torch.load(b"".join(parts))
    for name, tensor in trained.module.state_dict().items():
        assert torch.equal(found[f"weights/{name}"], tensor)
    for name, tensor in trained.judged.state_dict().items():
        assert torch.equal(found[f"best/{name}"], tensor)
    widest = max(tensor.numel() * tensor.element_size() for tensor in found.values())
    assert max(map(len, parts[1:])) == widest, "no part is larger than a tensor"
    assert len(parts) == 1 + len(found)


def test_a_state_comes_back_to_the_bit(trained: State) -> None:
    content = b"".join(to_parts(trained, 7, RECIPE))
    again = state(1, 0)
    assert restore(again, content, "here", RECIPE) == 7
    assert b"".join(to_parts(again, 7, RECIPE)) == content


def test_the_best_weights_outlast_their_file(trained: State, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    atomic_write(path, to_parts(trained, 0, RECIPE))
    content = path.read_bytes()
    stored = Stored(path.open("rb"))
    path.unlink()
    assert set(stored) == set(trained.best)
    assert len(stored) == len(trained.best)
    for name, tensor in trained.best.items():
        assert torch.equal(stored[name], tensor)
        assert stored[name].dtype == tensor.dtype
    trained.best = stored
    atomic_write(path, to_parts(trained, 0, RECIPE))
    assert path.read_bytes() == content
