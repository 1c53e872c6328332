"""How long it takes to find, scan, split and check the 70,000 images of MNIST, near-duplicates included.

    make bench
    python bench/data_speed.py --repeats 3

*Cold* begins with an empty cache, so every image is decoded and hashed and every pair that a hash nominates is
compared; *warm* is what each later command on the same data waits for. Both run in this process, cold and warm in turn.
Prints the medians and keeps every figure, with hardware and versions, in `bench/results/data_speed.json`. The images
are looked for in `NEOCOG_SHARED/mnist`, else in `../shared/data/mnist`.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from neocog.data import DataOptions, load
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


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


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Seconds to find, scan, split and check MNIST.")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured")
    chosen = parser.parse_args()
    data = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data")) / "mnist"
    if not data.is_dir():
        print(f"skipped: there is no MNIST at {data}; name the folder that holds it by NEOCOG_SHARED", file=sys.stderr)
        return 0
    seconds = measure(str(data), chosen.repeats)
    for name, each in zip(("cold", "warm"), zip(*seconds, strict=True), strict=True):
        spread = f"{min(each):.2f} to {max(each):.2f}"
        print(f"{name}  median {statistics.median(each):6.2f} s  ({spread}, n = {len(each)})")
    kept = {"time": now(), "machine": environment(), "images": 70_000, "cold_and_warm_seconds": seconds}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "data_speed.json").write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
