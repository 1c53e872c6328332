"""Where the rules of `train/compute.py` come from: a step in every precision, format and number of threads.

    python bench/compute_study.py                      # all networks: half an hour
    python bench/compute_study.py --net resnet18
    python bench/compute_study.py --neighbor           # beside one process that keeps a processor busy

For each network all combinations take turns in processes of their own (`turns.py`), with freed memory kept by the
allocator; the one that the rule would choose also without. The table gives the median images a second of each, and how
far the rule's choice stands behind the best. Networks that were measured before are measured anew; the others stay.
"""

import argparse
import itertools
import math
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict

from common import keep, kept
from turns import Record, Way, rotate

from neocog import zoo
from neocog.network import cost, walk
from neocog.train.compute import processors, resolve_compute
from neocog.train.recipe import Compute

NETS = {
    "mlp": ("mlp", 10, 28),
    "lenet5": ("lenet5", 128, 32),
    "mnist_cnn": ("mnist_cnn", 128, 28),
    "auto 28": ("auto", 128, 28),
    "auto 112": ("auto", 24, 112),
    "squeezenet1_1": ("squeezenet1_1", 32, 224),
    "mobilenet_v1_075": ("mobilenet_v1_075", 32, 224),
    "resnet18": ("resnet18", 32, 224),
}
"""Each network's name, batch and side."""

TURN = 3e10
"""Multiply-accumulates of a turn, about a second's work."""


def study(name: str, rounds: int) -> tuple[list[Record], str, dict[str, object]]:
    """All ways of one network's step, which of them the rule chooses, and what it weighs."""
    net, batch, side = NETS[name]
    network = zoo.auto(side, 1, 1_000, 10)[0] if net == "auto" else zoo.network(net, classes=10)
    macs = cost(network).macs
    task = {"net": net, "batch": batch, "side": side, "channels": 1}
    task["steps"] = min(400, max(1, math.ceil(TURN / (3 * macs * batch))))
    chosen = resolve_compute(Compute(device="cpu"), macs, batch, walk(network))
    ways = [
        _way(task, {"precision": precision, "channels_last": channels_last, "threads": threads})
        for precision, channels_last, threads in itertools.product(
            ("float32", "bf16"), (False, True), sorted({1, processors()})
        )
    ]
    rule = {"precision": chosen.precision, "channels_last": chosen.channels_last, "threads": chosen.threads}
    ways.append(_way(task, rule, keeps_memory=False))
    *_, records = rotate(ways, rounds)
    return records, _named(rule), {"macs": macs, "batch": batch, "side": side}


def _way(task: dict[str, object], compute: dict[str, object], keeps_memory: bool = True) -> Way:
    name = _named(compute) + ("" if keeps_memory else ", memory returned")
    return Way(name=name, peer="compute_steps", task={**task, "compute": compute, "keeps_memory": keeps_memory})


def _named(compute: dict[str, object]) -> str:
    order = "channels last" if compute["channels_last"] else "channels first"
    return f"{compute['precision']}, {order}, {compute['threads']} thr"


def table(name: str, records: list[Record], rule: str) -> str:
    """Median images a second of every way, and the rule's choice against the best."""
    rates = {record.name: record.rate("training") for record in records}
    best = max(rates, key=lambda way: rates[way])
    lines = [f"{name}: the rule's choice has {rates[rule] / rates[best]:.2f} of the best"]
    lines += [
        f"  {way:<48}{rate:>10,.0f}{'  rule' if way == rule else ''}{'  best' if way == best else ''}"
        for way, rate in rates.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Images a second of a step by precision, format and threads.")
    parser.add_argument("--net", action="append", choices=NETS, help="a network; may be repeated (all)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way that count")
    parser.add_argument("--neighbor", action="store_true", help="beside one process that computes without end")
    chosen = parser.parse_args()
    result = "compute_study_crowded" if chosen.neighbor else "compute_study"
    nets = kept(result).get("nets", {})
    for name in chosen.net or NETS:
        with ExitStack() as stack:
            if chosen.neighbor:
                busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
                stack.callback(busy.kill)
            records, rule, weighed = study(name, chosen.rounds)
        print(table(name, records, rule), flush=True)
        nets[name] = {**weighed, "rule": rule, "ways": [asdict(record) for record in records]}
        keep(result, nets=nets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
