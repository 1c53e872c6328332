"""The run folder: nothing is lost, nothing is overwritten, one writer at a time."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from neocog.core.errors import RunError, StorageError
from neocog.core.run import EVENTS, LEDGER, RECIPE, RunFolder, SplitRow, default_folder, given_back


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path / "runs" / "one")
    run.write(RECIPE, "format = 1\n")
    return run


def test_a_run_is_never_overwritten(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="already holds a run; continue it with --resume, or choose another --out"):
        RunFolder.create(run.path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.jpg").write_bytes(b"x")
    with pytest.raises(RunError, match="is not empty; choose another --out"):
        RunFolder.create(tmp_path / "other")
    with pytest.raises(RunError, match="is a file, and a run needs a folder"):
        RunFolder.create(tmp_path / "other" / "photo.jpg")


def test_only_a_run_is_opened(run: RunFolder, tmp_path: Path) -> None:
    assert RunFolder.open(run.path).path == run.path
    with pytest.raises(RunError, match="there is no run at .*; `neocog train` makes one"):
        RunFolder.open(tmp_path / "none")
    with pytest.raises(RunError, match="is not a run folder"):
        RunFolder.open(tmp_path)


def test_events_grow_by_whole_lines_and_are_cut_back(run: RunFolder) -> None:
    assert run.read_events() == []
    run.append_events([{"kind": "a"}])
    length = run.events_length()
    run.append_events([{"kind": "b", "text": "ä\n"}, {"kind": "c"}])
    assert [event["kind"] for event in run.read_events()] == ["a", "b", "c"]
    run.truncate_events(length)
    assert [event["kind"] for event in run.read_events()] == ["a"]


def test_half_a_line_left_by_a_kill_is_no_event(run: RunFolder) -> None:
    run.append_events([{"kind": "a"}])
    with (run.path / EVENTS).open("ab") as file:
        file.write(b'{"kind": "b", "loss"')
    assert [event["kind"] for event in run.read_events()] == ["a"]
    run.append_events([{"kind": "c"}])
    assert [event["kind"] for event in run.read_events()] == ["a", "c"]


def test_damage_is_said(run: RunFolder) -> None:
    (run.path / EVENTS).write_text("nonsense\n")
    with pytest.raises(RunError, match="line 1 is not JSON"):
        run.read_events()
    with pytest.raises(RunError, match="is shorter than its checkpoint says"):
        run.truncate_events(1000)
    with pytest.raises(RunError, match=r"holds no report\.json; the run did not get that far"):
        run.read_json("report.json")
    run.write("report.json", "{")
    with pytest.raises(RunError, match="is not JSON"):
        run.read_json("report.json")
    run.write("report.json", '{"format": 2}')
    with pytest.raises(RunError, match="is not of format 1"):
        run.read_json("report.json")
    run.write("splits.csv", b"\xff\xfe\x00")
    with pytest.raises(RunError, match=r"splits\.csv is no text .*; the run is damaged, begin a new one"):
        run.read_splits()
    run.write("splits.csv", "a,b\n1,2\n")
    with pytest.raises(RunError, match="must have the columns file, label, split, hash"):
        run.read_splits()


def test_splits_survive_hostile_names(run: RunFolder) -> None:
    rows = [SplitRow('a,"b"\nc.png', "ä;", "train", "00"), SplitRow("=1+1.png", "", "test", "ff")]
    run.write_splits(rows)
    assert run.read_splits() == rows


def test_openings_are_counted_across_the_runs_beside_it(run: RunFolder) -> None:
    other = RunFolder.create(run.path.parent / "two")
    run.record_opening("hash", 10, "model", "evaluate")
    other.record_opening("hash", 10, "model", "evaluate")
    other.record_opening("another", 10, "model", "evaluate")
    assert sorted(name for name, _ in run.openings("hash")) == ["one", "two"]
    assert json.loads((run.path / LEDGER).read_text())["format"] == 1


def test_one_writer_lives_and_a_dead_one_does_not_block(run: RunFolder) -> None:
    hold = "import sys, time; from pathlib import Path; from neocog.core.run import RunFolder\n"
    hold += "with RunFolder(Path(sys.argv[1])).lock():\n    print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(run.path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="another process is writing"), run.lock():
            pass
        assert run.is_written()
        other.kill()
    assert not run.is_written()
    (run.path / ".checkpoint.safetensors.k3j2.part").write_bytes(b"half")
    with run.lock():
        assert run.is_written()
        assert sorted(file.name for file in run.path.iterdir()) == [".lock", RECIPE]


def test_looking_whether_a_run_is_written_keeps_no_writer_out(run: RunFolder) -> None:
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            run.is_written()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(look)
        try:
            for _ in range(200):
                with run.lock():
                    pass
        finally:
            over.set()


def test_a_wish_to_stop_stays_until_it_is_followed(run: RunFolder) -> None:
    assert not run.asked_to_stop()
    run.ask_to_stop()
    assert run.asked_to_stop()
    run.forget_stop()
    run.forget_stop()
    assert not run.asked_to_stop()


def test_events_are_read_on_from_a_place(run: RunFolder) -> None:
    assert run.events_since("") == ([], "", True)
    run.append_events([{"n": 1}, {"n": 2}])
    lines, place, follows = run.events_since("")
    assert (lines, follows) == ([{"n": 1}, {"n": 2}], True)
    assert run.events_since(place) == ([], place, True)
    run.append_events([{"n": 3}])
    with (run.path / EVENTS).open("a") as file:
        file.write('{"n": 4')  # a kill's half line is none
    lines, after, follows = run.events_since(place)
    assert (lines, follows) == ([{"n": 3}], True)
    run.truncate_events(9)
    run.append_events([{"n": 5}, {"n": 6}, {"n": 7}])
    lines, _, follows = run.events_since(after)
    assert ([line["n"] for line in lines], follows) == ([1, 5, 6, 7], False)
    assert run.events_since("nonsense")[2] is False
    (run.path / EVENTS).write_text('{"n": 1}\nnonsense\n')
    with pytest.raises(RunError, match="line 2 is not JSON"):
        run.events_since("")


def test_default_folders_are_numbered_and_nobody_gets_anothers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(default_folder, ["digits"] * 8))
    first = min(together)
    assert set(together) == {first, *(first.with_name(f"{first.name}-{number}") for number in range(2, 9))}
    assert all(folder.is_dir() for folder in together)
    Path("blocked").mkdir()
    monkeypatch.chdir("blocked")
    Path("runs").write_text("")
    with pytest.raises(StorageError, match="runs lies below a file, not a folder"):
        default_folder("digits")


def test_a_new_folder_is_given_back_unless_it_was_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with given_back(default_folder("digits")) as unused:
        assert unused.is_dir()
    assert not Path("runs").exists()
    with suppress(KeyboardInterrupt), given_back(default_folder("digits")) as used:
        (used / RECIPE).write_text("")
        raise KeyboardInterrupt
    assert (used / RECIPE).is_file()
