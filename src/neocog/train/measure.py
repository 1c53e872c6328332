"""`compute.measure=true`: the precision, format and number of threads that train fastest here, tried out once.

The rule of `compute.py` decides by the network's cost and the machine's abilities, and gives the same recipe each time.
A measurement sees what the rule cannot know (another processor, a machine that others use), and may come out otherwise
the next time; so it happens only where it is asked for, and what it found stands in the recipe of the run.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import torch

from neocog.build import build, pool_first
from neocog.core.errors import RecipeError
from neocog.network import Network, shapes, walk
from neocog.train.compute import autocast, most_threads, place, prepare_machine, resolve_compute
from neocog.train.distributed import here
from neocog.train.losses import make_loss
from neocog.train.optimizers import forget_gradients, make_optimizer
from neocog.train.recipe import Compute, Precision, Recipe

DISTINCT = 2**24
"""Numbers in the batches that are tried, about: 64 MB, more than a processor's own memory holds."""
SECONDS = 0.5
"""How long each way is tried, one step at least."""
BEHIND = 1.5
"""A way whose first step takes so many times the best is not tried longer."""


def fastest(recipe: Recipe, network: Network, choice: Compute) -> Compute:
    """The fastest way to train by a recipe, among those that `choice` leaves open; the recipe itself is resolved.

    Raises `RecipeError` where several processes train: each would find another.
    """
    if here().size > 1:
        raise RecipeError("`compute.measure` needs a run of one process; leave it out, and the rule decides")
    ways = _ways(recipe, network, choice)
    if len(ways) == 1:
        return ways[0]
    times: dict[Compute, float] = {}
    for way in ways:
        prepare_machine(way)
        taken = steps(network, replace(recipe, compute=way))
        next(taken)  # the first one also makes ready
        times[way] = _seconds(taken, way, BEHIND * min(times.values(), default=math.inf))
    return min(times, key=lambda way: times[way])


def steps(network: Network, recipe: Recipe) -> Iterator[None]:
    """The training step on batches of noise that already lie in memory, once for each value taken.

    What images show does not change how long a step takes. The recipe's batch, optimizer, loss and compute are
    resolved.
    """
    compute, batch = recipe.compute, recipe.batch
    assert isinstance(batch, int), "the recipe is resolved"
    part = math.ceil(batch / recipe.optimizer.accumulate)
    module = place(build(network, recipe.seed), compute).train()
    optimizer, loss = make_optimizer(module, recipe.optimizer), make_loss(recipe.loss)
    module = pool_first(module)
    (classes,) = list(shapes(network).values())[-1]
    generator = torch.Generator().manual_seed(recipe.seed)
    batches = []
    for _ in range(max(2, min(16, DISTINCT // (part * math.prod(network.shape))))):
        images = torch.randn((part, *network.shape), generator=generator).to(compute.device)
        targets = torch.randint(classes, (part,), generator=generator).to(compute.device)
        if compute.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        batches.append((images, targets))
    while True:
        for images, targets in batches:
            with autocast(compute):
                value = loss(module(images), targets)
            torch.autograd.backward(value)
            optimizer.step()
            forget_gradients(optimizer)
            yield


def _ways(recipe: Recipe, network: Network, choice: Compute) -> Sequence[Compute]:
    """The rule's way first, then all others that the choice leaves open and this network bears."""
    rule = recipe.compute
    on_processors = rule.device == "cpu"
    precisions: tuple[Precision, ...] = ("float32", "bf16") if choice.precision == "auto" else (rule.precision,)
    formats = (False, True) if choice.channels_last == "auto" else (rule.channels_last,)
    threads = {1, most_threads()} if choice.threads == "auto" and on_processors else {rule.threads}
    ways = [rule]
    for precision, channels_last, count in product(precisions, formats, sorted(threads, key=str)):
        way = replace(rule, precision=precision, channels_last=channels_last, threads=count)
        try:
            resolve_compute(way, 0, 0, walk(network))
        except RecipeError:
            continue
        ways += [way] if way != rule else []
    return ways


def _seconds(taken: Iterator[None], way: Compute, limit: float) -> float:
    """The shortest of some steps, in seconds."""
    shortest, began = math.inf, time.perf_counter()
    while time.perf_counter() - began < SECONDS and (shortest <= limit or math.isinf(shortest)):
        at = time.perf_counter()
        next(taken)
        if way.device.startswith("cuda"):
            torch.cuda.synchronize(way.device)
        shortest = min(shortest, time.perf_counter() - at)
    return shortest
