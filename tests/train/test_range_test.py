"""`optimizer.rate=find`: the range test finds a rate that trains, once, and leaves no other trace."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neocog.core import config
from neocog.core.errors import RecipeError
from neocog.core.run import MODEL, RECIPE, RunFolder
from neocog.train import Finished, Note, Recipe, Resumed, recipe_of, train
from neocog.train.range_test import found

RATES = np.geomspace(1e-6, 1.0, 61).tolist()


def test_a_tenth_of_the_rate_with_the_lowest_loss() -> None:
    """A loss that falls from 2 from 1e-4 on and rises again after 1e-1."""
    losses = [2.0 if rate < 1e-4 else 2 - np.log10(rate / 1e-4) / 3 if rate < 0.1 else 1 + 100 * rate for rate in RATES]
    result = found(RATES, losses)
    assert result.lowest == pytest.approx(0.1, rel=0.3)
    assert result.rate == pytest.approx(0.01, rel=0.3)
    assert "the loss was lowest at 0.1" in str(replace(result, lowest=0.1))


def test_no_rate_lowers_the_loss() -> None:
    for losses in ([2.0] * 61, [2.0 + rate for rate in RATES], []):
        with pytest.raises(RecipeError, match="needs a rate at which the loss falls, and found none from 1e-06 to 10"):
            found(RATES, losses)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_rate_that_is_found_trains_and_the_test_leaves_no_trace(
    recipe: Recipe, tmp_path: Path, optimizer: str
) -> None:
    asked = config.override(recipe, {"optimizer.rate": "find", "optimizer.name": optimizer, "epochs": "8"})
    events = list(train(asked, tmp_path / "found"))
    rate = config.from_toml(Recipe, RunFolder(tmp_path / "found").read_text(RECIPE), RECIPE).optimizer.rate
    assert isinstance(rate, float)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert any(text.startswith(f"learning rate {rate:.2g}, found by a range test") for text in notes)
    assert isinstance(events[-1], Finished)
    assert events[-1].val_accuracy > 0.8
    given = replace(asked, optimizer=replace(asked.optimizer, rate=rate))
    list(train(given, tmp_path / "given"))
    assert (tmp_path / "found" / MODEL).read_bytes() == (tmp_path / "given" / MODEL).read_bytes()


def test_a_resumed_run_keeps_the_rate(recipe: Recipe, tmp_path: Path) -> None:
    asked = config.override(recipe, {"optimizer.rate": "find"})
    list(train(asked, tmp_path / "whole"))
    steps = iter(range(100))
    list(train(asked, tmp_path / "parts", stop=lambda: next(steps) >= 13))
    begun = recipe_of(tmp_path / "parts", asked, ["optimizer.rate"])
    assert begun is not None
    assert isinstance(begun.optimizer.rate, float)
    assert isinstance(next(iter(train(begun, tmp_path / "parts", resume=True))), Resumed)
    list(train(begun, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
