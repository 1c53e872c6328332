"""Several processes train what one would: the same steps, in parts.

The tolerance: weights, averages and losses within 1e-5 of one process's after two epochs in float32, which is rounding;
a network without batch norm and dropout.

What starts several processes is slow, for `make test-slow`: in one place they now and then wait for each other in
torch's own cleaning up, where one process takes part in several groups after each other.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from neocog.core import config
from neocog.core.errors import RecipeError
from neocog.core.run import CHECKPOINT, ENVIRONMENT, MODEL, RECIPE, SPLITS, RunFolder
from neocog.data import Preprocessing
from neocog.data.parallel import threads as processors
from neocog.train import Recipe, recipe_of, train
from neocog.train.batches import TrainingSet
from neocog.train.compute import LIGHT, resolve_compute
from neocog.train.distributed import ALONE, Group, here, joined, launched, restarted
from neocog.train.events import Finished, Note, Resumed
from neocog.train.recipe import Compute, Regularize

TOLERANCE = 1e-5
PLAIN = "Network(input=(1, 8, 8), layers=(Conv(8, 3, pad=1), Tanh(), Flatten(), Dense(3)))"

WORKER = """
import json, os, sys
from pathlib import Path
from neocog.core import config
from neocog.core.errors import NeocogError
from neocog.train import Recipe, train

rank = int(os.environ["RANK"])
for job in json.loads(sys.argv[1]):
    os.environ["MASTER_PORT"] = str(job["port"])
    asked = iter(range(1, 10**6))
    stop = lambda: rank == job["stopper"] and next(asked) >= job["stop"]
    told = []
    try:
        changes = job["changes"] | job["own"].get(str(rank), {})
        recipe = config.override(Recipe(), changes)
        for event in train(recipe, Path(job["out"]), resume=job["resume"], stop=stop):
            told.append(event.kind)
            if job["dies"] == rank and event.kind == "checkpoint":
                os._exit(0)
    except NeocogError as error:
        told.append(f"{type(error).__name__}: {error}")
    Path(f"{job['told']}.{rank}.json").write_text(json.dumps(told))
"""


def job(out: Path, changes: dict[str, str], **more: Any) -> dict[str, Any]:
    """What the processes are to do; each needs a port of its own to meet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = {"own": {}, "stopper": -1, "stop": 0, "dies": -1, "resume": False, **more}
    return {"out": str(out), "told": f"{out}-{port}", "changes": changes, "port": port, **asked}


def place(rank: int, size: int) -> dict[str, str]:
    """What torchrun tells a process in its environment."""
    return {
        "TORCHELASTIC_RUN_ID": "test",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
    }


def together(*jobs: dict[str, Any], size: int = 2) -> list[list[list[str]]]:
    """Run the jobs, one after the other, in processes of their own; what each process of each job told."""
    command = [sys.executable, "-W", "error", "-c", WORKER, json.dumps(jobs)]
    cache = {"NEOCOG_CACHE": str(Path(jobs[0]["out"]).parent / "cache")}
    running = [
        subprocess.Popen(command, env={**os.environ, **cache, **place(rank, size)}, stderr=subprocess.PIPE, text=True)
        for rank in range(size)
    ]
    errors = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * size, "\n".join(errors)
    files = [[Path(f"{each['told']}.{rank}.json") for rank in range(size)] for each in jobs]
    return [[json.loads(file.read_text()) if file.exists() else [] for file in of_job] for of_job in files]


NOISY = """Network(
    input=(1, 8, 8),
    layers=(Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(8, 3, pad=1), Dropout(0.2), Flatten(), Dense(3)),
)"""


@dataclass(frozen=True)
class Ran:
    """What the processes did, all in one go, because it takes them long to start."""

    folder: Path
    told: dict[str, list[list[str]]]
    """The kinds of events that each process told, its error at the end, by the name of the run."""


def settings(folder: Path, net: str) -> dict[str, str]:
    """Two epochs of nine steps."""
    named = {"data.path": str(folder / "stripes.npz"), "net": str(folder / f"{net}.network"), "compute.device": "cpu"}
    return named | {"epochs": "2", "batch": "16", "compute.threads": "1", "compute.precision": "float32"}


def cases(folder: Path) -> dict[str, dict[str, str]]:
    """Runs that must come out as in one process: plain; all that reaches over a batch; batches that do not divide."""
    plain = settings(folder, "plain")
    rich = {
        "sampling": "balanced",
        "loss.class_weights": "balanced",
        "regularize.mixup": "0.4",
        "regularize.l1": "1e-4",
        "regularize.activation_l2": "1e-3",
        "regularize.max_norm": "1.5",
        "regularize.average": "0.9",
        "optimizer.name": "sgd",
        "optimizer.clip": "0.5",
        "optimizer.accumulate": "2",
        "schedule.name": "plateau",
    }
    odd = {"batch": "15", "optimizer.accumulate": "4", "regularize.cutmix": "1.0", "loss.name": "poisson"}
    weighed = {"loss.class_weights": "balanced", "batch": "9"}
    return {"plain": plain, "rich": plain | rich, "odd": plain | odd, "weighed": plain | weighed}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("together")
    (folder / "plain.network").write_text(PLAIN)
    (folder / "noisy.network").write_text(NOISY)
    labels = np.array([0] * 100 + [1] * 70 + [2] * 40)
    images = np.random.default_rng(0).integers(0, 90, (210, 8, 8))
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 2] += 60
    np.savez(folder / "stripes.npz", x=images.astype(np.uint8), y=labels)
    noisy = settings(folder, "noisy")
    jobs = {name: job(folder / f"two-{name}", case) for name, case in cases(folder).items()} | {
        "stopped": job(folder / "stopped", noisy, stopper=1, stop=13),
        "diverged": job(folder / "diverged", noisy | {"optimizer.rate": "1e30", "optimizer.name": "sgd"}),
        "differing": job(folder / "differing", noisy, own={"1": {"seed": "7"}}),
        "whole": job(folder / "whole", noisy),
        "begun": job(folder / "parts", noisy, stopper=0, stop=13),
        "ended": job(folder / "parts", noisy, resume=True),
        "bereaved": job(folder / "bereaved", noisy, dies=1),  # the last, because of the process that dies
    }
    return Ran(folder, dict(zip(jobs, together(*jobs.values()), strict=True)))


def figures(run: Path) -> list[tuple[int, float, float, float]]:
    """Step and figures of each epoch."""
    return [
        (line["step"], line["train_loss"], line["val_loss"], line["val_accuracy"])
        for line in RunFolder(run).read_events()
        if line["kind"] == "epoch"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "rich", "odd", "weighed"])
def test_two_processes_train_as_one(ran: Ran, tmp_path: Path, name: str) -> None:
    first, second = ran.told[name]
    assert (first[0], first[-1]) == ("started", "finished")
    assert (second[0], second[-1]) == ("started", "checkpoint"), "the first process writes the model"
    one, two = tmp_path / "one", ran.folder / f"two-{name}"
    list(train(config.override(Recipe(), cases(ran.folder)[name]), one))
    assert np.array(figures(two)) == pytest.approx(np.array(figures(one)), abs=TOLERANCE)
    ours, theirs = (safetensors.torch.load_file(run / CHECKPOINT) for run in (one, two))
    assert ours.keys() == theirs.keys()
    for key in ours:
        torch.testing.assert_close(theirs[key], ours[key], rtol=TOLERANCE, atol=TOLERANCE, msg=f"{name}: {key}")
    assert (one / RECIPE).read_text() == (two / RECIPE).read_text()
    assert (one / SPLITS).read_text() == (two / SPLITS).read_text()


@pytest.mark.slow
def test_a_signal_to_any_process_stops_all_at_the_same_step(ran: Ran, tmp_path: Path) -> None:
    assert [told[-2:] for told in ran.told["stopped"]] == [["checkpoint", "note"]] * 2
    lines = RunFolder(ran.folder / "stopped").read_events()
    assert lines[-1]["text"] == "stopped at step 13; the state is saved"
    shared = [line["text"] for line in lines if line["kind"] == "note" and line["text"].startswith("2 processes")]
    assert shared == [
        "2 processes, each with 8 of a batch's 16 images; "
        "batch norm takes its statistics from each process's own images"
    ]


@pytest.mark.slow
def test_a_run_of_two_processes_goes_on_with_one(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran.folder / "stopped", tmp_path / "run")
    recipe = recipe_of(tmp_path / "run", Recipe(), [])
    assert recipe is not None
    resumed, note, *_, finished = train(recipe, tmp_path / "run", resume=True)
    assert isinstance(resumed, Resumed) and isinstance(note, Note) and isinstance(finished, Finished)
    assert resumed.step == 13
    assert note.text.startswith("begun with 2 processes and going on with 1: ")


@pytest.mark.slow
def test_a_stopped_run_of_two_resumes_to_the_same_bytes(ran: Ran) -> None:
    whole, parts = RunFolder(ran.folder / "whole"), RunFolder(ran.folder / "parts")
    assert ran.told["ended"][0][0] == ran.told["ended"][1][0] == "resumed"
    assert whole.read(MODEL) == parts.read(MODEL)
    assert whole.read_json(ENVIRONMENT)["processes"] == 2
    assert np.array(figures(whole.path)) == pytest.approx(np.array(figures(parts.path)))


@pytest.mark.slow
def test_what_diverges_is_noticed_by_all(ran: Ran) -> None:
    first, second = ran.told["diverged"]
    assert first == second
    assert first[-1].startswith("DivergedError: at step ")


@pytest.mark.slow
def test_processes_that_differ_are_refused(ran: Ran) -> None:
    for told in ran.told["differing"]:
        assert told[-1].startswith("RunError: the processes differ in data, recipe or checkpoint; let every machine")


@pytest.mark.slow
def test_a_process_whose_fellow_has_died_says_so(ran: Ran) -> None:
    told = ran.told["bereaved"][0]
    assert told[-1] == "RunError: another process of this run has ended, so this one ends too; see what the other said"
    assert RunFolder(ran.folder / "bereaved").has(CHECKPOINT)


def wait_for(run: subprocess.Popen[str], events: Path, text: str) -> None:
    while not events.is_file() or text not in events.read_text():
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)


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


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_worker_is_restarted_and_the_run_finishes(ran: Ran, tmp_path: Path, rank: int) -> None:
    """To the bytes of a run that nobody disturbed."""
    noisy = settings(ran.folder, "noisy") | {"epochs": "20"}
    arguments = [noisy["data.path"], "--net", noisy["net"], "--epochs", "20", "--set", "batch=16"]
    arguments += [
        "--set",
        "compute.device=cpu",
        "--set",
        "compute.threads=1",
        "--set",
        "compute.precision=float32",
        "--out",
        "run",
    ]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", "3"]
    with subprocess.Popen(
        [*launcher, "-m", "neocog", "train", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        wait_for(run, tmp_path / "run" / "events.jsonl", '"checkpoint", "epoch": 3')
        os.kill(workers(run.pid)[rank], signal.SIGKILL)
        told, errors = run.communicate(timeout=300)
    assert run.returncode == 0, errors
    assert told == "run\n", "one process speaks"
    assert errors.count("resumed in epoch") == 1
    assert [line["kind"] for line in RunFolder(tmp_path / "run").read_events()].count("finished") == 1
    together(job(tmp_path / "whole", noisy))
    assert RunFolder(tmp_path / "run").read(MODEL) == RunFolder(tmp_path / "whole").read(MODEL)


@given(st.integers(1, 40), st.integers(1, 7))
def test_parts_are_the_whole_in_order(count: int, size: int) -> None:
    parts = [range(*Group(rank=rank, size=size).part(count)) for rank in range(size)]
    assert [number for part in parts for number in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("choice", [Regularize(), Regularize(mixup=0.4), Regularize(cutmix=1.0)])
def test_the_parts_of_a_batch_are_the_batch(choice: Regularize) -> None:
    """The same images, augmented and blended alike, in the same order."""
    noise = np.random.default_rng(0)
    whole = TrainingSet(
        images=noise.integers(0, 256, (23, 1, 9, 9), dtype=np.uint8),
        aspects=np.ones(23, np.float32),
        keys=np.arange(23, dtype=np.uint64),
        targets=np.arange(23) % 3,
        preprocessing=Preprocessing(size=(8, 8), channels=1, mean=(0.5,), deviation=(0.2,)),
        augment=config.override(Recipe(), {"augment.rotation": "20"}).augment,
        seed=1,
        batch=10,
        compute=Compute(device="cpu", threads=1, channels_last=False),
        classes=3,
        regularize=choice,
        sampling="balanced",
    )
    parts = [replace(whole, group=Group(rank=rank, size=3)).batches(2, 1) for rank in range(3)]
    for (images, targets), *shared in zip(whole.batches(2, 1), *parts, strict=True):
        torch.testing.assert_close(torch.cat([part for part, _ in shared]), images, rtol=0, atol=1e-6)
        torch.testing.assert_close(torch.cat([part for _, part in shared]), targets)


def test_a_process_knows_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (here(), launched(), restarted()) == (ALONE, False, False)
    for name, value in {**place(3, 4), "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert here() == Group(rank=3, size=4, local_rank=1, local_size=2)
    assert (launched(), restarted(), here().leads) == (True, False, False)
    assert resolve_compute(Compute(device="cpu"), LIGHT, 4).threads == max(1, processors() // 2)
    assert resolve_compute(Compute(device="cpu"), LIGHT, 3).threads == 1
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "2")
    assert restarted()


def test_what_processes_cannot_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(rank=1, size=4, local_rank=1, local_size=4)
    recipe = replace(Recipe(), batch=4, compute=Compute(device="cpu"))
    group.check(recipe)
    ALONE.check(replace(recipe, batch=1, compute=Compute(device="cuda:1")))
    with pytest.raises(
        RecipeError, match="`batch` is 3, and each of 4 processes needs an image of it; choose 4 at lea"
    ):
        group.check(replace(recipe, batch=3))
    with pytest.raises(
        RecipeError, match="must be cpu or cuda for 4 processes, not 'cuda:1'; each takes a device of it"
    ):
        group.check(replace(recipe, compute=Compute(device="cuda:1")))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(RecipeError, match="4 processes need as many GPUs, and this machine has 2; start fewer with"):
        group.check(replace(recipe, compute=Compute(device="cuda")))


def test_other_errors_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), joined() as group:
        assert group is ALONE
        torch.zeros(2, 3) @ torch.zeros(2, 3)
