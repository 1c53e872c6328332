"""How well the memory that `neocog show` predicts agrees with what torch counts while it trains.

    python bench/memory.py                    # five networks, three ways each: a few minutes
    python bench/memory.py --net lenet5

Each network takes one whole training step (forward, cross-entropy, backward, optimizer) and one forward pass without
gradients, in the product's own code, under torch's memory tracker, which counts the bytes of the tensors that are alive
at once. The tensors are fake: they have shapes and lifetimes but no content, so VGG-16 needs neither its memory nor its
time, and the figures are the same on every machine (a test holds that real tensors give the same). The step is not the
first one, in which the optimizer makes its state.

Prints predicted and measured, and keeps every figure, with versions, in `bench/results/memory.json`.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.distributed._tools.mem_tracker import MemTracker

from neocog import zoo
from neocog.build import build
from neocog.network import Network, Precision, memory
from neocog.train.compute import autocast
from neocog.train.losses import make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.recipe import Compute, Loss, Optimizer
from neocog.train.session import environment, now

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
NETS = ("alexnet", "vgg16", "resnet50", "densenet121", "googlenet")
BATCH = 8
STATES = {"adamw": 2, "sgd": 1}
"""Numbers that each optimizer holds for a weight; sgd is the recipe's, with momentum."""
WAYS: tuple[tuple[Precision, str], ...] = (("float32", "adamw"), ("float32", "sgd"), ("bf16", "adamw"))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Predicted and measured peaks of one network in one way, in bytes."""

    net: str
    batch: int
    precision: Precision
    optimizer: str
    training: int
    training_measured: int
    predicting: int
    predicting_measured: int


def measure(
    network: Network, batch: int, precision: Precision, optimizer: str, *, fake: bool = True
) -> tuple[int, int]:
    """The peaks of a training step and of a forward pass, in bytes of live tensors."""
    module = build(network, device="meta").train()
    state = {name: (tensor.shape, tensor.dtype) for name, tensor in module.state_dict().items()}
    with FakeTensorMode() if fake else nullcontext():
        tensors = {name: torch.zeros(shape, dtype=dtype) for name, (shape, dtype) in state.items()}
        module.load_state_dict(tensors, assign=True)
        del tensors
        images, targets = torch.zeros((batch, *network.shape)), torch.zeros(batch, dtype=torch.long)
        steps = _steps(module, images, targets, precision, optimizer)
        training = next(steps)
        return training, next(steps)


def _steps(
    module: torch.nn.Module, images: torch.Tensor, targets: torch.Tensor, precision: Precision, optimizer: str
) -> Iterator[int]:
    """The peak of a training step, then of a forward pass."""
    compute = Compute(device="cpu", precision=precision)
    stepper = make_optimizer(module, Optimizer(name=optimizer, rate=0.001, weight_decay=0.0))
    loss = make_loss(Loss())

    def step() -> None:
        with autocast(compute):
            value = loss(module(images), targets)
        torch.autograd.backward(value)
        stepper.step()
        stepper.zero_grad(set_to_none=True)

    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    stepper.step()  # makes its state
    stepper.zero_grad(set_to_none=True)
    tracker = MemTracker()
    tracker.track_external(module, stepper, images, targets)
    with tracker:
        step()
    yield _peak(tracker)
    module.eval()
    tracker = MemTracker()
    tracker.track_external(module, images)
    with tracker, torch.no_grad(), autocast(compute):
        module(images)
    yield _peak(tracker)


def _peak(tracker: MemTracker) -> int:
    (snapshot,) = tracker.get_tracker_snapshot("peak").values()
    return int(snapshot["Total"])


def compare(net: str, batch: int, precision: Precision, optimizer: str) -> Figure:
    """Predict and measure one network of the zoo."""
    network = zoo.network(net)
    predicted = memory(network, batch, precision, STATES[optimizer])
    training, predicting = measure(network, batch, precision, optimizer)
    return Figure(
        net=net,
        batch=batch,
        precision=precision,
        optimizer=optimizer,
        training=predicted.training,
        training_measured=training,
        predicting=predicted.predicting,
        predicting_measured=predicting,
    )


def table(figures: list[Figure]) -> str:
    """The figures as lines of text, in MB (a million bytes)."""
    head = f"{'network':<13}{'precision':<10}{'optimizer':<10}"
    lines = [head + "".join(f"{title:>12}" for title in ("training", "measured", "ratio", "predicting", "measured"))]
    lines[0] += f"{'ratio':>9}"
    for figure in figures:
        line = f"{figure.net:<13}{figure.precision:<10}{figure.optimizer:<10}"
        line += f"{figure.training / 1e6:>12,.1f}{figure.training_measured / 1e6:>12,.1f}"
        line += f"{figure.training / figure.training_measured:>12.4f}"
        line += f"{figure.predicting / 1e6:>12,.1f}{figure.predicting_measured / 1e6:>12,.1f}"
        lines.append(line + f"{figure.predicting / figure.predicting_measured:>9.4f}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Predicted memory against what torch counts.")
    parser.add_argument("--net", action="append", help="a network to measure; may be repeated (five of the zoo)")
    parser.add_argument("--batch", type=int, default=BATCH, help="images a step")
    chosen = parser.parse_args()
    figures = [compare(net, chosen.batch, *way) for net in chosen.net or NETS for way in WAYS]
    print(table(figures))
    kept = {"time": now(), "machine": environment(), "figures": [asdict(figure) for figure in figures]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.json").write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
