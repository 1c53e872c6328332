"""What a way of transfer comes to in a recipe."""

from dataclasses import replace

import pytest

from neocog import zoo
from neocog.core import config
from neocog.core.errors import NetworkError, RecipeError
from neocog.data import Augment
from neocog.data.augment import NONE
from neocog.network import BatchNorm, Conv, Dense, Flatten, GlobalAvgPool, Network, ReLU, walk
from neocog.train import Recipe, Reuse
from neocog.train.recipe import Optimizer, Regularize
from neocog.train.reuse import check_way, epochs_of, fresh_head, rate_factor, reused

NETWORK = Network(
    (1, 8, 8),
    (Conv(4, 3), BatchNorm(), ReLU(), Conv(6, 3), ReLU(), Conv(8, 3), ReLU(), GlobalAvgPool(), Dense(3)),
)


def way(name: str, at: str = "", **changes: object) -> tuple[Recipe, Network]:
    recipe = replace(Recipe(init="weights.pth", transfer=Reuse(way=name, at=at)), **changes)  # type: ignore[arg-type]
    return reused(recipe, NETWORK, 3, 200)


def test_the_head_alone_learns_on_images_that_stay_the_same() -> None:
    recipe, network = way("head")
    assert network is NETWORK
    assert recipe.optimizer.freeze == "conv3"
    assert recipe.augment == NONE
    assert recipe.regularize.l2 == 10 / 200
    assert way("top")[0].regularize.l2 == 0


def test_an_earlier_layer_gets_a_head_of_its_own() -> None:
    recipe, network = way("earlier", "relu2")
    assert [step.path for step in walk(network)][-4:] == ["relu2", "pool1", "norm2", "dense1"]
    assert network.layers[-1] == Dense(3)
    assert recipe.optimizer.freeze == "conv2"


def test_a_layer_of_features_needs_no_mean_over_places() -> None:
    network = Network((1, 6, 6), (Flatten(), Dense(5), ReLU(), Dense(4), ReLU(), Dense(3)))
    recipe = Recipe(init="weights.pth", transfer=Reuse(way="earlier", at="relu1"))
    assert reused(recipe, network, 2, 200)[1].layers == (Flatten(), Dense(5), ReLU(), BatchNorm(), Dense(2))


def test_the_top_is_a_third_unless_it_is_said_where_it_begins() -> None:
    assert way("top")[0].optimizer.freeze == "conv2"
    assert way("top", "relu1")[0].optimizer.freeze == "norm1"


def test_all_layers_learn_the_first_at_a_tenth() -> None:
    recipe, _ = way("all")
    assert recipe.optimizer.layer_decay ** (5 - 1) == pytest.approx(0.1, rel=1e-3)
    assert recipe.augment == Augment()
    assert recipe.optimizer.freeze == ""


@pytest.mark.parametrize("name", ["auto", "none"])
def test_no_way_leaves_the_recipe_as_it_is(name: str) -> None:
    recipe, network = way(name)
    assert recipe == Recipe(init="weights.pth", transfer=Reuse(way="none"))
    assert network is NETWORK


def test_what_was_chosen_by_hand_stays() -> None:
    by_hand = Augment(rotation=90.0)
    recipe, _ = way("head", augment=by_hand, optimizer=Optimizer(freeze="norm1"), regularize=Regularize(l2=0.3))
    assert (recipe.augment, recipe.optimizer.freeze, recipe.regularize.l2) == (by_hand, "norm1", 0.3)
    assert way("all", optimizer=Optimizer(layer_decay=0.5))[0].optimizer.layer_decay == 0.5


@pytest.mark.parametrize("name", ["head", "top", "all"])
def test_a_recipe_that_was_resolved_comes_to_the_same(name: str) -> None:
    once, network = way(name)
    assert reused(once, network, 3, 200) == (once, network)


def test_learned_layers_get_a_gentler_rate_and_few_epochs() -> None:
    factors = {name: rate_factor(way(name)[0]) for name in ("none", "head", "top", "all")}
    assert factors == {"none": 1, "head": 1, "top": pytest.approx(1 / 3), "all": pytest.approx(1 / 3)}
    assert [epochs_of(way("all")[0], images) for images in (100, 1000, 10**6)] == [20, 10, 8]
    assert epochs_of(way("head")[0], 100) is None


def test_a_fresh_last_layer_begins_at_zero_where_it_gives_the_scores() -> None:
    """SqueezeNet's last convolution stands before a ReLU, behind which zero would never learn."""
    recipe, network = way("head")
    assert fresh_head(recipe, network) == ((r"dense1\.weight", "zeros"),)
    assert fresh_head(recipe, zoo.network("squeezenet1_1")) == ()
    assert fresh_head(*way("none")) == ()


@pytest.mark.parametrize(
    ("reuse", "message"),
    [
        (Reuse(way="head"), "transfer.way=head needs weights to start from, and none are given; give some with --init"),
        (Reuse(way="all"), "transfer.way=all needs weights"),
    ],
)
def test_there_must_be_weights(reuse: Reuse, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        check_way(Recipe(transfer=reuse))


def test_an_earlier_layer_must_be_named() -> None:
    with pytest.raises(RecipeError, match="transfer.way=earlier must know which layer; give its path with --set"):
        check_way(Recipe(init="weights.pth", transfer=Reuse(way="earlier")))
    with pytest.raises(NetworkError, match="did you mean 'relu2' or 'relu3'|no layer is called 'relu9'"):
        way("earlier", "relu9")


def test_something_must_stay_and_something_learn() -> None:
    with pytest.raises(RecipeError, match="needs layers that stay and layers that learn, and 'dense1' leaves 5 of 5"):
        way("top", "dense1")
    with pytest.raises(RecipeError, match="'the network' leaves 0 of 1 as they are; choose another transfer.at, or"):
        reused(Recipe(init="w", transfer=Reuse(way="head")), Network((4,), (Dense(3),)), 3, 200)


def test_an_unknown_way_lists_those_that_are() -> None:
    with pytest.raises(
        RecipeError, match="`transfer.way` must be 'auto', 'none', 'head', 'earlier', 'top' or 'all', n"
    ):
        config.override(Recipe(), {"transfer.way": "heads"})
