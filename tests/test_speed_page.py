"""The page on speed: it is what the benches keep, and tells nothing of what was not measured."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")
        patch.syspath_prepend(ROOT / "bench")
        yield importlib.import_module("speed_tables.page")


def test_the_page_is_what_is_kept(page: ModuleType) -> None:
    assert (ROOT / "docs" / "speed.md").read_text() == page.page(), "run `make docs`"


def test_what_was_not_measured_is_not_told(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "kept", lambda _: {})
    told = page.page()
    assert "here none yet" in told
    assert told.count("```text") == 1, "only the commands are left"


def test_a_run_is_told_in_its_table_alone(page: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    run = {"reached": 12.3, "imported": 2.0, "curve": [[12.3, 0.975]]}
    found = {"time_to_accuracy": {"runs": {"neu, defaults, neocog, seed 1": run}}}
    monkeypatch.setattr(page, "kept", lambda name: found.get(name, {}))
    told = page.page()
    assert "neu to 97.0%, defaults" in told
    assert "12.3" in told
    assert "mnist to" not in told
    assert "same network  " not in told
