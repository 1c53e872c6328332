"""The fixed rules of precision, format and threads."""

import platform
import subprocess
import sys

import pytest
import torch
from torch import nn

from neocog.core.errors import RecipeError
from neocog.data.parallel import threads as processors
from neocog.network import Conv, Dense, Network, walk
from neocog.train.compute import LIGHT, SMALL, autocast, most_threads, place, prepare_machine, resolve_compute
from neocog.train.recipe import Compute


def test_auto_is_resolved_and_what_is_given_is_kept() -> None:
    resolved = resolve_compute(Compute(), SMALL, 1)
    assert "auto" not in vars(resolved).values()
    given = Compute(device="cpu", precision="bf16", channels_last=False, threads=3)
    assert resolve_compute(given, 1, 1) == given


def test_small_networks_stay_in_float32_and_on_one_thread() -> None:
    small = resolve_compute(Compute(device="cpu"), SMALL - 1, 1)
    assert (small.precision, small.channels_last, small.threads) == ("float32", False, 1)
    large = resolve_compute(Compute(device="cpu"), LIGHT, 1)
    assert large.threads == most_threads()


def test_bf16_only_where_it_is_native() -> None:
    native = torch.cpu.get_capabilities()
    expected = "bf16" if native.get("amx_bf16") or native.get("avx512_bf16") else "float32"
    assert resolve_compute(Compute(device="cpu"), SMALL, 1).precision == expected


@pytest.mark.parametrize(
    ("side", "wrong"),
    [(1, True), (2, False), (8, False)],
)
def test_no_bf16_where_a_stride_exceeds_its_map(side: int, wrong: bool) -> None:
    """There oneDNN's gradient is whatever stood in memory."""
    steps = walk(Network((64, side, side), (Conv(64, 3, stride=2, pad=1),), fit="floor"))
    assert resolve_compute(Compute(device="cpu"), SMALL, 1, steps).precision in (
        {"float32"} if wrong else {"float32", "bf16"}
    )
    given = Compute(device="cpu", precision="bf16")
    if not wrong:
        assert resolve_compute(given, 1, 1, steps).precision == "bf16"
        return
    with pytest.raises(RecipeError, match="layer `conv1` strides past its whole map, .* is wrong on processors; use"):
        resolve_compute(given, 1, 1, steps)


def test_a_dense_layer_is_no_convolution() -> None:
    steps = walk(Network((4,), (Dense(5),)))
    assert resolve_compute(Compute(device="cpu", precision="bf16"), 1, 1, steps).precision == "bf16"


def test_a_device_must_be_known_and_there() -> None:
    with pytest.raises(RecipeError, match="`compute.device` must be cpu, cuda, cuda:N or mps, not 'tpuu'"):
        resolve_compute(Compute(device="tpuu"), 1, 1)
    with pytest.raises(RecipeError, match="'cuda:99', which this machine does not have; use auto or cpu"):
        resolve_compute(Compute(device="cuda:99"), 1, 1)


def test_place_and_autocast_follow_the_recipe() -> None:
    module = place(nn.Conv2d(4, 4, 3), Compute(device="cpu", channels_last=True))
    assert module.weight.is_contiguous(memory_format=torch.channels_last)
    with autocast(Compute(device="cpu", precision="bf16")):
        assert module(torch.zeros(1, 4, 8, 8)).dtype == torch.bfloat16
    with autocast(Compute(device="cpu", precision="float32")):
        assert module(torch.zeros(1, 4, 8, 8)).dtype == torch.float32


@pytest.mark.parametrize(("variable", "threads"), [("", processors()), ("1", 1), ("1,2", 1), ("9999", processors())])
def test_the_usual_variable_limits_the_threads(variable: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert resolve_compute(Compute(device="cpu"), LIGHT, 1).threads == threads


def test_threads_are_set() -> None:
    before = torch.get_num_threads()
    try:
        prepare_machine(Compute(device="cpu", threads=1))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


FAULTS = """
import resource, sys
import torch
from neocog.train.compute import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
for _ in range(4):  # until there is a place that it fits into
    torch.zeros(25_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.zeros(25_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_freed_memory_is_kept_and_used_again() -> None:
    fresh = {}
    for how in ("kept", "returned"):
        out = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
        fresh[how] = int(out.stdout)
    # 100 MB are some 24,000 pages of 4 KiB, or some 50 of 2 MiB
    assert fresh["kept"] < fresh["returned"] / 2
