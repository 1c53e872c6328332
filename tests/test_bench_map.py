"""The bench of the map counts frames as it says, over images that the product reads."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.datasets import load_digits

from neocog.data import find


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    return load_bench("studio_map")


def test_a_pan_is_the_frames_over_their_time(bench: ModuleType) -> None:
    pan = bench.to_pan("whole", [100.0, 120.0, 140.0, 200.0])
    assert pan.rate == pytest.approx(30)
    assert pan.longest == 60
    lines = bench.table([pan, bench.to_pan("close", [0.0, 50.0])]).splitlines()
    assert lines[1].split() == ["whole", "30.0", "30.0", "30.0", "60", "1"]
    assert lines[2].split() == ["close", "20.0", "20.0", "20.0", "50", "1"]
    with pytest.raises(AssertionError, match="did not move"):
        bench.to_pan("whole", [1.0])


def test_the_images_are_digits_and_shifted_ones(bench: ModuleType, tmp_path: Path) -> None:
    images, labels = bench.shifted_digits(3000)
    digits = load_digits()
    assert len(np.unique(images.reshape(3000, -1), axis=0)) > 2900
    assert (images[1797] == np.roll((digits.images[0] / 16 * 255).round(), 1, axis=1)).all()
    assert labels[1797:].tolist() == digits.target[: 3000 - 1797].tolist()
    bench.write_idx(tmp_path / "train-images-idx3-ubyte", images)
    bench.write_idx(tmp_path / "train-labels-idx1-ubyte", labels)
    table = find(tmp_path)
    assert len(table) == 3000
    assert (table.source.read(5) == images[5]).all()
    assert table.labels[5] == str(digits.target[5])
