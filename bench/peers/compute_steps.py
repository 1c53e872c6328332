"""The training step alone, in one precision, format, number of threads and way with freed memory."""

import torch

from neocog import zoo
from neocog.train.compute import keep_freed_memory
from neocog.train.measure import steps as steps_alone
from neocog.train.recipe import Compute, Optimizer, Recipe
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Take some steps for each turn."""
    compute = Compute(device="cpu", **task["compute"])
    torch.set_num_threads(task["compute"]["threads"])
    if task["keeps_memory"]:
        keep_freed_memory()
    recipe = Recipe(batch=task["batch"], optimizer=Optimizer(rate=0.001, weight_decay=0.0), compute=compute)
    if task["net"] == "auto":
        network, _ = zoo.auto(task["side"], task["channels"], images=1_000, classes=10)
    else:
        network = zoo.network(task["net"], classes=10)
    steps = steps_alone(network, recipe)
    for _ in range(2):
        next(steps)
    turns.facts("torch")
    for _ in turns:
        for _ in range(task["steps"]):
            next(steps)
        turns.trained(task["steps"] * task["batch"])


if __name__ == "__main__":
    serve(run)
