"""Batches made ahead: the same items in the same order, errors and early ends included."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.train.ahead import DEPTH, ahead


@given(items=st.lists(st.integers()))
def test_the_items_and_their_order_stay(items: list[int]) -> None:
    assert list(ahead(iter(items))) == items


def test_another_thread_makes_them_and_only_a_few_before_they_are_wanted() -> None:
    made: list[int] = []
    threads = set()

    def items() -> Iterator[int]:
        for item in range(10):
            made.append(item)
            threads.add(threading.get_ident())
            yield item

    stream = ahead(items())
    for taken in range(10):
        assert next(stream) == taken
        assert len(made) <= taken + 1 + DEPTH
    assert threading.get_ident() not in threads
    assert len(threads) == 1


def test_an_error_comes_where_its_item_would() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    stream = ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="the second"):
        next(stream)


def test_who_stops_early_leaves_no_thread() -> None:
    stream = ahead(iter(range(100)))
    assert next(stream) == 0
    assert any(thread.name.startswith("neocog-batches") for thread in threading.enumerate())
    stream.close()  # type: ignore[attr-defined]
    assert not any(thread.name.startswith("neocog-batches") for thread in threading.enumerate())
