"""The rules of Go, as far as a replay needs them: stones are laid, what has no free neighbor is taken, ko is kept.

A board is an array (int8 H W) of 1 for black, -1 for white and 0; playing gives a new one, so that every position of a
game can be kept. A stone that would take its own group's last liberty is refused, as is one that would bring the board
back to what it was a move before (ko).

>>> board = np.zeros((3, 3), np.int8)
>>> for color, point in ((BLACK, (0, 1)), (WHITE, (0, 0)), (BLACK, (1, 0))):
...     board = play(board, color, point)
>>> board.tolist()  # the white stone in the corner is taken
[[0, 1, 0], [1, 0, 0], [0, 0, 0]]
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError

Board: TypeAlias = NDArray[np.int8]
Point: TypeAlias = tuple[int, int]
"""Row and column from the top left."""

BLACK, WHITE, EMPTY = 1, -1, 0

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"


def play(board: Board, color: int, point: Point, before: Board | None = None) -> Board:
    """The board (a new one) after a stone of a color is laid; `before` is the position a move earlier, for ko.

    Raises `DataError` for a point that is taken or off the board, for suicide and for ko.
    """
    height, width = board.shape
    name = point_name(point, height)
    if not (0 <= point[0] < height and 0 <= point[1] < width):
        raise DataError(f"a move to row {point[0] + 1}, column {point[1] + 1} is off a board of {height} x {width}")
    if board[point] != EMPTY:
        raise DataError(f"a move to {name}, where a stone lies already")
    after = board.copy()
    after[point] = color
    for place in around(point, after.shape):
        if after[place] == -color:
            stones, liberties = group(after, place)
            if not liberties:
                for stone in stones:
                    after[stone] = EMPTY
    if not group(after, point)[1]:
        raise DataError(f"a move to {name} that takes its own last liberty")
    if before is not None and np.array_equal(after, before):
        raise DataError(f"a move to {name} that takes back a ko at once")
    return after


def group(board: Board, point: Point) -> tuple[set[Point], set[Point]]:
    """The stones connected to the one at a point, and the free points beside them.

    >>> sorted(group(np.array([[1, 1, 0]], np.int8), (0, 0))[1])
    [(0, 2)]
    """
    color, stones, liberties, waiting = board[point], {point}, set[Point](), [point]
    while waiting:
        for place in around(waiting.pop(), board.shape):
            if board[place] == EMPTY:
                liberties.add(place)
            elif board[place] == color and place not in stones:
                stones.add(place)
                waiting.append(place)
    return stones, liberties


def around(point: Point, shape: tuple[int, ...]) -> Iterator[Point]:
    """The two, three or four neighbors of a point."""
    row, column = point
    for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= place[0] < shape[0] and 0 <= place[1] < shape[1]:
            yield place


def point_name(point: Point, height: int) -> str:
    """A point as players call it: columns are letters without I, rows count from the bottom.

    >>> point_name((0, 8), 19)
    'J19'
    """
    row, column = point
    letter = _LETTERS[column] if 0 <= column < len(_LETTERS) else "?"
    return f"{letter}{height - row}"


def point_names(height: int, width: int) -> tuple[str, ...]:
    """All points of a board, row by row from the top left: the order of a network's outputs."""
    return tuple(point_name((row, column), height) for row in range(height) for column in range(width))


def planes(board: Board, color: int) -> NDArray[np.uint8]:
    """A position as a picture of the one to move (uint8 H W 3): own stones, the opponent's, free points.

    >>> planes(np.array([[1, -1, 0]], np.int8), WHITE)[0].tolist()
    [[0, 255, 0], [255, 0, 0], [0, 0, 255]]
    """
    seen = np.stack([board == color, board == -color, board == EMPTY], axis=-1)
    return seen.astype(np.uint8) * np.uint8(255)
