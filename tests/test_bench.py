"""The benchmark measures what it says: whole epochs and as many steps of the limit, on real digits."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("mnist_speed")


def test_each_epoch_has_its_limit(bench: ModuleType, tmp_path: Path) -> None:
    figure = bench.measure("digits", "auto", 2, tmp_path / "run", {"batch": "64", "compute.threads": "1"})
    assert (figure.batch, figure.threads, len(figure.pairs)) == (64, 1, 2)
    for pair in figure.pairs:
        assert 0 < pair.training < pair.steps, "validation and checkpoint take time too"
        assert pair.limit > 0
    assert 0 < figure.share("training") < figure.share("steps")
    assert figure.share("limit") == 1


def test_the_table_gives_median_spread_and_share(bench: ModuleType) -> None:
    rates = ((100.0, 120.0, 200.0), (90.0, 110.0, 100.0), (80.0, 100.0, 160.0))
    pairs = tuple(bench.Pair(training=a, steps=b, limit=c) for a, b, c in rates)
    figure = bench.Figure(net="lenet5", batch=128, precision="bf16", channels_last=True, threads=2, pairs=pairs)
    assert figure.spread("training") == (80.0, 90.0, 100.0)
    lines = bench.table([figure]).splitlines()
    assert lines[1].split() == ["lenet5", "training", "90", "80", "100", "50.0%"]
    assert lines[3].split() == ["limit", "160", "100", "200", "100.0%"]
    assert "bf16, 2 threads, 3 pairs" in lines[4]


def test_without_the_data_it_says_so(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEOCOG_SHARED", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["mnist_speed.py"])
    assert bench.main() == 0
    assert "skipped: there is no MNIST at" in capsys.readouterr().err
