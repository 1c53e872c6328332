"""How far to trust a model: what is measured, that it is kept in the file, and that predicting obeys it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from neocog.build import build
from neocog.core.errors import ModelFileError
from neocog.data import Preprocessing
from neocog.model import (
    NOT_SURE,
    Labelled,
    Model,
    Trial,
    acquainted,
    calibrated,
    load,
    predict,
    probabilities,
    seen,
    to_bytes,
    told,
    trial,
    unreachable,
    weights_of,
)
from neocog.model.familiarity import fit_gauge
from neocog.model.predict import STRANGE_PICTURE, UNFAMILIAR
from neocog.model.trust import _spread
from neocog.network import Dense, Flatten, Network

LEVELS = (60, 190)


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise about a dark or a bright level, 8 x 8."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, count)
    images = np.array(LEVELS)[targets][:, None, None, None] + generator.integers(-40, 41, (count, 1, 8, 8))
    return images.astype(np.uint8), targets


@pytest.fixture
def plain() -> Model:
    """A model that tells dark from bright, not yet measured."""
    network = Network((1, 8, 8), (Flatten(), Dense(2)))
    weights = weights_of(build(network))
    weights["dense1.weight"] = torch.tensor([[-8.0 / 64] * 64, [8.0 / 64] * 64])
    weights["dense1.bias"] = torch.tensor([4.0, -4.0])
    preprocessing = Preprocessing(size=(8, 8), channels=1)
    return Model(network=network, weights=weights, classes=("dark", "bright"), preprocessing=preprocessing)


@pytest.fixture
def measured(plain: Model) -> Model:
    """The same, measured on 400 images that it was not made for."""
    images, targets = pictures(400, 1)
    found = seen(plain, images)
    known = acquainted(plain, Labelled(*pictures(300, 0)), found)
    return calibrated(known, trial(known, found, targets), 0.02)


def test_familiar_images_are_answered_and_others_are_not(measured: Model) -> None:
    images, targets = pictures(300, 2)
    answers = predict(measured, images)
    assert np.mean([answer.sure for answer in answers]) > 0.93
    right = [answer.label == measured.classes[target] for answer, target in zip(answers, targets, strict=True)]
    assert np.mean([good for good, answer in zip(right, answers, strict=True) if answer.sure]) > 0.98
    solid = np.repeat(np.arange(0, 256, 5, dtype=np.uint8), 64).reshape(-1, 1, 8, 8)
    noise = np.random.default_rng(0).integers(0, 256, (50, 1, 8, 8)).astype(np.uint8)
    for strange in (solid, noise):
        found = predict(measured, strange)
        assert {answer.label for answer in found} == {NOT_SURE}
        assert {answer.reason for answer in found} <= {UNFAMILIAR, STRANGE_PICTURE}
        assert not any(answer.familiar or answer.sure for answer in found)


def test_a_code_like_no_other_is_noticed_in_a_picture_like_the_others(measured: Model) -> None:
    halves = np.concatenate([pictures(1, 5)[0][:, :, :4], 255 - pictures(1, 5)[0][:, :, 4:]], axis=2)
    assert measured.familiarity is not None
    blind = replace(measured.familiarity.picture, limit=1e9)
    model = replace(measured, familiarity=replace(measured.familiarity, picture=blind))
    assert predict(model, halves)[0].reason == UNFAMILIAR


def test_two_classes_alike_are_named(measured: Model) -> None:
    middle = np.full((1, 1, 8, 8), 125, np.uint8)
    open_to_all = replace(measured, familiarity=None, threshold=0.9)
    answer = predict(open_to_all, middle)[0]
    assert (answer.label, answer.reason, answer.familiar) == (NOT_SURE, "dark or bright", True)


def test_the_figures_are_those_of_the_images(measured: Model, plain: Model) -> None:
    images, targets = pictures(400, 1)
    rows = probabilities(seen(plain, images).logits, measured.temperature)
    told_by = measured.calibration
    assert told_by is not None
    strange = np.array([not answer.familiar for answer in predict(measured, images)])
    kept = ~strange & (rows.max(axis=1) >= measured.threshold)
    assert (told_by["images"], told_by["answered"], told_by["strange"]) == (400, kept.sum(), strange.sum())
    assert told_by["wrong"] == (rows.argmax(axis=1) != targets)[kept].sum()
    assert told_by["log_loss"] == pytest.approx(-np.log(rows[np.arange(400), targets]).mean(), abs=1e-6)
    assert told_by["log_loss"] <= told_by["log_loss_before"]
    assert 0 < told_by["bound"] <= told_by["error"] == 0.02
    assert sum(answer.sure for answer in predict(measured, images)) == told_by["answered"]


def test_the_file_keeps_all_of_it(measured: Model, tmp_path: Path) -> None:
    content = to_bytes(measured)
    (tmp_path / "m.safetensors").write_bytes(content)
    back = load(tmp_path / "m.safetensors")
    assert to_bytes(back) == content
    assert back.weights.keys() == measured.weights.keys()
    images = pictures(20, 3)[0]
    assert predict(back, images) == predict(measured, images)


def test_the_same_images_give_the_same_bytes(plain: Model, measured: Model) -> None:
    images, targets = pictures(400, 1)
    found = seen(plain, images)
    known = acquainted(plain, Labelled(*pictures(300, 0)), found)
    assert to_bytes(calibrated(known, trial(known, found, targets), 0.02)) == to_bytes(measured)


def test_a_file_without_it_opens(plain: Model, tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(to_bytes(plain))
    back = load(tmp_path / "m.safetensors")
    assert (back.familiarity, back.calibration, back.threshold) == (None, None, 0.0)
    assert all(answer.sure for answer in predict(back, pictures(5, 0)[0]))


Parts = dict[str, Any]


def lost(parts: Parts) -> None:
    del parts["tensors"]["familiarity.code.centers"]


def misshapen(parts: Parts) -> None:
    parts["tensors"]["familiarity.picture.projection"] = torch.zeros(9, 4)


def not_finite(parts: Parts) -> None:
    parts["tensors"]["familiarity.code.projection"][0, 0] = torch.nan


def untold(parts: Parts) -> None:
    del parts["document"]["familiarity"]


def endless(parts: Parts) -> None:
    parts["document"]["familiarity"]["code"]["dimensions"] = 1000


def negative(parts: Parts) -> None:
    parts["document"]["familiarity"]["code"]["limit"] = -1.0


def test_a_file_from_before_color_was_looked_at_opens(tmp_path: Path) -> None:
    network = Network((3, 8, 8), (Flatten(), Dense(2)))
    model = Model(
        network=network,
        weights=weights_of(build(network, seed=3)),
        classes=("dark", "bright"),
        preprocessing=Preprocessing(size=(8, 8), channels=3),
    )
    targets = pictures(300, 0)[1]
    images, validation, asked = (
        pictures(count, seed)[0].repeat(3, axis=1) for seed, count in enumerate((300, 400, 50))
    )
    found = seen(model, validation)
    known = acquainted(model, Labelled(images, targets), found).familiarity
    assert known is not None
    first = replace(known, picture=fit_gauge(seen(model, images).pictures[:, :6], targets, 2, found.pictures[:, :6]))
    assert known.picture.projection.shape == (11, 11)
    for familiarity in (known, first):
        content = to_bytes(replace(model, familiarity=familiarity))
        (tmp_path / "m.safetensors").write_bytes(content)
        back = load(tmp_path / "m.safetensors")
        assert to_bytes(back) == content
        assert np.mean([answer.familiar for answer in predict(back, asked)]) > 0.9
        assert not any(answer.familiar for answer in predict(back, 255 - asked // 9))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lost, r"the tensor familiarity\.code\.centers is missing; the file is damaged"),
        (misshapen, r"familiarity\.picture\.projection must be F32 of shape \(4, 4\), got F32 of shape \(9, 4\)"),
        (not_finite, r"the tensor familiarity\.code\.projection holds numbers that are not finite"),
        (untold, r"the tensor 'familiarity\.\w+\.\w+' belongs to no layer"),
        (endless, r"`familiarity` must be less than or equal to 128, not 1000"),
        (negative, r"`familiarity` must be greater than or equal to 0, not -1"),
    ],
)
def test_a_damaged_file_is_said(measured: Model, tmp_path: Path, damage: Any, message: str) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(to_bytes(measured))
    with safetensors.safe_open(path, framework="pt") as file:
        document = json.loads(file.metadata()["neocog"])
    del document["digest"]  # which would say the same of each
    parts: Parts = {"tensors": safetensors.torch.load_file(path), "document": document}
    damage(parts)
    safetensors.torch.save_file(parts["tensors"], path, metadata={"neocog": json.dumps(parts["document"])})
    with pytest.raises(ModelFileError, match=message):
        load(path)


def test_a_promise_that_cannot_be_made_says_why_and_what_would_help(plain: Model) -> None:
    def asked(count: int, wrong: int, error: float) -> tuple[Model, str]:
        logits = np.tile(np.array([[3.0, 0.0]], np.float32), (count, 1))
        targets = (np.arange(count) < wrong).astype(np.int64)
        model = calibrated(plain, Trial(logits, targets, np.zeros(count, np.bool_)), error)
        assert model.calibration is not None
        return model, told(model.calibration)

    model, words = asked(100, 0, 0.01)
    assert (model.threshold, model.calibration and model.calibration["answered"]) == (0, 0)
    assert words == (
        "at most 1 % wrong cannot be promised, 100 validation images are too few: 299 are needed even without a "
        "mistake; about 3 % can (--set trust.error=0.03), neocog evaluate with --set trust.folds=5 tries five more "
        "networks on the training images too, more images would help"
    )
    assert "too many of its surest answers are wrong; about 13.9 %" in asked(1000, 120, 0.01)[1]
    assert asked(1000, 900, 0.01)[1].endswith("wrong; a better network or cleaner labels would help")
    kept, words = asked(1000, 3, 0.01)
    assert kept.threshold > 0.9
    assert words.startswith("to be wrong at most 1 % of the time, it answers 1,000 of 1,000 validation images (100 %)")
    assert unreachable(calibrated(plain, _right(100), 0.01, folds=5).calibration or {})[1].count("folds") == 0


def _right(count: int) -> Trial:
    return Trial(np.tile(np.array([[3.0, 0.0]], np.float32), (count, 1)), np.zeros(count, int), np.zeros(count, bool))


def test_training_images_are_drawn_evenly_from_the_classes() -> None:
    targets = np.repeat([0, 1, 2], [500, 20, 60])
    rows = _spread(targets, 90)
    assert np.bincount(targets[rows]).tolist() == [35, 20, 35]
    assert len(set(rows.tolist())) == 90
    assert sorted(_spread(targets, 10_000).tolist()) == list(range(580))
    assert np.bincount(targets[rows[:30]]).tolist() == [10, 10, 10], "the first of them are spread too"
