"""How much faster a head trains on codes that are computed once than with the body computed anew in every epoch.

    make bench
    python bench/transfer_speed.py --epochs 5

Both are the same recipe (`transfer.way=head`): a new last layer on MobileNet V1 0.75, 224 x 224, whose other layers are
frozen. *Codes* trains on codes in the cache; *images* keeps none, as where neither the cache nor the memory has room,
so that each batch passes the body. The figures are seconds an epoch, without validation, the first epoch left out;
*once* is what computing the codes takes. The weights are drawn from the seed, which takes as long as trained ones. The
photographs are looked for in `NEOCOG_SHARED`, else in `../shared/data`; without them the embedded digits are enlarged.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import safetensors.torch

from neocog import zoo
from neocog.build import build
from neocog.core import config
from neocog.train import Epoch, Recipe, Started, train
from neocog.train.frozen import Frozen
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
NET = "mobilenet_v1_075"


def epochs(recipe: Recipe, out: Path) -> tuple[float, list[float]]:
    """Seconds until the first step, and of each epoch but the first."""
    began, started, seconds = time.perf_counter(), 0.0, []
    for event in train(recipe, out):
        if isinstance(event, Started):
            started = time.perf_counter() - began
        if isinstance(event, Epoch):
            seconds.append(event.seconds)
    return started, seconds[1:]


def measure(data: str, count: int, changes: dict[str, str]) -> dict[str, list[float]]:
    """Seconds an epoch on codes and on images, and of computing the codes once."""
    real = Frozen.codes
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEOCOG_CACHE"] = f"{folder}/cache"
        weights = f"{folder}/weights.safetensors"
        safetensors.torch.save_file(build(zoo.network(NET), seed=1).state_dict(), weights)
        given = {"data.path": data, "net": NET, "init": weights, "transfer.way": "head", "epochs": str(count)}
        recipe = config.override(Recipe(), given | changes)
        once, on_codes = epochs(recipe, Path(folder, "codes"))
        Frozen.codes = lambda *_: None  # type: ignore[method-assign]
        try:
            prepared, on_images = epochs(recipe, Path(folder, "images"))
        finally:
            Frozen.codes = real  # type: ignore[method-assign]
    return {"codes": on_codes, "images": on_images, "once": [once - prepared]}


def table(figures: dict[str, list[float]]) -> str:
    """Median and spread of each, and how many times faster codes are."""
    lines = [
        f"{name:<7} median {statistics.median(each):8.3f} s  ({min(each):.3f} to {max(each):.3f}, n = {len(each)})"
        for name, each in figures.items()
    ]
    times = statistics.median(figures["images"]) / statistics.median(figures["codes"])
    return "\n".join([*lines, f"on codes an epoch is {times:.0f} times faster"])


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Seconds an epoch of a new last layer, on codes and on images.")
    parser.add_argument("--epochs", type=int, default=6, help="how many are trained; the first is left out")
    chosen = parser.parse_args()
    shared = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))
    photos = shared / "ants-bees-photos.zip"
    data = str(photos) if photos.is_file() else "digits"
    figures = measure(data, chosen.epochs, {})
    print(table(figures))
    kept = {"time": now(), "machine": environment(), "data": Path(data).name, "net": NET, "seconds": figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "transfer_speed.json").write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
