"""Ours, data alone: batches gathered from the cache and varied by one interpolation and one color matrix."""

import torch

from neocog.core.config import override
from neocog.data import fitted, load, prepared, squashed
from neocog.train import Recipe
from neocog.train.batches import TrainingSet
from neocog.train.resolve import resolve
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Take the batches of an epoch for each turn."""
    recipe = override(Recipe(), task["recipe"])
    data = load(recipe.data)
    resolved = resolve(recipe, data)
    torch.set_num_threads(int(resolved.recipe.compute.threads))
    rows = data.rows("train")
    plain = resolved.preprocessing
    still = fitted(plain, prepared(data.table, data.scan, rows, plain))
    images, aspects = squashed(data.table, data.scan, rows, max(plain.size), plain.channels)
    training = TrainingSet(
        images=images,
        aspects=aspects,
        keys=data.sample_key(rows),
        targets=data.targets(rows),
        preprocessing=still,
        augment=recipe.augment,
        seed=0,
        batch=int(resolved.recipe.batch),
        compute=resolved.recipe.compute,
    )
    turns.facts("torch", threads=resolved.recipe.compute.threads)
    for epoch, _ in enumerate(turns):
        turns.trained(sum(len(batch) for batch, _ in training.batches(epoch, 0)))


if __name__ == "__main__":
    serve(run)
