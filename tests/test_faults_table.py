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


def found(line: tuple[str, ...]) -> float:
    """The share in percent that a line says was found."""
    return float(line[3].partition("(")[2].partition("%")[0])


def check(lines: list[tuple[str, ...]], faults: ModuleType) -> None:
    labels, copied, framed = lines
    assert {len(line) for line in lines} == {len(faults.HEAD)}
    assert found(labels) >= 80
    assert found(copied) >= 95
    assert framed[3].startswith("told (100% by the border alone")
    assert framed[4].startswith("not told")


def test_faults_in_digits(faults: ModuleType, tmp_path: Path) -> None:
    changes = {"net": "perceptron", "epochs": "6", "batch": "64", "compute.threads": "1", "augment.scale": "1"}
    still = {"augment.rotation": "0", "augment.translation": "0", "augment.brightness": "0", "augment.contrast": "1"}
    case = faults.Case("digits", "digits", None, changes | still)
    check(faults.rows(tmp_path, tmp_path, (case,)), faults)


@pytest.mark.slow
def test_faults_in_every_set(faults: ModuleType, shared: Path, tmp_path: Path) -> None:
    for case in faults.CASES:
        check(faults.rows(shared, tmp_path, (case,)), faults)
