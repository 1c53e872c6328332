"""The table of planted faults in the docs: on digits, and in the slow suite on all its sets."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("trust_tables.faults")


def check(rows: list, faults: ModuleType) -> None:
    labels, copied, framed = rows
    assert {len(row.cells()) for row in rows} == {len(faults.HEAD)}
    assert labels.share >= 0.8
    assert copied.share >= 0.95
    assert framed.share == 1
    assert framed.found.startswith("said (100% right by the border alone")
    assert framed.sound.startswith("not said")


def test_faults_in_digits(faults: ModuleType, tmp_path: Path) -> None:
    changes = {"net": "perceptron", "epochs": "6", "batch": "64", "compute.threads": "1", "augment.scale": "1"}
    still = {"augment.rotation": "0", "augment.translation": "0", "augment.brightness": "0", "augment.contrast": "1"}
    case = faults.Case("digits", "digits", None, changes | still)
    check(faults.measure(tmp_path, tmp_path, (case,)), faults)


@pytest.mark.slow
def test_faults_in_every_set(faults: ModuleType, shared: Path, tmp_path: Path) -> None:
    for case in faults.CASES:
        check(faults.measure(shared, tmp_path, (case,)), faults)
