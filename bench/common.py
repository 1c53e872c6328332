"""What the benches share: where the real data are, and how figures are shown and kept.

A bench prints its table and keeps every single figure, with versions and hardware, in `bench/results/NAME.json`.
"""

import json
import os
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


def real(name: str) -> Path | None:
    """A set of real data in `NEOCOG_SHARED`, else in `../shared/data`; where it is missing says so and gives None."""
    path = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data")) / name
    if path.exists():
        return path
    print(f"skipped: there is no {path}; name the folder that holds it by NEOCOG_SHARED", file=sys.stderr)
    return None


def spread(values: Iterable[float], digits: int = 0) -> str:
    """Median, least and greatest, in three columns."""
    ordered = sorted(values)
    return "".join(f"{value:>10,.{digits}f}" for value in (statistics.median(ordered), ordered[0], ordered[-1]))


def kept(name: str) -> dict[str, Any]:
    """What `bench/results/NAME.json` holds; nothing where it is missing."""
    path = RESULTS / f"{name}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def keep(name: str, **figures: object) -> None:
    """Write `bench/results/NAME.json`."""
    RESULTS.mkdir(exist_ok=True)
    said = {"time": now(), "machine": environment(), **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(said, indent=2) + "\n")
