"""The compute-only limit: the step on tensors in memory, in the best of some precisions, formats and threads."""

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from neocog import zoo
from neocog.train.compute import keep_freed_memory
from neocog.train.measure import steps as steps_alone
from neocog.train.recipe import Compute, Optimizer, Recipe
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Measure every combination for a moment, then take the fastest for all turns."""
    keep_freed_memory()
    network = zoo.network(task["net"], classes=task["classes"])
    optimizer = Optimizer(name=task["optimizer"], rate=0.001, weight_decay=0.0)
    recipe = Recipe(batch=task["batch"], optimizer=optimizer)
    rates: dict[Compute, float] = {}
    for precision, channels_last, threads in itertools.product(
        ("bf16", "float32"), (True, False), sorted({1, os.cpu_count() or 1}, reverse=True)
    ):
        compute = Compute(device="cpu", precision=precision, channels_last=channels_last, threads=threads)
        torch.set_num_threads(threads)
        steps = steps_alone(network, replace(recipe, compute=compute))
        rates[compute] = _rate(steps, task, max(rates.values(), default=0.0))
    best = max(rates, key=lambda compute: rates[compute])
    torch.set_num_threads(best.threads)
    tried = [{**_named(compute), "images_per_second": round(rate, 1)} for compute, rate in rates.items()]
    turns.facts("torch", **_named(best), tried=tried)
    steps = steps_alone(network, replace(recipe, compute=best))
    for _ in turns:
        for _ in range(task["steps"]):
            next(steps)
        turns.trained(task["steps"] * task["batch"])


def _named(compute: Compute) -> dict[str, object]:
    return {"precision": compute.precision, "channels_last": compute.channels_last, "threads": compute.threads}


def _rate(steps: Iterator[None], task: Task, best: float) -> float:
    """Images a second over a few steps, the first one not counted; only one of what is far behind the best."""
    next(steps)
    rate = 0.0
    for trial in (1, task["trial"]):
        began = time.perf_counter()
        for _ in range(trial):
            next(steps)
        rate = trial * task["batch"] / (time.perf_counter() - began)
        if rate < 0.7 * best:
            break
    return rate


if __name__ == "__main__":
    serve(run)
