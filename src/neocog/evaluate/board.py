"""A position in the report: the board, the move that was played and the moves that the network would make."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from neocog.data import Pixels

MOST = 5
"""Answers that are drawn, the most probable first."""

_SIDE = 224
_WOOD, _LINE, _PLAYED = (222, 184, 120), (96, 70, 30), (31, 111, 235)
_BLACK, _WHITE = (24, 24, 24), (250, 250, 250)


def drawn_board(planes: Pixels, played: int, answers: Sequence[int]) -> Pixels:
    """A position (uint8 H W 3: own stones, the opponent's, free points) as a board (uint8 H W 3).

    Stones of the one to move are black. The move that was played has a blue ring; answers are points (row by row) and
    have their rank.

    >>> drawn_board(np.zeros((9, 9, 3), np.uint8), 40, [40, 41]).shape
    (216, 216, 3)
    """
    height, width = planes.shape[:2]
    cell = max(8, _SIDE // max(height, width))
    image = Image.new("RGB", (cell * width, cell * height), _WOOD)
    pen = ImageDraw.Draw(image)
    half = cell / 2
    for row in range(height):
        pen.line([(half, row * cell + half), (width * cell - half, row * cell + half)], _LINE)
    for column in range(width):
        pen.line([(column * cell + half, half), (column * cell + half, height * cell - half)], _LINE)
    for row, column in np.argwhere(planes[..., :2].any(axis=2)).tolist():
        color = _BLACK if planes[row, column, 0] else _WHITE
        pen.ellipse(_box(row, column, cell, 0.46), color, _LINE)
    font = ImageFont.load_default(max(8, cell * 0.7))
    for rank, point in enumerate(answers[:MOST], 1):
        row, column = divmod(point, width)
        pen.ellipse(_box(row, column, cell, 0.36), _WOOD)
        pen.text((column * cell + half, row * cell + half), str(rank), _LINE, font, "mm")
    row, column = divmod(played, width)
    pen.ellipse(_box(row, column, cell, 0.46), outline=_PLAYED, width=max(2, cell // 8))
    return np.asarray(image)


def _box(row: int, column: int, cell: int, radius: float) -> tuple[float, float, float, float]:
    """What encloses a circle at a point."""
    x, y = (column + 0.5) * cell, (row + 0.5) * cell
    return x - radius * cell, y - radius * cell, x + radius * cell, y + radius * cell
