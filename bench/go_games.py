"""A small engine of Go that plays against itself, to have games to learn from: records as SGF, one file a game.

It looks one move ahead, in this order: take the most stones; save the largest own group in atari, where a stone gives
it two liberties or more; put a group of the opponent in atari; else play as near to the last move as can be, where most
friends are around it. One move in ten is drawn at random, so that games differ, and the game ends after
a number of moves. Nothing in it is stronger than a beginner, but what it plays follows from the position.

    python bench/go_games.py games 200 --size 9
"""

import argparse
from pathlib import Path

import numpy as np

from neocog.core import draw
from neocog.core.errors import DataError
from neocog.data.go import BLACK, EMPTY, Board, Point, around, group, play

RANDOM = 0.1
"""The share of moves that are drawn at random."""


def chosen(board: Board, color: int, before: Board | None, last: Point | None, seed: int, number: int) -> Point | None:
    """The engine's move; None where it has none."""
    order = draw.permutation(board.size, seed, number, "order")
    free = [(int(at) // board.shape[1], int(at) % board.shape[1]) for at in order]
    free = [point for point in free if board[point] == EMPTY]
    allowed = [(point, after) for point in free if (after := tried(board, color, point, before)) is not None]
    allowed = [(point, after) for point, after in allowed if not own_eye(board, color, point)]
    if not allowed:
        return None
    if draw.uniform(seed, number, "random")[0] < RANDOM:
        return allowed[0][0]
    return max(allowed, key=lambda each: worth(board, color, each[0], each[1], last))[0]


def worth(board: Board, color: int, point: Point, after: Board, last: Point | None) -> tuple[float, ...]:
    """What a move is worth, the first number first."""
    taken = int((board == -color).sum() - (after == -color).sum())
    saved = threatened = 0
    for place in around(point, board.shape):
        if board[place] == color:
            stones, liberties = group(board, place)
            if len(liberties) == 1 and len(group(after, point)[1]) >= 2:
                saved = max(saved, len(stones))
        elif after[place] == -color:
            stones, liberties = group(after, place)
            if len(liberties) == 1 and len(group(after, point)[1]) >= 2:
                threatened = max(threatened, len(stones))
    near = 0.0 if last is None else -float(abs(point[0] - last[0]) + abs(point[1] - last[1]))
    friends = sum(board[place] == color for place in around(point, board.shape))
    middle = -float(np.abs(np.array(point) - (np.array(board.shape) - 1) / 2).max())
    return float(taken), float(saved), float(threatened), near, float(friends), middle


def tried(board: Board, color: int, point: Point, before: Board | None) -> Board | None:
    """The board after a move; None where the rules forbid it."""
    try:
        return play(board, color, point, before)
    except DataError:
        return None


def own_eye(board: Board, color: int, point: Point) -> bool:
    """Whether a point lies among own stones alone: filling it kills."""
    return all(board[place] == color for place in around(point, board.shape))


def game(size: int, moves: int, seed: int) -> list[tuple[int, Point]]:
    """The moves of a game that the engine plays against itself."""
    board, before, last, color = np.zeros((size, size), np.int8), None, None, BLACK
    played: list[tuple[int, Point]] = []
    for number in range(moves):
        point = chosen(board, color, before, last, seed, number)
        if point is None:
            break
        played.append((color, point))
        board, before, last, color = play(board, color, point, before), board, point, -color
    return played


def record(size: int, played: list[tuple[int, Point]]) -> str:
    """A game as SGF: letters for the column and for the row from the top."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    moves = [f";{'B' if color == BLACK else 'W'}[{letters[at[1]]}{letters[at[0]]}]" for color, at in played]
    return f"(;GM[1]FF[4]SZ[{size}]{''.join(moves)})\n"


def main() -> None:
    """Write the games that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("games", type=int)
    parser.add_argument("--size", type=int, default=9)
    parser.add_argument("--moves", type=int, default=0, help="moves a game; default two thirds of the points")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for number in range(asked.games):
        moves = game(asked.size, asked.moves or asked.size**2 * 2 // 3, asked.seed * 1_000_003 + number)
        (asked.folder / f"{number:04}.sgf").write_text(record(asked.size, moves))


if __name__ == "__main__":
    main()
