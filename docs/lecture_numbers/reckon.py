"""The sums behind the page: each gives the numbers, how they are written, and the sum with its numbers put in.

Shapes, weights and multiplications are those of the package's own layers, so a mistake there shows as a changed page.

>>> print(shape(one((3, 32, 32), Conv(20, 5, pad=2))) + weights(one((3, 32, 32), Conv(20, 5, pad=2))))
20x32x32; 1,500 weights: (32 - 5 + 4)/1 + 1 = 32; 20 × 3 × 5 × 5
"""

import functools
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from neocog import zoo
from neocog.core.errors import ShapeError
from neocog.network import (
    INPUT,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Network,
    ReLU,
    Shape,
    Step,
    Sum,
    Window,
    cost,
    find,
    receptive_field,
    walk,
)


@dataclass(frozen=True)
class Answer:
    """What a sum comes to: its numbers, how they are shown, and the sum itself. Answers add up to a longer one."""

    numbers: tuple[float, ...]
    shown: str
    sum: str = ""

    def __add__(self, other: "Answer") -> "Answer":
        sums = "; ".join(dict.fromkeys(text for text in (self.sum, other.sum) if text))
        return Answer((*self.numbers, *other.numbers), f"{self.shown}; {other.shown}", sums)

    def __str__(self) -> str:
        return f"{self.shown}: {self.sum}"


def number(value: float) -> str:
    """A number as the page writes it: whole ones in full, others to four digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def times(text: object) -> str:
    """A sum of products in print."""
    return re.sub(r"\d{5,}", lambda found: f"{int(found[0]):,}", str(text).replace("*", " × "))


def value(came: float, text: str = "", noun: str = "") -> Answer:
    """One number."""
    return Answer((came,), f"{number(came)} {noun}".strip(), text)


def total(sum_: Sum, noun: str = "") -> Answer:
    """What a sum of products comes to."""
    return value(sum_.total, times(sum_), noun)


def one(input: Shape, layer: Layer) -> Step:
    """A layer alone on an input."""
    return walk(Network(input, (layer,)))[0]


@functools.cache
def steps(name: str) -> tuple[Step, ...]:
    """The leaf steps of a network of the zoo."""
    return walk(zoo.network(name))


def at(name: str, path: str) -> Step:
    """The step at a path of a network of the zoo."""
    return steps(name)[find(steps(name), path)]


def window(sliding: Window) -> str:
    """The sum that gives an output side; where what hangs over is left out, its part is rounded down."""
    pad = sliding.low + sliding.high
    part = f"({sliding.input} - {sliding.span} + {pad})/{sliding.stride}"
    if (sliding.input - sliding.span + pad) % sliding.stride:
        part = f"⌊{part}⌋"
    return f"{part} + 1 = {sliding.output}"


def sides(step: Step) -> str:
    """The sums of the sides of a step's map, one where they are equal."""
    return "; ".join(dict.fromkeys(map(window, step.windows)))


def shape(step: Step) -> Answer:
    """The shape that a layer gives, channels first."""
    shown = "x".join(map(str, step.shape)) if len(step.shape) > 1 else number(step.shape[0])
    return Answer(step.shape, shown, sides(step))


def side(extent: int, layer: Conv) -> Answer:
    """The side that a convolution gives, or the broken number where it does not fit."""
    try:
        step = one((1, extent, extent), layer)
    except ShapeError as error:
        sum_, came = re.findall(r"gives (.*?) = ([\d.]+)", str(error))[0]
        return Answer((float(came),), f"{came}, refused", f"{sum_} = {came}")
    return Answer((step.shape[-1],), str(step.shape[-1]), sides(step))


def weights(step: Step) -> Answer:
    """How many weights a layer has, without its biases."""
    return total(Sum(*step.layer.params(step.received).products[:1]), "weights")


def biases(step: Step) -> Answer:
    """How many biases a layer has."""
    count = Sum(*step.layer.params(step.received).products[1:]).total
    return value(count, "", "biases")


def values(step: Step) -> Answer:
    """How many values a layer gives."""
    return total(Sum(step.shape), "values")


def macs(*counted: Step) -> Answer:
    """How many multiplications layers do together."""
    return total(Sum(*(product for step in counted for product in step.layer.macs(step.received, step.shape).products)))


def params(name: str) -> Answer:
    """The parameters of a network: layer by layer where there are few, else by kind of layer."""
    counted = [(step, step.layer.params(step.received)) for step in steps(name) if step.shares is None]
    learned = [(step, sum_) for step, sum_ in counted if sum_]
    if len(learned) <= 5:
        text = times(" + ".join(str(sum_) for _, sum_ in learned))
    else:
        text = " + ".join(_kinds((step, sum_.total) for step, sum_ in learned))
    return value(cost(zoo.network(name)).params, text)


def all_macs(name: str) -> Answer:
    """The multiplications of a network, by kind of layer."""
    counted = ((step, step.layer.macs(step.received, step.shape).total) for step in steps(name))
    return value(cost(zoo.network(name)).macs, " + ".join(_kinds(pair for pair in counted if pair[1])))


_KINDS = {"conv": ("convolution", "convolutions"), "dense": ("dense layer", "dense layers"),
          "norm": ("normalization", "normalizations"), "pool": ("pool", "pools"),
          "affine": ("scale and offset", "scales and offsets"), "relu": ("ReLU", "ReLUs"),
          "up": ("upsampling", "upsamplings")}  # fmt: skip


def _kinds(counted: Iterable[tuple[Step, int]]) -> list[str]:
    """How much each kind of layer adds."""
    groups: dict[str, list[int]] = {}
    for step, count in counted:
        groups.setdefault(step.layer.kind, []).append(count)
    words = {kind: _KINDS.get(kind, (kind, f"{kind}s"))[len(found) > 1] for kind, found in groups.items()}
    return [f"{sum(found):,} ({len(found)} {words[kind]})" for kind, found in groups.items()]


def stored(name: str, *, with_relu: bool = False) -> Answer:
    """The values held in a forward pass: the input and the outputs of layers, those of ReLUs only if asked for."""
    skipped = (Flatten, Dropout) if with_relu else (Flatten, Dropout, ReLU)
    kept = [(step, math.prod(step.shape)) for step in steps(name) if not isinstance(step.layer, skipped)]
    first = math.prod(steps(name)[0].received[0])
    text = " + ".join([f"{first:,} (input)", *_kinds(kept)])
    return value(first + sum(count for _, count in kept), text, "values")


def megabytes(answer: Answer, noun: str = "MB in float32") -> Answer:
    """The memory of as many float32 values, in millions of bytes; the claim's M is a million too."""
    count = int(answer.numbers[0])
    return Answer((4 * count,), f"{4 * count / 1e6:.1f} {noun}", f"{count:,} × 4 bytes")


def neurons(name: str) -> Answer:
    """The outputs of convolutions and dense layers."""
    kept = [(step, math.prod(step.shape)) for step in steps(name) if isinstance(step.layer, Conv | Dense)]
    return value(sum(count for _, count in kept), " + ".join(_kinds(kept)), "neurons")


def share(name: str, kind: type[Layer], measure: Callable[[Step], int], noun: str) -> Answer:
    """Which part of a network's total one kind of layer has, in percent."""
    part = sum(measure(step) for step in steps(name) if isinstance(step.layer, kind))
    whole = sum(map(measure, steps(name)))
    return Answer((100 * part / whole,), f"{100 * part / whole:.1f} % {noun}", f"{part:,} / {whole:,}")


def step_params(step: Step) -> int:
    """The parameters of a step."""
    return step.layer.params(step.received).total


def step_macs(step: Step) -> int:
    """The multiplications of a step."""
    return step.layer.macs(step.received, step.shape).total


def ratio(above: int, below: int) -> Answer:
    """How many times one is the other."""
    return value(above / below, f"{above:,} / {below:,}", "times")


def depth(name: str) -> Answer:
    """The layers with weights on the longest way from input to output: what a network's number counts."""
    longest: list[int] = []
    kinds: list[tuple[int, int]] = []
    for step in steps(name):
        best = max(((longest[source], kinds[source]) for source in step.inputs if source != INPUT), default=(0, (0, 0)))
        own = (int(isinstance(step.layer, Conv)), int(isinstance(step.layer, Dense)))
        longest.append(best[0] + sum(own))
        kinds.append((best[1][0] + own[0], best[1][1] + own[1]))
    convolutions, dense = kinds[-1]
    return value(longest[-1], f"{convolutions} convolutions + {dense} dense", "layers")


def count(name: str, *kind: type[Layer]) -> Answer:
    """How many layers of some kinds a network has, and which."""
    found = [step.path for step in steps(name) if isinstance(step.layer, kind)]
    return Answer((len(found),), str(len(found)), ", ".join(found) if len(found) < 4 else "")


def map_sides(name: str, kind: type[Layer]) -> Answer:
    """The sides of the maps that layers of a kind give, in their order, each once."""
    found = tuple(dict.fromkeys(step.shape[-1] for step in steps(name) if isinstance(step.layer, kind)))
    return Answer(found, ", ".join(map(str, found)))


def stack_field(*layers: Conv) -> Answer:
    """The receptive field of convolutions of stride 1, one after the other, and how it grows."""
    network = Network((1, 99, 99), layers)
    extents = [receptive_field(network, f"conv{place}")[0].size for place in range(1, len(layers) + 1)]
    return value(extents[-1], " → ".join(map(str, [1, *extents])))


def published(name: str, measure: str, data: str, note: str = "") -> Answer:
    """A result of a network's paper, as the zoo keeps it."""
    entry = zoo.get(name)
    found = [each for each in entry.published if each.measure == measure and data in each.data and note in each.note]
    assert found, f"{name} has published no {measure} on {data} with {note!r}"
    return Answer((found[0].value,), f"{found[0].value:g} %", f"{found[0].data}: {found[0].note}")
