"""The tables of trust in the docs: one line of each, on digits."""

import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_calibration_and_refusals_of_digits(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    tables = importlib.import_module("trust_tables.calibration")
    case = tables.Case("digits", "digits", 0.03, {"epochs": "8"})
    (line,) = tables.rows(shared, tmp_path, (case,))
    assert len(line) == len(tables.HEAD)
    error_before, error, loss_before, loss = (float(text.split()[0]) for text in line[4:8])
    assert error < error_before
    assert loss < loss_before
    (refused,) = tables.refusals(shared, tmp_path, (case,))
    assert len(refused) == len(tables.REFUSALS_HEAD)
    own, *others = (float(share.removesuffix(" %")) for share in refused[1:])
    assert own < 15
    assert min(others) >= 95


def test_a_model_of_digits_is_not_sure_of_what_is_no_digit(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(DOCS)
    tables = importlib.import_module("trust_tables.calibration")
    case = tables.Case("MNIST", "mnist", 0.01, {"net": "lenet5", "epochs": "2"})
    ((_, own, noise, plain, steel, _),) = tables.refusals(shared, tmp_path, (case,))
    share = {"own": own, "noise": noise, "plain": plain, "steel": steel}
    found = {name: float(told.removesuffix(" %")) for name, told in share.items()}
    assert found["own"] <= 10
    assert min(found["noise"], found["plain"]) >= 95
    assert found["steel"] >= 80
