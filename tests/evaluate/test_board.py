"""A position in the report: stones, the played move and the answers lie where they are."""

import numpy as np

from neocog.evaluate.board import drawn_board


def test_stones_and_moves_lie_at_their_points() -> None:
    planes = np.zeros((9, 9, 3), np.uint8)
    planes[..., 2] = 255
    planes[2, 3] = (255, 0, 0)
    planes[5, 6] = (0, 255, 0)
    board = drawn_board(planes, 8, [8, 0])
    assert board.shape == (216, 216, 3)
    assert board[2 * 24 + 12, 3 * 24 + 12].max() < 40, "own stones are black"
    assert board[5 * 24 + 12, 6 * 24 + 12].min() > 240
    ring = board[:24, 8 * 24 :].reshape(-1, 3)
    assert (ring == (31, 111, 235)).all(axis=1).any(), "the played move, top right"
    assert not (board[:24, :24].reshape(-1, 3) == (31, 111, 235)).all(axis=1).any()
    plain = drawn_board(planes, 8, [8])
    assert (plain[:24, :24] != board[:24, :24]).any(), "the second answer, top left"


def test_a_large_board_fits() -> None:
    assert drawn_board(np.zeros((19, 19, 3), np.uint8), 0, []).shape == (209, 209, 3)
