"""Layers made of layers: a composite says how its parts are wired, `walk` lowers it to leaves.

`Repeat`, an unnamed `Sequence` and an unnamed `Graph` are transparent: their parts are called as if they stood in the
parent, so a folded text and an unrolled one have the same paths.

>>> from neocog.network.layers import Conv
>>> Residual(Sequence(Conv(8, 3, pad=1), ReLU(), Conv(8, 3, pad=1)), name="block")
Residual(Sequence(Conv(8, 3, pad=1), ReLU(), Conv(8, 3, pad=1)), name='block')
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, cast

from neocog.core.errors import NetworkError, ShapeError, nearest
from neocog.network import checks
from neocog.network.activations import Identity, ReLU
from neocog.network.checks import UnfitError, settle, shown
from neocog.network.footprint import Footprint
from neocog.network.layers import Layer, Leaf, Part, Shape, register
from neocog.network.sums import Sum
from neocog.network.windows import Window

MAX_DEPTH = 50
"""How deep composites may be nested."""
MAX_REPEAT = 10_000
"""How often `Repeat` may repeat."""
MAX_STEPS = 20_000
"""How many steps a network may have; ResNet-152 has 515."""


class Composite(Layer):
    """A layer made of others."""

    begins_line: ClassVar[bool] = True


def _layer(value: object) -> object:
    if not isinstance(value, Layer):
        raise UnfitError("a layer", "Conv(16, 3)")
    return value


def _leaf(value: object) -> object:
    if not isinstance(value, Leaf) or value.merges:
        raise UnfitError("a single layer", "ReLU()")
    return value


def _repeats(value: object) -> object:
    times = checks.whole(value)
    if times > MAX_REPEAT:
        raise UnfitError(f"a whole number from 1 to {MAX_REPEAT:,}", "3")
    return times


def hold(owner: Part, parts: Iterable[Part], steps: int) -> None:
    """Note how deep an owner is nested and how many steps it comes to, and refuse what is too deep or too large."""
    depth = 1 + max((part.depth for part in parts), default=0)
    if depth > MAX_DEPTH:
        raise NetworkError(f"layers must be nested at most {MAX_DEPTH} deep, got {depth}; flatten them into a Sequence")
    if steps > MAX_STEPS:
        raise NetworkError(f"a network may have at most {MAX_STEPS:,} layers, and this has more; repeat less")
    object.__setattr__(owner, "depth", depth)
    object.__setattr__(owner, "steps", steps)


def together(parts: Iterable[Part]) -> int:
    """How many steps some parts come to."""
    return sum(part.steps for part in parts)


def _own(layer: Layer) -> int:
    """The steps of a shortcut or an activation, of which `Identity()` makes none."""
    return 0 if layer == Identity() else layer.steps


def several(values: object, owner: str) -> tuple[Layer, ...]:
    """At least one layer, as a tuple; raises `NetworkError` for anything else."""
    if not isinstance(values, tuple | list) or not values:
        raise NetworkError(f"{owner} must hold at least one layer, got {shown(values)}; write {owner}(Conv(16, 3))")
    for value in values:
        if not isinstance(value, Layer):
            hint = f"{value.__name__}()" if isinstance(value, type) else "Conv(16, 3)"
            raise NetworkError(f"{owner} must hold layers, got {shown(value)}; write for example {hint}")
    return tuple(cast("tuple[Layer, ...]", values))


@register
@dataclass(frozen=True, repr=False, init=False)
class Sequence(Composite):
    """One layer after the other."""

    kind: ClassVar[str] = "sequence"
    variadic: ClassVar[str] = "layers"
    layers: tuple[Layer, ...]
    name: str | None = None

    def __init__(self, *layers: Layer, name: str | None = None) -> None:
        object.__setattr__(self, "layers", several(layers, "Sequence"))
        object.__setattr__(self, "name", name)
        settle(self)
        hold(self, self.layers, together(self.layers))


@register
@dataclass(frozen=True, repr=False)
class Repeat(Composite):
    """The same layer `times` times, each with its own weights."""

    kind: ClassVar[str] = "repeat"
    times: int
    layer: Layer

    def __post_init__(self) -> None:
        settle(self, times=_repeats, layer=_layer)
        hold(self, (self.layer,), self.times * self.layer.steps)


@register
@dataclass(frozen=True, repr=False)
class Residual(Composite):
    """activation(body(x) + shortcut(x)) (He et al., 2015). `Identity()` as shortcut or activation makes no step."""

    kind: ClassVar[str] = "block"
    body: Layer
    shortcut: Layer = Identity()  # noqa: RUF009 a frozen value
    activation: Layer = ReLU()  # noqa: RUF009 a frozen value
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, body=_layer, shortcut=_layer, activation=_leaf)
        steps = self.body.steps + _own(self.shortcut) + 1 + _own(self.activation)
        hold(self, (self.body, self.shortcut), steps)


@register
@dataclass(frozen=True, repr=False)
class DenseBlock(Composite):
    """The same body `times` times, each reading the block's input and all outputs before it (Huang et al., 2016).

    What it gives is all of them, concatenated by channel; each time the body has its own weights.
    """

    kind: ClassVar[str] = "block"
    times: int
    body: Layer
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, times=_repeats, body=_layer)
        hold(self, (self.body,), self.times * (self.body.steps + 1))


@register
@dataclass(frozen=True, repr=False, init=False)
class Branches(Composite):
    """Every branch reads the same input; their outputs are concatenated by channel."""

    kind: ClassVar[str] = "branches"
    variadic: ClassVar[str] = "branches"
    branches: tuple[Layer, ...]
    name: str | None = None

    def __init__(self, *branches: Layer, name: str | None = None) -> None:
        if len(branches) == 1:
            raise NetworkError("Branches must hold at least two branches, got 1; write the layer by itself")
        object.__setattr__(self, "branches", several(branches, "Branches"))
        object.__setattr__(self, "name", name)
        settle(self)
        hold(self, self.branches, together(self.branches) + 1)


def _node_name(value: object) -> object:
    if value == "input":
        raise UnfitError('a name other than "input", which is the graph\'s own', '"first"')
    return checks.identifier(value)


def _node_layer(value: object) -> object:
    if isinstance(value, str):
        return _node_name(value)
    if not isinstance(value, Layer):
        raise UnfitError("a layer, or the name of the node whose weights it shares", "Conv(16, 3)")
    if value.name is not None:
        raise UnfitError("a layer without a name of its own, for the node names it", "Conv(16, 3)")
    return value


def _names(value: object) -> object:
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, tuple | list) or not values or not all(isinstance(item, str) for item in values):
        raise UnfitError("the name of a node, or several", '("input", "first")')
    return tuple(values)


@register
@dataclass(frozen=True, repr=False)
class Node(Part):
    """A named place in a `Graph`; `inputs=None` is the node before, "input" the graph's input.

    A text for `layer` names an earlier node whose weights this one shares.
    """

    kind: ClassVar[str] = "node"
    begins_line: ClassVar[bool] = True
    name: str
    layer: Layer | str
    inputs: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        settle(self, name=_node_name, layer=_node_layer, inputs=checks.optional(_names))
        parts = (self.layer,) if isinstance(self.layer, Layer) else ()
        hold(self, parts, together(parts))


@register
@dataclass(frozen=True, repr=False, init=False)
class Graph(Composite):
    """Any directed graph without cycles: nodes in an order in which each reads only earlier ones.

    `outputs=None` is the last node; several outputs are allowed only at the end of a network.
    """

    kind: ClassVar[str] = "graph"
    variadic: ClassVar[str] = "nodes"
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...] | None = None
    name: str | None = None

    def __init__(self, *nodes: Node, outputs: tuple[str, ...] | str | None = None, name: str | None = None) -> None:
        for node in nodes:
            if not isinstance(node, Node):
                raise NetworkError(f'Graph must hold nodes, got {shown(node)}; write Node("first", Conv(16, 3))')
        if not nodes:
            raise NetworkError('Graph must hold at least one node, got none; write Node("first", Conv(16, 3))')
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "outputs", outputs)
        object.__setattr__(self, "name", name)
        settle(self, outputs=checks.optional(_names))
        hold(self, nodes, self._steps())

    def _steps(self) -> int:
        """The steps of all nodes, those that share weights too; raises `NetworkError` where names do not agree."""
        known: dict[str, int] = {}
        for node in self.nodes:
            if node.name in known:
                raise NetworkError(f"two nodes of a Graph are called {node.name!r}; give each its own name")
            for name in node.inputs or ():
                if name != "input" and name not in known:
                    hint = nearest(name, [*known, "input"])
                    raise NetworkError(f"node {node.name!r} reads {name!r}, which is no earlier node; {hint}")
            if isinstance(node.layer, str) and node.layer not in known:
                hint = nearest(node.layer, known) if known else "the first node needs a layer"
                raise NetworkError(f"node {node.name!r} shares {node.layer!r}, which is no earlier node; {hint}")
            known[node.name] = known[node.layer] if isinstance(node.layer, str) else node.steps
        outputs = self.outputs or ()
        for name in outputs:
            if name not in known:
                raise NetworkError(f"output {name!r} is no node of the Graph; {nearest(name, known)}")
        if len(set(outputs)) < len(outputs):
            raise NetworkError(f"the outputs of a Graph must differ, got {shown(outputs)}; name each once")
        return sum(known.values())


class Merge(Leaf):
    """A leaf that takes two inputs or more; it stands in a `Graph`."""

    merges: ClassVar[bool] = True
    footprint: ClassVar[Footprint] = Footprint()


@register
@dataclass(frozen=True, repr=False)
class Add(Merge):
    """The sum of its inputs, which have one shape."""

    kind: ClassVar[str] = "add"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """The shape of all its inputs."""
        for shape in received[1:]:
            if shape != received[0]:
                raise ShapeError(
                    f"it adds {_text(received[0])} to {_text(shape)}; give both one shape "
                    "(in a Residual by its shortcut, a Conv of size 1 with the body's channels and stride)"
                )
        return received[0]

    def ops(self, received: tuple[Shape, ...], output: Shape, windows: tuple[Window, ...]) -> Sum:
        """An addition for each element of each input but one."""
        return Sum(*(output,) * (len(received) - 1))


@register
@dataclass(frozen=True, repr=False)
class Concat(Merge):
    """Its inputs one after the other along the channels (or features)."""

    kind: ClassVar[str] = "concat"
    work: ClassVar[int] = 0
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(sum of channels, extents as before)."""
        for shape in received[1:]:
            if shape[1:] != received[0][1:]:
                raise ShapeError(
                    f"it concatenates {_text(received[0])} with {_text(shape)}; all but the channels must agree, "
                    'so pad the branches, such as by pad="same"'
                )
        return (sum(shape[0] for shape in received), *received[0][1:])


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape))
