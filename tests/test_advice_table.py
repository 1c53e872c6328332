"""The advice table: its rows follow from the figures that are kept, and what is held out is never learned from."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from neocog.data import DataOptions, load

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def advice() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield importlib.import_module("trust_tables.advice")


def kept(path: Path, repeats: list[dict[str, float]], advised: str) -> Path:
    """Figures of one set and network; ways that were not measured are missing."""
    figures = [
        {
            "data": "digits",
            "net": "squeezenet1_1",
            "repeat": place,
            "advised": advised,
            "ways": {way: {"accuracy": accuracy} for way, accuracy in ways.items()},
        }
        for place, ways in enumerate(repeats)
    ]
    path.write_text(json.dumps({"format": 1, "figures": figures}))
    return path


def test_a_row_is_the_sum_of_its_repeats(advice: ModuleType, tmp_path: Path) -> None:
    one = {"head": 0.8, "earlier": 0.9, "top": 0.7, "all": 0.95}
    two = {"head": 0.9, "earlier": 0.9, "top": 0.7, "all": 0.91}
    (row,) = advice.rows(kept(tmp_path / "a.json", [one, two, {"head": 0.1}], "earlier"))
    assert row.accuracies == pytest.approx({"head": 0.85, "earlier": 0.9, "top": 0.7, "all": 0.93})
    assert (row.advised, row.repeats) == (("earlier", "earlier"), 2)
    assert row.lost == pytest.approx(0.03)
    assert row.error == pytest.approx(np.std([0.05, 0.01], ddof=1) / 2**0.5)
    assert not row.holds
    assert "| digits | squeezenet1_1 | earlier | 85.0 | 90.0 | 70.0 | 93.0 | 3.0 ± 2.0 | 2 | no |" in advice.table(
        [row]
    )


def test_a_point_and_a_half_is_no_difference(advice: ModuleType, tmp_path: Path) -> None:
    ways = {"head": 0.9, "earlier": 0.8, "top": 0.7, "all": 0.914}
    (row,) = advice.rows(kept(tmp_path / "a.json", [ways], "head"))
    assert (row.lost, row.holds) == (pytest.approx(0.014), True)


def test_what_is_held_out_is_not_learned_from(advice: ModuleType) -> None:
    whole = load(DataOptions(path="digits"))
    pool = set(whole.rows("train").tolist()) | set(whole.rows("val").tolist())
    seen: set[int] = set()
    for repeat in range(2):
        dataset, held = advice.held_out(whole, repeat)
        learned, judged = (set(dataset.rows(side).tolist()) for side in ("train", "val"))
        assert not learned & judged
        assert not (learned | judged) & set(held.tolist())
        assert learned | judged | set(held.tolist()) == pool, "the sealed test set is not among them"
        assert not len(dataset.rows("test"))
        assert len(held) == pytest.approx(len(pool) / 5, abs=1)
        seen |= set(held.tolist())
    assert len(seen) > 1.5 * len(held), "each repeat draws anew"


def test_the_kept_figures_are_whole(advice: ModuleType) -> None:
    for row in advice.rows():
        assert set(row.advised) <= set(advice.WAYS)
        assert all(0 < accuracy <= 1 for accuracy in row.accuracies.values())
