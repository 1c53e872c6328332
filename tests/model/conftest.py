"""A small model that is made without training, shared by the tests of this room."""

import pytest

from neocog.build import build
from neocog.data import Preprocessing
from neocog.model import Model, weights_of
from neocog.network import AvgPool, BatchNorm, Conv, Dense, Flatten, Network, ReLU

NETWORK = Network(
    input=(3, 12, 12),
    layers=(Conv(4, 3, pad=1, bias=False), BatchNorm(), ReLU(), AvgPool(4), Flatten(), Dense(3)),
    name="small",
)


@pytest.fixture
def small() -> Model:
    """Three classes, RGB images of 12 x 12, a border of one pixel, calibrated."""
    return Model(
        network=NETWORK,
        weights=weights_of(build(NETWORK, seed=5)),
        classes=("crazing", "éclat", "scratches"),
        preprocessing=Preprocessing(
            size=(12, 12), channels=3, resize="pad", border=1, mean=(0.4, 0.5, 0.6), deviation=(0.2, 0.25, 0.3)
        ),
        calibration={"temperature": 1.5},
        threshold=0.4,
        card={"recipe": {"seed": 1, "augment": {"scale": [0.8, 1.0]}}, "epoch": 7, "validation": {"accuracy": 0.9}},
    )
