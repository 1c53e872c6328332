"""The plan of a drawing: the network's tree again, with its steps in it, and with what a reader takes as one made one.

A layer that changes nothing but values (an activation, a normalization, dropout) joins the layer that it follows, or
leads. Equal neighbors become one `Fold`. Two parts are equal if they would be drawn alike and read equal shapes: a
dropout's rate or a place in the tree does not matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from neocog.network.activations import Identity
from neocog.network.composites import Branches, DenseBlock, Graph, Repeat, Residual, Sequence
from neocog.network.cost import step_cost
from neocog.network.drawing.words import before_and_after, title
from neocog.network.graph import Network, Step, walk
from neocog.network.layers import Elementwise, Flatten, Layer, Leaf, Shape


@dataclass(frozen=True)
class Box:
    """A layer that gives a new map, with those that only change its values; `lead` is its place among the steps."""

    steps: tuple[Step, ...]
    lead: int | None = None

    @property
    def step(self) -> Step:
        """The step that the box is named by."""
        return self.steps[self.lead or 0]

    @property
    def received(self) -> Shape:
        """What it reads."""
        return self.steps[0].received[0]

    @property
    def shape(self) -> Shape:
        """What it gives, before it is flattened."""
        return self.step.shape

    @property
    def params(self) -> int:
        """What its steps learn."""
        return sum(step_cost(step).params for step in self.steps)


@dataclass(frozen=True)
class Row:
    """Parts one after the other; a path where they have a name of their own."""

    parts: "tuple[Part, ...]"
    path: str = ""


@dataclass(frozen=True)
class Shortcut:
    """A residual block: `end` is its sum and the activation behind it."""

    body: "Part"
    shortcut: "Part | None"
    end: Box
    path: str
    named: bool


@dataclass(frozen=True)
class Lanes:
    """Parts side by side, concatenated at the `end`."""

    lanes: "tuple[Row, ...]"
    end: Box
    path: str
    named: bool


@dataclass(frozen=True)
class Growth:
    """A dense block: what each body gives joins what it read."""

    bodies: "tuple[Row, ...]"
    ends: tuple[Box, ...]
    path: str


@dataclass(frozen=True)
class Web:
    """A graph: its nodes by name, what each reads ("input" is the graph's), and which of them are outputs."""

    nodes: "tuple[tuple[str, Part, tuple[str, ...]], ...]"
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Fold:
    """Equal parts one after the other."""

    copies: "tuple[Part, ...]"


Part: TypeAlias = Box | Row | Shortcut | Lanes | Growth | Web | Fold


def planned(network: Network) -> Row:
    """The plan of a network."""
    planner = _Planner(walk(network))
    return Row(planner.folded(planner.parts(network.layers, "")))


def is_chain(part: Part) -> bool:
    """Whether each box reads only the one before."""
    return isinstance(part, Box) or (isinstance(part, Row | Fold) and all(map(is_chain, _inner(part))))


def boxes(part: Part) -> Iterator[Box]:
    """Every box of a part, in the order of its steps."""
    if isinstance(part, Box):
        yield part
    else:
        for inner in _inner(part):
            yield from boxes(inner)


def sign(part: Part) -> object:
    """What two parts have in common that are drawn as one."""
    if isinstance(part, Box):
        return title(part.step), before_and_after(part.steps, part.lead), part.received, part.steps[-1].shape
    stem = "" if isinstance(part, Web | Fold) else re.sub(r"\d+[a-z]?$", "", part.path)
    return type(part), stem, tuple(sign(inner) for inner in _inner(part))


def _inner(part: Part) -> "tuple[Part, ...]":
    match part:
        case Row():
            return part.parts
        case Shortcut():
            return (part.body, *((part.shortcut,) if part.shortcut else ()), part.end)
        case Lanes():
            return (*part.lanes, part.end)
        case Growth():
            return tuple(each for pair in zip(part.bodies, part.ends, strict=True) for each in pair)
        case Web():
            return tuple(inner for _, inner, _ in part.nodes)
        case Fold():
            return part.copies
        case Box():
            return ()


class _Planner:
    """Goes down the tree as the walk does, and takes the walk's steps as it passes them."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.next = 0
        self.folds = True

    def parts(self, layers: tuple[Layer, ...], path: str) -> "tuple[Part, ...]":
        """The parts of one scope."""
        made: list[Part] = []
        waiting: tuple[Step, ...] = ()
        for layer in _plain(layers):
            if not isinstance(layer, Leaf):
                made += [Box(waiting)] if waiting else []
                waiting = ()
                made.append(self.composite(layer, path))
                continue
            step = self.take()
            if not isinstance(layer, Elementwise | Flatten):
                made.append(Box((*waiting, step), len(waiting)))
                waiting = ()
            elif made and not waiting and isinstance(made[-1], Box):
                made[-1] = Box((*made[-1].steps, step), made[-1].lead)
            else:
                waiting = (*waiting, step)
        return (*made, *([Box(waiting)] if waiting else []))

    def folded(self, parts: "tuple[Part, ...]") -> "tuple[Part, ...]":
        """Equal neighbors as one."""
        runs: list[list[Part]] = []
        for part in parts:
            if self.folds and runs and sign(runs[-1][0]) == sign(part):
                runs[-1].append(part)
            else:
                runs.append([part])
        return tuple(run[0] if len(run) == 1 else Fold(tuple(run)) for run in runs)

    def composite(self, layer: Layer, scope: str) -> Part:
        """A layer made of layers; its path is read from that of its first step."""
        if isinstance(layer, Graph):
            return self.graph(layer, scope if layer.name is None else self.path(scope))
        path = self.path(scope)
        if isinstance(layer, Residual):
            body = self.row(layer.body, path + ".body")
            shortcut = None if layer.shortcut == Identity() else self.row(layer.shortcut, path + ".shortcut")
            steps = [self.take() for _ in range(1 if layer.activation == Identity() else 2)]
            return Shortcut(body, shortcut, Box(tuple(steps), 0), path, layer.name is not None)
        if isinstance(layer, Branches):
            lanes = tuple(self.row(branch, self.path(path)) for branch in layer.branches)
            return Lanes(lanes, Box((self.take(),), 0), path, layer.name is not None)
        if isinstance(layer, DenseBlock):
            folds, self.folds = self.folds, False  # bodies read more and more, and are drawn as one all the same
            pairs = [(self.row(layer.body, self.path(path)), Box((self.take(),), 0)) for _ in range(layer.times)]
            self.folds = folds
            return Growth(tuple(body for body, _ in pairs), tuple(end for _, end in pairs), path)
        assert isinstance(layer, Sequence)
        return Row(self.folded(self.parts(layer.layers, path)), path)

    def row(self, layer: Layer, path: str) -> Row:
        """A lane, body or shortcut, which needs no frame of its own."""
        layers = layer.layers if isinstance(layer, Sequence) else (layer,)
        return Row(self.folded(self.parts(layers, path)))

    def graph(self, graph: Graph, path: str) -> Web:
        """A graph; a node of several layers bears its name on a frame."""
        layers: dict[str, Layer] = {}
        nodes = []
        previous = "input"
        for node in graph.nodes:
            layer = layers[node.layer] if isinstance(node.layer, str) else node.layer
            layers[node.name] = layer
            if isinstance(layer, Sequence | Repeat | Graph):
                here = self.path(path)
                made: Part = Row(self.folded(self.parts((layer,), here)), here)
            else:
                (made,) = self.parts((layer,), path)
            nodes.append((node.name, made, node.inputs or (previous,)))
            previous = node.name
        return Web(tuple(nodes), graph.outputs or (previous,))

    def path(self, scope: str) -> str:
        """The path of the composite within a scope that the next step belongs to."""
        inner = self.steps[self.next].path.removeprefix(f"{scope}." if scope else "")
        label = inner.partition(".")[0]
        return f"{scope}.{label}" if scope else label

    def take(self) -> Step:
        """The next step of the walk."""
        self.next += 1
        return self.steps[self.next - 1]


def _plain(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """Layers as they are computed, those of transparent composites in their place."""
    for layer in layers:
        if isinstance(layer, Repeat):
            for _ in range(layer.times):
                yield from _plain((layer.layer,))
        elif isinstance(layer, Sequence) and layer.name is None:
            yield from _plain(layer.layers)
        else:
            yield layer
