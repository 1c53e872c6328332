"""Errands: what was asked for last goes first, and what nobody asks for is left."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from neocog.studio.errands import Errands


def test_a_value_is_computed_once() -> None:
    errands, made = Errands(), list[int]()

    def work(_: object) -> int:
        made.append(1)
        return 7

    assert [errands.ask("a", work, wait=30).value for _ in range(3)] == [7, 7, 7]
    assert made == [1]


def test_who_asks_before_it_is_done_is_told_how_far_it_is() -> None:
    errands, go = Errands(), threading.Event()

    def work(progress: Callable[[int, int], None]) -> str:
        progress(3, 8)
        assert go.wait(30)
        return "done"

    while (found := errands.ask("a", work, wait=0.01)).total == 0:
        pass
    assert (found.value, found.done, found.total) == (None, 3, 8)
    go.set()
    assert errands.ask("a", work, wait=30).value == "done"


def test_the_last_asked_goes_first() -> None:
    errands, go, order = Errands(), threading.Event(), list[str]()

    def work(name: str) -> Callable[[Any], str]:
        def run(_: object) -> str:
            if name == "first":
                assert go.wait(30)
            order.append(name)
            return name

        return run

    for name in ("first", "second", "third"):
        errands.ask(name, work(name), wait=0.05)
    go.set()
    assert errands.ask("second", work("second"), wait=30).value == "second"
    assert order[0] == "first"
    assert set(order) >= {"second"}
    errands.ask("third", work("third"), wait=30)
    assert sorted(order) == ["first", "second", "third"]


def test_what_nobody_asks_for_is_left() -> None:
    errands, told = Errands(patience=0.05), list[int]()
    ended = threading.Event()

    def work(progress: Callable[[int, int], None]) -> None:
        try:
            for done in range(10_000):
                time.sleep(0.01)
                progress(done, 10_000)
                told.append(done)
        finally:
            ended.set()

    errands.ask("a", work, wait=0)
    assert ended.wait(30)
    assert len(told) < 9_999


def test_an_error_is_the_asker_s_and_is_forgotten() -> None:
    errands, tries = Errands(), list[int]()

    def work(_: object) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return "now"

    with pytest.raises(ValueError, match="not yet"):
        errands.ask("a", work, wait=30)
    assert errands.ask("a", work, wait=30).value == "now"


def test_only_the_last_values_are_kept() -> None:
    errands, made = Errands(most=2), list[int]()

    def work(number: int) -> Callable[[Any], int]:
        def run(_: object) -> int:
            made.append(number)
            return number

        return run

    for number in (0, 1, 2, 3, 0):
        assert errands.ask(number, work(number), wait=30).value == number
    assert made == [0, 1, 2, 3, 0]
