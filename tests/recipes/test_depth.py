"""Plain against residual depth on digits."""

from collections.abc import Callable

import pytest

from neocog import zoo
from neocog.network import cost
from neocog.train import Epoch


def test_shortcuts_have_no_weights() -> None:
    for layers in (20, 56):
        plain, residual = (cost(zoo.network(f"{kind}{layers}", side=8)) for kind in ("plain", "resnet"))
        assert plain.params == residual.params


@pytest.mark.slow
def test_plain_depth_fits_worse_and_residual_depth_does_not(run: Callable[..., list[Epoch]]) -> None:
    """Shortened to 4 of 5 epochs."""
    loss = {name: run(name, epochs=4)[-1].train_loss for name in ("plain20", "plain56", "residual20", "residual56")}
    assert loss["plain56"] > 2 * loss["plain20"]
    assert loss["residual56"] < loss["plain20"]
    assert loss["residual56"] < 1.5 * loss["residual20"]
