"""Ctrl-C and SIGTERM while a verb trains: a request to save and stop, answered after the step under way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import final

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
        if self._asked:  # raised where Python drops what is raised, such as a destructor
            raise KeyboardInterrupt
        for number in SIGNALS:
            signal.signal(number, self._ask)

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """End at once: until the first step there is nothing to save."""
        self._asked = True
        raise KeyboardInterrupt

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """While it trains, a signal asks to stop; before, it ends at once, and after, it does what it did."""
    stop = Stop()
    before = {number: signal.signal(number, stop.interrupt) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
