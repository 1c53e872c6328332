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
    """What must be found, whatever the set; changed photos are found through a network that knows photographs."""
    assert {len(row.cells()) for row in rows} == {len(faults.HEAD)}
    found = {row.fault: row for row in rows}
    if "5 % of the labels moved" in found:
        assert found["5 % of the labels moved"].share >= 0.8
    assert found["training images again in the test set"].share >= 0.95
    framed = found["a frame of a color a class"]
    assert framed.share == 1
    assert framed.found.startswith("said (100 % right by the border alone")
    assert framed.sound.startswith("not said")
    again = found.get("training images again in the test set, changed")
    if again is not None and again.data == "ants and bees":
        assert again.share >= 0.8
        assert again.sound == "no pairs"


def test_faults_in_digits(faults: ModuleType, tmp_path: Path) -> None:
    changes = {"net": "perceptron", "epochs": "6", "batch": "64", "compute.threads": "1", "augment.scale": "1"}
    still = {"augment.rotation": "0", "augment.translation": "0", "augment.brightness": "0", "augment.contrast": "1"}
    case = faults.Case("digits", "digits", None, changes | still)
    check(faults.measure(tmp_path, tmp_path, (case,)), faults)


@pytest.mark.slow
def test_faults_in_every_set(faults: ModuleType, shared: Path, tmp_path: Path) -> None:
    for case in faults.CASES:
        check(faults.measure(shared, tmp_path, (case,)), faults)
