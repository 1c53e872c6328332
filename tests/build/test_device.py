"""The device that a name means, on machines of every kind."""

import pytest
import torch

from neocog.build import choose_device, seed_device
from neocog.core.errors import RecipeError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with neither CUDA nor MPS."""
    _has(monkeypatch, cuda=0, mps=False)
    return monkeypatch


def _has(monkeypatch: pytest.MonkeyPatch, cuda: int, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(2, True, "cuda"), (1, False, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_takes_the_best_that_is_there(machine: pytest.MonkeyPatch, cuda: int, mps: bool, best: str) -> None:
    _has(machine, cuda, mps)
    assert choose_device("auto") == best


def test_what_is_there_is_given_back(machine: pytest.MonkeyPatch) -> None:
    _has(machine, cuda=2, mps=True)
    assert [choose_device(name) for name in ("cpu", "cuda", "cuda:1", "mps")] == ["cpu", "cuda", "cuda:1", "mps"]


@pytest.mark.parametrize("name", ["meta", "xpu", "abacus", "", "cuda:", "cuda:-1", "cpu,cuda", "CPU"])
def test_other_names_are_refused(machine: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(RecipeError, match=f"`compute.device` must be cpu, cuda, cuda:N or mps, not '{name}'; change"):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda:2", "cuda:99", "mps", "cpu:1"])
def test_devices_that_are_not_there_are_refused(machine: pytest.MonkeyPatch, name: str) -> None:
    _has(machine, cuda=2, mps=False)
    with pytest.raises(RecipeError, match=f"is '{name}', which this machine does not have; use auto or cpu"):
        choose_device(name)


def test_a_seeded_device_draws_as_after_torch_manual_seed() -> None:
    torch.manual_seed(7)
    drawn = torch.rand(5)
    seed_device("cpu", 7)
    assert torch.equal(torch.rand(5), drawn)
