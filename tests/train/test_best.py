"""Which epoch is kept: the lowest loss among those whose accuracy cannot be told from the highest."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from neocog.train.checkpoint import State
from neocog.train.events import Epoch
from neocog.train.loop import Plan, loop
from neocog.train.losses import make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Compute, Loss, Optimizer, Recipe


def kept(figures: list[tuple[float, float]], images: int) -> list[int]:
    """The epochs that were kept in turn, by a loop whose validation gives those accuracies and losses."""
    given = iter(figures)

    def judge(_model: nn.Module) -> Iterator[tuple[str, float]]:
        accuracy, loss = next(given)
        yield from (("figure", accuracy), ("loss", loss))

    module = nn.Linear(2, 2)
    optimizer = Optimizer(rate=0.1, weight_decay=0.0)
    recipe = replace(Recipe(), optimizer=optimizer, compute=Compute(device="cpu", precision="float32"))
    plan = Plan(
        recipe=recipe,
        epochs=len(figures),
        batch=1,
        steps=1,
        batches=lambda _epoch, _cursor: [(torch.zeros(1, 2), torch.zeros(1, dtype=torch.long))],
        loss=make_loss(Loss()),
        validation=SimpleNamespace(run=judge),  # type: ignore[arg-type]
        validation_images=images,
    )
    state = State(module, make_optimizer(module, optimizer), torch.zeros((), dtype=torch.float64))
    events = loop(state, plan, lambda _: None)
    return [event.epoch for event in events if isinstance(event, Epoch) and event.best]


@pytest.mark.parametrize(
    ("figures", "images", "expected"),
    [
        ([(0.5, 1.0), (0.9, 0.5), (0.95, 0.4)], 100, [1, 2, 3]),
        ([(0.90, 0.5), (1.00, 0.30), (0.99, 0.10)], 84, [1, 2, 3]),  # a lucky epoch does not win over a lower loss
        ([(0.90, 0.5), (1.00, 0.30), (0.99, 0.10)], 10_000, [1, 2]),  # with many images 99 % is less than 100 %
        ([(0.5, 0.1), (0.95, 0.9)], 100, [1, 2]),  # a low loss does not keep an epoch that is clearly worse
        ([(0.95, 0.2), (0.95, 0.2)], 100, [1]),
    ],
)
def test_the_kept_epoch(figures: list[tuple[float, float]], images: int, expected: list[int]) -> None:
    assert kept(figures, images) == expected
