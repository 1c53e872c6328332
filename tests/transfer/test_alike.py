"""Images that a network can hardly tell apart: planted ones are named, known duplicates and strangers are not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from neocog.build import build
from neocog.core.errors import RecipeError
from neocog.core.run import LEDGER
from neocog.data import load
from neocog.network import parse
from neocog.train import Recipe
from neocog.transfer import alike

NET = "Network(input=(1, 8, 8), layers=(Conv(32, 3), ReLU(), GlobalAvgPool(), Dense(2)))"


@pytest.fixture
def mirrored(recipe: Recipe, tmp_path: Path) -> Recipe:
    """Patterns, of which one stands in the test set as its mirror image and one as it is; symmetric kernels."""
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (90, 8, 8)).astype(np.uint8)
    y = np.arange(90) % 2
    x[61] = x[3, :, ::-1]
    x[62] = x[4]
    file = tmp_path / "patterns.npz"
    np.savez(file, x_train=x[:60], y_train=y[:60], x_test=x[60:], y_test=y[60:])
    weights = build(parse(NET), seed=1).state_dict()
    weights["conv1.weight"] = weights["conv1.weight"] + weights["conv1.weight"].flip(3)
    safetensors.torch.save_file(weights, tmp_path / "symmetric.safetensors")
    (tmp_path / "one.network").write_text(NET)
    return replace(
        recipe,
        data=replace(recipe.data, path=str(file)),
        net=str(tmp_path / "one.network"),
        init=str(tmp_path / "symmetric.safetensors"),
    )


def test_a_mirror_image_is_named_and_what_pixels_tell_is_not(mirrored: Recipe, tmp_path: Path) -> None:
    dataset = load(mirrored.data)
    assert len(dataset.findings.leaks) == 1, "the same pixels"
    ids = dataset.table.ids
    pair, *others = alike(mirrored, dataset)
    assert {pair.id, pair.other_id} == {ids[3], ids[61]}
    assert (pair.side in ("train", "val"), pair.other_side, pair.kind) == (True, "test", "alike")
    assert len(others) < 5
    assert not {ids[4], ids[62]} & {each for other in others for each in (other.id, other.other_id)}
    assert not list(tmp_path.rglob(LEDGER)), "looking for leaks opens no test set"


def test_weights_and_a_network_are_needed(mirrored: Recipe) -> None:
    dataset = load(mirrored.data)
    with pytest.raises(
        RecipeError, match="the search for alike images needs weights to start from, and none are given"
    ):
        alike(replace(mirrored, init=""), dataset)
    with pytest.raises(RecipeError, match="the search for alike images needs the network that the weights were made f"):
        alike(replace(mirrored, net="auto"), dataset)
