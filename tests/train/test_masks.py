"""A class for every pixel, from the data to the model file: loss, headline, a run that is killed and resumed."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score
from torch.nn import functional

from neocog.core.errors import NetworkError, RecipeError
from neocog.data import IGNORED, DataOptions
from neocog.evaluate.judge import evaluate
from neocog.model import load as load_model
from neocog.model.masks import pixel_classes
from neocog.train import Recipe, train
from neocog.train.pixels import MeanIoU, pixel_cross_entropy
from neocog.train.recipe import Compute, Regularize

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(DOCS))
    try:
        from mask_study.drawn import draw
    finally:
        sys.path.remove(str(DOCS))
    return draw(tmp_path_factory.mktemp("shapes"), images=60, side=32)


def recipe(drawn: Path, **choices: object) -> Recipe:
    options: dict[str, object] = {"epochs": 2, "batch": 14, "compute": Compute(threads=1, precision="float32")}
    return Recipe(data=DataOptions(path=str(drawn)), **{**options, **choices})  # type: ignore[arg-type]


def test_the_loss_of_pixels_is_torchs_where_nothing_is_ignored() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(3, 4, 5, 6, generator=generator)
    targets = torch.randint(0, 4, (3, 5, 6), generator=generator)
    for smoothing in (0.0, 0.1):
        expected = functional.cross_entropy(scores, targets, label_smoothing=smoothing)
        assert float(pixel_cross_entropy(scores, targets, smoothing)) == pytest.approx(float(expected), rel=1e-5)


def test_ignored_pixels_count_for_nothing_and_images_add_up() -> None:
    scores = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(1), requires_grad=True)
    targets = torch.zeros(2, 4, 4, dtype=torch.int64)
    targets[0, :2] = IGNORED
    loss = pixel_cross_entropy(scores, targets)
    each = [functional.cross_entropy(scores[i : i + 1], targets[i : i + 1], ignore_index=IGNORED) for i in (0, 1)]
    assert loss.item() == pytest.approx((each[0] + each[1]).item() / 2, rel=1e-6)
    loss.backward()
    assert scores.grad is not None
    assert not scores.grad[0, :, :2].any()
    assert pixel_cross_entropy(scores[:1], torch.full((1, 4, 4), IGNORED)).item() == 0.0


def test_the_headline_is_scikit_learns_mean_iou_of_the_pooled_pixels() -> None:
    random = np.random.default_rng(0)
    truth, scores = random.integers(0, 3, (4, 6, 6)), random.normal(size=(4, 3, 6, 6)).astype(np.float32)
    truth[0, 0] = IGNORED
    headline = MeanIoU(3)
    sums = headline.sums(torch.from_numpy(scores), torch.from_numpy(truth)).numpy()
    known = truth != IGNORED
    expected = jaccard_score(truth[known], scores.argmax(1)[known], average="macro")
    assert float(headline.figure(sums.sum(axis=0))) == pytest.approx(expected)
    assert len(headline.sums(torch.zeros(0, 1), torch.zeros(0, 6, 6))) == 0


def test_a_run_on_masks_ends_in_a_model_that_answers_pixels(drawn: Path, tmp_path: Path) -> None:
    events = list(train(recipe(drawn), tmp_path / "run"))
    assert events[0].measure == "mean IoU"  # type: ignore[union-attr]
    model = load_model(tmp_path / "run" / "model.safetensors")
    assert model.task == "mask"
    assert model.classes == ("ground", "disc", "ring", "square", "triangle")
    assert model.network.input == (3, 32, 32)
    answer = pixel_classes(model, model.module(), np.zeros((50, 70, 3), np.uint8))
    assert answer.shape == (50, 70)
    report = evaluate(tmp_path / "run")
    document = report.to_dict()
    assert document["task"] == "mask"
    assert 0 <= document["mean_iou_low"] <= document["mean_iou"] <= document["mean_iou_high"] <= 1
    page = (tmp_path / "run" / "report.html").read_text()
    assert "mean intersection over union" in page
    assert "data:image" in page
    table = (tmp_path / "run" / "predictions.csv").read_text().splitlines()
    assert table[0].startswith("file,split,mean IoU,pixel accuracy,ground,disc,ring,square,triangle")
    assert len(table) == 1 + document["n"]


def test_a_run_on_masks_that_is_stopped_and_resumed_is_the_same_run(drawn: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for _ in train(recipe(drawn, net="fcn8s_010"), whole):
        pass
    asked = iter([False, False, False, True])
    for _ in train(recipe(drawn, net="fcn8s_010"), parts, stop=lambda: next(asked, True)):
        pass
    for _ in train(recipe(drawn, net="fcn8s_010"), parts, resume=True):
        pass
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()


def test_what_does_not_go_with_masks_is_refused(drawn: Path, tmp_path: Path) -> None:
    with pytest.raises(
        NetworkError, match="a network for masks must give a score for each of 5 classes in every pixel"
    ):
        next(iter(train(recipe(drawn, net="resnet18"), tmp_path / "a")))
    with pytest.raises(RecipeError, match="mixup and cutmix blend the labels of whole images, and these have masks"):
        next(iter(train(recipe(drawn, regularize=Regularize(mixup=0.2)), tmp_path / "b")))
    with pytest.raises(RecipeError, match="sampling=balanced draws evenly from classes, and the data have a mask"):
        next(iter(train(recipe(drawn, sampling="balanced"), tmp_path / "c")))
