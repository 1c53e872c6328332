"""The page of checks in the docs: it is what was measured, whole, and the control is found out."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from neocog.core.errors import NetworkError
from neocog.explain import check

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("explanation_checks.measure")


def test_the_page_is_what_was_measured(measured: ModuleType) -> None:
    page = importlib.import_module("explanation_checks.page").page()
    assert (DOCS / "explanation-checks.md").read_text() == page, "run `make docs`"


def test_what_is_measured_is_what_is_known_of_the_methods(measured: ModuleType) -> None:
    """The page says of the rest that it is not measured yet; the filter that knows no network must fail."""
    rows = json.loads(measured.KEPT.read_text())["rows"]
    known = {(row["network"], row["method"]): row for row in rows}
    assert known.keys() <= {(case.name, method.name) for case in measured.CASES for method in measured.methods()}
    assert {method for network, method in known if network == measured.CASES[0].name} == {
        method.name for method in measured.methods()
    }
    assert [key for key, row in known.items() if key[1] == measured.CONTROL and row["passes"]] == []
    assert [key for key, row in known.items() if key[1] == "grad_cam" and row["randomization"]["mean"] >= 0.5] == []


def test_the_control_is_a_method_like_others(measured: ModuleType) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(100, 2))
    found = check(measured.methods()[-1], network, torch.rand(1, 1, 10, 10), 1)
    assert found.verdict == "looks like an edge detector"


@pytest.mark.slow
def test_a_network_is_measured_anew(measured: ModuleType, shared: Path, tmp_path: Path) -> None:
    case = measured.Case("lenet5 on MNIST", 4, "mnist", {"net": "lenet5", "epochs": "1"})
    kept = tmp_path / "checks.json"
    assert not measured.measure(0, tmp_path / "work", kept, (case,))
    with pytest.raises(NetworkError, match="need a ReLU"):  # it has none, and its methods are measured up to there
        measured.measure(10, tmp_path / "work", kept, (case,))
    assert json.loads(kept.read_text())["rows"][0]["method"] == "saliency"
