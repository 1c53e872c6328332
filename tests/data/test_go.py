"""The rules of Go: captures, suicide, ko, and every board of random games against sgfmill's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import DataError
from neocog.data.go import BLACK, WHITE, Board, around, group, planes, play, point_name, point_names


def board(*rows: str) -> Board:
    """A position as rows of x (black), o (white) and dots."""
    return np.array([[{"x": 1, "o": -1, ".": 0}[cell] for cell in row] for row in rows], np.int8)


def test_groups_without_liberties_are_taken() -> None:
    before = board("xoo.", ".xx.", "....")
    after = play(before, BLACK, (0, 3))
    assert (after == board("x..x", ".xx.", "....")).all()
    assert (before == board("xoo.", ".xx.", "....")).all(), "the position before is kept"


def test_a_capture_comes_before_suicide() -> None:
    assert (play(board("ox.", "xo.", "o.."), WHITE, (0, 2)) == board("o.o", "xo.", "o..")).all()


def test_what_the_rules_forbid_is_refused() -> None:
    with pytest.raises(DataError, match=r"a move to A3 that takes its own last liberty"):
        play(board(".x.", "x..", "..."), WHITE, (0, 0))
    with pytest.raises(DataError, match=r"a move to B3, where a stone lies already"):
        play(board(".x.", "x..", "..."), WHITE, (0, 1))
    with pytest.raises(DataError, match=r"a move to row 4, column 1 is off a board of 3 x 3"):
        play(board("...", "...", "..."), WHITE, (3, 0))
    first = board(".xo.", "x.xo", ".xo.")
    second = play(first, WHITE, (1, 1))
    assert (second == board(".xo.", "xo.o", ".xo.")).all()
    with pytest.raises(DataError, match=r"a move to C2 that takes back a ko at once"):
        play(second, BLACK, (1, 2), first)
    assert play(second, BLACK, (1, 2)).any(), "two moves later it may"


def test_points_have_the_names_that_players_use() -> None:
    assert point_name((18, 0), 19) == "A1"
    assert point_name((15, 15), 19) == "Q4"
    assert len(set(point_names(19, 19))) == 361
    assert point_names(2, 3) == ("A2", "B2", "C2", "A1", "B1", "C1")


def test_the_one_to_move_is_seen_first() -> None:
    position = board("x.", ".o")
    black, white = planes(position, BLACK), planes(position, WHITE)
    assert (black[..., 0] == white[..., 1]).all() and (black[..., 1] == white[..., 0]).all()
    assert (black.sum(axis=2, dtype=int) == 255).all()


@given(seed=st.integers(0, 2**31), side=st.sampled_from([5, 9]))
def test_boards_are_sgfmill_s(seed: int, side: int) -> None:
    boards = pytest.importorskip("sgfmill.boards", reason="sgfmill, the extra `games`, is not installed")
    random, own, other, color = np.random.default_rng(seed), np.zeros((side, side), np.int8), boards.Board(side), 1
    for place in random.integers(0, side * side, 3 * side * side).tolist():
        point = (place // side, place % side)
        try:
            after = play(own, color, point)
        except DataError:
            continue
        other.play(side - 1 - point[0], point[1], "b" if color == 1 else "w")
        expected = [
            [{"b": 1, "w": -1, None: 0}[other.get(side - 1 - row, column)] for column in range(side)]
            for row in range(side)
        ]
        assert after.tolist() == expected
        own, color = after, -color


@given(seed=st.integers(0, 2**31))
def test_no_group_is_without_a_liberty(seed: int) -> None:
    random, position, color = np.random.default_rng(seed), np.zeros((5, 5), np.int8), 1
    for place in random.integers(0, 25, 60).tolist():
        try:
            position = play(position, color, (place // 5, place % 5))
        except DataError:
            continue
        color = -color
        for point in zip(*np.nonzero(position), strict=True):
            at = (int(point[0]), int(point[1]))
            stones, liberties = group(position, at)
            assert liberties and at in stones
            assert all(position[each] == position[at] for each in stones)
            assert all(any(near in stones for near in around(each, position.shape)) for each in liberties)
