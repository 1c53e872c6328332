"""The predicted memory against torch's own count of live tensors, over real training steps of the product's code."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog import zoo
from neocog.network import (
    Add,
    BatchNorm,
    Conv,
    Dense,
    Embedding,
    Flatten,
    GlobalAvgPool,
    Graph,
    MaxPool,
    Network,
    Node,
    ReLU,
    Residual,
    Sequence,
    Tokens,
    memory,
)

BENCH = Path(__file__).resolve().parent.parent.parent / "bench" / "memory.py"


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("memory")


@pytest.mark.parametrize(
    ("net", "precision", "optimizer"),
    [
        ("lenet5", "float32", "adamw"),
        ("lenet5", "bf16", "sgd"),
        ("squeezenet1_1", "float32", "sgd"),
        ("resnet20", "float32", "adamw"),
        ("resnet20", "bf16", "adamw"),
        ("alexnet", "float32", "adamw"),
    ],
)
def test_it_is_what_torch_counts(bench: ModuleType, net: str, precision: str, optimizer: str) -> None:
    figure = bench.compare(net, 8, precision, optimizer)
    assert figure.training == pytest.approx(figure.training_measured, rel=0.03)
    assert figure.predicting == pytest.approx(figure.predicting_measured, rel=0.03)


def test_it_is_what_the_bench_measured(bench: ModuleType) -> None:
    figures = json.loads((BENCH.parent / "results" / "memory.json").read_text())["figures"]
    assert {figure["net"] for figure in figures} == {*bench.NETS}
    for figure in figures:
        states = bench.STATES[figure["optimizer"]]
        found = memory(zoo.network(figure["net"]), figure["batch"], figure["precision"], states)
        assert found.training == pytest.approx(figure["training_measured"], rel=0.02), figure["net"]
        assert found.predicting == pytest.approx(figure["predicting_measured"], rel=0.02), figure["net"]


def test_the_bench_tells_predicted_measured_and_ratio(bench: ModuleType) -> None:
    figure = bench.Figure(net="vgg16", batch=8, precision="bf16", optimizer="sgd", training=3_000_000,
        training_measured=2_000_000, predicting=500_000, predicting_measured=1_000_000)  # fmt: skip
    assert bench.table([figure]).splitlines()[1].split() == [
        "vgg16", "bf16", "sgd", "3.0", "2.0", "1.5000", "0.5", "1.0", "0.5000"
    ]  # fmt: skip


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_fake_tensors_live_as_long_as_real_ones(bench: ModuleType, precision: str) -> None:
    block = Residual(Sequence(Conv(4, 3, pad=1, bias=False), BatchNorm()))
    network = Network((1, 12, 12), (Conv(4, 3, pad=1), ReLU(), block, MaxPool(2), GlobalAvgPool(), Dense(3)))
    for optimizer in ("adamw", "sgd"):
        fake, real = (bench.measure(network, 4, precision, optimizer, fake=each) for each in (True, False))
        assert fake == pytest.approx(real, rel=1e-3)  # in bf16 a fake batch norm saves its statistics shorter


def test_a_chain_by_hand() -> None:
    network = Network((1, 4, 4), (Conv(2, 3, pad=1), ReLU(), MaxPool(2), Flatten(), Dense(3)))
    weights, image, maps, pooled = 4 * (20 + 27), 4 * 16, 4 * 32, 4 * 8
    found = memory(network, batch=1, states=1)
    assert (found.weights, found.gradients, found.optimizer) == (weights, weights, weights)
    # kept: the image, what ReLU gives (once, though the pool reads it), the pool's indices, what it gives; and logits
    assert found.kept == image + maps + 2 * pooled + pooled + 4 * 3
    # forward only: when ReLU computes, what it reads and what it gives are alive beside the image
    assert found.predicting == weights + image + 2 * maps
    # the peak is ReLU's backward pass, or the optimizer's turn, when all weights have gradients
    assert found.training == max(3 * weights + image, 2 * weights + image + 3 * maps + 4 * 27)


def test_what_is_frozen_out_of_the_gradient_keeps_nothing() -> None:
    layers = (MaxPool(2), Flatten(), Dense(2))
    kept = memory(Network((1, 4, 4), layers), batch=1).kept
    assert kept == 4 * (16 + 4 + 2)  # the image, what the dense layer reads, the logits; no indices


@given(batch=st.integers(1, 64), states=st.integers(0, 4))
def test_parts_and_peak(batch: int, states: int) -> None:
    network = zoo.network("lenet5")
    found = memory(network, batch, states=states)
    assert found.optimizer == states * found.weights
    assert found.predicting < found.training
    assert found.weights * (1 + states) + found.kept <= found.training
    assert memory(network, batch + 1, states=states).training > found.training


def test_bf16_halves_what_deep_networks_keep() -> None:
    network = zoo.network("resnet50")
    full, half = memory(network, 64), memory(network, 64, "bf16")
    images, copies = 4 * 64 * 3 * 224**2, half.weights / 2
    assert half.kept - images - copies == pytest.approx((full.kept - images) / 2, rel=0.05)  # a pool keeps its indices


def test_words_are_counted_as_numbers_of_eight_bytes() -> None:
    network = Network(Tokens(100, 5000), (Embedding(1), Flatten(), Dense(2)))
    found = memory(network, batch=3)
    assert found.predicting == found.weights + 3 * (8 * 100 + 4 * 100 + 4 * 2)


def test_a_sum_passes_its_gradient_on() -> None:
    graph = Graph(Node("a", Conv(2, 1)), Node("b", Conv(2, 1), inputs=("input",)), Node("c", Add(), inputs=("a", "b")))
    network = Network((2, 8, 8), (graph, ReLU(), Flatten(), Dense(2)))
    both = memory(network, batch=100, states=0)
    maps = 4 * 100 * 128
    # the gradient of the sum serves both convolutions, neither of which has anything to pass further down
    assert both.training < both.weights * 2 + both.kept + 2 * maps
