"""What is measured of a step is what numpy measures, and measuring changes no bit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from neocog import zoo
from neocog.build import build
from neocog.core.run import MODEL, RunFolder
from neocog.network import parse
from neocog.train import Recipe, statistics, train
from neocog.train.events import Epoch, from_dicts, to_dict
from neocog.train.statistics import BINS, OPEN_BINS, Look

NETWORK = """Network(
    input=(1, 6, 6),
    layers=(
        Conv(4, 3), ReLU(), Flatten(), Dense(8), Tanh(), Dense(8), Sigmoid(), Dense(8), GELU(), Dense(3),
    ),
)"""


def step(module: nn.Module, images: torch.Tensor, look: Look | None) -> None:
    """One step of gradient descent, looked at or not."""
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    targets = torch.arange(len(images)) % 3
    if look is None:
        functional.cross_entropy(module(images), targets).backward()
        optimizer.step()
        return
    with look.at_activations():
        functional.cross_entropy(module(images), targets).backward()
    look.at_gradients()
    optimizer.step()


@pytest.fixture
def images() -> torch.Tensor:
    return 3 * torch.randn(20, 1, 6, 6, generator=torch.Generator().manual_seed(0))


def test_gradients_and_updates_are_in_lengths_of_the_weights(images: torch.Tensor) -> None:
    module = build(parse(NETWORK))
    before = {name: value.detach().clone().numpy() for name, value in module.named_parameters()}
    look = Look(module)
    step(module, images, look)
    weights, _ = look.read()
    assert [each.path for each in weights] == ["conv1", "dense1", "dense2", "dense3", "dense4"]
    for each in weights:
        own = [f"{each.path}.weight", f"{each.path}.bias"]
        length = np.linalg.norm(np.concatenate([before[name].ravel() for name in own]))
        gradient = np.linalg.norm(np.concatenate([module.get_parameter(name).grad.ravel() for name in own]))  # type: ignore[union-attr]
        assert each.gradient == pytest.approx(gradient / length, rel=0.006)
        assert each.update == pytest.approx(0.1 * gradient / length, rel=0.006), "rate times gradient"


def test_activations_lie_where_numpy_finds_them(images: torch.Tensor) -> None:
    module = build(parse(NETWORK))
    with torch.no_grad():
        module.get_parameter("conv1.bias")[1] = -100.0
        module.get_parameter("dense1.weight").mul_(3)
    outputs = {}
    for path in ("relu1", "tanh1", "sigmoid1", "gelu1"):
        module.get_submodule(path).register_forward_hook(
            lambda _module, _inputs, output, path=path: outputs.__setitem__(path, output.detach().numpy())
        )
    look = Look(module)
    step(module, images, look)
    _, activations = look.read()
    assert [(each.path, each.function) for each in activations] == [
        ("relu1", "relu"),
        ("tanh1", "tanh"),
        ("sigmoid1", "sigmoid"),
        ("gelu1", "gelu"),
    ]
    for each in activations:
        values = outputs[each.path]
        edges = [-np.inf, *BINS.get(each.function, OPEN_BINS), np.inf]
        expected = [((values > low) & (values <= high)).mean() for low, high in pairwise(edges)]
        assert each.histogram == pytest.approx(expected, abs=0.001)
    relu, tanh, sigmoid, gelu = (each.off for each in activations)
    assert relu == 0.25, "one map of four is dead"
    assert tanh == pytest.approx((1 - outputs["tanh1"] ** 2 <= 0.06).mean(), abs=0.001)
    assert tanh > 0
    assert sigmoid == pytest.approx((4 * outputs["sigmoid1"] * (1 - outputs["sigmoid1"]) <= 0.06).mean(), abs=0.001)
    assert gelu == 0


def test_frozen_layers_and_those_without_a_length(images: torch.Tensor) -> None:
    module = build(parse(NETWORK))
    module.get_parameter("dense4.weight").requires_grad_(False)
    with torch.no_grad():
        for name in ("dense3.weight", "dense3.bias"):
            module.get_parameter(name).zero_()
    look = Look(module)
    step(module, images, look)
    weights = {each.path: each for each in look.read()[0]}
    assert "dense4" not in weights
    assert weights["dense3"].gradient == 0, "there is no length to be a share of"


def test_looking_changes_no_bit_of_a_step(images: torch.Tensor) -> None:
    network = parse(NETWORK.replace("Tanh()", "Tanh(), Dropout(0.5)"))
    seen, unseen = build(network), build(network)
    for module, look in ((seen, Look(seen)), (unseen, None)):
        torch.manual_seed(0)
        step(module, images, look)
    assert all(torch.equal(one, seen.state_dict()[name]) for name, one in unseen.state_dict().items())


class Blind:
    """Looks at nothing."""

    def __init__(self, _module: nn.Module) -> None:
        pass

    @contextmanager
    def at_activations(self) -> Iterator[None]:
        yield

    def at_gradients(self) -> None:
        pass

    def read(self) -> tuple[tuple[()], tuple[()]]:
        return (), ()


def test_looking_changes_no_bit_of_a_run(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list(train(recipe, tmp_path / "seen"))
    monkeypatch.setattr("neocog.train.loop.Look", Blind)
    list(train(recipe, tmp_path / "unseen"))
    seen, unseen = (RunFolder(tmp_path / name) for name in ("seen", "unseen"))
    assert seen.read(MODEL) == unseen.read(MODEL)
    epochs = [[line for line in run.read_events() if line["kind"] == "epoch"] for run in (seen, unseen)]
    assert all(line["weights"] and line["activations"] for line in epochs[0])
    assert not any(line["weights"] or line["activations"] for line in epochs[1])


def test_epochs_come_back_from_their_lines(recipe: Recipe, tmp_path: Path) -> None:
    epochs = [event for event in train(recipe, tmp_path / "run") if isinstance(event, Epoch)]
    lines = [line for line in RunFolder(tmp_path / "run").read_events() if line["kind"] == "epoch"]
    assert from_dicts(Epoch, lines) == epochs


def test_fifty_layers_take_a_few_kilobytes() -> None:
    network = zoo.network("resnet50", classes=10, side=64)
    module = build(network)
    look = Look(module)
    with look.at_activations():
        module(torch.randn(2, *network.input)).sum().backward()
    look.at_gradients()
    weights, activations = look.read()
    epoch = Epoch(
        epoch=1,
        step=1,
        train_loss=1.0,
        val_loss=1.0,
        val_accuracy=1.0,
        seconds=1.0,
        images_per_second=1.0,
        best=True,
        weights=weights,
        activations=activations,
    )
    assert (len(weights), len(activations)) == (54, 49)
    assert len(json.dumps(to_dict(epoch))) < 14_000


def test_large_maps_are_counted_at_places_that_lie_evenly() -> None:
    values = torch.randn(16, 8, 64, 64, generator=torch.Generator().manual_seed(0))
    few = statistics._thinned(values)
    assert few.numel() <= statistics.COUNTED < values.numel()
    assert few.shape[:2] == values.shape[:2], "of every sample and unit"
    whole, found = (statistics._histogram("relu", each) for each in (values, few))
    torch.testing.assert_close(found, whole, atol=0.005, rtol=0)
    dense = torch.zeros(10, 2 * statistics.COUNTED)
    assert statistics._thinned(dense) is dense
