"""How long it takes to find, scan, split and check the 70,000 images of MNIST, and to augment a batch.

    make bench
    python bench/data_speed.py --repeats 3

*Cold* begins with an empty cache, so every image is decoded and hashed and every pair that a hash nominates is
compared; *warm* is what each later command on the same data waits for. Both run in this process, cold and warm in turn.
*Augmented* is the way of a batch from gathered bytes to the network's input, on one thread, for several recipes in
turn; the nanoseconds are those of one pixel of one image, all its channels.
Prints the medians and keeps every figure, with hardware and versions, in `bench/results/data_speed.json`. The images
are looked for in `NEOCOG_SHARED/mnist`, else in `../shared/data/mnist`.
"""

import argparse
import dataclasses
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from neocog.data import Augment, DataOptions, Preprocessing, augmented, load, looks
from neocog.data.augment import NONE
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"

BATCHES = {"128 of 1 x 28 x 28": (128, 1, 28, 28), "32 of 3 x 224 x 224": (32, 3, 224, 258)}
"""Images, channels, side, and side of the squashed images."""

RECIPES = {
    "none": NONE,
    "default": Augment(),
    "turn and shift": dataclasses.replace(NONE, rotation=8.0, translation=0.06),
    "crop, flip, color": dataclasses.replace(
        NONE, crop=0.35, flip_horizontal=True, brightness=0.1, contrast=1.2, saturation=1.4, hue=10.0
    ),
    "plankton": dataclasses.replace(
        NONE, rotation=180.0, translation=0.1, scale=1.6, flip_horizontal=True, shear=20.0, stretch=1.3
    ),
    "default, tilt": Augment(perspective=0.2),
    "default, lens": Augment(lens=0.1),
    "default, noise": Augment(noise=0.05),
}


def measure(data: str, repeats: int) -> list[tuple[float, float]]:
    """Seconds of a cold and of the warm load after it, `repeats` times."""
    found = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            os.environ["NEOCOG_CACHE"] = cache
            began = time.perf_counter()
            load(DataOptions(path=data))
            cold = time.perf_counter()
            load(DataOptions(path=data))
            found.append((cold - began, time.perf_counter() - cold))
    return found


def augmentation(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Nanoseconds a pixel by batch and recipe, once a round, the recipes in turn."""
    found: dict[str, dict[str, list[float]]] = {}
    torch.set_num_threads(1)
    for batch, (count, channels, side, squashed) in BATCHES.items():
        images = torch.randint(0, 256, (count, channels, squashed, squashed), dtype=torch.uint8)
        still = Preprocessing(size=(side, side), channels=1 if channels == 1 else 3)
        aspects, keys = np.ones(count, np.float32), np.arange(count, dtype=np.uint64)
        found[batch] = {name: [] for name in RECIPES}
        for epoch in range(rounds + 1):  # the first one warms up
            for name, recipe in RECIPES.items():
                given = images if recipe.geometric else images[:, :, :side, :side]
                began = time.perf_counter()
                got = looks(aspects, still, recipe, squashed, seed=0, epoch=epoch, samples=keys)
                augmented(given, got, still)
                if epoch:
                    found[batch][name].append((time.perf_counter() - began) * 1e9 / (count * side**2))
    return found


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Seconds to load MNIST, nanoseconds to augment a pixel.")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured")
    chosen = parser.parse_args()
    pixels = augmentation(10 * chosen.repeats)
    for batch, recipes in pixels.items():
        for name, each in recipes.items():
            spread = f"{min(each):.1f} to {max(each):.1f}"
            print(
                f"{batch:<20} {name:<18} median {statistics.median(each):6.1f} ns a pixel ({spread}, n = {len(each)})"
            )
    data = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data")) / "mnist"
    if not data.is_dir():
        print(f"skipped: there is no MNIST at {data}; name the folder that holds it by NEOCOG_SHARED", file=sys.stderr)
        return 0
    seconds = measure(str(data), chosen.repeats)
    for name, each in zip(("cold", "warm"), zip(*seconds, strict=True), strict=True):
        spread = f"{min(each):.2f} to {max(each):.2f}"
        print(f"{name}  median {statistics.median(each):6.2f} s  ({spread}, n = {len(each)})")
    kept = {"time": now(), "machine": environment(), "images": 70_000, "cold_and_warm_seconds": seconds}
    kept["augmented_nanoseconds_a_pixel"] = pixels
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "data_speed.json").write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
