"""Building an entry: killed, stopped, doubled or stalled, it comes out whole, and no row that is kept is made twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from neocog.data import entry
from neocog.data.entry import Fill, alive, build, described, opened, remove
from neocog.data.table import Pixels

SHAPE = (40, 1, 8, 8)


def image(row: int) -> Pixels:
    return np.full(SHAPE[1:], row + 1, np.uint8)


WHOLE = np.stack([image(row) for row in range(SHAPE[0])])


def fill(target: Pixels, start: int) -> Iterator[int]:
    for row in range(start, len(target)):
        target[row] = image(row)
        yield row + 1


def stopping(after: int, begun: list[int], stop: Callable[[], None]) -> Fill:
    """Fills up to a row, then does what it is told to."""

    def part(target: Pixels, start: int) -> Iterator[int]:
        begun.append(start)
        for done in fill(target, start):
            yield done
            if done == after:
                stop()

    return part


def interrupt() -> None:
    raise KeyboardInterrupt


def made(path: Path, fill: Fill) -> Pixels:
    return build(path, "prepared", "made", SHAPE, fill, None)


def test_an_entry_is_what_was_filled_in(tmp_path: Path) -> None:
    assert np.array_equal(made(tmp_path / "one", fill), WHOLE)
    found = opened(tmp_path / "one", SHAPE)
    assert found is not None
    assert np.array_equal(found, WHOLE)
    told = described(tmp_path / "one")
    assert told is not None
    assert (told.kind, told.name, told.shape, told.size, told.built) == ("prepared", "made", SHAPE, 40 * 64, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_stopped_build_goes_on_where_it_was(tmp_path: Path) -> None:
    begun: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "one", stopping(25, begun, interrupt))
    left = described(tmp_path / "one.part")
    assert left is not None
    assert left.built == 25 / 40
    assert not alive(tmp_path / "one.part")
    assert np.array_equal(made(tmp_path / "one", stopping(-1, begun, interrupt)), WHOLE)
    assert begun == [0, 25]


def test_a_build_that_is_stopped_before_its_first_row_leaves_nothing(tmp_path: Path) -> None:
    def never(target: Pixels, start: int) -> Iterator[int]:
        interrupt()
        yield from fill(target, start)

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "one", never)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys
from pathlib import Path
from neocog.data import entry
from tests.data import test_entry

entry.MARK_SECONDS = -1.0
def wait():
    print("there", flush=True)
    sys.stdin.read()
test_entry.made(Path(sys.argv[1]), test_entry.stopping(int(sys.argv[2]), [], wait))
"""


def killed(path: Path, after: int) -> subprocess.Popen[str]:
    """A process that builds and stands still after some rows; the one who asked kills it."""
    root = Path(__file__).resolve().parents[2]
    places = os.pathsep.join([str(root), str(root / "src")])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(after)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": places},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def test_a_killed_build_goes_on_and_one_who_waits_takes_over(tmp_path: Path) -> None:
    """Two kills: the first is found later, the second happens while another process waits for the entry."""
    path, work = tmp_path / "one", tmp_path / "one.part"
    for after in (10, 30):
        process = killed(path, after)
        assert alive(work)
        begun: list[int] = []
        seen: list[tuple[int, int]] = []
        waiting = threading.Thread(
            target=lambda begun=begun, seen=seen: build(
                path, "prepared", "made", SHAPE, stopping(-1, begun, interrupt), lambda *at: seen.append(at)
            )
        )
        if after == 30:
            waiting.start()
            while not seen:
                time.sleep(0.01)
            assert begun == [], "it waits"
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if after == 10:
            assert not alive(work)
        else:
            waiting.join()
            assert seen == [(30, 40)]
            assert begun == [30]
    found = opened(path, SHAPE)
    assert found is not None
    assert np.array_equal(found, WHOLE)
    assert not work.exists()


def test_of_two_builders_one_works(tmp_path: Path) -> None:
    begun: list[int] = []
    found: list[Pixels] = []
    slow = stopping(20, begun, lambda: time.sleep(0.3))
    threads = [threading.Thread(target=lambda: found.append(made(tmp_path / "one", slow))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == [0]
    assert all(np.array_equal(each, WHOLE) for each in found)
    assert len(found) == 4


def test_a_builder_that_does_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "STALLED_SECONDS", 0.2)
    process = killed(tmp_path / "one", 10)
    assert np.array_equal(made(tmp_path / "one", fill), WHOLE)
    process.communicate("")  # wakes up, finishes, and finds the entry made
    assert process.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("damage", ["no facts", "odd facts", "other shape", "truncated", "no images"])
def test_a_half_built_entry_that_is_broken_begins_anew(tmp_path: Path, damage: str) -> None:
    begun: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "one", stopping(25, begun, interrupt))
    facts, images = (tmp_path / "one.part" / name for name in ("facts.json", "images.bin"))
    match damage:
        case "no facts":
            facts.unlink()
        case "odd facts":
            facts.write_text("[")
        case "other shape":
            facts.write_text(json.dumps(json.loads(facts.read_text()) | {"shape": [40, 1, 8, 9]}))
        case "truncated":
            os.truncate(images, 100)
        case _:
            images.unlink()
    assert np.array_equal(made(tmp_path / "one", stopping(-1, begun, interrupt)), WHOLE)
    assert begun == [0, 0]


def test_without_locks_two_builders_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(file: object, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(entry.fcntl, "flock", refused)
    gate = threading.Barrier(2)

    def together(target: Pixels, start: int) -> Iterator[int]:
        for done in fill(target, start):
            yield done
            if done == 20:
                gate.wait()

    found: list[Pixels] = []
    threads = [threading.Thread(target=lambda: found.append(made(tmp_path / "one", together))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [np.array_equal(each, WHOLE) for each in found] == [True, True]
    shutil.rmtree(tmp_path / "one")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.bin")) == 0


def test_builders_and_a_sweep_at_once_do_no_harm(tmp_path: Path) -> None:
    """Whoever clears the cache holds the lock while it does, so no builder goes on in a folder that is half removed."""
    made_by: list[Pixels] = []
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            for work in tmp_path.glob("*.part"):
                remove(work)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for name in range(12):
            gate = threading.Barrier(3)

            def work(path: Path = tmp_path / str(name), gate: threading.Barrier = gate) -> None:
                gate.wait()
                made_by.append(np.array(made(path, fill)))

            builders = [threading.Thread(target=work) for _ in range(3)]
            for builder in builders:
                builder.start()
            for builder in builders:
                builder.join()
    finally:
        over.set()
        sweeper.join()
    assert len(made_by) == 36
    assert all(np.array_equal(found, WHOLE) for found in made_by)
