"""Ways of training that take turns: one process each, one epoch of each in rotation, so all meet the same machine.

Whoever is not at its turn sleeps. The first round warms up and is not counted; in it, and before, the memory of a way
is watched: the proportional set size of its process and all their children, so that pages they share count once (Linux
only). The order of a round begins one way further each time. Rounds may be made at several times and put together:
what is compared is what was measured in the same round.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from neighbors import family, others_at_work

BENCH = Path(__file__).resolve().parent
CROWDED = 0.15
"""Processors at work for others above which a turn does not count."""
PAUSE = 10
"""How many times longer than a look at memory the pause after it is: the kernel counts pages for a look."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of training."""

    name: str
    peer: str
    """The module in `bench/peers` that does it."""
    task: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An epoch: training images, seconds of the training alone, and of the whole epoch."""

    images: int
    training: float
    epoch: float
    others: float
    """Processors at work for anybody else meanwhile; 0 where the system does not say."""
    round: int
    """Turns of the same round met the same machine."""

    def rate(self, part: str) -> float:
        """Images a second of its `training` or whole `epoch`."""
        return self.images / float(getattr(self, part))


@dataclass(kw_only=True)
class Record:
    """What is known of a way in the end."""

    name: str
    facts: dict[str, object] = field(default_factory=dict)
    missing: str = ""
    """Why it took no turns; else empty."""
    memory: int = 0
    """Peak of the proportional set size, in bytes."""
    turns: list[Turn] = field(default_factory=list)

    @property
    def counted(self) -> list[Turn]:
        """The turns in which nobody else held the processors; all of them where there is no such turn."""
        return [turn for turn in self.turns if turn.others <= CROWDED] or self.turns

    def joined(self, later: "Record") -> "Record":
        """The same with the turns of later rounds."""
        return Record(
            name=self.name,
            facts=later.facts or self.facts,
            missing="" if self.turns else later.missing,
            memory=max(self.memory, later.memory),
            turns=[*self.turns, *later.turns],
        )

    def share(self, of: "Record", part: str) -> float:
        """The median over the rounds of this way's images a second as a share of another's."""
        theirs = {turn.round: turn.rate(part) for turn in of.counted}
        shares = [turn.rate(part) / theirs[turn.round] for turn in self.counted if turn.round in theirs]
        return statistics.median(shares or [math.nan])

    def rates(self, part: str) -> list[float]:
        """Images a second of each counted turn's `training` or whole `epoch`."""
        return [turn.rate(part) for turn in self.counted]

    def rate(self, part: str) -> float:
        """Their median."""
        return statistics.median(self.rates(part))


def joined(earlier: Sequence[Record], later: Sequence[Record]) -> list[Record]:
    """Two records of each way made one; who was in only one of them keeps what it has."""
    found = {record.name: record for record in earlier}
    for record in later:
        found[record.name] = found[record.name].joined(record) if record.name in found else record
    return list(found.values())


def to_records(kept: Sequence[dict[str, Any]]) -> list[Record]:
    """Records as a file of results holds them."""
    return [Record(**{**each, "turns": [Turn(**turn) for turn in each["turns"]]}) for each in kept]


def rotate(ways: Sequence[Way], rounds: int, after: int = 0) -> Iterator[list[Record]]:
    """Let all ways take turns for some rounds, numbered from `after` on, after one that does not count.

    Yields the records after each turn, so that what was measured is not lost with what was not.
    """
    records = [Record(name=way.name) for way in ways]
    with ExitStack() as stack:
        running = []
        for way, record in zip(ways, records, strict=True):
            with _watched(record) as watch:
                peer = stack.enter_context(_Peer(way))
                watch(peer.process.pid)
                answer = peer.answer()
                if "ready" not in answer:
                    record.missing = str(answer["missing"])
                    continue
                record.facts = answer["ready"]
                _say(way.name, "warm", peer.turn())
            running.append((peer, record))
        for round_ in range(after, after + rounds):
            first = round_ % max(1, len(running))
            for peer, record in running[first:] + running[:first]:
                record.turns.append(peer.turn(round_))
                _say(record.name, f"round {round_ + 1}", record.turns[-1])
                yield records


def _say(name: str, when: str, turn: Turn) -> None:
    """Tell who waits how it goes."""
    rate = turn.rate("training")
    text = f"{name:<28}{when:<9}{rate:>8,.0f} images/s  {turn.epoch:>6.1f} s  others {turn.others:.2f}"
    print(text, file=sys.stderr, flush=True)


class _Peer:
    """The process of a way; closing its input ends it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 closed with the process
        places = [str(BENCH), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"peers.{way.peer}", json.dumps(way.task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        )

    def __enter__(self) -> "_Peer":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def turn(self, round_: int = 0) -> Turn:
        """Let it train an epoch."""
        assert self.process.stdin is not None
        others = others_at_work(self.process.pid)
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.answer()
        return Turn(**answer, others=others(), round=round_)

    def answer(self) -> dict[str, Any]:
        """Its next line; where it died, the last of what it said is the error."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            said = self.log.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{self.way.name} ended in mid-run, saying:\n{said}")
        return dict(json.loads(line))


@contextmanager
def _watched(record: Record) -> Iterator[Callable[[int], None]]:
    """Keep the peak of a process's memory in the record; the process is named by calling what this gives."""
    ended = threading.Event()
    pids: list[int] = []

    def watch() -> None:
        pause = 0.1
        while not ended.wait(pause):
            began = time.perf_counter()
            for pid in pids:
                record.memory = max(record.memory, sum(map(_share_of_memory, family(pid))))
            pause = max(0.1, PAUSE * (time.perf_counter() - began))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield pids.append
    finally:
        ended.set()
        watcher.join()


def _share_of_memory(pid: int) -> int:
    """Bytes of a process's memory, what it shares divided among those who share it; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
