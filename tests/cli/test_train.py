"""`neocog train` as a user runs it: a process of its own, signals, wrong input."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from neocog.cli.__main__ import run

NEOCOG = [sys.executable, "-m", "neocog.cli"]


def neocog(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NEOCOG, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 images of two kinds: bright above, or bright below."""
    noise = np.random.default_rng(0)
    images = noise.integers(0, 120, (300, 12, 12))
    labels = np.arange(300) % 2
    images[labels == 0, :6] += 100
    images[labels == 1, 6:] += 100
    path = tmp_path_factory.mktemp("blobs") / "blobs.npz"
    np.savez(path, x=images.astype(np.uint8), y=np.array(["above", "below"])[labels])
    return path


def test_train_prints_the_run_folder_alone_on_standard_output(blobs: Path, tmp_path: Path) -> None:
    done = neocog("train", blobs, "--epochs", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / done.stdout.strip()
    assert folder.parent.name == "runs"
    assert folder.name.startswith("blobs-20")
    assert (folder / "model.safetensors").is_file()
    assert "epoch   2/2" in done.stderr
    assert "auto: " in done.stderr
    assert "\x1b" not in done.stderr, "plain without a terminal"


def test_json_is_the_events_as_lines(blobs: Path, tmp_path: Path) -> None:
    done = neocog("train", blobs, "--epochs", 1, "--net", "mlp", "--out", "run", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines == [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    assert (lines[0]["kind"], lines[-1]["kind"]) == ("started", "finished")
    assert done.stderr == ""


def test_quiet_is_quiet_and_a_recipe_repeats_a_run(blobs: Path, tmp_path: Path) -> None:
    first = neocog("train", blobs, "--epochs", 1, "--seed", 5, "--out", "one", "--quiet", cwd=tmp_path)
    assert (first.returncode, first.stdout, first.stderr) == (0, "one\n", "")
    again = neocog("train", "--recipe", "one/recipe.toml", "--out", "two", "--quiet", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "one/model.safetensors").read_bytes() == (tmp_path / "two/model.safetensors").read_bytes()
    other = neocog("train", "--recipe", "one/recipe.toml", "--net", "mlp", "--out", "three", "--quiet", cwd=tmp_path)
    assert other.returncode == 0, other.stderr
    assert 'net = "mlp"' in (tmp_path / "three/recipe.toml").read_text()


def test_a_recipe_goes_by_its_name_and_resumes_by_it(blobs: Path, tmp_path: Path) -> None:
    (tmp_path / "adam").mkdir()
    asked = ["train", "--recipe", "adam", "--epochs", 1, "--out", "run"]
    done = neocog(*asked, blobs, "--net", "mlp", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'net = "mlp"' in (tmp_path / "run/recipe.toml").read_text()
    again = neocog(*asked, "--net", "mlp", "--resume", cwd=tmp_path)
    assert again.returncode == 2
    assert "'digits'" in again.stderr, "the recipe names other data"
    again = neocog(*asked, blobs, "--net", "mlp", "--resume", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "run\n"), again.stderr
    assert "is finished; nothing is left to do" in again.stderr


def test_names_in_brackets_are_names(
    blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What looks like rich's markup is printed as it stands."""
    monkeypatch.chdir(tmp_path)
    assert run(["train", str(blobs), "--epochs", "1", "--net", "mlp", "--quiet", "--out", "[red]a [/b]"]) == 0
    assert run(["train", "--resume", "--out", "[red]a [/b]"]) == 0
    assert capsys.readouterr().err == "[red]a [/b] is finished; nothing is left to do\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_run_resumes_to_the_same_bytes(blobs: Path, tmp_path: Path, number: int) -> None:
    arguments = ["--epochs", "30", "--set", "compute.threads=1", "--quiet"]
    whole = neocog("train", blobs, "--out", "whole", *arguments, cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    with subprocess.Popen(
        [*NEOCOG, "train", str(blobs), "--out", "parts", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as run:
        events = tmp_path / "parts" / "events.jsonl"
        while not events.is_file() or events.read_text().count('"epoch"') < 6:
            assert run.poll() is None
            time.sleep(0.02)
        run.send_signal(number)
        _, told = run.communicate(timeout=60)
    assert run.returncode == 130, told
    assert "interrupted, and saved; go on with: neocog train --resume --out parts" in told
    other = neocog("train", "--resume", "--out", "parts", "--net", "lenet5", cwd=tmp_path)
    assert other.returncode == 2
    assert "was begun with net = 'auto', not 'lenet5'" in other.stderr
    path = os.path.relpath(blobs, tmp_path)
    resumed = neocog("train", path, "--out", "parts", "--resume", *arguments[:-1], cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed in epoch" in resumed.stderr
    assert (tmp_path / "whole/model.safetensors").read_bytes() == (tmp_path / "parts/model.safetensors").read_bytes()
    again = neocog("train", "--resume", "--out", "parts", cwd=tmp_path)
    assert again.returncode == 0
    assert "is finished; nothing is left to do" in again.stderr


def make_folder(root: Path, name: str, *files: str) -> Path:
    folder = root / name
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"no image")
    folder.mkdir(exist_ok=True)
    return folder


def test_what_a_user_can_mend_is_one_message_and_status_2(
    blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with np.load(blobs) as held:
        np.savez(tmp_path / "one.npz", x=held["x"], y=np.array(["above"] * 300))
    (tmp_path / "notes.txt").write_text("these are my notes\n")
    (tmp_path / "bad.network").write_text(
        "Network(input=(1, 12, 12), layers=(Conv(4, 3, stride=4), Flatten(), Dense(2)))"
    )
    make_folder(tmp_path, "full", "photo.jpg")
    make_folder(tmp_path, "empty")
    cases = {
        ("/nowhere",): "there is no 'nowhere' in /",
        ("empty",): "empty",
        ("one.npz",): "at least two classes",
        ("notes.txt",): "notes.txt",
        (blobs, "--out", "full"): "is not empty; choose another --out",
        (blobs, "--net", "bad.network"): "layer `conv1`: a 12x12 map, size 3, stride 4, pad 0 gives",
        (blobs, "--net", "resnet19"): "did you mean 'resnet18'?",
        (blobs, "--set", "optimizer.rat=1"): "did you mean 'optimizer.rate'?",
        (blobs, "--epochs", "0"): "`epochs` must be",
        (blobs, "--recipe", "notes.txt"): "is not TOML",
        (blobs, "--recipe", "none.toml"): "cannot be read as a recipe",
        (blobs, "--recipe", "nielsen_mpl"): "unknown recipe 'nielsen_mpl'; did you mean 'nielsen_mlp'?",
        (blobs, "--set", "compute.device=cuda:42"): "which this machine does not have",
        (blobs, "--net", "lenet5", "--init", "none.safetensors"): "no file of weights",
        (
            blobs,
            "--init",
            "none.safetensors",
        ): "advice needs the network that the weights were made for, got auto; name",
        (): "which data? give DATA",
        ("--resume",): "--resume needs to know which run",
        ("--resume", "--out", "nothing"): "there is no run at nothing to go on with; give its folder, or DATA too",
        (blobs, "--seed", 1, "--set", "seed=2"): "`seed` is chosen twice, by --seed and by --set seed; leave one of",
        (blobs, "--set", "data.path=digits"): "`data.path` is chosen twice, by DATA and by --set data.path",
    }
    for arguments, message in cases.items():
        status = run(["train", *map(str, arguments)])
        told = capsys.readouterr()
        wrong, _, mend = told.err.partition("\n")
        assert status == 2, (arguments, told)
        assert told.out == ""
        assert wrong.startswith("error: ")
        assert message in " ".join(f"{wrong}; {mend}".split()), (arguments, told)
    assert not (tmp_path / "runs").exists(), "nothing is left behind"
    assert (tmp_path / "full/photo.jpg").read_bytes() == b"no image"


def test_under_torchrun_the_run_folder_must_be_named_and_one_process_speaks(
    blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one that has something to say; its fellow, and both of a second attempt, end alike without a word."""
    for name, value in {"RUN_ID": "test", "RESTART_COUNT": "0"}.items():
        monkeypatch.setenv(f"TORCHELASTIC_{name}", value)
    for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        monkeypatch.setenv(name, "2")
    said = []
    for attempt, rank in ((0, "1"), (0, "0"), (1, "0"), (1, "1")):
        place = tmp_path / "launch" / f"attempt_{attempt}" / rank
        place.mkdir(parents=True)
        monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(place / "error.json"))
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("LOCAL_RANK", rank)
        assert run(["train", str(blobs)]) == 2
        assert "the run folder" in json.loads((place / "error.json").read_text())["message"]["message"]
        said.append(" ".join(capsys.readouterr().err.split()))
    assert said == ["error: under torchrun all processes must know the run folder give it with --out", "", "", ""]


def test_a_full_disk_is_one_message_and_nothing_is_lost(blobs: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs more rights")
    try:
        done = neocog(
            "train",
            blobs,
            "--net",
            "resnet18",
            "--set",
            "data.size=32",
            "--epochs",
            1,
            "--out",
            "disk/run",
            cwd=tmp_path,
        )
        assert done.returncode == 2, done.stderr
        assert "no space left to write" in done.stderr
        assert "Traceback" not in done.stderr
        assert (disk / "run" / "recipe.toml").is_file()
        assert not list((disk / "run").glob("*.part")) + list((disk / "run").glob(".*.part"))
        subprocess.run(["mount", "-o", "remount,size=300m", str(disk)], check=True)
        again = neocog("train", "--resume", "--out", "disk/run", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_reader_that_goes_away_is_no_fault_of_ours(blobs: Path, tmp_path: Path) -> None:
    train = " ".join(map(shlex.quote, [*NEOCOG, "train", str(blobs), "--epochs", "1", "--json"]))
    done = subprocess.run(
        ["bash", "-c", f"{train} | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout == "141\n"
    assert "Traceback" not in done.stderr


def is_loading(process: subprocess.Popen[str]) -> bool:
    """Whether it has begun to answer SIGTERM itself, which it does before it loads a verb."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def is_reading(process: subprocess.Popen[str]) -> bool:
    """Whether it has the data open."""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed in the meantime
            if link.readlink().name == "many.npz":
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux shows what a process is at")
@pytest.mark.parametrize("when", [is_loading, is_reading])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_first_step_loses_nothing(
    tmp_path: Path, number: int, when: Callable[[subprocess.Popen[str]], bool]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30_000, 40, 40), dtype=np.uint8)
    np.savez(tmp_path / "many.npz", x=noise, y=np.arange(30_000) % 2)
    with subprocess.Popen(
        [*NEOCOG, "train", "many.npz", "--out", "run"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as run:
        while not when(run):
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(number)
        _, told = run.communicate(timeout=300)
    assert run.returncode == 130, told
    assert told == "error: interrupted\n       run the same command again\n"
    assert not (tmp_path / "run").exists()
