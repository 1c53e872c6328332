"""A run on boards: it learns a rule of play, needs no pool, and refuses a network of another board."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from neocog.core import config
from neocog.core.errors import NetworkError
from neocog.core.run import MODEL
from neocog.data import load as load_data
from neocog.data.augment import NONE
from neocog.model import load
from neocog.train import Recipe, train
from neocog.train.resolve import resolve


@pytest.fixture
def board_recipe(tmp_path: Path) -> Recipe:
    """Six hundred positions of 5 x 5 with three stones each; the move is the point right of the own stone."""
    noise = np.random.default_rng(0)
    planes, moves = np.zeros((600, 3, 5, 5), np.uint8), []
    for position in planes:
        own = int(noise.integers(5)), int(noise.integers(4))
        others = [point for point in np.ndindex(5, 5) if point not in (own, (own[0], own[1] + 1))]
        position[0][own] = 1
        for place in noise.permutation(len(others))[:2]:
            position[1][others[place]] = 1
        position[2] = 1 - position[0] - position[1]
        moves.append(own[0] * 5 + own[1] + 1)
    path = tmp_path / "games.npz"
    np.savez(path, planes=planes, moves=np.array(moves), games=np.arange(600) // 4)
    changes = {"data.path": str(path), "epochs": "6", "compute.device": "cpu", "compute.threads": "1"}
    return config.override(Recipe(), changes)


def test_it_learns_the_rule_far_beyond_the_most_frequent_move(board_recipe: Recipe, tmp_path: Path) -> None:
    """By chance and by the most frequent move one in twenty is right."""
    *_, finished = train(board_recipe, tmp_path / "run")
    assert finished.val_accuracy > 0.8  # type: ignore[union-attr]
    assert len(load(tmp_path / "run").classes) == 25, "all points, also those that nobody played"


def test_a_stopped_run_comes_to_the_same_bytes(board_recipe: Recipe, tmp_path: Path) -> None:
    recipe = config.override(board_recipe, {"epochs": "2"})
    list(train(recipe, tmp_path / "whole"))
    count = itertools.count(1)
    list(train(recipe, tmp_path / "stopped", stop=lambda: next(count) >= 9))
    list(train(recipe, tmp_path / "stopped", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "stopped" / MODEL).read_bytes()


def test_a_board_is_neither_moved_nor_resized(board_recipe: Recipe) -> None:
    data = load_data(board_recipe.data)
    found = resolve(board_recipe, data)
    assert found.recipe.augment == NONE
    assert found.preprocessing.input == (3, 5, 5)
    with pytest.raises(NetworkError, match=r"a network for .* must read boards of 5 x 5 points, got one that reads"):
        resolve(config.override(board_recipe, {"net": "keras_cnn", "data.size": "28"}), data)


def test_the_network_of_the_lecture_is_made_for_the_board(board_recipe: Recipe) -> None:
    network = resolve(config.override(board_recipe, {"net": "next_move"}), load_data(board_recipe.data)).network
    assert network.input == (3, 5, 5)
