"""The side of a turn that a peer sees: wait, train an epoch, tell how long it took.

A peer is a function that gets its task and an iterator of turns, and trains an epoch for each turn:

    def run(task, turns):
        ...                          # imports and set-up, which are not timed
        for _ in turns:
            ...                      # an epoch of training
            turns.trained(images)
            ...                      # validation and what else ends the epoch

Between its turns the process sleeps in a read. A library whose own loop calls back uses `begin` and `end` instead.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Task = dict[str, Any]
"""What the parent hands over: folders, batch and this way's own options."""


class Turns:
    """The turns of one process: lines `go` come in, a line of JSON goes out for each."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what libraries print is no answer
        self._facts: dict[str, object] = {}
        self._ready = False
        self._began = 0.0
        self._trained: tuple[int, float] = (0, 0.0)

    def tell(self, **answer: object) -> None:
        """Send one answer."""
        self._answers.write(json.dumps(answer) + "\n")

    def facts(self, *packages: str, **facts: object) -> None:
        """What is to be kept beside the figures: versions of packages, and what was chosen."""
        for package in packages:
            with suppress(PackageNotFoundError):
                self._facts[package] = version(package)
        self._facts |= facts

    def begin(self) -> None:
        """Wait for the turn; the process ends where no more will come."""
        if not self._ready:
            self._ready = True
            self.tell(ready=self._facts)
        if not sys.stdin.readline():
            raise SystemExit(0)
        self._began = time.perf_counter()

    def trained(self, images: int, seconds: float | None = None) -> None:
        """The training part of the epoch is over."""
        self._trained = images, time.perf_counter() - self._began if seconds is None else seconds

    def end(self) -> None:
        """The epoch is over, validation included."""
        images, training = self._trained
        self.tell(images=images, training=training, epoch=time.perf_counter() - self._began)

    def __iter__(self) -> Iterator[None]:
        while True:
            self.begin()
            yield
            self.end()


def serve(run: Callable[[Task, Turns], None]) -> None:
    """Run a peer in this process, which was started with its task as the one argument."""
    turns = Turns()
    try:
        run(json.loads(sys.argv[1]), turns)
    except ImportError as error:
        turns.tell(missing=str(error).partition("\n")[0])
