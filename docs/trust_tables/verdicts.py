"""How often `compare` says "better": of runs that differ in seed alone, of unlike networks, and of two ways to train.

    PYTHONPATH=docs python -m trust_tables.verdicts OUT      # again and again, until it says that all is there

The runs lie in OUT, where what is finished is gone on from; each is evaluated once on its sealed test set. What the
comparisons came to is kept in `verdicts.json`. Of two runs that differ in seed alone `compare` calls neither better.
The table says what that rule is worth: how often the test of the difference would have told the two apart without it.
Where that is often, the models do differ, by the luck of their seeds, and a single run says little of how it was trained; so
other rows take three seeds of each side, where the spread of the runs is in the interval. Data and weights are looked
for in `NEOCOG_SHARED`, else in `../shared/data`.
"""

import argparse
import gzip
import json
import os
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from neocog.core import config
from neocog.core.run import REPORT_DATA
from neocog.evaluate import Comparison, compare, difference, evaluate, read_judged
from neocog.train import Recipe, is_finished, train

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = Path(__file__).resolve().parent / "verdicts.json"

PAIRS = 20
SEEDS = 3
"""Runs of each network where two are compared as ways of training."""
EPOCHS = "6"
WEIGHTS = "mobilenetv1_075_imagenet_timmnames.pth"
HEAD = ("images", "compared", "pairs", "says better", "says worse", "by the test alone", "difference, points (95 %)")


@dataclass(frozen=True)
class Row:
    """Some comparisons of one kind: how many, what was said, and the difference of the last in points."""

    data: str
    compared: str
    pairs: int
    better: int
    """How often `compare` says "better"."""
    worse: int
    told: int
    """How often its test of the difference, whatever the recipes, tells the two apart."""
    difference: float
    """Of the last pair, in points."""
    low: float
    high: float
    second: float
    """The accuracy of the second of the last pair."""
    seconds: float | None = None
    """How long the second training of the last pair took."""

    def cells(self) -> tuple[str, ...]:
        """The row as texts under `HEAD`."""
        ends = f"{self.difference:+.1f} ({self.low:+.1f} to {self.high:+.1f})"
        return (self.data, self.compared, *map(str, (self.pairs, self.better, self.worse, self.told)), ends)


def rows(kept: Path = KEPT) -> list[Row]:
    """The rows of what has been measured."""
    return [Row(**each) for each in json.loads(kept.read_text())["rows"]] if kept.exists() else []


def table(found: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|" + "---:|" * (len(HEAD) - 2)]
    return "\n".join([*lines, *("| " + " | ".join(row.cells()) + " |" for row in found)]) + "\n"


def measure(out: Path, kept: Path = KEPT, pairs: int = PAIRS, seeds: int = SEEDS, epochs: str = EPOCHS) -> list[Row]:
    """Train and evaluate what is missing in `out`, compare, and keep what that came to."""
    found = []
    for data, place in (("digits", "digits"), ("MNIST, 200 a class", _few_digits(out))):
        found += _on(data, place, out, pairs, seeds, epochs)
    found += _photos(out)
    kept.write_text(json.dumps({"format": 1, "rows": [asdict(row) for row in found]}, indent=1) + "\n")
    return found


def seeds_of(net: str, place: str, out: Path, count: int, epochs: str) -> list[Path]:
    """So many runs of a network that differ in their seed, evaluated."""
    changes = {"data.path": place, "net": net, "epochs": epochs}
    return [_judged(out / f"{net}-{seed:02}", {**changes, "seed": str(seed)}) for seed in range(count)]


def same_recipe(data: str, runs: list[Path]) -> Row:
    """What is said of the runs two by two."""
    return _row(data, "two seeds of lenet5", [compare(*pair) for pair in zip(runs[::2], runs[1::2], strict=True)])


def same_way(data: str, runs: list[Path], pairs: int, seeds: int) -> Row:
    """What the test says of so many seeds against as many others of the same way of training, drawn anew each time."""
    judged = [read_judged(run) for run in runs]
    random, found = np.random.default_rng(0), []
    for _ in range(pairs):
        drawn = random.permutation(len(judged))[: 2 * seeds].tolist()
        sides = [np.stack([judged[place].right for place in part]) for part in (drawn[:seeds], drawn[seeds:])]
        found.append(difference(*sides, judged[0].targets))
    last = found[-1]
    return Row(
        data=data,
        compared=f"{seeds} seeds of lenet5 against {seeds} others",
        pairs=pairs,
        better=0,  # compare's rule; the test is in the next field
        worse=0,
        told=sum(each.better or each.worse for each in found),
        difference=round(100 * last.value, 3),
        low=round(100 * last.interval.low, 3),
        high=round(100 * last.interval.high, 3),
        second=round(last.second, 4),
    )


def unlike(data: str, first: list[Path], second: list[Path]) -> Row:
    """What is said of one network's runs against another's, seed by seed."""
    return _row(data, "lenet5 against the perceptron", [compare(*pair) for pair in zip(first, second, strict=True)])


def _on(data: str, place: str, out: Path, pairs: int, seeds: int, epochs: str) -> list[Row]:
    folder = out / data.replace(", ", "-").replace(" ", "-")
    lenet5 = seeds_of("lenet5", place, folder / "lenet5", 2 * pairs, epochs)
    perceptron = seeds_of("perceptron", place, folder / "perceptron", seeds, epochs)
    whole = compare(folder / "perceptron", folder / "lenet5")
    words = f"lenet5 ({2 * pairs} seeds) against the perceptron ({seeds})"
    return [
        same_recipe(data, lenet5),
        same_way(data, lenet5, pairs, seeds),
        unlike(data, perceptron, lenet5[:seeds]),
        _row(data, words, [whole]),
    ]


def _photos(out: Path) -> list[Row]:
    """From released weights against from nothing, on few photos."""
    weights = out / WEIGHTS
    if not weights.exists():
        weights.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(_shared() / "imagenet-backbones.zip") as archive:
            weights.write_bytes(archive.read(f"imagenet-backbones/{WEIGHTS}"))
    changes = {"data.path": str(_shared() / "ants-bees-photos.zip"), "net": "mobilenet_v1_075"}
    scratch = _judged(out / "photos" / "scratch", changes)
    transfer = _judged(out / "photos" / "transfer", {**changes, "init": str(weights)})
    return [_row("ants and bees", "mobilenet_v1_075 from released weights, from nothing", [compare(scratch, transfer)])]


def _row(data: str, compared: str, found: list[Comparison]) -> Row:
    last = found[-1].difference
    verdicts = [each.verdict for each in found]
    return Row(
        data=data,
        compared=compared,
        pairs=len(found),
        better=verdicts.count("better"),
        worse=verdicts.count("worse"),
        told=sum(each.difference.better or each.difference.worse for each in found),
        difference=round(100 * last.value, 3),
        low=round(100 * last.interval.low, 3),
        high=round(100 * last.interval.high, 3),
        second=round(last.second, 4),
        seconds=found[-1].second.seconds,
    )


def _judged(folder: Path, changes: Mapping[str, str]) -> Path:
    """A run that is trained and evaluated, from where it stopped."""
    if not (folder.exists() and is_finished(folder)):
        for _ in train(config.override(Recipe(), {"compute.threads": "1", **changes}), folder, resume=True):
            pass
    if not (folder / REPORT_DATA).exists():
        evaluate(folder, command="docs")
        print(folder, flush=True)
    return folder


def _few_digits(out: Path) -> str:
    """200 training images a class of MNIST, and the first 2,000 of its test images."""
    path = out / "mnist-2000.npz"
    if not path.exists():
        sides = {}
        for side, name in (("train", "train"), ("test", "t10k")):
            images, labels = (
                np.frombuffer(gzip.decompress((_shared() / "mnist" / f"{name}-{kind}-ubyte.gz").read_bytes()), np.uint8)
                for kind in ("images-idx3", "labels-idx1")
            )
            x, y = images[16:].reshape(-1, 28, 28), labels[8:]
            taken = np.arange(2000)
            if side == "train":
                taken = np.concatenate([np.flatnonzero(y == label)[:200] for label in range(10)])
            sides[side] = x[taken], y[taken]
        out.mkdir(parents=True, exist_ok=True)
        (x_train, y_train), (x_test, y_test) = sides["train"], sides["test"]
        np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return str(path)


def _shared() -> Path:
    return Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="How often compare says better, of runs alike and unlike.")
    parser.add_argument("out", type=Path, help="the folder of the runs; gone on from where they are there")
    print(table(measure(parser.parse_args().out)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
