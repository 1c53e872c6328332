"""How fast training is, against the limit that computing alone sets, on the 60,000 images of MNIST.

    make bench                                # lenet5, mnist_cnn and auto, five pairs each: some minutes
    python bench/mnist_speed.py --net lenet5 --repeats 3

*Training* is an epoch as a user has it: the events of `train`, from the memory-mapped images to the run folder. *Steps*
are its steps alone, without validation and checkpoint. The *limit* is the same step of the same network, in the same
precision, format and threads, on batches that already lie in memory as the network takes them; what they show does not
change how long it takes. Training is an iterator, so it stands still while the limit is measured: the two take turns
within one process, and each epoch has its limit beside it. The first pair warms up and is not counted.

Prints a table and keeps every figure, with hardware and versions, in `bench/results/mnist_speed.json`. The images are
looked for in `NEOCOG_SHARED/mnist`, else in `../shared/data/mnist`.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from neocog.core.config import from_toml, override
from neocog.core.run import RECIPE, RunFolder
from neocog.network import parse
from neocog.train import Event, Recipe, train
from neocog.train.events import CheckpointSaved, Epoch
from neocog.train.measure import steps as steps_alone
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
NETS = ("lenet5", "mnist_cnn", "auto")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One epoch and the limit beside it, in images a second."""

    training: float
    steps: float
    limit: float


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What the pairs of one network come to."""

    net: str
    batch: int
    precision: str
    channels_last: bool
    threads: int
    pairs: tuple[Pair, ...]

    def spread(self, name: str) -> tuple[float, float, float]:
        """Least, median and greatest images a second of `training`, `steps` or `limit`."""
        rates = sorted(float(getattr(pair, name)) for pair in self.pairs)
        return rates[0], statistics.median(rates), rates[-1]

    def share(self, name: str) -> float:
        """The median over the pairs of a rate as a share of its limit."""
        return statistics.median(float(getattr(pair, name)) / pair.limit for pair in self.pairs)


def measure(data: str, net: str, repeats: int, folder: Path, changes: dict[str, str] | None = None) -> Figure:
    """Train `repeats` epochs, and one before them to warm up, each followed by as many steps of the limit."""
    wanted = {"data.path": data, "net": net, "epochs": str(repeats + 1), **(changes or {})}
    events = train(override(Recipe(), wanted), folder)
    recipe = _recipe_after_start(events, folder)
    compute, batch = recipe.compute, recipe.batch
    assert batch != "auto", "a run's recipe says all"
    assert compute.channels_last != "auto", "a run's recipe says all"
    assert compute.threads != "auto", "a run's recipe says all"
    limit = steps_alone(parse(recipe.network), recipe)
    pairs = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        epoch = _next_epoch(events)
        seconds = time.perf_counter() - began
        steps = epoch.step // epoch.epoch
        began = time.perf_counter()
        for _ in range(steps):
            next(limit)
        _wait(compute.device)
        pairs.append(
            Pair(
                training=steps * batch / seconds,
                steps=epoch.images_per_second,
                limit=steps * batch / (time.perf_counter() - began),
            )
        )
    for _ in events:  # the run comes to its end before its folder goes
        pass
    return Figure(
        net=net,
        batch=batch,
        precision=compute.precision,
        channels_last=compute.channels_last,
        threads=compute.threads,
        pairs=tuple(pairs[1:]),
    )


def _recipe_after_start(events: Iterator[Event], folder: Path) -> Recipe:
    """Take the first event, after which the run folder holds the recipe with nothing left to decide."""
    next(events)
    return from_toml(Recipe, RunFolder.open(folder).read(RECIPE).decode(), RECIPE)


def _next_epoch(events: Iterator[Event]) -> Epoch:
    """Let training go on until the checkpoint that ends its epoch."""
    ended = None
    for event in events:
        if isinstance(event, Epoch):
            ended = event
        if ended and isinstance(event, CheckpointSaved):
            return ended
    raise AssertionError("a run ends each epoch with a checkpoint")


def _wait(device: str) -> None:
    """Let a device that computes on its own come to the end."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def table(figures: list[Figure]) -> str:
    """The figures as lines of text: medians, least and greatest, and the share of the limit."""
    lines = [f"{'images/s':<10}{'':<10}{'median':>10}{'least':>10}{'greatest':>10}{'of limit':>10}"]
    for figure in figures:
        for name in ("training", "steps", "limit"):
            least, median, greatest = figure.spread(name)
            share = f"{figure.share(name):>10.1%}"
            net = figure.net if name == "training" else ""
            lines.append(f"{net:<10}{name:<10}{median:>10,.0f}{least:>10,.0f}{greatest:>10,.0f}{share}")
        how = f"batch {figure.batch}, {figure.precision}, {figure.threads} threads, {len(figure.pairs)} pairs"
        lines.append(f"{'':<10}{how}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Images a second of training on MNIST, against the limit.")
    parser.add_argument("--net", action="append", help="a network to measure; may be repeated (all three)")
    parser.add_argument("--repeats", type=int, default=5, help="pairs that count")
    chosen = parser.parse_args()
    data = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data")) / "mnist"
    if not data.is_dir():
        print(f"skipped: there is no MNIST at {data}; name the folder that holds it by NEOCOG_SHARED", file=sys.stderr)
        return 0
    figures = []
    for net in chosen.net or NETS:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(measure(str(data), net, chosen.repeats, Path(folder) / "run"))
    print(table(figures))
    kept = {"time": now(), "machine": environment(), "figures": [asdict(figure) for figure in figures]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "mnist_speed.json").write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
