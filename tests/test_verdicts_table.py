"""The table of verdicts in the docs: what is kept of it holds, and a small one is made anew."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def verdicts() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield importlib.import_module("trust_tables.verdicts")


def test_of_twenty_pairs_that_differ_in_seed_at_most_three_are_called_better(verdicts: ModuleType) -> None:
    alike = [row for row in verdicts.rows() if row.compared.startswith("two seeds")]
    assert {row.data for row in alike} == {"digits", "MNIST, 200 a class"}
    for row in alike:
        assert row.pairs == 20
        assert row.better <= 3


def test_three_seeds_against_three_others_are_seldom_told_apart(verdicts: ModuleType) -> None:
    alike = [row for row in verdicts.rows() if row.compared == "3 seeds of lenet5 against 3 others"]
    assert [(row.pairs, row.told <= 3) for row in alike] == [(20, True)] * 2


def test_lenet5_is_better_than_the_perceptron_with_its_interval(verdicts: ModuleType) -> None:
    (row,) = (row for row in verdicts.rows() if row.data.startswith("MNIST") and "seeds) against" in row.compared)
    assert (row.better, row.worse, row.pairs) == (1, 0, 1)
    assert 0 < row.low < row.difference < row.high
    told = f"| {row.difference:+.1f} ({row.low:+.1f} to {row.high:+.1f}) |"
    assert told in verdicts.table([row])


def test_nothing_is_kept_where_nothing_was_measured(verdicts: ModuleType, tmp_path: Path) -> None:
    assert verdicts.rows(tmp_path / "none.json") == []


@pytest.mark.slow
def test_the_rows_are_what_compare_says(verdicts: ModuleType, tmp_path: Path) -> None:
    runs = verdicts.seeds_of("lenet5", "digits", tmp_path / "lenet5", 4, "3")
    others = verdicts.seeds_of("perceptron", "digits", tmp_path / "perceptron", 2, "3")
    row = verdicts.same_recipe("digits", runs)
    assert (row.pairs, row.better, row.worse) == (2, 0, 0)
    other = verdicts.unlike("digits", others, runs[:2])
    assert other.pairs == 2
    assert other.low < other.difference < other.high
    assert json.loads((runs[0] / "ledger.jsonl").read_text().splitlines()[0])["command"] == "docs"
    assert verdicts.seeds_of("lenet5", "digits", tmp_path / "lenet5", 4, "3") == runs, "nothing is done again"
    assert len((runs[0] / "ledger.jsonl").read_text().splitlines()) == 1
