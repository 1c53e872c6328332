"""A survey of units: patches known by construction, units that are planted, and one pass equal to all at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import build, tapped
from neocog.core.errors import ModelFileError, NetworkError
from neocog.data import Preprocessing, normalize
from neocog.explain import cut, fields, survey
from neocog.explain.patches import Tops
from neocog.model import Keeping
from neocog.network import Conv, Dense, Flatten, GlobalAvgPool, MaxPool, Network, ReLU

SQUARE = Preprocessing(size=(12, 16), channels=1)


def noise(count: int, channels: int = 1, size: tuple[int, int] = (12, 16), seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 40, (count, channels, *size)).astype(np.uint8)


def set_weights(module: nn.Module, path: str, weight: Tensor, bias: float = 0.0) -> None:
    part = module.get_submodule(path)
    with torch.no_grad():
        part.weight.copy_(weight)
        if part.bias is not None:
            part.bias.fill_(bias)


@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (1, 1), (2, 1), (3, 2), ((2, 1), ((0, 1), (2, 0)))])
@pytest.mark.parametrize("corner", [(0, 0), (7, 5), (9, 13)])
def test_the_best_patch_is_where_it_was_put(stride: Any, pad: Any, corner: tuple[int, int]) -> None:
    """A filter that is a pattern, which stands in one image: the patch is there, to the pixel, at borders too."""
    pattern = np.array([[255, 0, 255], [0, 255, 0], [255, 0, 255]], np.uint8)
    network = Network((1, 12, 16), (Conv(1, 3, stride=stride, pad=pad),), fit="floor")
    module = build(network)
    set_weights(module, "conv1", torch.tensor(pattern / 255.0 * 2 - 1, dtype=torch.float32)[None, None])
    images = noise(5)
    top, left = corner
    images[3, 0, top : top + 3, left : left + 3] = pattern
    found = survey(module, ["conv1"], images, SQUARE, network=network)["conv1"].patches
    whole = module(normalize(torch.from_numpy(images), SQUARE))[:, 0].detach()
    (best, *_) = found.of(0)
    assert best.value == pytest.approx(float(whole.amax()))
    assert (best.image, *best.place) == tuple(np.unravel_index(int(whole.argmax()), whole.shape))
    (up, down), (west, east) = best.box
    steps = stride if isinstance(stride, tuple) else (stride, stride)
    pads = (0, 2) if isinstance(pad, tuple) else (pad, pad)
    assert (up, west) == (best.place[0] * steps[0] - pads[0], best.place[1] * steps[1] - pads[1])
    assert (down - up, east - west) == (3, 3)
    if (top + pads[0]) % steps[0] == 0 and (left + pads[1]) % steps[1] == 0:
        assert best.box == ((top, top + 3), (left, left + 3))
        assert (cut(images[3], best.box)[0] == pattern).all()


def test_a_patch_is_all_that_matters_to_its_value() -> None:
    """Whatever stands outside the box may change: deep in a network with pools and padding the value stays."""
    network = Network(
        (3, 24, 20), (Conv(4, 3, pad=1), ReLU(), MaxPool(2), Conv(5, 3, pad=1), ReLU(), MaxPool(2), Conv(6, 3, pad=1))
    )
    module = build(network, seed=3)
    images = np.random.default_rng(1).integers(0, 256, (20, 3, 24, 20)).astype(np.uint8)
    preprocessing = Preprocessing(size=(24, 20), channels=3, mean=(0.5,), deviation=(0.25,))
    found = survey(module, ["conv2", "conv3"], images, preprocessing, network=network)
    view = tapped(module.eval(), ["conv2", "conv3"])
    for path in ("conv2", "conv3"):
        for unit in range(4):
            for patch in found[path].patches.of(unit)[:4]:
                other = 255 - images[patch.image]
                (top, bottom), (left, right) = patch.box
                inside = np.s_[:, max(top, 0) : bottom, max(left, 0) : right]
                other[inside] = images[patch.image][inside]
                with torch.no_grad():
                    maps = view(normalize(torch.from_numpy(other[None]), preprocessing))[path]
                assert float(maps[0, unit][patch.place]) == pytest.approx(patch.value, abs=1e-5)


def test_a_dense_unit_sees_everything_and_has_no_place() -> None:
    network = Network((1, 12, 16), (Conv(3, 5), ReLU(), Flatten(), Dense(4)))
    found = survey(build(network), ["dense1", "flatten1"], noise(12), SQUARE, network=network)
    patch = found["dense1"].patches.of(2)[0]
    assert patch.place == ()
    assert patch.box == ((0, 12), (0, 16))
    flat = next(patches for unit in range(9) if (patches := found["flatten1"].patches.of(unit)))
    assert flat[0].box == ((0, 12), (0, 16))
    assert found["dense1"].units == 4
    assert patch.to_dict() == {
        "image": patch.image,
        "value": patch.value,
        "place": [],
        "box": [[0, 12], [0, 16]],
    }


@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(1, 7),
    st.integers(1, 12),
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_in_one_pass_as_from_all_at_once(
    images: int, units: int, places: int, count: int, cuts: list[int], seed: int
) -> None:
    """Few different values, so that many are equal: the first image and the first place win, as in a stable sort."""
    maps = torch.from_numpy(np.random.default_rng(seed).integers(-2, 4, (images, units, places)).astype(np.float32))
    tops, start = Tops(units, count), 0
    for length in cuts:
        if start < images:
            tops.add(maps[start : start + length])
            start += length
    if start < images:
        tops.add(maps[start:])
    lowest = maps.amin(dim=(0, 2))
    found = tops.finished(lowest)
    for unit in range(units):
        best = [(-float(maps[image, unit].max()), image) for image in range(images)]
        kept = [(-value, image) for value, image in sorted(best)[:count] if -value > float(lowest[unit])]
        shown = [at for at in range(found["images"].shape[1]) if found["images"][unit, at] >= 0]
        assert [(found["values"][unit, at], found["images"][unit, at]) for at in shown] == kept
        for at in shown:
            own = maps[found["images"][unit, at], unit]
            assert found["places"][unit, at] == int((own == own.max()).nonzero()[0])


def planted() -> tuple[Network, nn.Module, NDArray[np.uint8], NDArray[np.int64]]:
    """A bright square in one of four quarters is the class. Units: 0 dead, 1 and 4 the same but for scale, 2 speaks for
    class 3 by a dense layer's weights, 5 is 1 turned round."""
    random = np.random.default_rng(4)
    targets = random.integers(0, 4, 300)
    images = random.integers(0, 60, (300, 1, 8, 8)).astype(np.uint8)
    for image, label in zip(images, targets.tolist(), strict=True):
        row, column = divmod(label, 2)
        image[0, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 150
    network = Network((1, 8, 8), (Flatten(), Dense(6), ReLU(), Dense(6)))
    module = build(network, seed=2)
    quarter = torch.zeros(8, 8)
    quarter[4:, 4:] = 1 / 16
    rows = torch.randn(6, 64, generator=torch.Generator().manual_seed(0))
    rows[0] = -1
    rows[1] = 1 / 64
    rows[2] = quarter.flatten()
    rows[4] = 3 * rows[1]
    with torch.no_grad():
        module.get_submodule("dense1").weight.copy_(rows)
        module.get_submodule("dense1").bias.copy_(torch.tensor([-1.0, 0, -0.3, 0, 0.1, 0]))
        module.get_submodule("dense2").weight.copy_(torch.eye(6))
        module.get_submodule("dense2").weight[5] = -torch.eye(6)[1]
        module.get_submodule("dense2").bias.zero_()
    return network, module, images, targets


def test_planted_units_are_found() -> None:
    network, module, images, targets = planted()
    preprocessing = Preprocessing(size=(8, 8), channels=1)
    found = survey(module, ["relu1", "dense2"], images, preprocessing, network=network, targets=targets, classes=4)
    first, second = found["relu1"].statistics, found["dense2"].statistics
    assert first.dead == (0,)
    assert found["relu1"].patches.of(0) == ()
    assert first.duplicates == ((1, 4),)
    assert second.duplicates == ((1, 4, 5),)
    assert first.selective[2] == 3
    assert first.classes_of(2, 1)[0][0] == 3
    told = first.to_dict(2)
    assert told["speaks_for"] == 3 and told["classes"][0]["class"] == 3 and not told["dead"]
    assert first.to_dict(0)["dead"] and first.to_dict(4)["duplicates"] == [1]
    assert first.active[1] == 1.0 and first.active[0] == 0.0
    assert {patch.image for patch in found["relu1"].patches.of(2)} <= set(np.flatnonzero(targets == 3).tolist())


def test_the_figures_are_those_of_all_activations_at_once() -> None:
    """By numpy over every map, with classes that some images have two of."""
    network = Network((1, 12, 16), (Conv(5, 3), ReLU(), MaxPool(2), GlobalAvgPool()))
    module = build(network, seed=7)
    images, random = noise(150, seed=5), np.random.default_rng(6)
    labels = random.random((150, 3)) < 0.4
    found = survey(module, ["relu1", "pool2"], images, SQUARE, targets=labels)
    with torch.no_grad():
        maps = tapped(module.eval(), ["relu1", "pool2"])(normalize(torch.from_numpy(images), SQUARE))
    for path, tensor in maps.items():
        values = tensor.flatten(2).numpy() if tensor.ndim > 2 else tensor.numpy()[:, :, None]
        peaks, told = values.max(axis=2).astype(np.float64), found[path].statistics
        assert told.lowest == pytest.approx(values.min(axis=(0, 2)), abs=1e-6)
        assert told.highest == pytest.approx(values.max(axis=(0, 2)), abs=1e-6)
        assert told.active == pytest.approx((peaks > 0).mean(axis=0))
        for label in range(3):
            own, rest = peaks[labels[:, label]], peaks[~labels[:, label]]
            spread = np.sqrt((own.var(axis=0) + rest.var(axis=0)) / 2)
            assert told.means[:, label] == pytest.approx(own.mean(axis=0), abs=1e-6)
            assert told.distinctness[:, label] == pytest.approx((own.mean(0) - rest.mean(0)) / spread, abs=1e-4)
    assert found["relu1"].patches.of(0)[0].box == ((0, 12), (0, 16)), "of a module without a network the whole image"


class InPlace(nn.Module):
    """A foreign module whose ReLU overwrites what was tapped."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x))).mean((2, 3))


def test_a_foreign_module_is_left_as_it_was() -> None:
    module = InPlace().train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    images = noise(70, channels=3)
    preprocessing = Preprocessing(size=(12, 16), channels=3)
    found = survey(module, ["norm", "relu"], images, preprocessing)
    assert found["norm"].statistics.lowest.min() < 0, "what lies before the ReLU"
    assert found["relu"].statistics.lowest.min() == 0
    assert module.training and all(part.training for part in module.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert not module.norm._forward_hooks
    with pytest.raises(NetworkError, match="no layer at 'nom'; did you mean 'norm'?"):
        survey(module, ["nom"], images, preprocessing)
    assert module.training


def test_numbers_that_are_not_finite_are_named(tmp_path: Path) -> None:
    module = InPlace().train()
    with torch.no_grad():
        module.conv.bias[1] = torch.nan
    with pytest.raises(ModelFileError, match="layer `relu` gives numbers that are not finite; its weights are unfit"):
        survey(module, ["relu"], noise(3, channels=3), Preprocessing(size=(12, 16), channels=3))
    assert module.training
    assert not torch.is_inference_mode_enabled()


def test_what_was_found_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    network, module, images, targets = planted()
    preprocessing, told = Preprocessing(size=(8, 8), channels=1), []

    def keeping() -> Keeping:
        return Keeping(
            name="squares", hashes=[str(at) for at in range(300)], progress=lambda done, _: told.append(done)
        )

    def asked(paths: list[str], labels: NDArray[np.int64], count: int = 9) -> Callable[[], dict[str, Any]]:
        return lambda: survey(
            module,
            paths,
            images,
            preprocessing,
            network=network,
            targets=labels,
            classes=4,
            count=count,
            keeping=keeping(),
        )

    first = asked(["relu1"], targets)()
    assert told[-1] == 300
    told.clear()
    again = asked(["relu1"], targets)()
    assert told == []
    assert (again["relu1"].patches.values == first["relu1"].patches.values).all()
    assert again["relu1"].patches.of(2) == first["relu1"].patches.of(2)
    assert again["relu1"].statistics.to_dict(2) == first["relu1"].statistics.to_dict(2)
    for other in (asked(["dense2"], targets), asked(["relu1"], 3 - targets), asked(["relu1"], targets, count=3)):
        other()
        assert told[-1] == 300
        told.clear()
    with torch.no_grad():
        module.get_submodule("dense1").weight.add_(1)
    asked(["relu1"], targets)()
    assert told[-1] == 300


def test_fields_are_cut_at_no_border_but_patches_are() -> None:
    network = Network((1, 6, 6), (Conv(1, 5, pad=2), Conv(1, 5, pad=2)))
    field = fields(network, ["conv2"], (6, 6))["conv2"]
    assert field.sides == (6, 6)
    assert field.box((0, 5)) == ((-4, 5), (1, 10))
    image = np.arange(36, dtype=np.uint8).reshape(1, 6, 6)
    patch = cut(image, field.box((0, 5)))
    assert patch.shape == (1, 6, 6)
    assert (patch[0, 1:, :5] == image[0, :5, 1:]).all(), "what is missing above is gray above"
    assert (patch[0, 0] == 128).all() and (patch[0, :, 5] == 128).all()
