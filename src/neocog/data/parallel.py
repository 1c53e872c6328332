"""Work on many rows at once: threads, because Pillow and NumPy release the interpreter while they work.

Rows go to the threads in chunks, results come back in order, and an interruption waits for the chunks under way only.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many rows are done, and of how many."""

CHUNK = 128


def threads() -> int:
    """How many threads work: one for each processor core that this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return max(1, len(available(0)) if available else os.cpu_count() or 1)


def chunked(
    work: Callable[[range], T], count: int, progress: Progress | None = None, chunk: int = CHUNK
) -> Iterator[T]:
    """`work(range(start, stop))` for every chunk of the rows 0 to `count` - 1, its results in order.

    >>> list(chunked(sum, 5, chunk=2))
    [1, 5, 4]
    """
    waiting: deque[tuple[range, Future[T]]] = deque()
    pool = ThreadPoolExecutor(threads())
    try:
        chunks = (range(start, min(start + chunk, count)) for start in range(0, count, chunk))
        for rows in chunks:
            waiting.append((rows, pool.submit(work, rows)))
            if len(waiting) > 2 * threads():
                yield _first(waiting, count, progress)
        while waiting:
            yield _first(waiting, count, progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _first(waiting: deque[tuple[range, Future[T]]], count: int, progress: Progress | None) -> T:
    rows, future = waiting.popleft()
    result = future.result()
    if progress is not None:
        progress(rows.stop, count)
    return result
