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
    """As given; the ratios were 13, 18 and 13, and 0.17, 0.34 and 0.19 with seeds 0, 1 and 2."""
    loss = {name: run(name)[-1].train_loss for name in ("plain20", "plain56", "residual56")}
    assert loss["plain56"] > 4 * loss["plain20"]
    assert loss["residual56"] < 0.7 * loss["plain20"]
