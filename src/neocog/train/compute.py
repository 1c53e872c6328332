"""On what a run computes, and in which arithmetic: fixed rules from the network's cost, the batch and the machine.

The rules are resolved once, before the first step, and written into the recipe.
"""

import ctypes
import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from neocog.build import choose_device
from neocog.core.errors import RecipeError
from neocog.data.parallel import threads as processors
from neocog.network import Step
from neocog.train.distributed import Group, here
from neocog.train.recipe import Compute

SMALL = 250_000
"""Multiply-accumulates an image below which bfloat16's conversions cost more than its products save: measured, it
gains 1.1 times at 0.4 million and loses a third at 0.02 (`bench/compute_study.py`)."""

LIGHT = 40_000_000
"""Multiply-accumulates a step below which a second thread gains nothing: measured, it gains 1.5 times at 53 million and
loses at 0.2."""

OPAQUE_SIDE = 32
"""The side from which on the usual five halvings leave at least a pixel."""

_STAT = Path("/proc/stat")

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Two of the settings of `mallopt(3)`."""


def resolve_compute(choice: Compute, macs: int, batch: int, steps: Sequence[Step] = ()) -> Compute:
    """Replace each `auto` by what the machine, the network's multiply-accumulates an image and the batch ask for.

    Where several processes train, each takes its share of the batch and of its machine's processors. Raises
    `RecipeError` for a device that is not there, or bfloat16 where a step of the network is wrong in it.
    """
    device = choose_device(choice.device)
    precision = choice.precision
    wrong = next((step.path for step in steps if device == "cpu" and _outstrides(step)), "")
    if precision == "auto":
        precision = "bf16" if macs >= SMALL and not wrong and _multiplies_bf16(device) else "float32"
    if precision == "bf16" and wrong:
        raise RecipeError(
            f"layer `{wrong}` strides past its whole map, where PyTorch's gradient in bfloat16 is wrong on processors; "
            "use compute.precision=float32, or larger images"
        )
    channels_last = macs >= SMALL if choice.channels_last == "auto" else choice.channels_last
    threads = choice.threads
    if threads == "auto":
        group = here()
        threads = most_threads() if macs * batch >= LIGHT * group.size else 1
    return replace(choice, device=device, precision=precision, channels_last=channels_last, threads=threads)


def most_threads() -> int:
    """How many threads this process may compute with: its share of the processors, or fewer by OMP_NUM_THREADS."""
    group = here()
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if limit.isdigit() and int(limit) and group.local_size == 1:  # torchrun sets it to 1 for several processes
        return min(processors(), int(limit))
    return max(1, processors() // group.local_size)


def prepare_machine(compute: Compute) -> None:
    """Set the threads and, where asked for, the algorithms that give the same bits each time; keep freed memory."""
    assert compute.threads != "auto", "the recipe is resolved"
    torch.set_num_threads(compute.threads)
    if compute.device == "cpu":
        keep_freed_memory()
    if compute.device.startswith("cuda"):
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(compute.deterministic, warn_only=True)


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, where its C library can (glibc's `mallopt`).

    A step on photos frees and takes gigabytes. Handed back to the system, every page of them is made anew at each step,
    which was up to a third of its time (`bench/compute_study.py`).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, -1)  # never back from the end of the heap
        mallopt(_MMAP_MAX, 0)  # and all on the heap, where it can be used again


def decoders(compute: Compute, group: Group) -> tuple[int, bool]:
    """How many threads of this process make batches, and whether they do so while the network computes.

    They take the processors that computing leaves. Where it leaves none, all of them take turns: a busy neighbor would
    hold up every thread that computes, so images are decoded between the steps, by as many threads as compute.
    """
    assert compute.threads != "auto", "the recipe is resolved"
    spare = processors() - (compute.threads if compute.device == "cpu" else 1) * group.local_size
    if spare > 0 or compute.device != "cpu":
        return max(1, spare // group.local_size), True
    return max(1, processors() // group.local_size), False


def crowding(seconds: float = 0.2) -> float:
    """How many processors are at work for others, measured in a pause of ours; 0 where the system does not say."""
    if not _STAT.exists():
        return 0.0
    before = _busy_and_all()
    time.sleep(seconds)
    busy, total = (after - then for after, then in zip(_busy_and_all(), before, strict=True))
    return (os.cpu_count() or 1) * busy / total if total else 0.0


def _busy_and_all() -> tuple[int, int]:
    """Ticks of all processors since the start, busy ones and all (`proc_stat(5)`: the fourth and fifth are idle)."""
    ticks = [int(field) for field in _STAT.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def place(module: nn.Module, compute: Compute) -> nn.Module:
    """The module on the run's device, in its memory format."""
    module = module.to(compute.device)
    return module.to(memory_format=torch.channels_last) if compute.channels_last else module  # type: ignore[call-overload]


def autocast(compute: Compute) -> AbstractContextManager[object]:
    """The context in which the network's products are computed in the run's precision."""
    if compute.precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(compute.device).type, dtype=torch.bfloat16)


def _outstrides(step: Step) -> bool:
    """Whether a convolution's stride exceeds the side of its map, or may within a layer that shows no windows.

    oneDNN, which computes bfloat16 on processors, leaves such a filter's gradient in memory as it found it (seen with
    torch 2.13).
    """
    if not step.layer.macs(step.received, step.shape):
        return False
    if not step.windows:
        return min(step.received[0][1:], default=OPAQUE_SIDE) < OPAQUE_SIDE
    return any(window.size > 1 and window.stride > window.input for window in step.windows)


def _multiplies_bf16(device: str) -> bool:
    """Whether the device multiplies bfloat16 natively: AMX or AVX512-BF16, or a GPU from Ampere on."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device == "cpu":
        abilities = torch.cpu.get_capabilities()
        return bool(abilities.get("amx_bf16") or abilities.get("avx512_bf16"))
    return False
