"""The compute-only limit: the training step alone, on batches that already lie in memory as the network takes them.

What the images show does not change how long a step takes, so they are noise.
"""

import math
from collections.abc import Iterator

import torch

from neocog.build import build
from neocog.network import Network, shapes
from neocog.train.compute import autocast, place
from neocog.train.losses import make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Recipe

DISTINCT = 16
"""The most different batches; they take 64 MB or so, so that none stays in the processor's own cache."""


def steps(network: Network, recipe: Recipe) -> Iterator[None]:
    """One step for each value taken; the recipe's batch, optimizer, loss and compute are resolved."""
    compute = recipe.compute
    assert isinstance(recipe.batch, int), "the recipe is resolved"
    module = place(build(network, recipe.seed), compute).train()
    optimizer, loss = make_optimizer(module, recipe.optimizer), make_loss(recipe.loss)
    (classes,) = list(shapes(network).values())[-1]
    generator = torch.Generator().manual_seed(recipe.seed)
    batches = []
    for _ in range(max(2, min(DISTINCT, 2**24 // (recipe.batch * math.prod(network.shape))))):
        images = torch.randn((recipe.batch, *network.shape), generator=generator).to(compute.device)
        targets = torch.randint(classes, (recipe.batch,), generator=generator).to(compute.device)
        if compute.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        batches.append((images, targets))
    while True:
        for images, targets in batches:
            with autocast(compute):
                value = loss(module(images), targets)
            torch.autograd.backward(value)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            yield
