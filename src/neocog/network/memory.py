"""How much memory a network takes to predict and to train: the most bytes of tensors that are alive at once.

A training step is gone through on paper: forward, where each layer leaves what its `footprint` says, and backward,
where that is given back as gradients come down. So the peak is found where it is: at the end of the forward pass for a
deep network of few weights, among the dense layers' gradients for AlexNet, in the optimizer for VGG. Tensors are
counted, as torch's memory tracker does: what the process, the allocator and a convolution's workspace take is beyond
them. Left out are running statistics, a few numbers a channel, and the copy that uneven padding makes. The optimizer
is a fused one, which needs nothing besides its state; `bench/memory.py` measures how true it all is.

>>> from neocog.network import Conv, Dense, Flatten, Network, ReLU
>>> network = Network((3, 32, 32), (Conv(8, 3, pad=1), ReLU(), Flatten(), Dense(10)))
>>> memory(network, batch=1).weights
328616
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from neocog.network.graph import INPUT, Network, Step, walk
from neocog.network.layers import Shape
from neocog.network.sequences import Tokens

Precision: TypeAlias = Literal["float32", "bf16"]
"""float32 throughout, or bf16 where autocast computes in it: convolutions, dense layers and what follows them."""
PRECISIONS: tuple[Precision, ...] = ("float32", "bf16")

WORD = 8
"""Bytes of a word's number."""
FULL = 4
"""Bytes of a float32 number."""
HALF = 2
"""Bytes of a bfloat16 number."""


@dataclass(frozen=True)
class Memory:
    """Bytes: what each part of a training step takes, the peak of a step, and the peak of predicting."""

    weights: int
    gradients: int
    optimizer: int
    """The optimizer's state."""
    kept: int
    """What the forward pass keeps for the backward pass, with the batch itself, and in bf16 the weights' copies."""
    training: int
    """The peak of a training step, which is less than all parts where they are not alive at once, or more."""
    predicting: int
    """The peak of a forward pass that keeps nothing."""


def memory(
    network: Network,
    batch: int = 32,
    precision: Precision = "float32",
    states: int = 2,
    input: Shape | None = None,
) -> Memory:
    """The memory for a batch of that many samples; `states` are the optimizer's numbers for each weight.

    They are 2 for Adam and AdamW, 1 for SGD with momentum, 0 for plain SGD.
    """
    return steps_memory(walk(network, input), network, batch, states)[precision]


def steps_memory(
    steps: tuple[Step, ...], network: Network, batch: int = 32, states: int = 2
) -> dict[Precision, Memory]:
    """The memory of a network that has been walked, in each precision; see `memory`."""
    params = [step.layer.params(step.received).total for step in steps]
    multiplies = [bool(step.layer.macs(step.received, step.shape)) for step in steps]
    weights = FULL * sum(each for each, step in zip(params, steps, strict=True) if step.shares is None)
    sample = steps[0].received[0]
    words = isinstance(network.input, Tokens)
    batch_bytes = batch * (WORD * math.prod(sample[1:]) if words else FULL * math.prod(sample))
    found: dict[Precision, Memory] = {}
    for precision in PRECISIONS:
        run = _Run(steps, params, multiplies, batch, batch_bytes, halves=precision == "bf16")
        predicting = run.predict()
        kept, peak = run.train()
        found[precision] = Memory(
            weights=weights,
            gradients=weights,
            optimizer=weights * states,
            kept=kept,
            training=weights * (1 + states) + max(peak, weights + batch_bytes),
            predicting=weights + predicting,
        )
    return found


class _Heap:
    """Blocks of memory that are alive, each held as often as something needs it."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.holds: Counter[int] = Counter()
        self.live = self.peak = 0

    def new(self, size: int) -> int:
        """A block, held once."""
        block = len(self.sizes)
        self.sizes[block] = size
        self.holds[block] = 1
        self.live += size
        self.peak = max(self.peak, self.live)
        return block

    def hold(self, block: int) -> int:
        self.holds[block] += 1
        return block

    def drop(self, block: int) -> None:
        self.holds[block] -= 1
        if not self.holds[block]:
            self.live -= self.sizes[block]

    def pass_by(self, size: int) -> None:
        """A block that is given back at once."""
        self.peak = max(self.peak, self.live + size)


class _Run:
    """One step over a batch, without the weights that are always there."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        params: list[int],
        multiplies: list[bool],
        batch: int,
        batch_bytes: int,
        *,
        halves: bool,
    ) -> None:
        self.steps = steps
        self.params = params
        self.multiplies = multiplies
        self.batch = batch
        self.batch_bytes = batch_bytes
        self.halves = halves
        self.uses = Counter(source for step in steps for source in step.inputs)
        self.elements = [batch * math.prod(step.shape) for step in steps]
        self.footprints = [step.layer.leaves(step.received) for step in steps]
        self.widths = {INPUT: FULL}
        self.learns = {INPUT: False}
        for place, step in enumerate(steps):
            self.widths[place] = self._width(place, step)
            self.learns[place] = self.params[place] > 0 or any(self.learns[source] for source in step.inputs)

    def _width(self, place: int, step: Step) -> int:
        """Bytes of a number that a step gives."""
        if self.halves and self.multiplies[place]:
            return HALF
        if self.footprints[place].precise:
            return FULL
        return max(self.widths[source] for source in step.inputs)

    def _bytes(self, place: int) -> int:
        return self.widths[place] * self.elements[place]

    def _within(self, size: int) -> int:
        """Bytes for the batch of what lies within a layer."""
        return self.batch * size * (HALF if self.halves else FULL) // FULL

    def predict(self) -> int:
        """The peak of a pass where each output is dropped after its last use."""
        return self._forward(_Heap(), keeps=False).peak

    def train(self) -> tuple[int, int]:
        """What is alive when the forward pass ends, and the peak of the step until the optimizer's turn."""
        heap = self._forward(_Heap(), keeps=True)
        kept = heap.live
        self._backward(heap)
        return kept, heap.peak

    def _forward(self, heap: _Heap, keeps: bool) -> _Heap:
        """Compute step by step; `keeps` says whether for a backward pass. An output goes after its last use."""
        self.values = {INPUT: heap.new(self.batch_bytes)}
        self.kept: dict[int, list[int]] = {}
        pending = Counter(self.uses)
        casts: dict[str, int] = {}
        for place, step in enumerate(self.steps):
            needs, elements = self.footprints[place], self.elements[place]
            kept = []
            reads = self.values[step.inputs[0]]
            copied = self.multiplies[place] and self.widths[place] < self.widths[step.inputs[0]]
            if copied:
                reads = heap.new(self.batch * HALF * math.prod(step.received[0]))
            if self.halves and self.multiplies[place]:
                home = step.shares or step.path
                casts[home] = casts.get(home) or heap.new(HALF * self.params[place])
                kept.append(heap.hold(casts[home]))
            heap.pass_by(elements * needs.scratch + self._within(needs.within))
            self.values[place] = heap.hold(reads) if needs.view else heap.new(self._bytes(place))
            if keeps and self.learns[place]:
                if needs.input:
                    kept.append(heap.hold(reads))
                if needs.output:
                    kept.append(heap.hold(self.values[place]))
                if needs.own or needs.inner:
                    kept.append(heap.new(elements * needs.own + self._within(needs.inner)))
            if copied:
                heap.drop(reads)
            self.kept[place] = kept
            for source in step.inputs:
                pending[source] -= 1
                if not pending[source] and source != INPUT:
                    heap.drop(self.values[source])
        for block in casts.values():  # autocast's own cache
            heap.drop(block)
        return heap

    def _backward(self, heap: _Heap) -> None:
        """From the loss back: what a step kept goes once it has passed its gradients on; those of weights stay."""
        gradients: dict[int, int] = {}
        for place in range(len(self.steps)):
            if not self.uses[place]:
                size = self._bytes(place)
                probabilities = heap.new(FULL * self.elements[place])
                heap.drop(self.values[place])
                gradients[place] = heap.new(size)
                heap.pass_by(size)
                heap.drop(probabilities)
        for place in reversed(range(len(self.steps))):
            if place not in gradients or not self.learns[place]:
                continue
            step, own = self.steps[place], gradients.pop(place)
            needs = self.footprints[place]
            passes = step.layer.merges or needs.view
            given = []
            for source in step.inputs:
                if self.learns[source]:
                    given.append((source, heap.hold(own) if passes else heap.new(self._bytes(source))))
            if step.shares is None:
                heap.new(FULL * self.params[place])
            else:  # added to the owner's
                heap.pass_by(FULL * self.params[place])
            heap.pass_by(self.elements[place] * needs.scratch)
            for block in self.kept[place]:
                heap.drop(block)
            heap.drop(own)
            for source, block in given:
                self._gather(heap, gradients, source, block)

    def _gather(self, heap: _Heap, gradients: dict[int, int], source: int, block: int) -> None:
        """Add a gradient to what has come for the same value: in place where nobody else holds it."""
        if source not in gradients:
            gradients[source] = block
            return
        earlier = gradients[source]
        if heap.holds[earlier] > 1 or heap.sizes[earlier] != self._bytes(source):
            gradients[source] = heap.new(self._bytes(source))
            heap.drop(earlier)
        heap.drop(block)
