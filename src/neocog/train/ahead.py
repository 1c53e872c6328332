"""Batches made ahead: while the network computes on one batch, another thread makes the next ones.

Batches are functions of seed, epoch and step, so who makes them, and when, changes nothing but the time. It pays where
a processor is free: computing with all of them leaves none, and a busy helper would make those wait for each other.

>>> list(ahead(iter("abc")))
['a', 'b', 'c']
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

DEPTH = 2
"""Batches that wait at most: one to be taken next, and one in the making."""

_END = object()


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order, made by another thread; what it raises is raised here."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="neocog-batches") as maker:
        coming = deque(maker.submit(next, items, _END) for _ in range(DEPTH))
        try:
            while (item := coming.popleft().result()) is not _END:
                coming.append(maker.submit(next, items, _END))
                yield item  # type: ignore[misc]
        finally:
            for future in coming:
                future.cancel()
