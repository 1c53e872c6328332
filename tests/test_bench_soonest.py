"""The bench of time to an accuracy follows a process as it says: reached, late, hopeless, or ended by itself."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("time_to_accuracy")


def followed(
    bench: ModuleType, *lines: tuple[float, dict[str, Any]], limit: float = 100.0
) -> tuple[str, dict[str, Any]]:
    made: dict[str, Any] = {"reached": None, "imported": None, "curve": []}
    mark = bench.Mark(accuracy=0.9, limit=limit, images=1000)
    ended = bench._followed(iter(lines), 0.0, mark, made)
    return ended, made


def test_the_first_validation_at_the_mark_ends_a_run(bench: ModuleType) -> None:
    imported, low, high = (2.0, {"imported": {}}), (5.0, {"accuracy": 0.8}), (9.0, {"accuracy": 0.9})
    ended, made = followed(bench, imported, low, high, (12.0, {"accuracy": 1.0}))
    assert ended == "reached"
    assert made["reached"] == 9
    assert made["imported"] == 2
    assert made["curve"] == [(5.0, 0.8), (9.0, 0.9)]


def test_what_comes_late_does_not_count(bench: ModuleType) -> None:
    assert followed(bench, (101.0, {"accuracy": 0.95})) == (
        "stopped: late",
        {"reached": None, "imported": None, "curve": []},
    )
    assert followed(bench, (50.0, {}))[0] == "stopped: late"
    assert followed(bench, (50.0, {"accuracy": 0.5}))[0] == "by itself"
    assert followed(bench, (1.0, {"missing": "No module named fastai"}))[0] == "left out: No module named fastai"


def test_whose_first_validation_is_far_away_is_stopped_early(bench: ModuleType) -> None:
    slow = [(10.0, {"seen": 10}), (20.0, {"seen": 20}), (31.0, {"seen": 31})]
    ended, made = followed(bench, *slow)
    assert ended == "stopped: its first validation would be late"
    assert made["first_validation"] == pytest.approx(31 + 969)
    assert followed(bench, *slow, limit=700.0)[0] == "by itself"


def test_the_table_tells_the_ratio_and_who_is_not_within(bench: ModuleType) -> None:
    def runs(peer: str, *seconds: float | None) -> dict[str, dict[str, Any]]:
        return {
            bench._key("neu", "defaults", peer, seed): {"reached": each, "imported": 2.0, "curve": [(1.0, 0.5)]}
            for seed, each in enumerate(seconds, 1)
        }

    told = bench.table(runs("neocog", 10.0, 12.0, 11.0) | runs("fastai", 44.0, 50.0, 40.0) | runs("keras", None, None),
                       "defaults", "neu")  # fmt: skip
    ours, fastai, keras = (line.split() for line in told.splitlines()[1:])
    assert ours == ["neocog", "11.0", "10.0", "12.0", "2.0", "3"]
    assert fastai == ["fastai", "44.0", "40.0", "50.0", "2.0", "3", "0.25", "of", "it"]
    assert keras == ["keras", "-", "2.0", "2", "not", "within", "5", "times", "ours;", "best", "50.00%"]
    held = runs("neocog", 11.0) | runs("keras", 20.0)
    held[bench._key("neu", "defaults", "keras", 1)]["others"] = 1.1
    assert bench.table(held, "defaults", "neu").endswith("0.55 of it; disturbed: 1")
    assert bench.middle(list(runs("keras", None, 5.0, None).values())) == math.inf
