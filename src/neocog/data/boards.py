"""Positions of board games and the move that was played in each: from SGF records of Go, or as planes in an `.npz`.

A game is replayed move by move by the rules (`go.py`); each move is a row, with the position before it as the picture
of the one to move and the point as its class. All points of the board are classes, played or not, in the order in which
a network without a pool gives them. The positions of one game stay on one side of a split: they are hardly different.

SGF is parsed by `sgfmill`, an extra; only the main line of a record is read, passes are left out, and so is a game that
the rules forbid, from its first wrong move on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neocog.core.errors import DataError
from neocog.data.go import BLACK, WHITE, Board, Point, planes, play, point_name, point_names
from neocog.data.source import ArraySource
from neocog.data.table import Pixels, Table
from neocog.data.trees import Tree, counted, listed

SUFFIX = ".sgf"
MOST_BYTES = 2**22
"""The largest record that is read, in bytes."""


@dataclass(frozen=True, eq=False)
class Game:
    """The moves of a game that stand in its record."""

    start: Board
    """The position before the first move: empty, or with handicap stones."""
    moves: tuple[tuple[int, Point | None], ...]
    """Color and point of each; None is a pass."""


@dataclass(frozen=True, eq=False)
class Replay:
    """The positions of a game, each before the move that was played in it."""

    pictures: Pixels
    """uint8 T H W 3."""
    moves: tuple[str, ...]
    """The points (T)."""
    problem: str = ""
    """Why the rest of the game was left out; "" where it is whole."""


def is_games(tree: Tree) -> bool:
    """Whether the files of a tree are records of games."""
    return bool(tree.files) and all(path.lower().endswith(SUFFIX) for path in tree.files)


def games_table(tree: Tree) -> Table:
    """The table of a folder of SGF records: a row a move, grouped by game.

    Raises `DataError` where no game can be replayed, or where they were played on boards of several sizes.
    """
    notes, problems = [], []
    played: dict[str, Replay] = {}
    for path in tree.files:
        try:
            found = replay(read_game(tree.read(path, MOST_BYTES)))
        except DataError as error:
            problems.append(f"{path} ({str(error).partition('; ')[0]})")
            continue
        if found.problem:
            problems.append(f"{path} ({found.problem})")
        if found.moves:
            played[path] = found
    if not played:
        raise DataError(f"{tree.name} must hold games with moves, got none: {listed(problems)}; name a folder of .sgf")
    sizes = sorted({found.pictures.shape[1] for found in played.values()})
    if len(sizes) > 1:
        raise DataError(
            f"{tree.name} must hold games on one size of board, got {listed([f'{side} x {side}' for side in sizes])}; "
            "sort them into folders"
        )
    if problems:
        notes.append(f"{counted(len(problems), 'record')} could not be replayed to the end: {listed(problems)}.")
    return _table(tree.name, played, tuple(notes))


def _table(name: str, played: Mapping[str, Replay], notes: tuple[str, ...]) -> Table:
    side = next(iter(played.values())).pictures.shape[1]
    return Table(
        name=name,
        source=ArraySource(tuple(found.pictures for found in played.values())),
        ids=tuple(f"{path}#{number:03}" for path, found in played.items() for number in range(1, len(found.moves) + 1)),
        labels=tuple(move for found in played.values() for move in found.moves),
        splits=("",) * sum(len(found.moves) for found in played.values()),
        input_kind="board",
        outputs=point_names(side, side),
        columns={"group": tuple(path for path, found in played.items() for _ in found.moves)},
        notes=(f"{counted(len(played), 'game')}, each on one side of the split.", *notes),
    )


def planes_table(name: str, positions: Any, moves: Any, games: Any | None = None) -> Table:
    """The table of positions given as planes (uint8 N C H W of 0 and 1, or of 0 to 255) and moves (N, point indices).

    `games` (N) says which game each is of, so that a game stays on one side.
    """
    pictures, points = np.asarray(positions), np.asarray(moves)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[1] not in (1, 3):
        raise DataError(
            f"{name}: planes must be uint8 N C H W with 1 or 3 of them, got {pictures.dtype} {pictures.shape}; "
            "lay them out so"
        )
    count, _, height, width = pictures.shape
    if points.shape != (count,) or points.dtype.kind not in "iu" or not count:
        raise DataError(
            f"{name}: moves must be {count} whole numbers, got {points.dtype} {points.shape}; give each one"
        )
    if points.min() < 0 or points.max() >= height * width:
        raise DataError(
            f"{name}: moves must be points of the board, 0 to {height * width - 1}, got {points.min()} to "
            f"{points.max()}; count row by row"
        )
    names = point_names(height, width)
    scale = np.uint8(255 if pictures.max() <= 1 else 1)
    owners = np.arange(count) if games is None else np.asarray(games)
    if owners.shape != (count,):
        raise DataError(f"{name}: games must be {count} names, got {owners.shape}; give one each")
    return Table(
        name=name,
        source=ArraySource((np.ascontiguousarray(pictures.transpose(0, 2, 3, 1) * scale),)),
        ids=tuple(f"{row:0{max(5, len(str(count - 1)))}}" for row in range(count)),
        labels=tuple(names[point] for point in points.tolist()),
        splits=("",) * count,
        input_kind="board",
        outputs=names,
        columns={"group": tuple(map(str, owners.tolist()))},
    )


def read_game(raw: bytes) -> Game:
    """The main line of an SGF record; `DataError` where it is none."""
    try:
        from sgfmill import sgf
    except ImportError as error:
        raise DataError("SGF records need sgfmill; install it with: pip install 'neocog[games]'") from error
    try:
        record = sgf.Sgf_game.from_bytes(raw)
        side = record.get_size()
        black, white, _ = record.get_root().get_setup_stones()
        moves = [node.get_move() for node in record.get_main_sequence()]
    except (ValueError, KeyError, IndexError) as error:
        raise DataError(f"no SGF record ({str(error).splitlines()[0][:60]}); save it anew") from error
    start = np.zeros((side, side), np.int8)
    for stones, color in ((black, BLACK), (white, WHITE)):
        for row, column in stones:
            start[side - 1 - row, column] = color
    return Game(
        start,
        tuple(
            (BLACK if color == "b" else WHITE, None if point is None else (side - 1 - point[0], point[1]))
            for color, point in moves
            if color is not None
        ),
    )


def replay(game: Game) -> Replay:
    """The positions of a game by the rules, up to its end or its first move that they forbid."""
    board, before = game.start, None
    side = board.shape[0]
    pictures: list[Pixels] = []
    names: list[str] = []
    problem = ""
    for number, (color, point) in enumerate(game.moves, 1):
        if point is None:
            before = None
            continue
        try:
            after = play(board, color, point, before)
        except DataError as error:
            problem = f"move {number}: {error}"
            break
        pictures.append(planes(board, color))
        names.append(point_name(point, side))
        board, before = after, board
    shown = np.stack(pictures) if pictures else np.zeros((0, side, side, 3), np.uint8)
    return Replay(shown, tuple(names), problem)
