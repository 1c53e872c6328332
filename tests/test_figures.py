"""The accuracies that the main job must reach; how long that takes is measured in `bench/`."""

import json
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def accuracy(out: Path, data: str | Path, *arguments: str) -> tuple[float, int]:
    """Train and evaluate as a user does; the test accuracy and the number of test images."""
    neocog = [sys.executable, "-m", "neocog.cli"]
    subprocess.run([*neocog, "train", str(data), "--out", str(out), "--quiet", *arguments], check=True)
    done = subprocess.run([*neocog, "evaluate", str(out), "--json"], check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    return report["accuracy"], report["n"]


def test_digits_with_nothing_chosen(tmp_path: Path) -> None:
    reached, _ = accuracy(tmp_path / "run", "digits")
    assert reached >= 0.975


def test_lenet5_on_mnist_in_five_epochs(shared: Path, tmp_path: Path) -> None:
    reached, images = accuracy(tmp_path / "run", shared / "mnist", "--net", "lenet5", "--epochs", "5", "--seed", "1")
    assert images == 10_000
    assert reached >= 0.988


def test_mnist_with_nothing_chosen(shared: Path, tmp_path: Path) -> None:
    reached, _ = accuracy(tmp_path / "run", shared / "mnist")
    assert reached >= 0.993


def test_steel_defects_with_nothing_chosen(shared: Path, tmp_path: Path) -> None:
    """Grey pictures stored as RGB are trained with one channel; the median of three seeds."""
    data = shared / "neu-surface-defects.zip"
    reached = [accuracy(tmp_path / seed, data, "--seed", seed) for seed in ("1", "2", "3")]
    assert {images for _, images in reached} == {180}
    assert "channels = 1" in (tmp_path / "1" / "recipe.toml").read_text()
    assert statistics.median(figure for figure, _ in reached) >= 0.97


def test_photos_by_what_others_learned(shared: Path, tmp_path: Path) -> None:
    """132 photos: the advised way of transfer gets nine in ten right, from scratch it is clearly worse."""
    data, weights = shared / "ants-bees-photos.zip", tmp_path / "mobilenetv1_075_imagenet_timmnames.pth"
    with zipfile.ZipFile(shared / "imagenet-backbones.zip") as archive:
        weights.write_bytes(archive.read(f"imagenet-backbones/{weights.name}"))
    reached, images = accuracy(tmp_path / "transfer", data, "--net", "mobilenet_v1_075", "--init", str(weights))
    assert images == 68
    assert reached >= 0.9
    assert 'way = "head"' in (tmp_path / "transfer" / "recipe.toml").read_text()
    accuracy(tmp_path / "scratch", data)
    compare = [sys.executable, "-m", "neocog.cli", "compare", tmp_path / "scratch", tmp_path / "transfer", "--json"]
    told = json.loads(subprocess.run(compare, check=True, capture_output=True, text=True).stdout)
    assert told["verdict"] == "better"
    assert told["difference_low"] > 0
