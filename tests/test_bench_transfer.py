"""The bench of transfer measures what it says: the same run on codes and on images."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from neocog.train.frozen import Frozen


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("transfer_speed")


def test_both_ways_are_timed(bench: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    before = Frozen.codes
    changes = {"data.size": "32", "compute.threads": "1", "batch": "256", "compute.device": "cpu"}
    figures = bench.measure("digits", 2, changes)
    assert {name: len(each) for name, each in figures.items()} == {"codes": 1, "images": 1, "once": 1}
    assert 0 < figures["codes"][0] < figures["images"][0]
    assert Frozen.codes is before


def test_the_table_says_how_many_times(bench: ModuleType) -> None:
    told = bench.table({"codes": [0.1, 0.2, 0.3], "images": [4.0, 5.0, 6.0], "once": [7.0]})
    assert told.splitlines()[-1] == "on codes an epoch is 25 times faster"
    assert "(4.000 to 6.000, n = 3)" in told
