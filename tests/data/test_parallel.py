"""Work in chunks: order, progress and a fault in the middle."""

import threading

import pytest

from neocog.data.parallel import chunked


@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_results_come_in_order_and_progress_ends_at_the_count(count):
    seen: list[tuple[int, int]] = []
    rows = [row for part in chunked(list, count, lambda *at: seen.append(at), chunk=3) for row in part]
    assert rows == list(range(count))
    assert [of for _, of in seen] == [count] * len(seen)
    assert [done for done, _ in seen] == sorted({*range(3, count, 3), count} - {0})


def test_a_fault_stops_the_chunks_that_have_not_begun():
    begun: list[int] = []
    lock = threading.Lock()

    def work(rows: range) -> None:
        with lock:
            begun.append(rows.start)
        if rows.start == 0:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(chunked(work, 100_000, chunk=1))
    assert len(begun) < 100
