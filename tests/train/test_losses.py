"""Losses against hand calculations."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from neocog.core.errors import RecipeError
from neocog.train.losses import OF_ONE_CLASS, balance, check_loss, loss_for, make_loss, shares_of
from neocog.train.recipe import Loss


def test_cross_entropy_of_the_lectures_scores() -> None:
    """Scores 3.2, 5.1, -1.7 with the first class true: the softmax gives it 0.13."""
    loss = make_loss(Loss(label_smoothing=0.0))(torch.tensor([[3.2, 5.1, -1.7]]), torch.tensor([0]))
    share = math.exp(3.2) / (math.exp(3.2) + math.exp(5.1) + math.exp(-1.7))
    assert float(loss) == pytest.approx(-math.log(share), rel=1e-5)
    assert round(share, 2) == 0.13


def test_label_smoothing_spreads_a_share_over_all_classes() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    shares = torch.log_softmax(logits, 1)[0]
    expected = -(0.9 * shares[2] + 0.1 * shares.mean())
    assert torch.isclose(make_loss(Loss(label_smoothing=0.1))(logits, torch.tensor([2])), expected)


SCORES = torch.tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])


def test_hinge_of_the_lectures_scores() -> None:
    """2.9, 0 and 12.9 with the first, second and third class true; 5.267 in the mean."""
    hinge = make_loss(Loss(name="hinge"))
    each = [float(hinge(SCORES[place : place + 1], torch.tensor([place]))) for place in range(3)]
    assert each == pytest.approx([2.9, 0.0, 12.9], rel=1e-5)
    assert float(hinge(SCORES, torch.arange(3))) == pytest.approx(5.267, abs=1e-3)


def test_perceptron_counts_the_best_wrong_class_alone() -> None:
    loss = make_loss(Loss(name="perceptron"))
    assert float(loss(SCORES, torch.arange(3))) == pytest.approx(((5.1 - 3.2) + 0 + (2.5 + 3.1)) / 3, rel=1e-5)


def test_the_perceptrons_gradient_is_its_update_rule() -> None:
    """Of a mistaken sample: the input is added to the right class's weights and taken from the winner's."""
    weights = torch.zeros(3, 2, requires_grad=True)
    x = torch.tensor([[1.0, -2.0]])
    scores = x @ weights.T + torch.tensor([[0.0, 1.0, 0.5]])
    make_loss(Loss(name="perceptron"))(scores, torch.tensor([2])).backward()
    assert weights.grad is not None
    assert (-weights.grad).tolist() == [[0.0, 0.0], [-1.0, 2.0], [1.0, -2.0]]


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
@pytest.mark.parametrize("name", ["mean_squared", "quadratic", "mean_absolute"])
def test_distances_to_one_and_zero_by_numpy(name: str, output: str) -> None:
    targets = np.array([2, 0, 1])
    scores = SCORES.numpy().astype(np.float64)
    powers = np.exp(scores)
    given = {"identity": scores, "sigmoid": powers / (1 + powers), "softmax": powers / powers.sum(1, keepdims=True)}
    difference = given[output] - np.eye(3)[targets]
    expected = {
        "mean_squared": (difference**2).mean(),
        "quadratic": (difference**2).sum() / 2 / 3,
        "mean_absolute": abs(difference).mean(),
    }
    loss = make_loss(Loss(name=name, output=output))(SCORES, torch.from_numpy(targets))  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(expected[name], rel=1e-5)


def test_poisson_and_sigmoid_cross_entropy_by_hand() -> None:
    scores, target = torch.tensor([[0.5, -1.0]]), torch.tensor([0])
    poisson = (math.exp(0.5) - 0.5 + math.exp(-1.0)) / 2
    assert float(make_loss(Loss(name="poisson"))(scores, target)) == pytest.approx(poisson, rel=1e-5)
    each = (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-1.0))) / 2
    assert float(make_loss(Loss(name="sigmoid_cross_entropy"))(scores, target)) == pytest.approx(each, rel=1e-5)


ALL = ["cross_entropy", "hinge", "perceptron", "mean_squared", "quadratic", "mean_absolute", "poisson"]


@pytest.mark.parametrize("name", [*ALL, "sigmoid_cross_entropy"])
def test_a_class_that_weighs_double_counts_as_if_each_sample_came_twice(name: str) -> None:
    choice = Loss(name=name, label_smoothing=0.0)  # type: ignore[arg-type]
    targets = torch.tensor([0, 1, 1])
    twice = make_loss(choice)(SCORES[[0, 0, 1, 2]], targets[[0, 0, 1, 2]])
    weighed = make_loss(choice, torch.tensor([2.0, 1.0, 1.0]))(SCORES, targets)
    assert float(weighed) * 3 == pytest.approx(float(twice) * 4, rel=1e-5), "the mean is over the samples, 3 and 4"


@pytest.mark.parametrize("name", sorted({*ALL, "sigmoid_cross_entropy"} - set(OF_ONE_CLASS)))
def test_whole_shares_are_the_class_itself(name: str) -> None:
    loss = make_loss(Loss(name=name))  # type: ignore[arg-type]
    targets = torch.tensor([2, 0, 1])
    assert float(loss(SCORES, shares_of(targets, 3))) == pytest.approx(float(loss(SCORES, targets)), rel=1e-5)


def test_balanced_weights_make_every_class_count_alike() -> None:
    targets = np.array([0] * 90 + [1] * 9 + [3])
    weights = balance(targets, 5).numpy()
    totals = weights[:4] * np.bincount(targets)
    assert totals[[0, 1, 3]] == pytest.approx([100 / 3] * 3)
    assert weights[[2, 4]].tolist() == [0, 0]


def test_what_contradicts_itself_is_refused() -> None:
    check_loss(Loss(name="quadratic", output="sigmoid"), blended=True)
    with pytest.raises(RecipeError, match="loss.output is for mean_squared.*not for hinge.*; leave it out"):
        check_loss(Loss(name="hinge", output="sigmoid"), blended=False)
    with pytest.raises(RecipeError, match="loss hinge needs one class a sample; take loss.name=cross_entropy"):
        check_loss(Loss(name="hinge"), blended=True)


def test_auto_is_what_the_targets_ask_for() -> None:
    names = {task: loss_for(Loss(), task).name for task in ("class", "classes", "number")}
    assert names == {"class": "cross_entropy", "classes": "sigmoid_cross_entropy", "number": "mean_squared"}


@pytest.mark.parametrize(
    ("name", "task", "words"),
    [
        ("cross_entropy", "classes", "several labels a sample"),
        ("hinge", "number", "a number a sample"),
        ("poisson", "classes", "several labels a sample"),
    ],
)
def test_a_loss_that_does_not_fit_the_targets(name: str, task: str, words: str) -> None:
    with pytest.raises(RecipeError, match=rf"loss\.name must be one of .* where the data have {words}, got {name}"):
        loss_for(Loss(name=name), task)  # type: ignore[arg-type]


def test_weights_of_classes_are_for_classes() -> None:
    with pytest.raises(RecipeError, match=r"loss\.class_weights weighs the classes of samples that have one each, and"):
        loss_for(Loss(class_weights="balanced"), "classes")


def test_numbers_are_compared_as_torch_does() -> None:
    outputs, numbers = torch.tensor([[0.5], [3.0]]), torch.tensor([[1.0], [0.0]])
    for name, oracle in (
        ("mean_squared", functional.mse_loss),
        ("mean_absolute", functional.l1_loss),
        ("huber", functional.huber_loss),
        ("poisson", functional.poisson_nll_loss),
    ):
        loss = make_loss(Loss(name=name))  # type: ignore[arg-type]
        assert float(loss(outputs, numbers)) == pytest.approx(float(oracle(outputs, numbers)))
    assert float(make_loss(Loss(name="huber"))(outputs, numbers)) == pytest.approx((0.125 + 2.5) / 2)


def test_labels_are_compared_as_torch_does() -> None:
    held = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    loss = make_loss(Loss(name="sigmoid_cross_entropy"))
    assert float(loss(SCORES, held)) == pytest.approx(
        float(functional.binary_cross_entropy_with_logits(SCORES, held)), rel=1e-6
    )
