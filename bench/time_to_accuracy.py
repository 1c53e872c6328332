"""How long from the start of the process to a validation accuracy: ours, fastai, torchvision's reference and Keras.

    .venv-bench/bin/python bench/time_to_accuracy.py --minutes 4

All read the identical files in folders `train`, `val` and `test`: MNIST as PNG to 99.3 %, the steel surfaces of NEU as
the JPEG files they are to 97 %. What counts is the clock, from the start of the process, reading of files, building of
caches (ours begins with an empty one) and each epoch's validation included; what the import of the libraries takes is
told apart. *Defaults* is each one's documented way: ours is `neocog train DATA` and nothing else, the others' is said
in `bench/peers/soon_*.py`. *Same network* gives all the network that ours chooses, at its side and with one channel;
the rest stays each one's own. Pretrained weights are used by none: they cannot be fetched where this runs.

A peer is stopped at five times our median (2.5 times with the same network), and then counts as not within; earlier
where by its speed its first validation would come after one and a half of that. Where the first two seeds both fail,
the third is not run. Every run is kept in `bench/results/time_to_accuracy.json` with its curve and not made again,
unless others held the processors meanwhile; `--minutes` begins no run after so long. The folders are kept in
`--folder`. Give the machine nothing else to do.
"""

import argparse
import functools
import json
import math
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from common import RESULTS, keep, real
from neighbors import others_at_work
from samples import Samples, as_folders
from turns import CROWDED

from neocog.core.config import override
from neocog.data import load
from neocog.train import Recipe
from neocog.train.resolve import resolve

BENCH = Path(__file__).resolve().parent
NAME = "time_to_accuracy"
OURS = "neocog"
PEERS = ("fastai", "torchvision", "keras")
SEEDS = (1, 2, 3)
SETS = {"mnist": ("mnist", 0.993), "neu": ("neu-surface-defects.zip", 0.97)}
"""Each set's place, and the validation accuracy that is to be reached."""
TABLES = {"defaults": 5.0, "same network": 2.5}
"""Each table with how many times our median a peer may take."""
WARM = 20.0
"""Seconds of training after which its speed says when an epoch ends."""
HOPELESS = 1.5
"""How many times its limit a peer's first validation must be away for it to be stopped before."""

Run = dict[str, Any]
"""What is kept of a run: `imported` and `curve` (seconds, accuracy), why it ended, and how many processors were at work
for others meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a run is to reach, and when it is stopped."""

    accuracy: float
    limit: float
    images: int
    """Training images of an epoch."""


def measure(peer: str, task: dict[str, object], mark: Mark) -> Run:
    """One run in a process of its own, ended where it reaches the mark or no longer can."""
    made: Run = {"reached": None, "imported": None, "curve": []}
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", f"peers.soon_{peer}", json.dumps(task)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={**os.environ, "NEOCOG_CACHE": cache, "PYTHONPATH": os.pathsep.join(_places())},
        )
        assert process.stdout is not None
        others = others_at_work(process.pid)
        try:
            made["ended"] = _followed(_lines(process.stdout, began + mark.limit), began, mark, made)
            made["others"] = round(others(), 2)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        made["seconds"] = round(time.monotonic() - began, 2)
        if made["ended"] == "by itself" and process.returncode > 0:
            log.seek(0)
            raise RuntimeError(f"{peer} ended in mid-run, saying:\n{log.read().decode(errors='replace')[-2000:]}")
    return made


def _places() -> list[str]:
    return [str(BENCH), *filter(None, [os.environ.get("PYTHONPATH")])]


def _lines(stream: IO[str], deadline: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """What a process says, with the time of arrival; `{}` once it is late."""
    waiting: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            waiting.put((time.monotonic(), line))
        waiting.put((time.monotonic(), ""))

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            at, line = waiting.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            yield time.monotonic(), {}
            return
        if not line:
            return
        yield at, json.loads(line)


def _followed(lines: Iterator[tuple[float, dict[str, Any]]], began: float, mark: Mark, made: Run) -> str:
    """Keep what the lines say; why the run is over, in a few words."""
    first: tuple[float, int] | None = None
    for at, line in lines:
        after = round(at - began, 2)
        if not line or after > mark.limit:
            return "stopped: late"
        if "missing" in line:
            return f"left out: {line['missing']}"
        if "imported" in line:
            made["imported"], made["versions"] = after, line["imported"]
        if "accuracy" in line:
            made["curve"].append((after, round(line["accuracy"], 4)))
            if line["accuracy"] >= mark.accuracy:
                made["reached"] = after
                return "reached"
        if "seen" in line:
            first = first or (after, line["seen"])
            if not made["curve"] and after - first[0] > WARM:
                speed = (line["seen"] - first[1]) / (after - first[0])
                made["first_validation"] = round(after + (mark.images - line["seen"]) / max(speed, 1e-9), 1)
                if made["first_validation"] > HOPELESS * mark.limit:
                    return "stopped: its first validation would be late"
    return "by itself"


def middle(runs: list[Run]) -> float:
    """The median of the seconds, those that did not reach the mark being the slowest."""
    return statistics.median(math.inf if run["reached"] is None else float(run["reached"]) for run in runs)


def table(kept: dict[str, Run], name: str, wanted: str) -> str:
    """One table for one set as lines of text."""
    accuracy = SETS[wanted][1]
    head = f"{wanted} to {accuracy:.1%}, {name}"
    lines = [f"{head:<36}{'median s':>9}{'least':>8}{'most':>8}{'import':>8}{'n':>3}  ours is"]
    ours = middle(_runs(kept, wanted, "defaults", OURS)) if _runs(kept, wanted, "defaults", OURS) else math.nan
    for peer in (OURS, *PEERS):
        runs = _runs(kept, wanted, "defaults" if peer == OURS else name, peer)
        if not runs:
            continue
        seconds = sorted(run["reached"] for run in runs if run["reached"] is not None)
        imported = statistics.median(run["imported"] or math.nan for run in runs)
        told = f"{seconds[0]:>8.1f}{seconds[-1]:>8.1f}" if seconds else " " * 16
        median = middle(runs)
        if math.isfinite(median):
            line, ratio = f"{median:>9.1f}{told}", f"{ours / median:.2f} of it"
        else:
            line, ratio = f"{'-':>9}{told}", f"not within {TABLES[name]:g} times ours"
            best = max((judged for run in runs for _, judged in run["curve"]), default=None)
            first = [run["first_validation"] for run in runs if "first_validation" in run]
            if best is not None:
                ratio += f"; best {best:.2%}"
            elif first:
                ratio += f"; first validation at about {statistics.median(first):,.0f} s"
        notes = [] if peer == OURS else [ratio]
        disturbed = sum(run.get("others", 0) > CROWDED for run in runs)
        notes += [f"disturbed: {disturbed}"] if disturbed else []
        lines.append(f"  {peer:<34}{line}{imported:>8.1f}{len(runs):>3}  {'; '.join(notes)}".rstrip())
    return "\n".join(lines)


def _runs(kept: dict[str, Run], wanted: str, name: str, peer: str) -> list[Run]:
    found = (kept.get(_key(wanted, name, peer, seed)) for seed in SEEDS)
    return [run for run in found if run is not None]


def _key(wanted: str, name: str, peer: str, seed: int) -> str:
    return f"{wanted}, {name}, {peer}, seed {seed}"


def laid_out(wanted: str, folder: Path) -> Samples | None:
    """The set in folders, written where they are not yet; None where the data are missing."""
    source = real(SETS[wanted][0])
    if source is None:
        return None
    said = folder / f"{wanted}.json"
    if not said.exists():
        made = as_folders(source, folder / wanted)
        said.write_text(json.dumps([made.train, made.classes]))
    train, classes = json.loads(said.read_text())
    for path in (folder / wanted).rglob("*.*"):  # so that no one's first reading pays for the disk
        path.read_bytes()
    return Samples(folder / wanted, train, classes)


def main() -> int:
    """Make the runs that are missing, print and keep."""
    parser = argparse.ArgumentParser(description="Seconds to a validation accuracy beside other libraries.")
    parser.add_argument("--set", choices=SETS, action="append", help="a set; may be repeated (both)")
    parser.add_argument("--table", choices=TABLES, action="append", help="a table; may be repeated (both)")
    parser.add_argument("--only", choices=(OURS, *PEERS), action="append", help="who runs; may be repeated (all)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no run after so long")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "neocog-time-to-accuracy")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{NAME}.json"
    kept: dict[str, Run] = json.loads(path.read_text())["runs"] if path.exists() else {}
    began = time.monotonic()
    for wanted in chosen.set or SETS:
        samples = laid_out(wanted, chosen.folder)
        if samples is None:
            continue
        for name in chosen.table or TABLES:
            for peer in (OURS, *PEERS):
                if peer in (chosen.only or (OURS, *PEERS)):
                    _fill(kept, wanted, name, peer, samples, lambda: time.monotonic() - began < 60 * chosen.minutes)
            print(table(kept, name, wanted), flush=True)
    return 0


@functools.cache
def _our_network(folder: Path) -> dict[str, object]:
    """The network that ours chooses for these images, as its text, and the side of the images."""
    recipe = override(Recipe(), {"data.path": str(folder)})
    chosen = resolve(recipe, load(recipe.data))
    return {"network": repr(chosen.network), "side": chosen.network.shape[1]}


def _fill(
    kept: dict[str, Run], wanted: str, name: str, peer: str, samples: Samples, goes_on: Callable[[], bool]
) -> None:
    """Make the runs of one peer that are missing, while there is time."""
    if peer == OURS and name != "defaults":  # the same network is its own
        return
    limit = 3600.0 if peer == OURS else TABLES[name] * middle(_runs(kept, wanted, "defaults", OURS) or [{"reached": 0}])
    mark = Mark(accuracy=SETS[wanted][1], limit=limit, images=samples.train)
    task: dict[str, object] = {"set": wanted, "data": str(samples.folder), "classes": samples.classes}
    for seed in SEEDS:
        failed = [run for run in _runs(kept, wanted, name, peer) if run["reached"] is None]
        key = _key(wanted, name, peer, seed)
        done = key in kept and kept[key].get("others", 0) <= CROWDED
        if done or (key not in kept and len(failed) > 1) or not goes_on() or not limit:
            continue
        if name == "same network":
            task |= _our_network(samples.folder)
        kept[key] = measure(peer, task | {"seed": seed}, mark) | {"limit": round(limit, 1)}
        print(
            f"{key}: {kept[key]['ended']}, {kept[key]['seconds']} s, others {kept[key]['others']}",
            file=sys.stderr,
            flush=True,
        )
        keep(NAME, runs=kept)


if __name__ == "__main__":
    sys.exit(main())
