"""The processes of one run: `torchrun --nproc-per-node N -m neocog train DATA --out RUN` trains with N of them.

Each step takes the batch that one process would take. Every process computes a part of it, torch's
DistributedDataParallel averages the gradients, and so all hold the same weights. The first process alone writes the run
folder and speaks. What is decided by a clock, a signal or a figure is agreed upon, so that no process waits for another
that went elsewhere. Alone, a run goes through the same code, and nothing is exchanged.

`torchrun --max-restarts 3` starts all processes again when one dies; they go on from the last checkpoint.

>>> [Group(rank=rank, size=3).part(8) for rank in range(3)]
[(0, 2), (2, 5), (5, 8)]
"""

import os
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from neocog.core import launch
from neocog.core.errors import PartedError, RecipeError, RunError
from neocog.train.recipe import Recipe

PATIENCE = timedelta(days=7)
"""How long a process waits for another that lives: preparing data and writing files take their time. One that has died
is noticed at once, because its connections close."""

TEXT_BYTES = 512
"""The longest text that processes exchange."""

_BROKEN_OFF: list[dist.ProcessGroup | None] = []
"""The connections of runs that ended with an error, kept until the process ends. The error's traceback holds on to
torch's DistributedDataParallel; were that the last to hold the connection, giving it up would wait, with Python's lock
in hand, for a thread that waits for that lock (torch 2.13: in one of five runs that diverged)."""

_PARTED = re.compile(r"gloo|nccl|connection|socket|broken pipe", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The processes of a run, as one of them sees them; by default there is no other."""

    rank: int = 0
    """This process's number among all, from 0."""
    size: int = 1
    """How many processes there are."""
    local_rank: int = 0
    """Its number among those on this machine."""
    local_size: int = 1
    """How many of them are on this machine."""

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    def part(self, count: int) -> tuple[int, int]:
        """Where this process's part of so many things in a row begins and ends."""
        return self.rank * count // self.size, (self.rank + 1) * count // self.size

    def check(self, recipe: Recipe) -> None:
        """Raise `RecipeError` where the processes cannot share the batch, or each have a device of its own."""
        batch, device = recipe.batch, recipe.compute.device
        assert not isinstance(batch, str), "the recipe is resolved"
        if self.size == 1:
            return
        if batch < self.size:
            raise RecipeError(
                f"`batch` is {batch}, and each of {self.size} processes needs an image of it; choose {self.size} at "
                "least, or start fewer processes"
            )
        if device not in ("cpu", "cuda"):
            raise RecipeError(
                f"`compute.device` must be cpu or cuda for {self.size} processes, not {device!r}; each takes a device "
                "of its own"
            )
        if device == "cuda" and self.local_size > torch.cuda.device_count():
            raise RecipeError(
                f"{self.local_size} processes need as many GPUs, and this machine has {torch.cuda.device_count()}; "
                "start fewer with --nproc-per-node, or take compute.device=cpu"
            )

    def check_alike(self, text: str) -> None:
        """Raise `RunError` where the processes do not all say the same of what they work on."""
        if len(set(self._gathered(text))) > 1:
            raise RunError(
                "the processes differ in data, recipe or checkpoint; let every machine see the same DATA and --out, "
                "and have the same versions"
            )

    def note(self, batch: int, local_statistics: bool) -> str:
        """How the work is shared, in a sentence; `local_statistics` where the network has batch norm."""
        start, stop = self.part(batch)
        told = f"{self.size} processes, each with {stop - start} of a batch's {batch} images"
        if local_statistics:
            told += "; batch norm takes its statistics from each process's own images"
        return told

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """The first process of each machine goes first: what it leaves in the cache the others find there."""
        if self.local_rank:
            self._meet()
        yield
        if not self.local_rank:
            self._meet()

    def agree(self, stop: bool) -> tuple[float, bool]:
        """The first process's clock in seconds, and whether any process asks to stop."""
        now = time.monotonic()
        if self.size == 1:
            return now, stop
        told = torch.tensor([now if self.leads else 0.0, float(stop)], dtype=torch.float64)
        dist.all_reduce(told, dist.ReduceOp.MAX)
        return float(told[0]), bool(told[1])

    def average(self, value: Tensor) -> None:
        """Replace a tensor by its mean over the processes."""
        if self.size > 1:
            dist.all_reduce(value)
            value /= self.size

    def totals(self, *values: float) -> list[float]:
        """The sum of each number over the processes."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(told)
        return told.tolist()

    def first(self, text: str) -> str:
        """The text of the first process that has one; "" where none has."""
        return next(filter(None, self._gathered(text)), "")

    def learner(self, module: nn.Module) -> nn.Module:
        """The module to compute with: its gradients come out as the mean over the processes.

        Every process starts with the first one's weights and buffers.
        """
        return module if self.size == 1 else DistributedDataParallel(module)

    def gathering(self, learner: nn.Module, last: bool) -> AbstractContextManager[None]:
        """Within, each process sums up its gradients; with the `last` ones of a step they are exchanged."""
        return learner.no_sync() if isinstance(learner, DistributedDataParallel) and not last else nullcontext()

    def share_buffers(self, module: nn.Module) -> None:
        """Give every process the first one's buffers, the running statistics of batch norm."""
        if self.size > 1:
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)

    def _gathered(self, text: str) -> list[str]:
        if self.size == 1:
            return [text]
        own = torch.zeros(TEXT_BYTES, dtype=torch.uint8)
        said = text.encode()[:TEXT_BYTES]
        own[: len(said)] = torch.tensor(list(said), dtype=torch.uint8)
        rows = [torch.empty_like(own) for _ in range(self.size)]
        dist.all_gather(rows, own)
        return [bytes(row.tolist()).rstrip(b"\0").decode(errors="replace") for row in rows]

    def _meet(self) -> None:
        self.totals()


ALONE = Group()
"""A run of one process."""


def here() -> Group:
    """This process's place among those that torchrun started, before they are connected."""
    if not launch.launched():
        return ALONE
    rank, size, local_rank, local_size = (
        int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    )
    return Group(rank=rank, size=size, local_rank=local_rank, local_size=local_size)


@contextmanager
def joined() -> Iterator[Group]:
    """The processes of this run, connected; raises `PartedError` within where another of them has ended."""
    group = here()
    if group.size == 1:
        yield group
        return
    # numbers on the processor go by gloo, so that what is agreed upon never waits for a GPU
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if group.local_rank < gpus:
        torch.cuda.set_device(group.local_rank)
    with warnings.catch_warnings():
        # a 1 x 1 filter lies the same way in both formats, and only its strides tell them apart
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        try:
            store, rank, size = next(rendezvous("env://", timeout=PATIENCE))
            # torchrun keeps one store for all attempts, in which the addresses of the dead would be found
            attempt = dist.PrefixStore(f"attempt {launch.attempt()}", store)  # type: ignore[attr-defined]
            backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
            dist.init_process_group(backend, store=attempt, rank=rank, world_size=size, timeout=PATIENCE)
            yield group
        except BaseException as error:
            _BROKEN_OFF.append(dist.group.WORLD)
            if not isinstance(error, RuntimeError) or not _PARTED.search(str(error)):
                raise
            raise PartedError(
                "another process of this run has ended, so this one ends too; see what the other said"
            ) from error
        finally:
            if dist.is_initialized():
                cast(None, dist.destroy_process_group())
