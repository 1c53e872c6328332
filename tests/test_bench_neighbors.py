"""Who else is at work: what a process and its children use is their own, and all the rest is others'."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench(load_bench: Callable[[str], ModuleType]) -> ModuleType:
    return load_bench("neighbors")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's counts are Linux's")
def test_work_of_ones_own_is_not_others(bench: ModuleType) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as idle:
        assert set(bench.family(os.getpid())) >= {os.getpid(), idle.pid}
        mine, the_idle_ones = bench.others_at_work(os.getpid()), bench.others_at_work(idle.pid)
        began = time.process_time()
        while time.process_time() < began + 0.3:
            pass
        assert mine() < the_idle_ones()
        idle.communicate(b"\n")
