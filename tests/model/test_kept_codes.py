"""Codes that are kept: what hooks see, computed once, under a key of all that they depend on."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from neocog.build import build
from neocog.data import Preprocessing, normalize
from neocog.data.cache import entries
from neocog.model import Keeping, codes_at, codes_by_depth, kept_codes
from neocog.network import BatchNorm, Conv, Dense, GlobalAvgPool, Network, ReLU

NETWORK = Network((1, 8, 8), (Conv(4, 3), BatchNorm(), ReLU(), Conv(6, 3), ReLU(), GlobalAvgPool(), Dense(3)))
PREPROCESSING = Preprocessing(size=(8, 8), channels=1, mean=(0.4,), deviation=(0.3,))
IMAGES = np.random.default_rng(0).integers(0, 256, (150, 1, 8, 8)).astype(np.uint8)
KEEPING = Keeping(name="noise", hashes=[str(place) for place in range(150)])


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def module() -> fx.GraphModule:
    return build(NETWORK, seed=1)


def hooked(module: nn.Module, path: str) -> NDArray[np.float32]:
    """The oracle: what a hook sees at a layer, in evaluation mode."""
    seen: list[Tensor] = []
    handle = module.get_submodule(path).register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        module.eval()(normalize(torch.from_numpy(IMAGES), PREPROCESSING))
    handle.remove()
    module.train()
    found: NDArray[np.float32] = seen[0].numpy()
    return found


def test_each_depth_gives_the_mean_of_its_maps(module: fx.GraphModule) -> None:
    found = codes_by_depth(module, ["relu1", "conv2", "dense1", "relu1"], IMAGES, PREPROCESSING, KEEPING)
    assert list(found) == ["relu1", "conv2", "dense1"]
    for path in ("relu1", "conv2"):
        assert found[path] == pytest.approx(hooked(module, path).mean(axis=(2, 3)), abs=1e-5)
    assert found["dense1"] == pytest.approx(hooked(module, "dense1"), abs=1e-5)
    assert module.training


def test_one_layer_gives_its_maps_in_half_the_bytes(module: fx.GraphModule) -> None:
    maps = codes_at(module, "relu2", IMAGES, PREPROCESSING, KEEPING)
    vectors = codes_at(module, "pool1", IMAGES, PREPROCESSING, KEEPING)
    assert maps is not None
    assert vectors is not None
    assert (maps.dtype, maps.shape) == (np.float16, (150, 6, 4, 4))
    assert maps == pytest.approx(hooked(module, "relu2"), rel=1e-3, abs=1e-4)
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(hooked(module, "pool1"), abs=1e-5)


def test_numbers_beyond_the_half_stay_finite(module: fx.GraphModule) -> None:
    with torch.no_grad():
        module.get_submodule("conv2").weight.mul_(1e9)
    maps = codes_at(module, "relu2", IMAGES, PREPROCESSING, KEEPING)
    assert maps is not None
    assert np.isfinite(maps).all()


def test_they_are_computed_once(module: fx.GraphModule, monkeypatch: pytest.MonkeyPatch) -> None:
    first = codes_by_depth(module, ["relu1"], IMAGES, PREPROCESSING, KEEPING)["relu1"]
    (entry,) = entries()
    assert (entry.kind, entry.name, entry.shape, entry.size) == ("codes", "noise", (150, 4), 150 * 4 * 4)
    real, passed = kept_codes.logits, []
    monkeypatch.setattr(kept_codes, "logits", lambda *args, **rest: passed.append(len(args[1])) or real(*args, **rest))
    again = codes_by_depth(build(NETWORK, seed=1), ["relu1"], IMAGES, PREPROCESSING, KEEPING)["relu1"]
    assert np.array_equal(again, first)
    assert set(passed) == {1}, "no more than one black image, to know the shape"


def test_whatever_they_depend_on_is_in_the_key(module: fx.GraphModule) -> None:
    others = [
        (build(NETWORK, seed=2), PREPROCESSING, KEEPING),
        (module, replace(PREPROCESSING, mean=(0.5,)), KEEPING),
        (module, PREPROCESSING, replace(KEEPING, hashes=[str(place + 1) for place in range(150)])),
    ]
    codes_by_depth(module, ["relu1"], IMAGES, PREPROCESSING, KEEPING)
    for count, (other, preprocessing, keeping) in enumerate(others, 2):
        codes_by_depth(other, ["relu1"], IMAGES, preprocessing, keeping)
        assert len(entries()) == count
    with torch.no_grad():
        module.get_submodule("dense1").weight.add_(1)
    codes_by_depth(module, ["relu1"], IMAGES, PREPROCESSING, KEEPING)
    assert len(entries()) == count, "what comes after the layer is not"


def test_a_pass_that_is_killed_goes_on_to_the_same_bits(
    module: fx.GraphModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = np.array(codes_by_depth(module, ["conv2"], IMAGES, PREPROCESSING, KEEPING)["conv2"])
    monkeypatch.setattr("neocog.data.entry.MARK_SECONDS", -1.0)
    other = replace(KEEPING, cache_gb=1.0, name="again", progress=None)
    renamed = replace(other, hashes=[f"x{place}" for place in range(150)])
    seen: list[int] = []

    def stop(done: int, _total: int) -> None:
        seen.append(done)
        if done == 128:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        codes_by_depth(module, ["conv2"], IMAGES, PREPROCESSING, replace(renamed, progress=stop))
    assert [entry.built for entry in entries() if entry.name == "again"] == [pytest.approx(64 / 150)]
    done: list[int] = []
    counting = replace(renamed, progress=lambda count, _total: done.append(count))
    found = codes_by_depth(module, ["conv2"], IMAGES, PREPROCESSING, counting)["conv2"]
    assert done == [128, 150]
    assert np.array_equal(found, whole)


def test_without_room_there_are_none(module: fx.GraphModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neocog.data.cache._SMALL", 100)
    assert codes_at(module, "relu1", IMAGES, PREPROCESSING, replace(KEEPING, cache_gb=1e-6)) is None


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
