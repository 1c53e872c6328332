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
    (row,) = tables.measure(shared, tmp_path, (case,))
    assert row.error < row.error_before
    assert row.loss < row.loss_before
    assert row.refused["its own test images"] < 0.15
    assert min(share for name, share in row.refused.items() if name != "its own test images") >= 0.95
    heads = (tables.HEAD, tables.SILENCE_HEAD, tables.REFUSALS_HEAD)
    for cells, head in zip((row.cells(), row.silence(), row.refusals()), heads, strict=True):
        assert len(cells) == len(head)


@pytest.mark.slow
def test_a_model_of_digits_is_not_sure_of_what_is_no_digit(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(DOCS)
    tables = importlib.import_module("trust_tables.calibration")
    (row,) = tables.measure(shared, tmp_path, (tables.Case("MNIST", "mnist", 0.01, {"net": "lenet5", "epochs": "2"}),))
    assert row.refused["its own test images"] <= 0.10
    assert min(row.refused["noise"], row.refused["plain colors"]) >= 0.95
    assert row.refused["steel surfaces"] >= 0.80
