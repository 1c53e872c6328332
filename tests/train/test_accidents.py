"""Accidents to the machine in mid-run: a disk that fills up, a cache that is taken away. Nothing is lost by them."""

import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from neocog.core import config
from neocog.core.errors import StorageError
from neocog.core.run import MODEL
from neocog.train import Recipe, train

FILES = {"recipe.toml", "splits.csv", "environment.json", "events.jsonl", "checkpoint.safetensors", "model.safetensors"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that keeps even small sets on the disk."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("neocog.data.cache._SMALL", 0)
    return tmp_path / "cache"


def model(recipe: Recipe, out: Path) -> bytes:
    list(train(recipe, out))
    return (out / MODEL).read_bytes()


def after(steps: int, do: Callable[[], object] = lambda: True) -> Callable[[], bool]:
    """Do something after so many steps; it says whether to stop."""
    count = itertools.count(1)
    return lambda: next(count) == steps and bool(do())


def test_a_disk_that_fills_up_at_any_moment_costs_nothing(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write of a run is refused once, from the first to the last; the run then goes on to the same file."""
    recipe = config.override(recipe, {"epochs": "1"})
    expected = model(recipe, tmp_path / "whole")
    sync = os.fsync
    refused = set()
    for turn in itertools.count(1):
        run, count = tmp_path / f"run{turn}", itertools.count(1)

        def full(handle: int, count: Iterator[int] = count, turn: int = turn) -> None:
            if next(count) == turn:
                raise OSError(errno.ENOSPC, "No space left on device")
            sync(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            try:
                list(train(recipe, run))
                break
            except StorageError as error:
                wrong, _, mend = str(error).partition("; ")
        assert mend == "free some, then run the same command again (a run that began: with --resume)"
        refused.add(Path(wrong.removeprefix("no space left to write ")).name)
        assert not list(run.glob(".*.part"))
        list(train(recipe, run, resume=True))
        assert (run / MODEL).read_bytes() == expected
    assert refused == FILES


def test_a_cache_that_is_removed_in_mid_run_is_not_missed(recipe: Recipe, tmp_path: Path, cache: Path) -> None:
    """Its files are mapped, and live as long as they are; a run that is stopped then finds them built anew."""
    expected = model(recipe, tmp_path / "whole")
    assert list(train(recipe, tmp_path / "run", stop=after(12, lambda: shutil.rmtree(cache))))[-1].kind == "finished"
    assert (tmp_path / "run" / MODEL).read_bytes() == expected
    assert not cache.exists()
    list(train(recipe, tmp_path / "parts", stop=after(12)))
    shutil.rmtree(cache)
    list(train(recipe, tmp_path / "parts", resume=True))
    assert (tmp_path / "parts" / MODEL).read_bytes() == expected
    assert list((cache / "images").iterdir())


WORKER = """
import itertools, os, sys
from pathlib import Path
from neocog.core import config
from neocog.data import cache
from neocog.train import Recipe, train

cache._SMALL = 0
count = itertools.count(1)

def stop():
    if next(count) == 12:
        for file in Path(os.environ["NEOCOG_CACHE"]).rglob("images.bin"):
            os.truncate(file, 0)

list(train(config.from_toml(Recipe, Path(sys.argv[1]).read_text(), ""), Path(sys.argv[2]), stop=stop))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems end the process in other ways")
def test_a_cache_that_is_cut_off_under_a_run_costs_what_came_after_the_checkpoint(
    recipe: Recipe, tmp_path: Path, cache: Path
) -> None:
    """Reading a mapped file past its end is a fault of the memory, from which no program of ours can come back."""
    expected = model(recipe, tmp_path / "whole")
    (tmp_path / "asked.toml").write_text(config.to_toml(recipe))
    command = [sys.executable, "-c", WORKER, tmp_path / "asked.toml", tmp_path / "run"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGBUS
    assert not (tmp_path / "run" / MODEL).exists()
    events = list(train(recipe, tmp_path / "run", resume=True))
    assert events[0].kind == "resumed"
    assert (tmp_path / "run" / MODEL).read_bytes() == expected
    (images, *_) = (cache / "images").glob("*/images.bin")
    assert np.fromfile(images, np.uint8).any(), "built anew"
