"""The advice table: on real images, does the way of transfer that is advised do as well as the best of the four?

    PYTHONPATH=docs python -m trust_tables.advice --minutes 4      # again and again, until it says that all is there

Five times a fifth of the training and validation images is held out, stratified and drawn anew; the advice is asked and
each way is trained on the rest, and judged on what was held out. The sealed test sets are not opened. What was measured
is kept in `advice.json`, so a run that is stopped goes on; images are made small, as `SETS` says, so that the whole
table takes about an hour. Data and weights are looked for in `NEOCOG_SHARED`, else in `../shared/data`.
"""

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from neocog.core import config
from neocog.data import Dataset, load, prepared
from neocog.model import logits
from neocog.train import Recipe, Reuse, fit
from neocog.transfer import advise
from trust_tables import kept

KEPT = kept.HERE / "advice.json"

SETS = {"ants and bees": 128, "NEU": 64, "MNIST, 20 a class": 64, "MNIST, 200 a class": 64, "digits": 64}
"""The sets of images, and the side of the network's input in pixels."""
WAYS = ("head", "earlier", "top", "all")
FOLDS = 5
"""A fifth is held out."""
REPEATS = 5
HEAD = ("images", "network", "advised", *WAYS, "advised, below the best", "repeats", "holds")
LEAST = 0.015
"""What counts as a difference, unless one paired standard error is larger."""


@dataclass(frozen=True)
class Row:
    """A set and a network: the advice, and the accuracy of each way, means over the repeats."""

    data: str
    net: str
    advised: tuple[str, ...]
    """The way that was advised in each repeat."""
    accuracies: dict[str, float]
    chosen: float
    """The accuracy of the advised way."""
    lost: float
    """How much lower that is than the best way's."""
    error: float
    """The standard error of that, paired by repeats."""
    repeats: int

    def cells(self) -> tuple[str, ...]:
        """The row as texts under `HEAD`."""
        counts = {way: self.advised.count(way) for way in dict.fromkeys(self.advised)}
        advised = ", ".join(way if len(counts) == 1 else f"{way} {count}x" for way, count in counts.items())
        ways = (f"{100 * self.accuracies[way]:.1f}" for way in WAYS)
        below = f"{100 * self.lost:.1f} ± {100 * self.error:.1f}"
        return self.data, self.net, advised, *ways, below, f"{self.repeats}", "yes" if self.holds else "no"

    @property
    def holds(self) -> bool:
        """Whether the advised way is not below the best by more than a difference that counts."""
        return self.lost <= max(LEAST, self.error)


def rows(path: Path = KEPT) -> list[Row]:
    """The rows of what has been measured, in the order of sets and networks; repeats that lack a way are left out."""
    figures = json.loads(path.read_text())["figures"] if path.exists() else []
    found = []
    for data in SETS:
        for net in kept.NETS:
            whole = [
                one for one in figures if one["data"] == data and one["net"] == net and one["ways"].keys() >= set(WAYS)
            ]
            if whole:
                found.append(_row(data, net, whole))
    return found


def table(found: list[Row]) -> str:
    """The rows in Markdown."""
    return kept.markdown(HEAD, (row.cells() for row in found), words=3)


def measure(minutes: float, path: Path = KEPT) -> bool:
    """Measure what is missing until the time is up; returns whether all is there."""
    figures: list[dict[str, Any]] = json.loads(path.read_text())["figures"] if path.exists() else []
    ends = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        for data, net, repeat, way in _wanted():
            known = next((f for f in figures if (f["data"], f["net"], f["repeat"]) == (data, net, repeat)), None)
            if known is not None and way in known["ways"]:
                continue
            if time.monotonic() > ends:
                return False
            recipe = _recipe(data, net, Path(folder))
            dataset, held = held_out(load(recipe.data), repeat)
            if known is None:
                advice = advise(recipe, dataset)
                earlier = max(advice.evidence.probes[:-1], key=lambda one: one.accuracy)
                known = {"data": data, "net": net, "repeat": repeat, "side": SETS[data], "held": len(held), "ways": {}}
                known |= {"advised": advice.way, "at": earlier.path, "evidence": advice.to_dict()}
                figures.append(known)
            began = time.monotonic()
            accuracy = judged(recipe, way, known["at"], dataset, held)
            known["ways"][way] = {"accuracy": accuracy, "seconds": round(time.monotonic() - began, 1)}
            path.write_text(json.dumps({"format": 1, "figures": figures}, indent=1) + "\n")
            print(f"{data}, {net}, repeat {repeat + 1}, {way}: {accuracy:.3f}; advised {known['advised']}", flush=True)
    return True


def held_out(dataset: Dataset, repeat: int) -> tuple[Dataset, NDArray[np.int64]]:
    """The set without a fifth of its training and validation rows and without its test rows, and that fifth."""
    pool = np.sort(np.concatenate([dataset.rows("train"), dataset.rows("val")]))
    targets = dataset.targets(pool)
    stays, held = next(StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(pool, targets))
    inner = StratifiedKFold(6, shuffle=True, random_state=repeat).split(pool[stays], targets[stays])
    learned, validated = next(inner)
    sides = [""] * len(dataset.table)
    for side, places in (("train", learned), ("val", validated)):
        for row in pool[stays][places].tolist():
            sides[row] = side
    return replace(dataset, split=replace(dataset.split, sides=tuple(sides))), pool[held]


def judged(recipe: Recipe, way: str, at: str, dataset: Dataset, held: NDArray[np.int64]) -> float:
    """The accuracy on the held-out rows after training in a way."""
    reuse = Reuse(way=way, at=at if way == "earlier" else "")  # type: ignore[arg-type]
    model = fit(replace(recipe, transfer=reuse), dataset)
    images = prepared(dataset.table, dataset.scan, held, model.preprocessing)
    answers = logits(model.module(), images, model.preprocessing).argmax(axis=1)
    return float((answers == dataset.targets(held)).mean())


def _row(data: str, net: str, whole: list[dict[str, Any]]) -> Row:
    accuracy = np.array([[one["ways"][way]["accuracy"] for way in WAYS] for one in whole])
    chosen = np.array([one["ways"][one["advised"]]["accuracy"] for one in whole])
    means = accuracy.mean(axis=0)
    lost = accuracy[:, int(means.argmax())] - chosen
    error = float(lost.std(ddof=1) / len(lost) ** 0.5) if len(lost) > 1 else 0.0
    return Row(
        data=data,
        net=net,
        advised=tuple(one["advised"] for one in whole),
        accuracies=dict(zip(WAYS, means.tolist(), strict=True)),
        chosen=float(chosen.mean()),
        lost=float(lost.mean()),
        error=error,
        repeats=len(whole),
    )


def _wanted() -> Iterator[tuple[str, str, int, str]]:
    """Every fit, whole repeats of all sets first."""
    for repeat in range(REPEATS):
        for data in SETS:
            for net in kept.NETS:
                for way in WAYS:
                    yield data, net, repeat, way


def _recipe(data: str, net: str, folder: Path) -> Recipe:
    weights = kept.weights(net, folder)
    place = _path(data, kept.shared(), folder)
    changes = {"data.path": place, "net": net, "init": str(weights), "data.size": str(SETS[data])}
    return config.override(Recipe(), {**changes, "compute.threads": "1"})


def _path(data: str, shared: Path, folder: Path) -> str:
    named = {"digits": "digits", "NEU": f"{shared}/neu-surface-defects.zip"}
    named["ants and bees"] = f"{shared}/ants-bees-photos.zip"
    if data in named:
        return named[data]
    each = int(data.split()[1])
    path = folder / f"mnist-{each}.npz"
    if not path.exists():
        images, labels = (
            np.frombuffer(gzip.decompress((shared / "mnist" / f"train-{name}-ubyte.gz").read_bytes()), np.uint8)[head:]
            for name, head in (("images-idx3", 16), ("labels-idx1", 8))
        )
        chosen = np.concatenate([np.flatnonzero(labels == label)[:each] for label in range(10)])
        others = np.flatnonzero(labels == 0)[-1:]  # a test set, which nobody opens, so that all others are learned from
        x = images.reshape(-1, 28, 28)
        np.savez(path, x_train=x[chosen], y_train=labels[chosen], x_test=x[others], y_test=labels[others])
    return str(path)


def main() -> int:
    """Measure for a while, and print the table of what is there."""
    parser = argparse.ArgumentParser(description="Whether the advised way of transfer is as good as the best.")
    parser.add_argument("--minutes", type=float, default=240.0, help="after so many, no further fit is begun")
    whole = measure(parser.parse_args().minutes)
    print(table(rows()), end="")
    print("all is there" if whole else "there is more to measure: run it again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
