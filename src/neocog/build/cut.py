"""A built model cut in two at a layer: what comes before gives codes of its input, what comes after reads them.

`tapped` is the first part, `rest` the second; both are views over the very same modules, so that either may learn,
and `rest(model, path)(tapped(model, [path])(images)[path])` is `model(images)` to the bit. A model can be cut only
where one tensor passes: between residual blocks, not within one.

>>> from neocog.build.module import build
>>> from neocog.network import Conv, Dense, GlobalAvgPool, Network, ReLU
>>> model = build(Network((1, 5, 5), (Conv(2, 3), ReLU(), GlobalAvgPool(), Dense(4))))
>>> cuts(model)
('conv1', 'relu1', 'pool1', 'dense1')
>>> rest(model, "pool1").code.strip().splitlines()[-1].strip()
'return dense1'
"""

from collections.abc import Callable

from torch import fx, nn

from neocog.build.taps import PATH
from neocog.core.errors import NetworkError, nearest


def cuts(model: fx.GraphModule) -> tuple[str, ...]:
    """The paths at which a built model can be cut, in the order of computing; of a composite's end, its shortest."""
    return tuple(_cut_nodes(model))


def last_cut(model: fx.GraphModule, stop: Callable[[nn.Module], bool]) -> str | None:
    """The last path at which a built model can be cut before the first module that `stop` is true of; None without one.

    >>> from neocog.build.module import build
    >>> from neocog.network import Conv, Dense, Flatten, Network
    >>> model = build(Network((1, 5, 5), (Conv(2, 3), Flatten(), Dense(4))))
    >>> last_cut(model, lambda module: isinstance(module, nn.Linear))
    'flatten1'
    """
    before: set[fx.Node] = set()
    for node in model.graph.nodes:
        if node.op == "call_module" and stop(model.get_submodule(str(node.target))):
            break
        before.add(node)
    return next((path for path, node in reversed(_cut_nodes(model).items()) if node in before), None)


def rest(model: fx.GraphModule, path: str) -> fx.GraphModule:
    """What a built model computes from the output of the layer at `path`; its tensors keep their names.

    Raises `NetworkError` where there is no such layer, or where more than its output passes there.
    """
    nodes = {_last(node): node for node in _cut_nodes(model).values()} | _cut_nodes(model)
    if path not in nodes:
        raise NetworkError(f"the network cannot be cut at {path!r}; {nearest(path, nodes)}")
    graph, copies, past = fx.Graph(), dict[fx.Node, fx.Node](), False
    for node in model.graph.nodes:
        if node is nodes[path]:
            copies[node], past = graph.placeholder("codes"), True
        elif past:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    return fx.GraphModule(model, graph, class_name="Rest")


def _cut_nodes(model: fx.GraphModule) -> dict[str, fx.Node]:
    """The nodes whose output alone passes to what follows, by the shortest path that means them."""
    nodes = [node for node in model.graph.nodes if node.op != "output"]
    places = {node: place for place, node in enumerate(model.graph.nodes)}
    found: dict[str, fx.Node] = {}
    furthest = -1
    for node in nodes:
        if node.meta.get(PATH) and furthest <= places[node]:
            found[_shortest(node, nodes[places[node] + 1 :])] = node
        furthest = max(furthest, *(places[user] for user in node.users), -1)
    return found


def _shortest(node: fx.Node, later: list[fx.Node]) -> str:
    """The path of the outermost composite that ends in the node."""
    path = _last(node)
    after = {part for other in later for part in _within(other.meta.get(PATH, ""))}
    return next(outer for outer in sorted(_within(path), key=len) if outer == path or outer not in after)


def _within(path: str) -> set[str]:
    """A path and those of the composites around it."""
    parts = path.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def _last(node: fx.Node) -> str:
    return str(node.meta[PATH])
