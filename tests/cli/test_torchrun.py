"""`torchrun -m neocog train` as a user runs it: accidents are overcome, and what the user must mend is said once.

Every launch is a real one, and ends within a bounded time, whatever happens; torchrun's own exit status is 1 for any
end but success, and its last lines tell those of the processes.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.core.run import CHECKPOINT, MODEL, RunFolder

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
MOST_SECONDS = 240
"""Far more than any of these launches takes, even on a crowded machine."""

NET = """Network(
    input=(1, 8, 8),
    layers=(Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Dropout(0.2), Flatten(), Dense(10)),
)"""
WIDE = "Network(input=(1, 8, 8), layers=(Flatten(), Dense(512), ReLU(), Dense(512), ReLU(), Dense(10)))"

WILD = ["--set", "optimizer.rate=1e30", "--set", "optimizer.name=sgd"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux shows who started whom")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # torchrun leaves the folders of its launches behind
    (tmp_path / "small.network").write_text(NET)
    (tmp_path / "wide.network").write_text(WIDE)


def launch(*arguments: object, restarts: int = 3) -> subprocess.Popen[str]:
    chosen = ["--set", "compute.device=cpu", "--set", "compute.threads=1", *map(str, arguments)]
    command = [*TORCHRUN, "--max-restarts", str(restarts), "-m", "neocog", "train", *chosen]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, what it printed, and its messages."""
    try:
        printed, messages = process.communicate(timeout=MOST_SECONDS)
    finally:
        for worker in workers(process.pid).values():
            os.kill(worker, signal.SIGKILL)
        process.kill()
    return process.returncode, printed, messages


def workers(agent: int) -> dict[int, int]:
    """The processes that a torchrun started, by rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            settings = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        ranks = [int(setting[5:]) for setting in settings if setting.startswith(b"RANK=")]
        if parent == agent and ranks:
            found[ranks[0]] = int(folder.name)
    return found


def wait_for(process: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    while not reached():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def told(text: str, times: int = 1) -> Callable[[], bool]:
    """Whether the run's events say something so often."""
    events = Path("run/events.jsonl")
    return lambda: events.is_file() and events.read_text().count(text) >= times


def assert_told_once(messages: str, wrong: str) -> None:
    """One message of ours before torchrun's account, in which the same message and our exit status stand."""
    ours, _, account = messages.partition("Traceback (most recent call last)")
    assert re.findall(r"(?m)^error: (.*)", ours) == [match := re.search(rf"(?m)^error: (.*{wrong}.*)", ours)[1]]
    assert "Traceback" not in account, "torchrun's own is the only one"
    assert f"traceback : {match}; " in account
    assert "exitcode  : 2 " in account


def assert_killed_and_finished(kills: list[int], epochs: int) -> None:
    """A run whose workers are killed, one after each restart, comes to the bytes of one that nobody disturbed."""
    chosen = ["digits", "--net", "small.network", "--epochs", epochs, "--set", "batch=64", "--out"]
    process = launch(*chosen, "run")
    for turn, rank in enumerate(kills, 1):
        wait_for(process, told('"kind": "resumed"', turn - 1))
        wait_for(process, told('"kind": "checkpoint"', 3 * turn))
        os.kill(workers(process.pid)[rank], signal.SIGKILL)
    status, printed, messages = ended(process)
    assert (status, printed) == (0, "run\n"), messages
    assert messages.count("resumed in epoch") == len(kills)
    assert "error: " not in messages
    assert [line["kind"] for line in RunFolder(Path("run")).read_events()].count("finished") == 1
    assert ended(launch(*chosen, "whole"))[0] == 0
    assert RunFolder(Path("run")).read(MODEL) == RunFolder(Path("whole")).read(MODEL)


@pytest.mark.slow
def test_a_killed_worker_is_restarted_and_the_run_finishes() -> None:
    assert_killed_and_finished([0], epochs=8)


@pytest.mark.slow
def test_workers_that_are_killed_again_and_again_are_restarted() -> None:
    assert_killed_and_finished([1, 0, 1], epochs=20)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "wrong"),
    [
        (["--net", "lenet6"], "unknown network 'lenet6'"),
        (["--set", "batch=1"], "`batch` is 1, and each of 2 processes needs an image"),
        (["--set", "optimizer.rat=1"], "unknown key 'optimizer.rat'"),
        *(
            (["--set", "optimizer.rate=1e30", "--set", "optimizer.name=sgd", "--seed", seed], "at step ")
            for seed in "01234"
        ),
    ],
)
def test_what_all_processes_find_wrong_is_told_once(choices: list[str], wrong: str) -> None:
    """One that diverges hung in one launch of five: torch gave up its connection with Python's lock in hand."""
    status, printed, messages = ended(launch("digits", "--net", "small.network", *choices, "--out", "run"))
    assert (status, printed) == (1, "")
    assert_told_once(messages, wrong)


@pytest.mark.slow
def test_a_folder_in_the_way_is_told_once() -> None:
    Path("run").mkdir()
    Path("run/photo.jpg").write_bytes(b"")
    status, printed, messages = ended(launch("digits", "--net", "small.network", "--out", "run"))
    assert (status, printed) == (1, "")
    assert_told_once(messages, "run is not empty")
    assert [file.name for file in Path("run").iterdir()] == ["photo.jpg"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0)
    for number in range(240):
        file = tmp_path / "photos" / "ab"[number % 2] / f"{number:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (24, 24), dtype=np.uint8)).save(file)
    return tmp_path / "photos"


@pytest.mark.slow
def test_a_photo_that_goes_away_under_one_process_is_told_once_and_the_run_goes_on_once_it_is_back(
    photos: Path,
) -> None:
    """Images are read in every epoch, each by one of the processes: the other knows of nothing."""
    chosen = ["photos", "--net", "lenet5", "--epochs", 60, "--set", "data.cache_gb=1e-9", "--out", "run"]
    process = launch(*chosen)
    wait_for(process, told('"kind": "checkpoint"'))
    shutil.move(photos / "a", photos.parent / "away")
    status, printed, messages = ended(process)
    assert (status, printed) == (1, "")
    assert_told_once(messages, "was readable before, now: cannot be read")
    shutil.move(photos.parent / "away", photos / "a")
    status, printed, messages = ended(launch("--resume", "--out", "run"))
    assert (status, printed) == (0, "run\n"), messages


@pytest.mark.slow
def test_data_that_changed_are_told_once(photos: Path) -> None:
    process = launch("photos", "--net", "lenet5", "--epochs", 200, "--out", "run")
    wait_for(process, told('"kind": "checkpoint"'))
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 1
    Image.new("L", (24, 24)).save(photos / "a" / "000.png")
    status, printed, messages = ended(launch("--resume", "--out", "run"))
    assert (status, printed) == (1, "")
    assert_told_once(messages, "have changed since run was begun")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(tmp_path / "disk")]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs more rights")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


@pytest.mark.slow
def test_a_full_disk_of_the_first_process_is_told_once_and_nothing_is_lost(disk: Path) -> None:
    chosen = ["digits", "--net", "wide.network", "--epochs", 1, "--out", "disk/run"]
    status, printed, messages = ended(launch(*chosen))
    assert (status, printed) == (1, "")
    assert_told_once(messages, "no space left to write disk/run/checkpoint.safetensors")
    subprocess.run(["mount", "-o", "remount,size=60m", str(disk)], check=True)
    assert ended(launch(*chosen, "--resume"))[:2] == (0, "disk/run\n")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_torchrun_saves_and_the_run_resumes_to_the_same_bytes(number: int) -> None:
    chosen = ["digits", "--net", "small.network", "--epochs", 20, "--out"]
    process = launch(*chosen, "parts")
    events = Path("parts/events.jsonl")
    wait_for(process, lambda: events.is_file() and events.read_text().count('"kind": "epoch"') >= 3)
    process.send_signal(number)
    status, printed, messages = ended(process)
    assert (status, printed) == (1, "")
    assert messages.count("interrupted, and saved; go on with: torchrun ... -m neocog train --resume --out parts") == 1
    assert "error: " not in messages
    assert not RunFolder(Path("parts")).has(MODEL)
    assert ended(launch("--resume", "--out", "parts"))[:2] == (0, "parts\n")
    assert ended(launch(*chosen, "whole"))[:2] == (0, "whole\n")
    assert RunFolder(Path("parts")).read(MODEL) == RunFolder(Path("whole")).read(MODEL)


@pytest.mark.slow
def test_a_signal_while_one_process_waits_for_the_other_to_read_ends_both() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30_000, 40, 40), dtype=np.uint8)
    np.savez("many.npz", x=noise, y=np.arange(30_000) % 2)
    process = launch("many.npz", "--out", "run")
    wait_for(process, lambda: any(map(reads, workers(process.pid).values())))
    process.send_signal(signal.SIGINT)
    status, printed, messages = ended(process)
    assert (status, printed) == (1, "")
    assert messages.count("error: interrupted") == 1
    assert not Path("run").exists()


def reads(worker: int) -> bool:
    """Whether a process has the data open."""
    try:
        return any(link.readlink().name == "many.npz" for link in Path(f"/proc/{worker}/fd").iterdir())
    except OSError:  # it has ended, or closed one meanwhile
        return False


@pytest.mark.slow
def test_a_finished_run_is_told_once() -> None:
    chosen = ["digits", "--net", "small.network", "--epochs", 1, "--out", "run"]
    assert ended(launch(*chosen))[:2] == (0, "run\n")
    assert RunFolder(Path("run")).has(CHECKPOINT)
    status, printed, messages = ended(launch("--resume", "--out", "run"))
    assert (status, printed) == (0, "run\n")
    assert messages.count("run is finished; nothing is left to do") == 1
