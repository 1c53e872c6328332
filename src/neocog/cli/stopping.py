"""Ctrl-C and SIGTERM while a verb trains: a request to save and stop, answered after the step under way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import final


@final
class Stop:
    """Says whether a signal asked to stop; a second one ends at once."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        """Whether one did."""
        return self._asked

    def arm(self) -> None:
        """From now on a signal is a request, answered after the step under way."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """While it trains, a signal asks to stop; before, and after, it does what it did."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, _interrupt)  # until the first step there is nothing to save
    try:
        yield Stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
