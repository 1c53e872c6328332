"""Color: saturation as Pillow and torchvision have it, hue near HSV's, noise by its statistics."""

import colorsys
import math
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from neocog.data.color import color, color_map, hue, noisy, recolor, saturation

IMAGES = torch.rand(2, 3, 5, 5, generator=torch.Generator().manual_seed(0))
CHANNEL = st.floats(0.0, 1.0)


def test_color_maps_compose_and_match_the_formula() -> None:
    gain, offset = np.array([1.2, 0.8]), np.array([0.1, -0.1])
    once = recolor(IMAGES, color_map(gain, offset, 3))
    expected = IMAGES * torch.tensor([1.2, 0.8]).view(2, 1, 1, 1) + torch.tensor([0.1, -0.1]).view(2, 1, 1, 1)
    assert torch.allclose(once, expected)
    drawn = {"saturation": np.array([1.5, 0.5]), "hue": np.array([0.4, -1.0]), "contrast": gain, "brightness": offset}
    chained = recolor(recolor(IMAGES, hue(drawn["hue"])), saturation(drawn["saturation"]))
    chained = recolor(chained, color_map(gain, 0.5 - 0.5 * gain + offset, 3))
    assert torch.allclose(recolor(IMAGES, color(drawn, 2, 3)), chained, atol=1e-6)


def test_contrast_leaves_mid_gray_alone_and_gray_stays_gray() -> None:
    drawn = {"contrast": np.array([1.5]), "saturation": np.array([2.0]), "hue": np.array([1.0])}
    assert np.allclose(color(drawn, 1, 3) @ [0.5, 0.5, 0.5, 1], [0.5, 0.5, 0.5, 1])
    red, green, blue, _ = (color(drawn, 1, 3) @ [0.2, 0.2, 0.2, 1])[0]
    assert red == pytest.approx(green)
    assert red == pytest.approx(blue)
    assert np.allclose(color(drawn, 1, 1), color({"contrast": np.array([1.5])}, 1, 1)), "a gray image has no hue"


@pytest.mark.parametrize("factor", [0.0, 0.6, 1.4])
def test_saturation_is_torchvisions(functional: ModuleType, factor: float) -> None:
    images = IMAGES * 0.4 + 0.3  # so that nothing is clipped
    maps = saturation(np.full(2, factor))
    torch.testing.assert_close(recolor(images, maps), functional.adjust_saturation(images, factor), atol=1e-3, rtol=0)


def test_saturation_is_pillows() -> None:
    pixels = (IMAGES[0] * 100 + 77).byte().permute(1, 2, 0).numpy()
    theirs = np.asarray(ImageEnhance.Color(Image.fromarray(pixels)).enhance(1.5)).astype(float)
    ours = recolor(torch.from_numpy(pixels / 255).permute(2, 0, 1)[None], saturation(np.array([1.5])))
    assert np.abs(ours[0].permute(1, 2, 0).numpy() * 255 - theirs).max() < 1.6, "Pillow rounds gray and result"


@given(red=CHANNEL, green=CHANNEL, blue=CHANNEL, degrees=st.floats(-180, 180))
def test_hue_turns_nearly_as_hsv_does(red: float, green: float, blue: float, degrees: float) -> None:
    """The mean and the distance from gray stay; HSV measures the angle on a hexagon, up to 1.2 degrees off."""
    before = np.array([red, green, blue])
    after = (hue(np.array([math.radians(degrees)])) @ [red, green, blue, 1])[0, :3]
    assert after.mean() == pytest.approx(before.mean())
    assert np.linalg.norm(after - after.mean()) == pytest.approx(np.linalg.norm(before - before.mean()), abs=1e-9)
    if np.ptp(before) > 0.02:
        shift = 0.5 - after.min() / 2  # HSV's hue knows no offset and no gain, but colorsys wants 0 to 1
        turned = colorsys.rgb_to_hsv(*(after / 4 + shift))[0] - colorsys.rgb_to_hsv(*before)[0]
        assert abs((turned * 360 - degrees + 180) % 360 - 180) < 2.4


@pytest.mark.parametrize(("turns", "order"), [(1, [2, 0, 1]), (2, [1, 2, 0]), (3, [0, 1, 2])])
def test_a_third_of_a_turn_is_torchvisions_hue_exactly(functional: ModuleType, turns: int, order: list[int]) -> None:
    ours = recolor(IMAGES, hue(np.full(2, turns * 2 * math.pi / 3)))
    torch.testing.assert_close(ours, IMAGES[:, order])
    factor = ((turns / 3 + 0.5) % 1) - 0.5
    torch.testing.assert_close(ours, functional.adjust_hue(IMAGES, factor), atol=1e-5, rtol=0)


def test_noise_is_normal_and_independent() -> None:
    keys = np.arange(40, dtype=np.uint64)
    deviations = np.linspace(0.1, 2.0, 40)[:, None] * [1.0, 0.5, 0.25]
    found = noisy(torch.full((40, 3, 32, 32), 7.0), deviations, keys).double() - 7
    unit = (found / torch.from_numpy(deviations)[:, :, None, None]).reshape(40, -1)
    assert unit.mean().abs() < 0.01
    assert (unit.std(dim=1) - 1).abs().max() < 0.06
    assert (unit**3).mean().abs() < 0.04
    assert abs((unit**4).mean() - 3) < 0.1
    correlated = torch.corrcoef(unit) - torch.eye(40)
    assert correlated.abs().max() < 0.1, "no two samples share their noise"
    assert abs((unit[:, 1:] * unit[:, :-1]).mean()) < 0.01, "nor do neighbors"


def test_noise_belongs_to_the_key() -> None:
    keys = np.array([3, 2**63 - 1, 3], np.uint64)
    found = noisy(torch.zeros(3, 1, 8, 8), np.ones((3, 1)), keys)
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[1:2], noisy(torch.zeros(1, 1, 8, 8), np.ones((1, 1)), keys[1:2]))
