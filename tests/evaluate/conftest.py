"""Reports made by hand, for the tests of what shows them: the fixture `made`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from neocog.core.config import to_toml
from neocog.core.run import MODEL, RECIPE, Opening, RunFolder, SplitRow
from neocog.data import DataOptions, Findings, Preprocessing, inspect
from neocog.data.findings import Pair, Sizes, Unreadable
from neocog.evaluate import Pictures, Report, Samples, Training, measure, pictures
from neocog.model import Model, save
from neocog.network import Conv, Dense, Flatten, Network, ReLU


@dataclass(frozen=True)
class Run:
    """A run folder made by hand, and the class folders that it was made from."""

    folder: Path
    data: Path


CLASSES = ("black", "grey", "white")
_LEVELS = {"black": 40, "grey": 127, "white": 215}


def write_image(path: Path, label: str, seed: int) -> None:
    """Noise around the level of a class, 8 x 8 pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng([seed, _LEVELS[label]]).integers(-35, 36, (8, 8))
    Image.fromarray((_LEVELS[label] + noise).astype(np.uint8)).save(path)


def grey_model(card: dict[str, object] | None = None) -> Model:
    """A model that tells dark, middle and bright; sums by hand say how sure it is."""
    # The mean pixel m of 0 to 1 gives the logits (4 - 16m, 0, 16m - 12): ties at 1/4 and 3/4.
    weights = {
        "dense1.weight": torch.tensor([[-16.0 / 64] * 64, [0.0] * 64, [16.0 / 64] * 64]),
        "dense1.bias": torch.tensor([4.0, 0.0, -12.0]),
    }
    return Model(
        network=Network((1, 8, 8), (Flatten(), Dense(3))),
        weights=weights,
        classes=CLASSES,
        preprocessing=Preprocessing(size=(8, 8), channels=1),
        card=card or {},
    )


class Made:
    """Makers of reports and their parts."""

    hostile = (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "$x_1$ & \u202e\u0000\x1b[31m",
    )

    @staticmethod
    def answers(
        n: int = 180, classes: int = 6, sharpness: float = 3.0, seed: int = 0
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Random targets and probabilities that are mostly right."""
        generator = np.random.default_rng(seed)
        targets = generator.integers(0, classes, n)
        scores = generator.normal(size=(n, classes))
        scores[np.arange(n), targets] += sharpness
        odds = np.exp(scores)
        return targets, odds / odds.sum(axis=1, keepdims=True)

    @staticmethod
    def findings(classes: tuple[str, ...], **changes: object) -> Findings:
        """Findings of a clean data set, with changes."""
        facts = {
            "name": "made",
            "images": 100,
            "counts": {name: {"train": 70, "val": 15, "test": 15} for name in classes},
            "grey": 100,
            "sizes": Sizes((8, 8), (8, 8), (8, 8), 1),
            "unreadable": (),
            "unreadable_count": 0,
            "duplicates": (),
            "duplicate_count": 0,
            "leaks": (),
            "leak_count": 0,
            "conflicts": (),
            "conflict_count": 0,
            "odd": (),
            "odd_count": 0,
            "imbalance": 1.0,
            "unseen": (),
            "notes": ("A note.",),
            "suggestions": (),
        }
        return Findings(**(facts | changes))  # type: ignore[arg-type]

    @staticmethod
    def leaky(classes: tuple[str, ...]) -> Findings:
        """Findings with one of each problem."""
        leak = Pair("a.png", classes[0], "train", "b.png", classes[0], "test", "identical")
        return Made.findings(
            classes,
            leaks=(leak,),
            leak_count=1,
            conflicts=(leak,),
            conflict_count=2,
            unreadable=(Unreadable("<b>.png", "empty file"),) * 30,
            unreadable_count=30,
            odd=("wide.png (9 x 900 pixels)",),
            odd_count=1,
            suggestions=("Repair <them>.",),
        )

    @staticmethod
    def training(losses: tuple[float, ...], accuracies: tuple[float, ...]) -> Training:
        """A training whose epochs had these validation losses and accuracies."""
        best = int(np.argmax(accuracies))
        epochs = tuple(
            {
                "epoch": place + 1,
                "train_loss": 2 * loss,
                "val_loss": loss,
                "val_accuracy": accuracy,
                "best": place == best,
            }
            for place, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True))
        )
        return Training(
            recipe="format = 1\n# <em>\n",
            epochs=epochs,
            started={"train": 420, "val": 90, "device": "cpu", "precision": "float32", "network": "auto: small"},
            finished={"seconds": 61.0},
            notes=("A note.", "Another <note>."),
            images={"0": 70},
        )

    @staticmethod
    def report(
        targets: NDArray[np.int64], probabilities: NDArray[np.float64], classes: tuple[str, ...], **changes: object
    ) -> Report:
        """A report on these answers, with changes."""
        files = tuple(f"test/<i>{index}</i>.png" for index in range(len(targets)))
        facts = {
            "measures": measure(targets, probabilities, classes),
            "samples": Samples(files, targets, probabilities, ("test",) * len(targets)),
            "model": "run-<1>",
            "model_hash": "f" * 64,
            "network": Network((1, 8, 8), (Conv(4, 3, pad=1), ReLU(), Flatten(), Dense(len(classes)))),
            "data": "made",
            "subject": "the sealed test set of made",
            "own": True,
            "unseen": True,
            "test_hash": "a" * 64,
            "openings": (("run-1", Made.opening()),),
            "findings": Made.findings(classes),
            "notes": ("A note.",),
            "created": "2026-01-02T03:04:05Z",
            "version": "0.1.0",
            "folder": Path("run"),
        }
        return Report(**(facts | changes))  # type: ignore[arg-type]

    image = staticmethod(write_image)
    model = staticmethod(grey_model)

    @staticmethod
    def opening(time: str = "2026-01-02T03:04:05Z") -> Opening:
        """A line of a ledger."""
        return Opening(time=time, test_hash="a" * 64, samples=180, model="f" * 64, command="neocog evaluate run-1")

    @staticmethod
    def shown(made: Report, side: int = 8) -> Pictures:
        """Its pictures: noise, some of them unreadable."""

        def read(index: int) -> NDArray[np.uint8]:
            if index % 5 == 0:
                raise OSError("gone")
            return np.random.default_rng(index).integers(0, 256, (side, side, 3)).astype(np.uint8)

        return pictures(made.samples, made.measures.classes, read)


@pytest.fixture(scope="session")
def made() -> type[Made]:
    """Makers of reports and their parts."""
    return Made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run on 3 classes with 8 training, 4 validation and 5 test images each; one test image is mislabeled."""
    data, folder = tmp_path / "shades", tmp_path / "runs" / "one"
    for side, number, start in (("train", 8, 0), ("val", 4, 100), ("test", 5, 200)):
        for label in CLASSES:
            for seed in range(start, start + number):
                write_image(data / side / label / f"{seed}.png", label, seed)
    write_image(data / "test" / "black" / "204.png", "white", 999)
    seen = inspect(DataOptions(path=str(data)))
    made = RunFolder.create(folder)
    made.write(RECIPE, to_toml(DataRecipe(data=DataOptions(path=str(data)))))
    made.write_splits(
        [
            SplitRow(seen.table.ids[row], seen.table.labels[row], side, seen.scan.hashes[row])
            for row, side in enumerate(seen.split.sides)
        ]
    )
    made.append_events(
        [
            {"kind": "started", "train": 24, "val": 12, "device": "cpu", "precision": "float32", "network": "by hand"},
            {"kind": "epoch", "epoch": 1, "train_loss": 1.0, "val_loss": 0.9, "val_accuracy": 0.75, "best": False},
            {"kind": "epoch", "epoch": 2, "train_loss": 0.5, "val_loss": 0.4, "val_accuracy": 1.0, "best": True},
            {"kind": "note", "text": "Made by hand."},
            {"kind": "finished", "seconds": 2.0},
        ]
    )
    save(grey_model({"data": {"fingerprint": seen.fingerprint}}), folder / MODEL)
    return Run(folder, data)


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """The part of a recipe that evaluating reads."""

    data: DataOptions


@pytest.fixture
def opened(browser: Any) -> Callable[..., tuple[Any, list[str]]]:
    """A function that opens a page in a context of its own: the tab, and all that it said or asked for."""

    def open_page(file: Path, **settings: Any) -> tuple[Any, list[str]]:
        tab = browser.new_context(**settings).new_page()
        heard: list[str] = []
        tab.on("console", lambda message: heard.append(message.text))
        tab.on("pageerror", lambda error: heard.append(str(error)))
        tab.on("dialog", lambda dialog: heard.append(dialog.message))
        tab.on("request", lambda asked: asked.url.startswith(("data:", "file:")) or heard.append(asked.url))
        tab.goto(file.as_uri())
        return tab, heard

    return open_page
