"""Masks answered in tiles are those of one pass over the whole image; the tiles cover it and overlap enough."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neocog import zoo
from neocog.build import build
from neocog.data import Preprocessing, normalize
from neocog.model import Model, pixel_classes, shares, weights_of
from neocog.model.masks import CLASS_COLORS, overlap, palette, tiling
from neocog.network import BatchNorm, Conv, Network, ReLU
from neocog.zoo.unet import padded_unet


@given(
    length=st.integers(1, 400), step=st.sampled_from([1, 4, 16]), margin=st.integers(0, 40), extra=st.integers(1, 60)
)
def test_tiles_cover_and_keep_their_margin(length: int, step: int, margin: int, extra: int) -> None:
    tile = -(-(2 * margin + extra + step) // step) * step
    tiles = tiling(length, tile, margin, step)
    covered = [place for first, last in tiles.kept for place in range(first, last)]
    assert covered == list(range(length))
    for start, (first, last) in zip(tiles.starts, tiles.kept, strict=True):
        assert start % step == 0
        assert start <= first < last <= start + tile
        assert first == 0 or first - start >= margin
        assert last == length or start + tile - last >= margin


def model_of(network: Network, size: tuple[int, int]) -> Model:
    module = build(network, seed=2)
    return Model(
        network=network,
        weights=weights_of(module),
        classes=tuple("abc"),
        task="mask",
        preprocessing=Preprocessing(size=size, channels=3, mean=(0.5,), deviation=(0.25,)),
    )


@pytest.mark.parametrize(
    "network",
    [
        Network((3, 16, 16), (Conv(4, 5, pad=2), BatchNorm(), ReLU(), Conv(3, 3, pad=1))),
        padded_unet("small", 4, 3, input=(3, 16, 16), classes=3),
        zoo.network("dilated_front_end_010", classes=3, side=16),
    ],
    ids=["plain", "unet", "dilated"],
)
def test_tiles_answer_as_the_whole_does(network: Network) -> None:
    model = model_of(network, (16, 16))
    image = np.random.default_rng(0).integers(0, 256, (16, 900, 3), np.uint8)
    module = model.module()
    tiled = pixel_classes(model, module, image, tile=32)
    margin, step = overlap(network)[1], 8
    wide = image[:, : 900 // step * step]
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(wide.transpose(2, 0, 1)))[None]
        whole = module(normalize(batch, model.pictured)).argmax(1)[0].numpy()
    inside = slice(margin, wide.shape[1] - margin)
    assert wide.shape[1] > 2 * margin + 100
    assert (tiled[:, inside] == whole[:, inside]).mean() > 0.999  # sums in another order may tip a tie


def test_a_mask_is_as_large_as_its_image_whatever_the_scale() -> None:
    model = model_of(Network((3, 16, 16), (Conv(3, 3, pad=1),)), (16, 16))
    for height, width in ((16, 16), (40, 25), (7, 90)):
        answer = pixel_classes(model, model.module(), np.zeros((height, width, 1), np.uint8))
        assert answer.shape == (height, width)


def test_shares_and_colors() -> None:
    assert shares(np.array([[2, 2]], np.uint8), 3) == [0.0, 0.0, 1.0]
    assert len(palette()) == 768
    assert palette()[3:6] == bytes(CLASS_COLORS[1][1])
