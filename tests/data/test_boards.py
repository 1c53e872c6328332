"""Games as data: records are replayed, a game stays on one side, and what is wrong is named."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from neocog.core.errors import DataError
from neocog.data import DataOptions, find, load
from neocog.data.go import point_names

Lay = Callable[[Mapping[str, bytes | str]], Path]
needs_library = pytest.mark.usefixtures("sgfmill")


@pytest.fixture(scope="module")
def sgfmill() -> ModuleType:
    return pytest.importorskip("sgfmill", reason="sgfmill, the extra `games`, is not installed")


@pytest.fixture(scope="module")
def engine(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("go_games")


def games(engine: ModuleType, count: int, size: int = 5) -> dict[str, bytes | str]:
    return {f"{seed:02}.sgf": engine.record(size, engine.game(size, 14, seed)) for seed in range(count)}


@needs_library
def test_records_are_replayed_to_positions(lay: Lay, engine: ModuleType) -> None:
    played = engine.game(5, 14, 0)
    table = find(lay({"one.sgf": engine.record(5, played), "two.sgf": "(;GM[1]SZ[5]AB[aa][bb];W[cc];B[];W[dd])"}))
    assert table.input_kind == "board"
    assert table.outputs == point_names(5, 5)
    assert len(table) == len(played) + 2
    assert table.labels[: len(played)] == tuple(f"{'ABCDE'[column]}{5 - row}" for _, (row, column) in played)
    assert table.labels[-2:] == ("C3", "D2"), "a pass is no row"
    first, handicap = table.source.read(0), table.source.read(len(played))
    assert isinstance(first, np.ndarray) and isinstance(handicap, np.ndarray)
    assert (first == (0, 0, 255)).all(), "the empty board"
    assert handicap[0, 0].tolist() == [0, 255, 0] and handicap[1, 1].tolist() == [0, 255, 0], "white sees black stones"


@needs_library
def test_every_position_of_a_game_is_confirmed_by_the_library(lay: Lay, engine: ModuleType) -> None:
    from sgfmill import boards, sgf

    path = lay(games(engine, 3))
    table = find(path)
    row = 0
    for file in sorted(path.iterdir()):
        other = boards.Board(5)
        for node in sgf.Sgf_game.from_bytes(file.read_bytes()).get_main_sequence():
            color, point = node.get_move()
            if point is None:
                continue
            seen = table.source.read(row)
            assert isinstance(seen, np.ndarray)
            for line in range(5):
                for column in range(5):
                    stone = other.get(4 - line, column)
                    expected = 2 if stone is None else int(stone != color)
                    assert seen[line, column].argmax() == expected
            other.play(*point, color)
            row += 1
    assert row == len(table)


@needs_library
def test_a_game_stays_on_one_side_and_all_points_are_classes(lay: Lay, engine: ModuleType) -> None:
    data = load(DataOptions(path=str(lay(games(engine, 20)))))
    sides: dict[str, set[str]] = {}
    for game, side in zip(data.table.columns["group"], data.split.sides, strict=True):
        sides.setdefault(game, set()).add(side)
    assert all(len(each) == 1 for each in sides.values())
    assert [sum(side in each for each in sides.values()) for side in ("train", "val", "test")] == [14, 3, 3]
    assert data.classes == point_names(5, 5)
    assert not data.split.leaks and not data.findings.duplicates, "games begin alike"
    assert data.channels == 3


@needs_library
def test_what_is_wrong_with_records_is_told(lay: Lay) -> None:
    files = {"good.sgf": "(;SZ[5];B[aa];W[bb])", "wrong.sgf": "(;SZ[5];B[aa];W[aa];B[cc])", "no.sgf": "hello"}
    table = find(lay(files))
    assert table.ids == ("good.sgf#001", "good.sgf#002", "wrong.sgf#001")
    (note,) = (note for note in table.notes if "replayed" in note)
    assert "wrong.sgf (move 2: a move to A5, where a stone lies already)" in note
    assert "no.sgf (no SGF record" in note


@needs_library
def test_what_cannot_be_a_set_of_games_is_refused(lay: Lay, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.sgf").write_text("(;SZ[5];B[aa])")
    (tmp_path / "a" / "two.sgf").write_text("(;SZ[9];B[aa])")
    with pytest.raises(DataError, match=r"must hold games on one size of board, got 5 x 5, 9 x 9; sort them"):
        find(tmp_path / "a")
    with pytest.raises(DataError, match=r"must hold games with moves, got none: no.sgf"):
        find(lay({"no.sgf": "hello"}))


def test_without_the_library_its_command_is_told(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from neocog.data.boards import read_game

    monkeypatch.setitem(sys.modules, "sgfmill", None)
    with pytest.raises(DataError, match=r"SGF records need sgfmill; install it with: pip install 'neocog\[games\]'"):
        read_game(b"(;SZ[5])")


def planes(tmp_path: Path, **arrays: np.ndarray) -> Path:  # type: ignore[type-arg]
    path = tmp_path / "games.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_planes_and_moves_are_a_set_too(tmp_path: Path) -> None:
    positions = np.random.default_rng(0).integers(0, 2, (30, 3, 4, 5)).astype(np.uint8)
    path = planes(tmp_path, planes=positions, moves=np.arange(30) % 20, games=np.arange(30) // 3)
    data = load(DataOptions(path=str(path)))
    assert data.table.input_kind == "board"
    assert data.classes == point_names(4, 5)
    assert (data.targets(np.arange(30)) == np.arange(30) % 20).all()
    seen = data.table.source.read(7)
    assert isinstance(seen, np.ndarray)
    assert (seen == positions[7].transpose(1, 2, 0) * 255).all()
    assert all(len({data.split.sides[row] for row in range(start, start + 3)}) == 1 for start in range(0, 30, 3))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"planes": np.zeros((2, 2, 4, 4), np.uint8), "moves": np.zeros(2, int)}, "planes must be uint8 N C H W"),
        (
            {"planes": np.zeros((2, 1, 4, 4), np.uint8), "moves": np.zeros(3, int)},
            "moves must be 2 whole numbers, got int64",
        ),
        (
            {"planes": np.zeros((2, 1, 4, 4), np.uint8), "moves": np.array([1, 16])},
            "moves must be points of the board, 0 to 15, got 1 to 16",
        ),
        (
            {"planes": np.zeros((2, 1, 4, 4), np.uint8), "moves": np.zeros(2, int), "games": np.zeros(3, int)},
            "games must be 2 names",
        ),
    ],
)
def test_planes_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(DataError, match=message):
        find(planes(tmp_path, **arrays))
