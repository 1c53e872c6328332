"""A run that is broken on purpose is told what is wrong with it, and a healthy one is told nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from neocog.build import Rule, build
from neocog.core import config
from neocog.core.errors import DivergedError
from neocog.core.run import RunFolder
from neocog.data.augment import NONE
from neocog.network import parse
from neocog.train import Epoch, Note, Recipe, train
from neocog.train.events import WeightStatistics
from neocog.train.losses import make_loss
from neocog.train.recipe import Loss
from neocog.train.verdicts import (
    Blank,
    Course,
    Diagnosis,
    blank,
    overfitting,
    rate_too_high,
    shuffled_labels,
    underfitting,
)

DEEP = "Network(input=(1, 8, 8), layers=(Flatten(), Repeat(10, Sequence(Dense(100), {}())), Dense(3)))"
"""The lectures' ten layers, a fifth as wide."""
WIDE = "Network(input=(1, 8, 8), layers=(Flatten(), Dense(256), ReLU(), Dense(256), ReLU(), Dense(3)))"
LENET = """Network(
    input=(1, 8, 8),
    layers=(
        Conv(6, 3, pad=1), Tanh(), AvgPool(2), Conv(16, 3), Tanh(), Flatten(), Dense(32), Tanh(), Dense(3),
    ),
)"""

Told = dict[str, str]
"""What a run was told, by the name of the diagnosis."""
Run = Callable[..., Told]


@pytest.fixture
def told(recipe: Recipe, tmp_path: Path) -> Run:
    """Train a network, from weights that are drawn by rules, with choices of the recipe."""

    def run(network: str = "", *rules: Rule, augment: bool = False, **choices: str) -> Told:
        asked = config.override(recipe, {key.replace("__", "."): text for key, text in choices.items()})
        if network:
            (tmp_path / "broken.network").write_text(network)
            asked = replace(asked, net=str(tmp_path / "broken.network"))
        if rules:
            weights = tmp_path / "init.safetensors"
            safetensors.torch.save_file(build(parse(network), init=rules).state_dict(), weights)
            asked = replace(asked, init=str(weights))
        if not augment:
            asked = replace(asked, augment=NONE)
        events = list(train(asked, tmp_path / "run"))
        notes = [event for event in events if isinstance(event, Note) and event.diagnosis]
        assert len({note.diagnosis for note in notes}) == len(notes), "each is said once"
        assert all("; " in note.text for note in notes), "each says what to do"
        return {note.diagnosis: note.text for note in notes}

    return run


@pytest.fixture
def faint(tmp_path: Path) -> Path:
    """150 images of noise in which three kinds differ by little."""
    noise = np.random.default_rng(1)
    labels = np.arange(150) % 3
    images = noise.integers(0, 200, (150, 8, 8))
    for kind in range(3):
        images[labels == kind, 2 * kind : 2 * kind + 2] += 30
    path = tmp_path / "faint.npz"
    np.savez(path, x=images.astype(np.uint8), y=labels)
    return path


def shuffled(path: Path) -> Path:
    """The same data with their labels dealt anew."""
    with np.load(path) as held:
        images, labels = held["x"], held["y"]
    np.savez(path, x=images, y=np.random.default_rng(0).permutation(labels))
    return path


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_ten_layers_of_tanh_with_small_weights(told: Run, optimizer: str) -> None:
    said = told(DEEP.format("Tanh"), (r".*weight", "normal(0.01)"), epochs="2", optimizer__name=optimizer)
    assert list(said) == ["vanishing gradients"]
    assert "the gradient of `dense" in said["vanishing gradients"]
    assert "of `dense11`" in said["vanishing gradients"]


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_ten_layers_of_tanh_with_large_weights(told: Run, optimizer: str) -> None:
    said = told(DEEP.format("Tanh"), (r".*weight", "normal(1.0)"), epochs="2", optimizer__name=optimizer)
    assert list(said) == ["saturated layers"]
    assert "10 of 10 such layers" in said["saturated layers"]


def test_ten_layers_of_sigmoid(told: Run) -> None:
    assert list(told(DEEP.format("Sigmoid"), epochs="2")) == ["vanishing gradients"]


def test_one_layer_of_sigmoid_with_large_weights(told: Run) -> None:
    network = "Network(input=(1, 8, 8), layers=(Flatten(), Dense(20), Sigmoid(), Dense(3)))"
    said = told(network, (r".*", "normal(3.0)"), epochs="2")
    assert "at the ends of sigmoid" in said["saturated layers"]


def test_ten_layers_of_relu_with_large_weights(told: Run) -> None:
    said = told(DEEP.format("ReLU"), (r".*weight", "normal(0.5)"), epochs="2")
    assert list(said) == ["exploding gradients"]
    assert "times as long as its weights; begin with smaller weights" in said["exploding gradients"]


def test_gradients_that_explode_beyond_the_finite_are_not_the_fault_of_the_rate(told: Run) -> None:
    with pytest.raises(
        DivergedError,
        match=r"the first that overflows \(learning rate .+\), from exploding gradients: that of `dense\d+` was "
        r"[\d,]+ times its weights; begin with smaller weights",
    ):
        told(DEEP.format("ReLU"), (r".*weight", "normal(0.5)"), optimizer__name="sgd", optimizer__rate="0.01")


@pytest.mark.parametrize(
    ("network", "rule", "layer"),
    [(DEEP.format("ReLU"), r"dense5\.bias", "relu5"), (LENET.replace("Tanh", "ReLU"), r"conv2\.bias", "relu2")],
)
def test_a_layer_whose_biases_are_far_below_zero(told: Run, network: str, rule: str, layer: str) -> None:
    said = told(network, (rule, "constant(-30)"), epochs="2")
    assert list(said) == ["dead layer"]
    assert f"100% of the units of `{layer}` are 0 for every sample" in said["dead layer"]


@pytest.mark.parametrize("choices", [("sgd", "30"), ("adamw", "10")])
def test_a_rate_that_is_far_too_high(told: Run, choices: tuple[str, str]) -> None:
    said = told(LENET, optimizer__name=choices[0], optimizer__rate=choices[1], schedule__warmup="0")
    assert list(said) == ["rate too high"]
    assert "lower optimizer.rate" in said["rate too high"]


@pytest.mark.parametrize("choices", [("sgd", "1e-6"), ("adamw", "1e-7")])
def test_a_rate_that_is_far_too_low(told: Run, choices: tuple[str, str]) -> None:
    said = told(LENET, optimizer__name=choices[0], optimizer__rate=choices[1])
    assert list(said) == ["rate too low"]
    assert "raise optimizer.rate" in said["rate too low"]


def test_few_images_and_a_large_network(told: Run, faint: Path) -> None:
    said = told(WIDE, data__path=str(faint), epochs="25", loss__label_smoothing="0")
    assert list(said) == ["overfitting"]
    assert "use more images" in said["overfitting"]


def test_a_network_that_is_too_small(told: Run) -> None:
    network = "Network(input=(1, 8, 8), layers=(GlobalAvgPool(), Dense(3)))"
    said = told(network, epochs="12", optimizer__rate="0.03")
    assert list(said) == ["underfitting"]
    assert "no longer fall; take a larger network" in said["underfitting"]


def test_labels_that_are_shuffled(told: Run, shapes: Path) -> None:
    said = told(WIDE, data__path=str(shuffled(shapes)), epochs="20")
    assert list(said) == ["shuffled labels"]


@pytest.mark.parametrize("choices", [{"epochs": "14"}, {"optimizer__name": "sgd"}, {"batch": "all", "epochs": "20"}])
def test_a_healthy_run_is_told_nothing(told: Run, choices: dict[str, str]) -> None:
    assert told("", augment=True, **choices) == {}


def test_healthy_tanh_layers_are_told_nothing(told: Run) -> None:
    assert told(LENET, augment=True, epochs="10") == {}


def test_digits_by_default_are_told_nothing(told: Run) -> None:
    assert told("", augment=True, data__path="digits", net="auto", batch="auto", epochs="4") == {}


NOTHING = Blank(loss=1.0, accuracy=0.5)


def course(*losses: tuple[float, float], accuracy: float = 0.9, update: float = 0.001, images: int = 100) -> Course:
    """A run of fifty steps an epoch with those training and validation losses."""
    epochs = tuple(
        Epoch(
            epoch=number,
            step=50 * number,
            train_loss=train_loss,
            val_loss=val_loss,
            val_accuracy=accuracy,
            seconds=1.0,
            images_per_second=1.0,
            best=False,
            weights=(WeightStatistics(path="dense1", gradient=0.1, update=update),),
        )
        for number, (train_loss, val_loss) in enumerate(losses, 1)
    )
    return Course(epochs, len(epochs), NOTHING, images)


def test_a_loss_that_jumps() -> None:
    assert "has jumped from 0.2 to 0.8" in rate_too_high(course((0.2, 0.2), (0.8, 0.8)))
    assert rate_too_high(course((0.02, 0.02), (0.05, 0.05))) == "", "near zero, a small rise is no jump"
    assert rate_too_high(course((1.5, 1.5))) == "", "large first weights, and short steps from them"
    assert "a step moves a layer by 50% of its weights" in rate_too_high(course((1.5, 1.5), update=0.5))


def test_curves_that_part() -> None:
    assert "has risen from 0.3 (epoch 1) to 0.6" in overfitting(course((0.4, 0.3), *[(0.1, 0.6)] * 3))
    assert "the validation loss stays at 0.6" in overfitting(course((0.9, 0.7), *[(0.1, 0.6)] * 3))
    assert overfitting(course((0.4, 0.3), (0.1, 0.6), (0.1, 0.3), (0.1, 0.6))) == "", "validation swings"
    assert overfitting(course((0.1, 0.01), *[(0.01, 0.04)] * 3)) == "", "near zero, a small rise is noise"


def test_guessing_and_learning_by_heart_are_told_apart_by_the_accuracy() -> None:
    parted = ((1.0, 1.0), *[(0.1, 3.0)] * 3)
    assert shuffled_labels(course(*parted, accuracy=0.52))
    assert not overfitting(course(*parted, accuracy=0.52))
    assert overfitting(course(*parted, accuracy=0.8))
    assert not shuffled_labels(course(*parted, accuracy=0.8))
    assert not shuffled_labels(course(*parted, accuracy=0.6, images=20)), "too few to call it guessing"


def test_a_loss_that_is_high_by_nature_is_not_underfitting() -> None:
    """The mean absolute error of a good classifier is not far below that of answering 0 to everything."""
    assert underfitting(course((0.9, 0.9), accuracy=0.9)) == ""
    assert "and they no longer fall" in underfitting(course((0.9, 0.9), (0.9, 0.9), accuracy=0.6))
    assert "still fall; train for more epochs" in underfitting(course((0.9, 0.9), (0.7, 0.7), accuracy=0.6))
    assert "still fall; train for more epochs" in underfitting(course((0.9, 0.9), accuracy=0.6)), "one is too few"


def test_the_loss_of_knowing_nothing() -> None:
    targets = np.array([0, 1, 2, 2])
    assert blank(make_loss(Loss()), targets, 3).loss == pytest.approx(np.log(3))
    assert blank(make_loss(Loss(name="hinge")), targets, 3).loss == pytest.approx(2)
    assert blank(make_loss(Loss(name="perceptron")), targets, 3) == Blank(float("inf"), 0.5), "it has no scale"


def test_past_epochs_are_not_told_again() -> None:
    seen = course((0.2, 0.2), (0.8, 0.8), (0.9, 0.9)).epochs
    whole = Diagnosis(3, NOTHING, 100)
    assert [[note.diagnosis for note in whole.see(epoch, last=False)] for epoch in seen] == [[], ["rate too high"], []]
    resumed = Diagnosis(3, NOTHING, 100, past=seen[:2])
    assert not list(resumed.see(seen[2], last=True))


def test_a_resumed_run_says_what_the_whole_one_says(recipe: Recipe, tmp_path: Path) -> None:
    high = replace(
        config.override(recipe, {"optimizer.name": "sgd", "optimizer.rate": "30", "schedule.warmup": "0"}), augment=NONE
    )
    list(train(high, tmp_path / "whole"))
    for steps in (13, 20):
        done = iter(range(1000))
        list(train(high, tmp_path / "parts", resume=True, stop=lambda done=done, steps=steps: next(done) >= steps))
    list(train(high, tmp_path / "parts", resume=True))
    whole, parts = (RunFolder(tmp_path / name).read_events() for name in ("whole", "parts"))
    told = [line for line in whole if line.get("diagnosis")]
    assert told
    assert told == [line for line in parts if line.get("diagnosis")]
    layers = [[line["weights"], line["activations"]] for line in whole if line["kind"] == "epoch"]
    assert layers == [[line["weights"], line["activations"]] for line in parts if line["kind"] == "epoch"]
