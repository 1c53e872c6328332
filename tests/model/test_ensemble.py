"""An ensemble is the mean of its members' probabilities, as one model that is stored, asked and trusted like any."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neocog.build import build
from neocog.core.errors import ModelFileError
from neocog.data import Whitening
from neocog.model import (
    Labelled,
    Model,
    acquainted,
    codes,
    ensemble,
    load,
    logits,
    predict,
    probabilities,
    save,
    seen,
    to_bytes,
    weights_of,
)
from neocog.network import Conv, Dense, Flatten, GlobalAvgPool, LayerScale, Network, ReLU, parse

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 3, 12, 12), dtype=np.uint8)
OTHER = Network((3, 12, 12), (Conv(5, 5, stride=2), ReLU(), LayerScale(), GlobalAvgPool(), Dense(3)), fit="floor")
"""A network that needs the looser fit, and has a layer of the kind that an ensemble adds."""


@pytest.fixture
def members(small: Model) -> list[Model]:
    """Two of one network and one of another, with temperatures of their own."""
    other = replace(small, network=OTHER, weights=weights_of(build(OTHER, seed=3)), calibration={"temperature": 0.3})
    again = replace(small, weights=weights_of(build(small.network, seed=9)), calibration=None)
    return [small, other, again]


def test_it_says_the_mean_of_their_probabilities(members: list[Model]) -> None:
    both = ensemble(members)
    each = [probabilities(logits(one.module(), IMAGES, one.preprocessing), one.temperature) for one in members]
    found = probabilities(logits(both.module(), IMAGES, both.preprocessing), both.temperature)
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-5, atol=1e-9)
    assert both.network.fit == "floor"
    assert parse(repr(both.network)) == both.network


def test_a_member_that_is_certain_leaves_finite_numbers(small: Model) -> None:
    sure = replace(small, calibration={"temperature": 1e-4})
    found = logits(ensemble([sure, sure]).module(), IMAGES, small.preprocessing)
    assert np.isfinite(found).all()
    assert (probabilities(found).max(axis=1) > 0.999).any()


def test_it_is_stored_and_asked_like_any_model(members: list[Model], tmp_path: Path) -> None:
    both = ensemble(members)
    save(both, tmp_path / "model.safetensors")
    again = load(tmp_path)
    assert to_bytes(again) == to_bytes(both)
    assert predict(again, IMAGES) == predict(both, IMAGES)


def test_its_code_joins_those_of_its_members(members: list[Model]) -> None:
    both = ensemble(members)
    found = codes(both, IMAGES)
    each = [codes(one, IMAGES) for one in members]
    np.testing.assert_allclose(found, np.concatenate(each, axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(seen(both, IMAGES).codes, found)


def test_members_that_read_the_same_numbers_have_them_once(small: Model) -> None:
    network = Network((3, 12, 12), (Flatten(), Dense(3)))
    one, other = (replace(small, network=network, weights=weights_of(build(network, seed=seed))) for seed in (1, 2))
    assert codes(ensemble([one, other]), IMAGES).shape == (20, 2 * 3 * 12 * 12), "each has its own flatten"
    plain = Network((3, 12, 12), (Conv(3, 12), Flatten()))
    one, other = (replace(small, network=plain, weights=weights_of(build(plain, seed=seed))) for seed in (1, 2))
    assert codes(ensemble([one, other]), IMAGES).shape == (20, 3 * 12 * 12)


def test_it_can_be_acquainted(members: list[Model], tmp_path: Path) -> None:
    both = ensemble(members)
    known = acquainted(both, Labelled(IMAGES, np.arange(20) % 3), seen(both, IMAGES))
    save(known, tmp_path / "model.safetensors")
    assert load(tmp_path).familiarity is not None
    plain = np.full((1, 3, 12, 12), 128, np.uint8)
    assert not predict(known, plain)[0].familiar


def test_one_is_no_ensemble(small: Model) -> None:
    with pytest.raises(ModelFileError, match="an ensemble needs 2 models or more, got 1; train another"):
        ensemble([small])


def test_members_must_know_the_same_classes(small: Model) -> None:
    other = replace(small, classes=("scratches", "éclat", "crazing"))
    with pytest.raises(ModelFileError, match="must have the same classes in the same order, got crazing, éclat, scr"):
        ensemble([small, other])


def test_members_must_prepare_alike(small: Model) -> None:
    other = replace(small, preprocessing=replace(small.preprocessing, resize="squash"))
    with pytest.raises(
        ModelFileError, match="must prepare their images alike, got another resize; train them with the same"
    ):
        ensemble([small, other])


def test_a_whitening_is_alike_where_its_numbers_are(small: Model) -> None:
    size = 3 * 12 * 12
    made = [Whitening(mean=torch.full((size,), mean), matrix=torch.eye(size)) for mean in (0.1, 0.1, 0.2)]
    one, same, other = (
        replace(small, preprocessing=replace(small.preprocessing, normalize="pca", whitening=each)) for each in made
    )
    assert ensemble([one, same]).preprocessing is one.preprocessing
    with pytest.raises(ModelFileError, match="must prepare their images alike, got another whitening"):
        ensemble([one, other])
