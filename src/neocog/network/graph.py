"""A network, and the one walk over it: every composite is lowered to a flat tuple of leaf steps.

The table, the receptive field, the builder and the drawings all loop over these steps; nothing else knows composites.
Paths are dotted: kind and ordinal within the parent (`conv1`), or the name; a repeated name is numbered (`block1`).

>>> from neocog.network.layers import Conv, Dense, Flatten
>>> for step in walk(Network((1, 5, 5), (Conv(2, 3), Flatten(), Dense(4)))):
...     print(step.path, step.inputs, step.shape)
conv1 (-1,) (2, 3, 3)
flatten1 (0,) (18,)
dense1 (1,) (4,)
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from neocog.core.errors import NetworkError, ShapeError, nearest
from neocog.core.registry import Registry
from neocog.network import checks
from neocog.network.activations import Identity
from neocog.network.checks import Fit, UnfitError, settle
from neocog.network.composites import (
    Add,
    Branches,
    Composite,
    Concat,
    DenseBlock,
    Graph,
    Repeat,
    Residual,
    Sequence,
    hold,
    several,
    together,
)
from neocog.network.formats import pretty
from neocog.network.layers import Layer, Leaf, Part, Shape, register
from neocog.network.sequences import Embedding, Tokens
from neocog.network.windows import Window

INPUT = -1
"""The id of the network's input among the ids of steps."""


@register
@dataclass(frozen=True, repr=False)
class Network(Part):
    """A network as a value: its nominal input, its layers, and what to do where a window does not divide a map.

    `input` is (channels, height, width), (channels, length), (features,) or `Tokens(length, vocabulary)`. Equal
    networks are equal values, and `repr` is the file format.

    >>> from neocog.network.layers import Dense
    >>> Network(input=(4,), layers=(Dense(2),))
    Network(
        input=(4,),
        layers=(
            Dense(2),
        ),
    )
    """

    kind: ClassVar[str] = "network"
    keyed: ClassVar[bool] = True
    input: Shape | Tokens
    layers: tuple[Layer, ...]
    fit: Fit = "exact"
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, input=_extents, fit=checks.choice("exact", "floor"))
        layers = several(self.layers, "Network")
        object.__setattr__(self, "layers", layers)
        hold(self, (), together(layers))

    @property
    def shape(self) -> Shape:
        """The shape of one sample: `input` itself, or (length,) of tokens."""
        return (self.input.length,) if isinstance(self.input, Tokens) else self.input

    def __repr__(self) -> str:
        return pretty(self)

    def _repr_html_(self) -> str:
        return NOTEBOOK["html"](self)


NOTEBOOK: Registry[Callable[[Network], str]] = Registry("notebook form", NetworkError)
"""How a network shows itself in a notebook, filed by the package that draws: it reads this file, not this file it."""


def _extents(value: object) -> object:
    if isinstance(value, Tokens):
        return value
    unfit = UnfitError("(channels, height, width), (channels, length), (features,) or Tokens", "(1, 28, 28)")
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 4:
        raise unfit
    try:
        return tuple(checks.whole(side) for side in value)
    except UnfitError:
        raise unfit from None


@dataclass(frozen=True)
class Step:
    """One leaf of a network, in the order in which they are computed.

    `inputs` are the ids (places in the tuple, `INPUT` for the network's own) of what it reads, `received` their shapes
    and `shape` its own. `windows` holds what a convolution or pool slides, one an axis. `shares` is the path of the
    step whose weights it uses, None where they are its own.
    """

    path: str
    layer: Leaf
    inputs: tuple[int, ...]
    received: tuple[Shape, ...]
    shape: Shape
    windows: tuple[Window, ...] = ()
    shares: str | None = None


def walk(network: Network, input: Shape | None = None) -> tuple[Step, ...]:
    """The leaf steps of a network for its nominal input, or another.

    Raises `ShapeError` where a layer does not fit what it gets and `NetworkError` where names collide.
    """
    return _lowered(network, input).steps


def outputs(network: Network) -> dict[str, int]:
    """The ids of the steps whose values a network gives, by name; a network with one output calls it "output"."""
    return dict(_lowered(network, None).outputs)


def find(steps: tuple[Step, ...], path: str) -> int:
    """The id of the step at a path; a composite's path means its last leaf. An unknown path raises `NetworkError`."""
    for index in reversed(range(len(steps))):
        if steps[index].path == path or steps[index].path.startswith(path + "."):
            return index
    raise NetworkError(f"no layer is called {path!r}; {nearest(path, [step.path for step in steps])}")


def _lowered(network: Network, shape: Shape | None) -> "_Lowering":
    lowering = _Lowering(network, network.shape if shape is None else tuple(shape))
    lowering.run()
    return lowering


class _Lowering:
    """The walk's state: the steps so far, and who owns which weights."""

    def __init__(self, network: Network, shape: Shape) -> None:
        self.network = network
        self.shape = (network.input.vocabulary, *shape) if isinstance(network.input, Tokens) else shape
        self.made: list[Step] = []
        self.owners: dict[str, str] = {}
        self.outputs: tuple[tuple[str, int], ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self.made)

    def run(self) -> None:
        layers = self.network.layers
        labels = _labels(layers)
        last = INPUT
        for place, layer in enumerate(layers):
            ends = self._thread(layer, last, "", labels, None, final=place == len(layers) - 1)
            last = next(iter(ends.values()))
            self.outputs = tuple(ends.items())

    def _scope(self, layers: tuple[Layer, ...], source: int, path: str, owner: str | None) -> int:
        """Lower layers one after the other under a path of their own."""
        labels = _labels(layers)
        for layer in layers:
            (source,) = self._thread(layer, source, path, labels, owner).values()
        return source

    def _thread(
        self, layer: Layer, source: int, path: str, labels: Iterator[str], owner: str | None, final: bool = False
    ) -> dict[str, int]:
        """Lower one layer whose parts, if it is transparent, take their names from `labels`; gives its outputs."""
        if isinstance(layer, Repeat):
            for _ in range(layer.times):
                (source,) = self._thread(layer.layer, source, path, labels, owner).values()
        elif isinstance(layer, Sequence) and layer.name is None:
            for part in layer.layers:
                (source,) = self._thread(part, source, path, labels, owner).values()
        elif isinstance(layer, Graph) and (final or layer.name is None):
            if layer.name is not None:
                path, labels, owner = _join(path, next(labels)), _labels((_unnamed(layer),)), None
            return self._graph(layer, source, path, labels, owner, final)
        else:
            label = next(labels)
            source = self._unit(layer, (source,), _join(path, label), owner and _join(owner, label))
        return {"output": source}

    def _unit(self, layer: Layer, sources: tuple[int, ...], path: str, owner: str | None) -> int:
        """Lower a layer that has a path of its own."""
        if isinstance(layer, Leaf):
            return self._emit(layer, sources, path, owner)
        if len(sources) > 1:
            raise NetworkError(f"`{path}` reads {len(sources)} inputs; merge them first, by an Add or Concat node")
        (source,) = sources
        if isinstance(layer, Residual):
            return self._residual(layer, source, path, owner)
        if isinstance(layer, DenseBlock):
            return self._dense_block(layer, source, path, owner)
        if isinstance(layer, Branches):
            ends = []
            for label, branch in zip(_branch_labels(layer), layer.branches, strict=True):
                parts = branch.layers if isinstance(branch, Sequence) else (branch,)
                ends.append(self._scope(parts, source, _join(path, label), owner and _join(owner, label)))
            return self._emit(Concat(), tuple(ends), path + ".concat", owner and owner + ".concat")
        if isinstance(layer, Graph):
            return self._scope((_unnamed(layer),), source, path, owner)
        assert isinstance(layer, Composite)
        return self._scope(layer.layers if isinstance(layer, Sequence) else (layer,), source, path, owner)

    def _residual(self, layer: Residual, source: int, path: str, owner: str | None) -> int:
        end = self._scope((layer.body,), source, path + ".body", owner and owner + ".body")
        if layer.shortcut != Identity():
            source = self._scope((layer.shortcut,), source, path + ".shortcut", owner and owner + ".shortcut")
        end = self._emit(Add(), (end, source), path + ".add", None)
        if layer.activation == Identity():
            return end
        assert isinstance(layer.activation, Leaf)
        return self._emit(layer.activation, (end,), path + ".activation", owner and owner + ".activation")

    def _dense_block(self, layer: DenseBlock, source: int, path: str, owner: str | None) -> int:
        """After each body, what it read and what it gave are joined: that is what the next one reads."""
        for number in range(1, layer.times + 1):
            body = f".body{number}"
            end = self._scope((layer.body,), source, path + body, owner and owner + body)
            source = self._emit(Concat(), (source, end), f"{path}.concat{number}", None)
        return source

    def _graph(
        self, graph: Graph, source: int, path: str, labels: Iterator[str], owner: str | None, final: bool
    ) -> dict[str, int]:
        ids, paths = {"input": source}, dict[str, str]()
        layers: dict[str, Layer] = {}
        previous = "input"
        for node in graph.nodes:
            label = next(labels)
            here, lender = _join(path, label), owner and _join(owner, label)
            if isinstance(node.layer, str):
                layers[node.name], lender = layers[node.layer], paths[node.layer]
            else:
                layers[node.name] = node.layer
            sources = tuple(ids[name] for name in node.inputs or (previous,))
            ids[node.name], paths[node.name] = self._unit(layers[node.name], sources, here, lender), here
            previous = node.name
        ends = graph.outputs or (previous,)
        if len(ends) > 1 and not final:
            raise NetworkError(
                f"a Graph with {len(ends)} outputs must be the last layer of its network; leave one output"
            )
        return {name: ids[name] for name in ends} if len(ends) > 1 else {"output": ids[ends[0]]}

    def _emit(self, layer: Leaf, inputs: tuple[int, ...], path: str, owner: str | None) -> int:
        if layer.merges != (len(inputs) > 1):
            wrong = f"`{path}` ({type(layer).__name__}) reads {len(inputs)} input{'s'[: len(inputs) - 1]}"
            raise NetworkError(
                f"{wrong}; give it two or more in a Graph" if layer.merges else f"{wrong}; merge them first, by an Add"
            )
        self._check_words(layer, path, inputs)
        received = tuple(self.shape if id_ == INPUT else self.made[id_].shape for id_ in inputs)
        try:
            windows = layer.windows(received, self.network.fit)
            shape = layer.output(received, windows)
        except ShapeError as error:
            refused = ShapeError(f"layer `{path}`: {error}")
            refused.layer = layer
            raise refused from None
        shares = None if owner is None else self.owners.get(owner, owner)
        if shares is not None:
            self.owners[path] = shares
            self._check_shared(layer, path, shares, received)
        self.made.append(Step(path, layer, inputs, received, shape, windows, shares))
        return len(self.made) - 1

    def _check_words(self, layer: Leaf, path: str, inputs: tuple[int, ...]) -> None:
        words = INPUT in inputs and isinstance(self.network.input, Tokens)
        if words and not isinstance(layer, Embedding):
            raise NetworkError(
                f"`{path}` ({type(layer).__name__}) reads the numbers of words; put Embedding(features) before it"
            )
        if isinstance(layer, Embedding) and not words:
            raise NetworkError(
                f"`{path}` (Embedding) reads words, and gets none; put it first, after input=Tokens(length, vocabulary)"
            )

    def _check_shared(self, layer: Leaf, path: str, shares: str, received: tuple[Shape, ...]) -> None:
        lender = next(step for step in self.made if step.path == shares)
        if layer.params(received) and lender.received[0][0] != received[0][0]:
            raise ShapeError(
                f"layer `{path}`: it shares the weights of `{shares}`, which reads {lender.received[0][0]} channels, "
                f"but gets {received[0][0]}; let both read as many"
            )


def _join(path: str, label: str) -> str:
    return f"{path}.{label}" if path else label


def _unnamed(graph: Graph) -> Graph:
    return Graph(*graph.nodes, outputs=graph.outputs)


def _branch_labels(layer: Branches) -> Iterator[str]:
    named = [branch.name if isinstance(branch, Sequence) else None for branch in layer.branches]
    return iter(_numbered([(name or "branch", name is not None) for name in named]))


def _labels(layers: tuple[Layer, ...]) -> Iterator[str]:
    """The names of the layers of one scope, those in transparent composites among them."""
    return iter(_numbered([label for layer in layers for label in _bases(layer)]))


def _bases(layer: Layer) -> Iterator[tuple[str, bool]]:
    """(name or kind, whether it is a name) of a layer, or of what a transparent one holds."""
    if isinstance(layer, Repeat):
        for _ in range(layer.times):
            yield from _bases(layer.layer)
    elif isinstance(layer, Sequence) and layer.name is None:
        for part in layer.layers:
            yield from _bases(part)
    elif isinstance(layer, Graph) and layer.name is None:
        for node in layer.nodes:
            yield node.name, True
    else:
        yield layer.name or layer.kind, layer.name is not None


def _numbered(bases: list[tuple[str, bool]]) -> list[str]:
    """Kinds are always numbered, names only where they repeat; two equal results raise `NetworkError`."""
    total = Counter(bases)
    seen: Counter[tuple[str, bool]] = Counter()
    labels = []
    for base in bases:
        seen[base] += 1
        labels.append(base[0] if base[1] and total[base] == 1 else f"{base[0]}{seen[base]}")
    repeated = [label for label, times in Counter(labels).items() if times > 1]
    if repeated:
        raise NetworkError(f"two layers would be called `{repeated[0]}`; choose another name for one")
    return labels
