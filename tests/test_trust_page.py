"""The page on trust: it is what is kept, its promises hold in what is kept, and it says so where they do not."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield importlib.import_module("trust_tables.page")


def test_the_page_is_what_is_kept(page: ModuleType) -> None:
    assert (DOCS / "trust.md").read_text() == page.page(), "run `make docs`"


def test_most_moved_labels_are_found(page: ModuleType) -> None:
    moved = [row.share for row in page.faults.rows() if "moved" in row.fault]
    assert moved
    assert min(moved) >= page.LEAST_FOUND


def test_calibration_lowers_the_log_loss(page: ModuleType) -> None:
    rows = page.calibration.rows()
    assert rows
    assert all(row.loss < row.loss_before for row in rows)


def test_a_fault_that_is_not_found_is_told(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [replace(row, share=0.5) for row in page.faults.rows()]
    monkeypatch.setattr(page.faults, "rows", lambda: rows)
    assert "`check` does not always do so, and finds 50 %." in " ".join(page.page().split())


def test_advice_that_fails_is_told(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [replace(row, lost=0.5, error=0.01) for row in page.advice.rows()]
    monkeypatch.setattr(page.advice, "rows", lambda: rows)
    assert f"holds in 0 of {len(rows)} rows, not for {rows[0].data} with {rows[0].net}" in " ".join(page.page().split())


def test_what_was_not_measured_is_not_told(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (page.faults, page.calibration, page.verdicts, page.advice):
        monkeypatch.setattr(table, "rows", list)
    assert page.page().count("Nothing is kept of this yet.") == 4
