"""Ours: what `neocog train DATA` does, with nothing chosen but the seed."""

import tempfile
from pathlib import Path

from peers.soon import Task, Told, serve


def run(task: Task, told: Told) -> None:
    """Train, from the import of the command line to the last epoch."""
    from neocog.cli import train as verb
    from neocog.core.config import override
    from neocog.train import Recipe
    from neocog.train.events import Epoch, Started, Step

    told.imported("torch")
    recipe = override(Recipe(), {"data.path": task["data"], "seed": str(task["seed"])})
    batch, seen = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for event in verb.training(recipe, Path(folder) / "run", advise=verb.choose):
            match event:
                case Started():
                    batch = event.batch
                case Step():
                    told.seen(event.step * batch - seen)
                    seen = event.step * batch
                case Epoch():
                    told.judged(event.val_accuracy)


if __name__ == "__main__":
    serve(run)
