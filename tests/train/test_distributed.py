"""Several processes train what one would: the same steps, in parts.

The tolerance: weights, averages and losses within 1e-5 of one process's after two epochs in float32, which is rounding;
a network without batch norm and dropout.

Processes begin as torchrun begins them, one run in the life of each, connected by a store that outlives them. They are
forked from one that has loaded everything, because loading takes longer than all of these runs. What torchrun itself
does is tried in `tests/cli/test_torchrun.py`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.distributed as dist
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
from neocog.train.distributed import ALONE, Group, here, joined
from neocog.train.events import Finished, Note, Resumed
from neocog.train.recipe import Compute, Regularize

TOLERANCE = 1e-5
PLAIN = "Network(input=(1, 8, 8), layers=(Conv(8, 3, pad=1), Tanh(), Flatten(), Dense(3)))"

FORKED = """
import json, os, signal, sys, traceback
from pathlib import Path
import torch._dynamo  # which DistributedDataParallel loads
from neocog.core import config
from neocog.core.errors import NeocogError
from neocog.train import Recipe, train

def work(job, rank):
    told, asked = [], iter(range(1, 10**6))
    stop = lambda: rank == job["stopper"] and next(asked) >= job["stop"]
    try:
        recipe = config.override(Recipe(), job["changes"] | job["own"].get(str(rank), {}))
        for event in train(recipe, job["out"], resume=job["resume"], stop=stop):
            told.append(event.kind)
            if job["dies"] == rank and event.kind == "checkpoint":
                os.kill(os.getpid(), signal.SIGKILL)
    except NeocogError as error:
        told.append(f"{type(error).__name__}: {error}")
    Path(f"{job['out']}.{rank}.json").write_text(json.dumps(told))

def process(job, rank):
    signal.alarm(120)  # ends a process that hangs, wherever it does
    os.environ.update(job["places"][rank])
    try:
        work(job, rank)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

for line in sys.stdin:
    job = json.loads(line)
    forked = [os.fork() or process(job, rank) for rank in range(len(job["places"]))]
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in forked]), flush=True)
"""

Together: TypeAlias = Callable[..., list[list[str]]]
"""Runs a recipe's changes in several processes; what each told: the kinds of its events, its error at the end."""


def place(rank: int, size: int, port: int) -> dict[str, str]:
    """What torchrun tells a process in its environment."""
    return {
        "TORCHELASTIC_RUN_ID": "test",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    command = [sys.executable, "-W", "error", "-W", "ignore:This process", "-c", FORKED]
    cache = {"NEOCOG_CACHE": str(tmp_path_factory.mktemp("cache"))}
    with subprocess.Popen(
        command, env=os.environ | cache, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None

        def run(out: Path, changes: dict[str, str], size: int = 2, dead: int = -1, **more: object) -> list[list[str]]:
            store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
            places = [place(rank, size, store.port) for rank in range(size)]
            asked = {"own": {}, "stopper": -1, "stop": 0, "dies": dead, "resume": False, **more}
            job = {"out": str(out), "changes": changes, "places": places, **asked}
            print(json.dumps(job), file=parent.stdin, flush=True)
            statuses = json.loads(parent.stdout.readline())
            assert statuses == [-signal.SIGKILL if rank == dead else 0 for rank in range(size)]
            return [json.loads(Path(f"{out}.{rank}.json").read_text()) for rank in range(size) if rank != dead]

        yield run
        parent.stdin.close()


NOISY = """Network(
    input=(1, 8, 8),
    layers=(Conv(8, 3, pad=1, bias=False), BatchNorm(), ReLU(), Conv(8, 3, pad=1), Dropout(0.2), Flatten(), Dense(3)),
)"""


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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """210 noisy images of three kinds, of which one is rarer than the others, and two networks."""
    folder = tmp_path_factory.mktemp("together")
    (folder / "plain.network").write_text(PLAIN)
    (folder / "noisy.network").write_text(NOISY)
    labels = np.array([0] * 100 + [1] * 70 + [2] * 40)
    images = np.random.default_rng(0).integers(0, 90, (210, 8, 8))
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 2] += 60
    np.savez(folder / "stripes.npz", x=images.astype(np.uint8), y=labels)
    return folder


@pytest.fixture
def noisy(folder: Path) -> dict[str, str]:
    """A run with everything in it that differs from process to process."""
    return settings(folder, "noisy")


def figures(run: Path) -> list[tuple[int, float, float, float]]:
    """Step and figures of each epoch."""
    return [
        (line["step"], line["train_loss"], line["val_loss"], line["val_accuracy"])
        for line in RunFolder(run).read_events()
        if line["kind"] == "epoch"
    ]


@pytest.mark.parametrize("name", ["plain", "rich", "odd", "weighed"])
def test_two_processes_train_as_one(together: Together, folder: Path, tmp_path: Path, name: str) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first, second = together(two, cases(folder)[name])
    assert (first[0], first[-1]) == ("started", "finished")
    assert (second[0], second[-1]) == ("started", "checkpoint"), "the first process writes the model"
    list(train(config.override(Recipe(), cases(folder)[name]), one))
    assert np.array(figures(two)) == pytest.approx(np.array(figures(one)), abs=TOLERANCE)
    ours, theirs = (safetensors.torch.load_file(run / CHECKPOINT) for run in (one, two))
    assert ours.keys() == theirs.keys()
    for key in ours:
        torch.testing.assert_close(theirs[key], ours[key], rtol=TOLERANCE, atol=TOLERANCE, msg=f"{name}: {key}")
    assert (one / RECIPE).read_text() == (two / RECIPE).read_text()
    assert (one / SPLITS).read_text() == (two / SPLITS).read_text()


def test_a_signal_to_any_process_stops_all_at_the_same_step(
    together: Together, noisy: dict[str, str], tmp_path: Path
) -> None:
    told = together(tmp_path / "run", noisy, stopper=1, stop=13)
    assert [each[-2:] for each in told] == [["checkpoint", "note"]] * 2
    lines = RunFolder(tmp_path / "run").read_events()
    assert lines[-1]["text"] == "stopped at step 13; the state is saved"
    shared = [line["text"] for line in lines if line["kind"] == "note" and line["text"].startswith("2 processes")]
    assert shared == [
        "2 processes, each with 8 of a batch's 16 images; "
        "batch norm takes its statistics from each process's own images"
    ]
    recipe = recipe_of(tmp_path / "run", Recipe(), [])
    assert recipe is not None
    resumed, note, *_, finished = train(recipe, tmp_path / "run", resume=True)
    assert isinstance(resumed, Resumed) and isinstance(note, Note) and isinstance(finished, Finished)
    assert resumed.step == 13
    assert note.text.startswith("begun with 2 processes and going on with 1: ")


def test_a_stopped_run_of_two_resumes_to_the_same_bytes(
    together: Together, noisy: dict[str, str], tmp_path: Path
) -> None:
    whole, parts = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts")
    together(whole.path, noisy)
    together(parts.path, noisy, stopper=0, stop=13)
    first, second = together(parts.path, noisy, resume=True)
    assert first[0] == second[0] == "resumed"
    assert whole.read(MODEL) == parts.read(MODEL)
    assert whole.read_json(ENVIRONMENT)["processes"] == 2
    assert np.array(figures(whole.path)) == pytest.approx(np.array(figures(parts.path)))


@pytest.mark.parametrize("turn", range(3))
def test_what_diverges_is_noticed_by_all_and_no_process_hangs(
    together: Together, noisy: dict[str, str], tmp_path: Path, turn: int
) -> None:
    """More than once, because what made a process hang where its error was let go did so in one of five runs."""
    first, second = together(tmp_path / "run", noisy | {"optimizer.rate": "1e30", "optimizer.name": "sgd"})
    assert first == second
    assert first[-1].startswith("DivergedError: at step ")


def test_processes_that_differ_are_refused(together: Together, noisy: dict[str, str], tmp_path: Path) -> None:
    for told in together(tmp_path / "run", noisy, own={"1": {"seed": "7"}}):
        assert told[-1].startswith("RunError: the processes differ in data, recipe or checkpoint; let every machine")


def test_a_process_whose_fellow_has_died_says_so(together: Together, noisy: dict[str, str], tmp_path: Path) -> None:
    (told,) = together(tmp_path / "run", noisy, dead=1)
    assert told[-1] == (
        "PartedError: another process of this run has ended, so this one ends too; see what the other said"
    )
    assert RunFolder(tmp_path / "run").has(CHECKPOINT)


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
    assert here() == ALONE
    for name, value in {**place(3, 4, 0), "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert here() == Group(rank=3, size=4, local_rank=1, local_size=2)
    assert not here().leads
    assert resolve_compute(Compute(device="cpu"), LIGHT, 4).threads == max(1, processors() // 2)
    assert resolve_compute(Compute(device="cpu"), LIGHT, 3).threads == 1


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
