"""The four cases, planted; and the evidence that a network and some images give."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from neocog.build import build
from neocog.core import config
from neocog.core.errors import DataError, NetworkError, RecipeError
from neocog.data import load
from neocog.data.cache import entries
from neocog.network import parse
from neocog.train import Recipe, Reuse, train
from neocog.transfer import Evidence, Probe, advise, choose
from neocog.transfer.advice import recommended


def evidence(shares: list[float], images: int, distance: float | None = 0.1) -> Evidence:
    """Probes that are right on such shares of 1,000 images, the same ones first."""
    rights = [np.repeat([1.0, 0.0], [round(1000 * share), 1000 - round(1000 * share)]) for share in shares]
    probes = tuple(Probe(f"block{number}", 8, right) for number, right in enumerate(rights, 1))
    return Evidence(images=images, classes=2, fewest=images // 2, probes=probes, shift=distance)


CASES = {
    "few, alike": (evidence([0.5, 0.8, 0.9], 120), "head", ""),
    "few, different": (evidence([0.5, 0.97, 0.9], 120), "earlier", "block2"),
    "few, different, and no codes hold them": (evidence([0.5, 0.9, 0.8], 120), "all", ""),
    "the same without normalization": (evidence([0.5, 0.9, 0.8], 120, None), "earlier", "block2"),
    "few, and no normalization": (evidence([0.5, 0.8, 0.9], 120, None), "head", ""),
    "many, alike": (evidence([0.5, 0.8, 0.9], 2000), "top", ""),
    "many, different by depth": (evidence([0.5, 0.9, 0.8], 2000), "all", ""),
    "many, different by shift": (evidence([0.5, 0.8, 0.9], 2000, 0.5), "all", ""),
    "nothing to gain": (evidence([0.5, 0.9, 0.99], 2000, 0.5), "head", ""),
    "nothing to gain, early": (evidence([0.5, 0.99, 0.9], 2000, 0.5), "earlier", "block2"),
    "a hair's breadth is no difference": (evidence([0.5, 0.905, 0.9], 120), "head", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cases_of_the_lectures(case: str) -> None:
    found, way, at = CASES[case]
    advice = recommended(found)
    assert (advice.way, advice.at) == (way, at)
    assert advice.choices == {"transfer.way": way} | ({"transfer.at": at} if at else {})


def test_it_says_why_in_a_paragraph() -> None:
    assert recommended(CASES["few, different"][0]).text == (
        "There are 120 images, 60 a class, which is few, and they are unlike those that the network was trained on "
        "(shift 0.10): a linear probe tells them apart best at `block2`, 97.0% right, and 90.0% at the last depth. So "
        "put the classifier on `block2`, whose codes serve better than the last ones, and train it on them."
    )


def test_the_evidence_is_that_of_training_and_validation_images(recipe: Recipe) -> None:
    dataset = load(recipe.data)
    advice = advise(recipe, dataset)
    found = advice.evidence
    assert [probe.path for probe in found.probes] == ["relu1", "relu2", "relu3"]
    assert found.images == len(dataset.rows("train")) + len(dataset.rows("val"))
    assert len(found.probes[0].rights) == found.images, "the test images are not looked at"
    assert found.best.accuracy > 0.8, "three brightnesses are told apart"
    assert found.shift is not None
    document = advice.to_dict()
    assert document["way"] == advice.way
    assert document["probes"][0]["low"] <= document["probes"][0]["accuracy"] <= document["probes"][0]["high"]
    assert "codes" in {entry.kind for entry in entries()}


def test_of_many_images_some_are_looked_at(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neocog.transfer.advice.MOST_IMAGES", 51)
    found = advise(recipe, load(recipe.data)).evidence
    assert len(found.probes[0].rights) == pytest.approx(51, abs=1)
    assert found.images == 102


def test_training_takes_the_advice(recipe: Recipe, tmp_path: Path) -> None:
    advice = advise(recipe, load(recipe.data))
    events = list(train(replace(recipe, epochs=1), tmp_path / "run", advise=choose))
    told = config.from_toml(Recipe, (tmp_path / "run" / "recipe.toml").read_text(), "recipe.toml")
    assert (told.transfer.way, told.transfer.at) == (advice.way, advice.at)
    assert f"advice: {advice.text}" in [getattr(event, "text", "") for event in events]


def test_what_a_user_can_mend(recipe: Recipe, tmp_path: Path) -> None:
    dataset = load(recipe.data)
    with pytest.raises(
        RecipeError, match="advice needs weights to start from, and none are given; give some with --in"
    ):
        advise(replace(recipe, init=""), dataset)
    with pytest.raises(RecipeError, match="advice needs the network that the weights were made for, got auto; name it"):
        advise(replace(recipe, net="auto"), dataset)
    draws = np.random.default_rng(1)
    x, y = draws.integers(0, 256, (41, 8, 8)).astype(np.uint8), np.array([0] * 20 + [1] * 20 + [2])
    splits = {"x_train": x, "y_train": y, "x_test": x[:40] // 2, "y_test": y[:40]}
    np.savez(tmp_path / "one.npz", **splits)
    one = replace(recipe, data=replace(recipe.data, path=str(tmp_path / "one.npz")), transfer=Reuse())
    with pytest.raises(DataError, match="two images of every class at least, and 2 has one besides the test set; add"):
        advise(one, load(one.data))
    (tmp_path / "flat.network").write_text("Network(input=(1, 8, 8), layers=(Flatten(), Dense(3)))")
    flat = parse((tmp_path / "flat.network").read_text())
    safetensors.torch.save_file(build(flat).state_dict(), tmp_path / "flat.safetensors")
    with pytest.raises(NetworkError, match="no layer before its last one to take codes from; take a deeper network"):
        advise(replace(recipe, net=str(tmp_path / "flat.network"), init=str(tmp_path / "flat.safetensors")), dataset)


def test_masks_are_given_no_advice(recipe: Recipe) -> None:
    data = load(recipe.data)
    masks = replace(data, table=replace(data.table, target_kind="mask"))
    with pytest.raises(
        DataError, match="advice is for classes, labels and numbers, and .* has a mask a sample; choose"
    ):
        advise(recipe, masks)
