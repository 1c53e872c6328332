"""Measures the table: each method of `neocog.explain` on three trained networks, and an edge detector as a control.

    PYTHONPATH=docs python -m explanation_checks.measure --minutes 4      # again and again, until all is there

Two networks are trained as a user would, on MNIST and on steel surfaces, and one comes with the weights that others
trained on ImageNet. The images are validation images, some of each class, or photos that nobody trained on here; the
sealed test sets are not opened. What was measured is kept in `checks.json`, and trained models in `--work`, so that a
measurement that is stopped goes on. Data and weights are looked for in `NEOCOG_SHARED`, else in `../shared/data`.
"""

import argparse
import json
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neocog.core import config
from neocog.data import load, normalize, prepared
from neocog.explain import METHODS, Curve, Method, check, random_curves
from neocog.explain.likeness import edges
from neocog.explain.question import Asked
from neocog.model import Model, open_model, read_image
from neocog.model import load as load_model
from neocog.train import Recipe, is_finished, train

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = Path(__file__).resolve().parent / "checks.json"
CONTROL = "edges"


@dataclass(frozen=True)
class Case:
    """A trained network, and the images that its explanations are checked on."""

    name: str
    images: int
    data: str = ""
    """In the folder of real data; it is trained on that."""
    changes: dict[str, str] = field(default_factory=dict)
    """The choices of the training."""
    weights: str = ""
    """Else a file of weights in the folder's archive of them, for the network `net`."""
    net: str = ""


CASES = (
    Case("mnist_cnn on MNIST", 20, "mnist", {"net": "mnist_cnn", "epochs": "1"}),
    Case("auto on NEU", 18, "neu-surface-defects.zip", {"epochs": "12", "data.size": "64"}),
    Case("squeezenet1_1 on ImageNet photos", 8, weights="squeezenet1_1_imagenet_tvnames.pth", net="squeezenet1_1"),
)


def methods() -> list[Method]:
    """All methods, and last what must be found out: a filter that knows nothing of the network."""
    control = Method(CONTROL, "Sobel's edges (a control)", _edges, False, "an edge is here")
    return [*METHODS.values(), control]


def measure(minutes: float, work: Path, kept: Path = KEPT, cases: tuple[Case, ...] = CASES) -> bool:
    """Measure what is missing until the time is up; returns whether all is there."""
    rows: list[dict[str, Any]] = json.loads(kept.read_text())["rows"] if kept.exists() else []
    ends = time.monotonic() + 60 * minutes
    shared = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))
    for case in cases:
        there = {row["method"] for row in rows if row["network"] == case.name}
        missing = [method for method in methods() if method.name not in there]
        if not missing:
            continue
        model, images = _subject(case, shared, work)
        random: tuple[Curve, ...] | None = None
        for method in missing:
            if time.monotonic() > ends:
                return False
            random = random or random_curves(model.module(), images)
            found = check(method, model.module(), images, random=random)
            told = {"network": case.name, "images": len(images), "method": method.name, **found.to_dict()}
            rows.append(_rounded(told))
            kept.write_text(json.dumps({"format": 1, "rows": rows}, indent=1) + "\n")
            print(f"{case.name}, {method.name}: {found.verdict}", flush=True)
    return True


def _subject(case: Case, shared: Path, work: Path) -> tuple[Model, Tensor]:
    """The model, and its images as it takes them."""
    if case.weights:
        model, pixels = _foreign(case, shared, work)
    else:
        folder = work / case.name.replace(" ", "-")
        recipe = config.override(Recipe(), {"data.path": str(shared / case.data), **case.changes})
        if not (folder.exists() and is_finished(folder)):
            for _ in train(recipe, folder, resume=True):
                pass
        model = load_model(folder)
        dataset = load(recipe.data)
        rows = dataset.rows("val")
        targets = dataset.targets(rows)
        turn = np.argsort([np.sum(targets[:at] == label) for at, label in enumerate(targets)], kind="stable")
        pixels = prepared(dataset.table, dataset.scan, rows[turn[: case.images]], model.preprocessing)[:]
    return model, normalize(torch.from_numpy(np.array(pixels)), model.preprocessing)


def _foreign(case: Case, shared: Path, work: Path) -> tuple[Model, Any]:
    work.mkdir(parents=True, exist_ok=True)
    weights = work / case.weights
    if not weights.exists():
        with zipfile.ZipFile(shared / "imagenet-backbones.zip") as archive:
            weights.write_bytes(archive.read(f"imagenet-backbones/{case.weights}"))
    model = open_model(case.net, str(weights))
    return model, np.stack([read_image(photo, model.pictured) for photo in _photos(case.images, shared, work)])


def _photos(count: int, shared: Path, work: Path) -> Iterator[Path]:
    """Photos of as many classes, spread over all."""
    with zipfile.ZipFile(shared / "imagenet-sample-100.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".JPEG"))
        for name in names[:: len(names) // count][:count]:
            path = work / Path(name).name
            path.write_bytes(archive.read(name))
            yield path


def _edges(module: nn.Module, images: Tensor, target: Asked) -> Tensor:
    return edges(images).unsqueeze(1)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def main() -> int:
    """Measure for a while, and say whether all is there."""
    parser = argparse.ArgumentParser(description="Which explanations pass their checks on trained networks.")
    parser.add_argument("--minutes", type=float, default=240.0, help="after so many, no further check is begun")
    parser.add_argument("--work", type=Path, default=Path("runs/explanation-checks"), help="where models are kept")
    given = parser.parse_args()
    whole = measure(given.minutes, given.work)
    print("all is there: run `make docs`" if whole else "there is more to measure: run it again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
