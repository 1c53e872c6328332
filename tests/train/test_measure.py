"""The fastest way to compute, measured."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from neocog.core.config import from_toml
from neocog.core.errors import RecipeError
from neocog.core.run import RECIPE, RunFolder
from neocog.data import DataOptions
from neocog.network import Conv, Dense, Flatten, Network, ReLU
from neocog.train import Recipe, train
from neocog.train.measure import fastest, steps
from neocog.train.recipe import Compute, Optimizer

NETWORK = Network(input=(1, 12, 12), layers=(Conv(8, 3), ReLU(), Flatten(), Dense(4)))


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def recipe(**compute: object) -> Recipe:
    rule = Compute(device="cpu", precision="float32", channels_last=False, threads=1)
    return Recipe(batch=8, optimizer=Optimizer(rate=0.001, weight_decay=0.0), compute=replace(rule, **compute))


def test_the_fastest_of_what_is_open_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Compute] = []

    def seconds(_taken: object, way: Compute, _limit: float) -> float:
        tried.append(way)
        return 1.0 if (way.channels_last, way.precision) == (True, "float32") else 2.0

    monkeypatch.setattr("neocog.train.measure._seconds", seconds)
    found = fastest(recipe(), NETWORK, Compute(device="cpu", threads=1))
    assert len(set(tried)) == 4
    assert (found.precision, found.channels_last, found.threads) == ("float32", True, 1)


def test_what_is_given_is_not_tried() -> None:
    given = Compute(device="cpu", precision="float32", channels_last=False, threads=1)
    assert fastest(recipe(), NETWORK, given) == recipe().compute


def test_a_way_in_which_the_network_is_wrong_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    striding = Network(
        input=(1, 12, 12),
        layers=(Conv(4, 3, stride=4, pad=1), Conv(4, 3, stride=4, pad=1), Flatten(), Dense(4)),
        fit="floor",
    )
    tried: list[str] = []
    monkeypatch.setattr("neocog.train.measure._seconds", lambda _t, way, _l: tried.append(way.precision) or 1.0)
    fastest(recipe(), striding, Compute(device="cpu", threads=1))
    assert set(tried) == {"float32"}


def test_a_step_trains() -> None:
    taken = steps(NETWORK, recipe())
    for _ in range(3):
        next(taken)


def test_a_run_writes_what_was_measured(tmp_path: Path) -> None:
    asked = Recipe(data=DataOptions(path="digits"), epochs=1, compute=Compute(device="cpu", measure=True))
    for _ in train(asked, tmp_path / "run"):
        pass
    kept = from_toml(Recipe, RunFolder.open(tmp_path / "run").read_text(RECIPE), RECIPE).compute
    assert "auto" not in (kept.precision, kept.channels_last, kept.threads)


def test_several_processes_do_not_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TORCHELASTIC_RUN_ID": "1", "RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(RecipeError, match="`compute.measure` needs a run of one process; leave it out"):
        fastest(recipe(), NETWORK, Compute())
