"""Errands: long computations that pages ask for again and again until they are done, one at a time in one thread.

A survey of ten thousand images or the checks of a heat map take seconds to minutes, and no request waits so long. So a
page asks, is told how far it is, and asks again. The errand that was asked for last goes first, and one that nobody
asks for any more is left: whoever clicks through twenty units does not wait for nineteen that are out of sight.

>>> errands = Errands()
>>> errands.ask("sum", lambda _: 1 + 1, wait=60).value
2
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar, final

from neocog.data import Progress

V = TypeVar("V")

WAIT = 0.4
"""Seconds that a request waits for an errand before it is told how far it is."""
PATIENCE = 10.0
"""Seconds after which an errand that nobody asked for is left."""


@dataclass(frozen=True)
class Asked(Generic[V]):
    """How an errand stands: its value once it is done, and how much of how much is done before."""

    value: V | None
    done: int
    total: int


@dataclass(eq=False)
class _Errand:
    work: Callable[[Progress], Any]
    asked: float
    done: int = 0
    total: int = 0
    value: Any = None
    error: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class _Left(Exception):  # noqa: N818  (it ends an errand)
    pass


@final
class Errands:
    """The errands under way and the last `most` that are done; its thread lives while there is work."""

    def __init__(self, most: int = 64, patience: float = PATIENCE) -> None:
        self._errands: OrderedDict[Hashable, _Errand] = OrderedDict()
        self._lock = threading.Lock()
        self._most, self._patience = most, patience
        self._working = False

    def ask(self, key: Hashable, work: Callable[[Progress], V], wait: float = WAIT) -> Asked[V]:
        """How the errand of a key stands; begins it where it is new. Raises what the work raised; then it is forgotten.

        `work` is called with what it may tell its progress to. It must always give the same for one key.
        """
        with self._lock:
            errand = self._errands.setdefault(key, _Errand(work, 0.0))
            errand.asked = time.monotonic()
            self._errands.move_to_end(key)
            if not self._working and not errand.ended.is_set():
                self._working = True
                threading.Thread(target=self._work, name="neocog-errands", daemon=True).start()
        errand.ended.wait(wait)
        if errand.error is not None:
            with self._lock:
                if self._errands.get(key) is errand:
                    del self._errands[key]
            raise errand.error
        return Asked(errand.value, errand.done, errand.total)

    def _work(self) -> None:
        while (errand := self._next()) is not None:
            try:
                errand.value = errand.work(partial(self._told, errand))
            except _Left:
                self._forget(errand)
            except Exception as error:  # whatever it is, it belongs to those who asked
                errand.error = error
            errand.ended.set()

    def _next(self) -> _Errand | None:
        """What was asked for last of what is to be done; what waits in vain is forgotten, and so are old values."""
        with self._lock:
            for key, each in list(self._errands.items()):
                if not each.ended.is_set() and self._is_left(each):
                    del self._errands[key]
            done = [key for key, each in self._errands.items() if each.ended.is_set()]
            for key in done[: -self._most]:
                del self._errands[key]
            waiting = [each for each in self._errands.values() if not each.ended.is_set()]
            self._working = bool(waiting)
            return waiting[-1] if waiting else None

    def _told(self, errand: _Errand, done: int, total: int) -> None:
        errand.done, errand.total = done, total
        if self._is_left(errand):
            raise _Left

    def _forget(self, errand: _Errand) -> None:
        with self._lock:
            for key in [key for key, each in self._errands.items() if each is errand]:
                del self._errands[key]

    def _is_left(self, errand: _Errand) -> bool:
        return time.monotonic() - errand.asked > self._patience
