"""Who else keeps the processors at work while something is measured.

    others = others_at_work(process.pid)
    ...
    others()          # 0.04: all the others together held four hundredths of a processor since

The kernel counts the seconds of each process and of all processors; what a process and its descendants did not use was
somebody else's. Linux only: elsewhere all is 0.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def others_at_work(pid: int) -> Callable[[], float]:
    """Begin to count; what it gives tells how many processors others than a process and its family used since."""
    busy, own, clock = _busy(), _used_by_all(pid), time.perf_counter()

    def others() -> float:
        seconds = time.perf_counter() - clock
        return max(0.0, (_busy() - busy - (_used_by_all(pid) - own)) / seconds)

    return others


def _used_by_all(pid: int) -> float:
    return sum(map(_used, family(pid)))


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = [
            int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()
        ]
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in family(child))]


def _busy() -> float:
    """Seconds that all processors have been at work since the start; 0 where the system does not say."""
    try:
        ticks = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return 0.0
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS  # proc_stat(5): the fourth and fifth are idle


def _used(pid: int) -> float:
    """Seconds that a process, and children of it that ended, have been at work; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS
