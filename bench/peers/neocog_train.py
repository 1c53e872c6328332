"""Ours, end to end: the events of `train`, from the cached images to the run folder, checkpoint included."""

from pathlib import Path

from neocog.core.config import from_toml, override
from neocog.core.run import RECIPE, RunFolder
from neocog.train import Recipe, train
from neocog.train.events import CheckpointSaved, Epoch
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Take the events of an epoch for each turn."""
    folder = Path(task["folder"]) / "run"
    events = train(override(Recipe(), task["recipe"]), folder)
    next(events)  # the run has begun: the cache is built, and the recipe says all
    recipe = from_toml(Recipe, RunFolder.open(folder).read_text(RECIPE), RECIPE)
    compute = recipe.compute
    turns.facts("torch", precision=compute.precision, channels_last=compute.channels_last, threads=compute.threads)
    for _ in turns:
        for event in events:
            if isinstance(event, Epoch):
                images = event.step // event.epoch * int(recipe.batch)
                turns.trained(images, images / event.images_per_second)
            if isinstance(event, CheckpointSaved):
                break


if __name__ == "__main__":
    serve(run)
