"""Pictures of maps: colors that mean what they should, the same at both signs, and hard pixels for small images."""

import numpy as np
import pytest
import torch
from torch import nn

from neocog import explain
from neocog.explain import METHODS, Explained, Scene
from neocog.explain.render import LARGE, limit

SCENE = Scene(np.full((1, 8, 8), 100, np.uint8), "what speaks for 3 in a.png", "the answer, with probability 0.910")


def heat(signed: bool) -> np.ndarray:
    values = np.linspace(-1 if signed else 0, 1, 64).astype(np.float32)
    return values.reshape(8, 8)


def test_nothing_leaves_the_gray_image() -> None:
    gray = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    over = explain.over(np.zeros((8, 8), np.float32), gray, signed=True)
    assert (over == gray[0][..., None]).all()


def test_red_is_for_and_blue_against() -> None:
    over = explain.over(heat(signed=True), SCENE.pixels, signed=True).astype(int)
    against, for_ = over[0, 0], over[-1, -1]
    assert against[2] > against[0] + 100
    assert for_[0] > for_[2] + 100


def test_magnitudes_grow_brighter() -> None:
    """cividis is made so that brightness alone tells the value."""
    luma = explain.over(heat(signed=False), SCENE.pixels, signed=False) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(luma.ravel()) >= -1.0).all()
    assert luma[-1, -1] > luma[0, 0] + 80


def test_one_bright_pixel_does_not_darken_the_others() -> None:
    values = np.ones((20, 20), np.float32)
    values[3, 3] = 1000
    assert limit(values) == pytest.approx(1)
    assert limit(np.zeros((4, 4), np.float32)) == 0
    assert limit(np.array([[np.nan, 2.0]], np.float32)) == pytest.approx(1.98)


@pytest.mark.parametrize("name", ["saliency", "integrated"])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 30, 17), (3, 300, 500)])
def test_a_page_for_any_image(name: str, shape: tuple[int, ...]) -> None:
    one = Explained(METHODS[name], torch.randn(1, *shape[1:]).abs())
    picture = explain.page(one, Scene(np.zeros(shape, np.uint8), "title " * 60, "line"))
    assert picture.width < 3 * LARGE
    assert len(picture.getcolors(1 << 24)) > 20


def test_small_images_keep_hard_pixels() -> None:
    """Each value of the map is a block of one color."""
    one = Explained(METHODS["integrated"], torch.from_numpy(heat(signed=True))[None])
    picture = np.asarray(explain.page(one, SCENE))
    wanted = explain.over(heat(signed=True), SCENE.pixels, signed=True)
    block = LARGE // 8
    left, top = 32 + LARGE + 24, 32 + 68
    shown = picture[top : top + LARGE, left : left + LARGE]
    assert (shown == wanted.repeat(block, 0).repeat(block, 1)).all()


def test_the_sheet_holds_what_can_be_shown() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    found = list(explain.explain(network, torch.rand(1, 1, 8, 8), METHODS.values(), 1))
    sheet, alone = explain.contact_sheet(found, SCENE), explain.contact_sheet(found[:1], SCENE)
    assert sheet.width > 2 * alone.width
    assert sheet.height > alone.height, "two rows, and why methods were left out"
    wide = Explained(METHODS["saliency"], torch.rand(1, 50, 90))
    broad, tall = (
        explain.contact_sheet([one], Scene(np.zeros((3, *one.heat.shape[1:]), np.uint8), "a", "b"))
        for one in (wide, Explained(wide.method, wide.heat.mT))
    )
    assert (broad.size, broad.tobytes() == tall.tobytes()) == (tall.size, False)


def test_what_is_loaded_on_demand_is_there() -> None:
    with pytest.raises(AttributeError, match="module 'neocog.explain' has no attribute 'heatmap'"):
        _ = explain.heatmap
