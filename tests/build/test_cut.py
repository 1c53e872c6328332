"""A model cut in two computes what it computed whole, and is cut only where one tensor passes."""

import pytest
import torch
from torch import nn

from neocog.build import build, cuts, last_cut, rest, tapped
from neocog.core.errors import NetworkError
from neocog.network import (
    BatchNorm,
    Branches,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Sequence,
)

NETWORK = Network(
    (2, 9, 9),
    (
        Conv(4, 3, 2, pad="same"),
        ReLU(),
        Residual(Sequence(Conv(4, 3, pad=1), BatchNorm(), ReLU(), Conv(4, 3, pad=1))),
        Branches(Conv(2, 1), Sequence(MaxPool(3, 1, 1), Conv(2, 1)), name="mixed"),
        GlobalAvgPool(),
        Dropout(0.5),
        Dense(3),
    ),
)
OUTER = ("conv1", "relu1", "block1", "mixed", "pool1", "dropout1", "dense1")


def test_both_parts_together_are_the_whole() -> None:
    model, images = build(NETWORK, seed=1).eval(), torch.rand(3, 2, 9, 9)
    whole = model(images)
    for path in cuts(model):
        codes = tapped(model, [path])(images)[path]
        assert torch.equal(rest(model, path)(codes), whole), path


def test_it_is_cut_where_one_tensor_passes() -> None:
    """Between the parts, and not within a branch or beside a shortcut."""
    model = build(NETWORK)
    assert tuple(path for path in cuts(model) if "." not in path) == OUTER
    assert [path for path in cuts(model) if "." in path] == ["block1.add"]


def test_the_parts_share_their_modules_and_their_names() -> None:
    model = build(NETWORK)
    part = rest(model, "block1")
    assert set(part.state_dict()) < set(model.state_dict())
    assert part.get_submodule("dense1") is model.get_submodule("dense1")
    assert "conv1.weight" not in part.state_dict()


def test_the_end_of_a_composite_has_two_names() -> None:
    model, codes = build(NETWORK).eval(), torch.rand(1, 4, 5, 5)
    assert torch.equal(rest(model, "block1")(codes), rest(model, "block1.activation")(codes))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("block1.body.conv1", "the network cannot be cut at 'block1.body.conv1'; "),
        ("pool", "cannot be cut at 'pool'; did you mean 'pool1'"),
    ],
)
def test_elsewhere_it_cannot_be_cut(path: str, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        rest(build(NETWORK), path)


def test_the_last_cut_before_a_kind_of_module() -> None:
    model = build(NETWORK)
    assert last_cut(model, lambda part: isinstance(part, nn.Dropout)) == "pool1"
    assert last_cut(model, lambda part: isinstance(part, nn.BatchNorm2d)) == "relu1"
    assert last_cut(model, lambda part: isinstance(part, nn.Conv2d)) is None
