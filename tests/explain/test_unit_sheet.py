"""A sheet of units: a row for each, dead ones too."""

import numpy as np
import torch

from neocog.build import build
from neocog.data import Preprocessing
from neocog.explain import preferred, survey, unit_sheet
from neocog.network import Conv, Network, ReLU


def test_every_unit_has_its_row_and_a_dead_one_no_patches() -> None:
    network = Network((1, 12, 16), (Conv(3, 5), ReLU()))
    module = build(network, seed=1)
    with torch.no_grad():
        module.get_submodule("conv1").bias[1] = -1000.0
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 12, 16)).astype(np.uint8)
    preprocessing = Preprocessing(size=(12, 16), channels=1)
    targets = np.arange(20) % 2
    found = survey(module, ["relu1"], images, preprocessing, network=network, targets=targets, classes=2)["relu1"]
    best = preferred(module, "relu1", [0, 1, 2], preprocessing, network=network, steps=2)
    sheets = [np.asarray(unit_sheet(found, best[:count], images, ("even", "odd")).picture()) for count in (1, 2, 3)]
    heights = [sheet.shape[0] for sheet in sheets]
    assert heights[1] - heights[0] == heights[2] - heights[1] > 96
    row = heights[1] - heights[0]
    patches = sheets[2][:, sheets[2].shape[1] // 2 :]
    top = heights[0] - row - 32
    alive, dead = (patches[top + at * row : top + (at + 1) * row] for at in (0, 1))
    assert len(np.unique(alive)) > 20
    assert len(np.unique(dead.reshape(-1, 3), axis=0)) == 1, "nothing but the ground"
