"""A run that is killed at any moment, by a signal that no program can answer, resumes to the same model byte for byte.

Twenty kills of the command line on real data, each of a run of its own with a cold cache. What the run is at is seen
from outside, by the files that it writes; within that stage the moment is drawn. Where a process stood when it died is
read from what it left, so that each stage is known to have been hit; a kill that came late counts for where it struck.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from neocog.core.run import CHECKPOINT, EVENTS, MODEL, RECIPE, RunFolder

EPOCHS = 4
NET = """Network(
    input=(1, 40, 40),
    layers=(Flatten(), Dense(512), ReLU(), Dropout(0.2), Dense(10)),
)"""
"""Digits enlarged, so that they are kept on the disk, and weights enough that a checkpoint takes time to write."""


@dataclass(frozen=True)
class Place:
    """Where a run keeps what it writes."""

    folder: Path

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.folder / "run")

    def process(self, *more: str) -> subprocess.Popen[str]:
        """The same command each time: it begins where there is nothing to resume."""
        chosen = {
            "epochs": EPOCHS,
            "batch": 16,
            "checkpoint.minutes": 0.01,
            "compute.threads": 1,
            "augment.noise": 0.1,
        }
        settings = [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
        (self.folder / "large.network").write_text(NET)
        return subprocess.Popen(
            [sys.executable, "-m", "neocog", "train", "digits", "--net", "large.network", *settings, *more],
            cwd=self.folder,
            env=os.environ | {"NEOCOG_CACHE": str(self.folder / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> bytes:
        """Run to the end; the model's bytes, in which its card is."""
        process = self.process("--resume", "--out", "run")
        _, told = process.communicate(timeout=300)
        assert process.returncode == 0, told
        assert not list(self.run.path.glob(".*.part")), "what was half written is cleared away"
        return self.run.read(MODEL)

    def images(self, pattern: str) -> bool:
        return any((self.folder / "cache" / "images").glob(pattern))

    def writes(self, name: str) -> bool:
        return any(self.run.path.glob(f".{name}.*.part"))

    def says(self, kind: str, then: str = "") -> int:
        """How many events of a kind the run has told."""
        path = self.run.path / EVENTS
        return path.read_text().count(f'"kind": "{kind}", {then}') if path.exists() else 0

    def stage(self) -> str:
        """Where a process stood that is dead."""
        if not self.run.has(RECIPE):
            return "caching" if self.images("*.part") else "reading"
        if self.writes(CHECKPOINT):
            return "checkpoint"
        if not self.run.has(CHECKPOINT):
            return "first steps"
        done = self.says("epoch")
        if done < EPOCHS:
            return "last epoch" if done == EPOCHS - 1 else "mid-run"
        if self.writes(MODEL) or self.run.has(MODEL):
            return "finished" if self.says("finished") else "model file"
        return "verdict"


@dataclass(frozen=True)
class Aim:
    """How a stage is hit."""

    kills: int
    begins: Callable[[Place], bool]
    """Whether a living run has come so far."""
    seconds: float
    """The longest time from then on to the kill."""


AIMS = {
    "reading": Aim(2, lambda place: (place.folder / "cache").exists(), 0.05),
    "caching": Aim(3, lambda place: place.images("*.part"), 0.02),
    "first steps": Aim(3, lambda place: place.says("started") > 0, 0.1),
    "checkpoint": Aim(3, lambda place: place.writes(CHECKPOINT), 0.02),
    "mid-run": Aim(3, lambda place: place.says("epoch") >= 1, 0.3),
    "last epoch": Aim(2, lambda place: place.says("epoch") >= EPOCHS - 1, 0.3),
    "verdict": Aim(2, lambda place: place.says("checkpoint", f'"epoch": {EPOCHS}, ') > 0, 0.1),
    "model file": Aim(2, lambda place: place.writes(MODEL), 0.01),
}
"""Twenty kills."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model of the run that nobody disturbs."""
    return Place(tmp_path_factory.mktemp("whole")).finish()


@pytest.mark.slow
@pytest.mark.parametrize("stage", AIMS)
def test_a_kill_changes_nothing(whole: bytes, tmp_path: Path, stage: str) -> None:
    aim, moments = AIMS[stage], random.Random(stage)
    hit: list[str] = []
    while hit.count(stage) < aim.kills:
        assert len(hit) < 5 * aim.kills, f"wanted {stage}, hit {hit}"
        place = Place(tmp_path / str(len(hit)))
        place.folder.mkdir()
        with place.process("--resume", "--out", "run") as process:
            while not aim.begins(place):
                assert process.poll() is None, process.communicate()
                time.sleep(0.001)
            misses = len(hit) - hit.count(stage)
            seconds = moments.uniform(0, aim.seconds) / (1 + misses)  # sooner after a miss
            time.sleep(seconds)
            process.kill()
            process.communicate()
        hit.append(place.stage())
        print(f"killed {1000 * seconds:.0f} ms after the sign of {stage!r}: it struck in {hit[-1]!r}")
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, "it had come to its end"
        assert place.finish() == whole, f"killed in {hit[-1]}"
        assert place.says("finished") == 1
    assert sum(each.kills for each in AIMS.values()) == 20


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_five_interruptions_change_nothing(whole: bytes, tmp_path: Path, number: int) -> None:
    """One after the other, each after the first event of the sitting."""
    place, moments = Place(tmp_path), random.Random(number)
    for turn in range(5):
        with place.process("--resume", "--out", "run") as process:
            while place.says("resumed") + place.says("started") <= turn:
                assert process.poll() is None, process.communicate()
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.1))
            process.send_signal(number)
            _, told = process.communicate(timeout=300)
        assert process.returncode == 130, told
        told = " ".join(told.split())
        assert "interrupted" in told and told.endswith("with: neocog train --resume --out run"), told
    assert place.finish() == whole
