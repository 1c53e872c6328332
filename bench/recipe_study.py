"""Which recipe reaches a given validation accuracy soonest: the default one beside others that differ in one choice.

    python bench/recipe_study.py                          # all sets and choices, three seeds: hours
    python bench/recipe_study.py --data digits --seeds 1

Every run is the whole of a user's: `train` with nothing given but the data and the one choice. What counts is how many
images training has looked at, repeats included, when validation first reaches the set's accuracy; the sealed test
images are not opened. Images are counted and not seconds, because all candidates for a set compute the same network on
the same number of images; a candidate that makes an image dearer says so.

`network_before` in the results are runs of the default network that came before this one: its first stage worked on
maps of full size. Where a step computes another network, seconds decide (`bench/time_to_accuracy.py`).

Runs that were made before are kept in `bench/results/recipe_study.json` and not made again; `--minutes` begins no run
after so long. Sets are looked for in `NEOCOG_SHARED`, else in `../shared/data`; one that is not there is skipped.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from neocog.core.config import override
from neocog.train import Recipe, train
from neocog.train.events import Epoch, Started
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "bench" / "results" / "recipe_study.json"
SHARED = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))

SETS = {
    "digits": ("digits", 0.985),
    "neu": (str(SHARED / "neu-surface-defects.zip"), 0.97),
    "ants_bees": (str(SHARED / "ants-bees-photos.zip"), 0.75),
    "mnist": (str(SHARED / "mnist"), 0.993),
}
"""Each set with the validation accuracy that is to be reached."""

CHOICES: dict[str, dict[str, str]] = {
    "default": {},
    "half the epochs": {"epochs": "half"},
    "rate x 1/3": {"optimizer.rate": "0.001"},
    "rate x 3": {"optimizer.rate": "0.01"},
    "sgd, Nesterov": {"optimizer.name": "sgd"},
    "one cycle": {"schedule.name": "one_cycle"},
    "averaged weights": {"regularize.average": "0.99"},
    "no label smoothing": {"loss.label_smoothing": "0"},
    "no augmentation": {
        "augment.scale": "1",
        "augment.rotation": "0",
        "augment.translation": "0",
        "augment.brightness": "0",
        "augment.contrast": "1",
    },
    "batch x 2": {"batch": "double"},
    "batch x 1/2": {"batch": "half"},
}
"""What each candidate changes; `half` and `double` are of what `auto` comes to."""

Run = dict[str, Any]
"""What is kept of a run: its batch, its epochs, and as `curve` images seen and validation accuracy of each epoch."""


def run(path: str, changes: dict[str, str], seed: int, resolved: dict[str, int]) -> Run:
    """One run: the images seen by the end of each epoch, and the validation accuracy there."""
    given = {key: _value(key, value, resolved) for key, value in changes.items()}
    recipe = override(Recipe(), {"data.path": path, "seed": str(seed), "compute.threads": "1", **given})
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        epochs = []
        for event in train(recipe, Path(folder) / "run"):
            if isinstance(event, Started):
                started = event
            if isinstance(event, Epoch):
                epochs.append((event.step * started.batch, event.val_accuracy))
    return {
        "batch": started.batch,
        "epochs": started.epochs,
        "validation": started.val,
        "seconds": round(time.monotonic() - began, 1),
        "curve": epochs,
    }


def _value(key: str, value: str, resolved: dict[str, int]) -> str:
    match value:
        case "half":
            return str(max(1, resolved[key] // 2))
        case "double":
            return str(2 * resolved[key])
        case _:
            return value


def reached(made: Run, accuracy: float) -> int | None:
    """Images seen when validation first reached an accuracy; None where it never did."""
    return next((seen for seen, judged in made["curve"] if judged >= accuracy), None)


def table(kept: dict[str, dict[str, Run]], wanted: str) -> str:
    """For one set, each candidate's median images to the accuracy in units of the default's, and its last accuracy."""
    accuracy = SETS[wanted][1]
    lines = [f"{wanted}: images seen until {accuracy:.1%} in validation, the default's median = 1"]
    middle = None
    for choice in CHOICES:
        runs = [made for name, made in kept.get(wanted, {}).items() if name.rsplit(" seed ")[0] == choice]
        if not runs:
            continue
        seen = [reached(made, accuracy) for made in runs]
        told = statistics.median(math.inf if each is None else each for each in seen)
        middle = middle or told
        ratio = f"{told / middle:8.2f}" if math.isfinite(told) and math.isfinite(middle) else "   never"
        last = statistics.median(made["curve"][-1][1] for made in runs)
        hit = sum(each is not None for each in seen)
        lines.append(f"  {choice:<20}{ratio}  reached in {hit} of {len(runs)}, at the end {last:.2%}")
    return "\n".join(lines)


def main() -> int:
    """Make the runs that are missing, print and keep."""
    parser = argparse.ArgumentParser(description="Images seen until a validation accuracy, by recipe.")
    parser.add_argument("--data", action="append", choices=SETS, help="a set; may be repeated (all)")
    parser.add_argument("--choice", action="append", choices=CHOICES, help="a candidate; may be repeated (all)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each candidate")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no run after so long")
    chosen = parser.parse_args()
    began = time.monotonic()
    document = json.loads(RESULT.read_text()) if RESULT.exists() else {"sets": {}}
    for wanted in chosen.data or SETS:
        path = SETS[wanted][0]
        if path != "digits" and not Path(path).exists():
            print(f"skipped: {path} is not there; name the folder that holds it by NEOCOG_SHARED", file=sys.stderr)
            continue
        runs = document["sets"].setdefault(wanted, {})
        for seed in range(1, chosen.seeds + 1):
            for choice in dict.fromkeys(["default", *(chosen.choice or CHOICES)]):
                name = f"{choice} seed {seed}"
                if name in runs or time.monotonic() - began > 60 * chosen.minutes:
                    continue
                default = runs.get("default seed 1", {})
                runs[name] = run(path, CHOICES[choice], seed, default)
                RESULT.write_text(json.dumps({"time": now(), "machine": environment(), **document}) + "\n")
        print(table(document["sets"], wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
