"""Taps: the named intermediate tensors of a model, as another view over the same modules.

A built model carries no code for its taps. `tapped` writes a second forward from the same graph, cut off after the
last layer that is asked for, over the very same modules: one set of weights, one train or eval state, no cost where
it is not used. The tensors stand on the path to the output, so gradients by them are right; no ReLU overwrites them.

The path "" (`OUTPUT`) means what the model itself gives: a tensor, or a dict of several.

Any other `nn.Module` is tapped by forward hooks. The next layer gets a clone, so that its in-place operations cannot
change what was tapped. A compiled module is unwrapped first, since hooks set after compiling never fire.

    view = tapped(model, ["conv2", "block1"])     # a composite's path means its last layer
    maps = view(images)["conv2"]                  # N C H W
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from torch import Tensor, fx, nn

from neocog.core.errors import NetworkError, nearest

# Where `build` writes a step's path on its node.
PATH = "path"

OUTPUT = ""
"""The path of what a model gives in the end, as `tapped` takes it."""

_Hook: TypeAlias = Callable[[nn.Module, tuple[object, ...], object], Tensor]


def tap_names(model: nn.Module) -> tuple[str, ...]:
    """Every path that `tapped` takes, composites included, in the order in which the tensors come to be.

    >>> tap_names(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    ('0', '1')
    """
    model = uncompiled(model)
    graph = _built_graph(model)
    if graph is None:
        return tuple(name for name, _ in model.named_modules() if name)
    return tuple(_taps(graph))


def tapped(model: nn.Module, paths: Sequence[str]) -> nn.Module:
    """A view of `model` that returns `{path: tensor}` in the order of the paths, and computes no more than they need.

    `OUTPUT` among the paths stands for all that the model gives.
    Raises `NetworkError` for an unknown path; the view of a foreign module raises it for a module that is not reached
    or does not give one tensor.

    >>> import torch
    >>> view = tapped(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), ["1"])
    >>> view(torch.ones(4, 2))["1"].shape
    torch.Size([4, 3])
    """
    model = uncompiled(model)
    known, modules = tap_names(model), dict(model.named_modules())
    for path in paths:
        if path not in (OUTPUT, *known) and path not in modules:
            raise NetworkError(f"no layer at {path!r}; {nearest(path, known)}")
    graph = _built_graph(model)
    if graph is None or any(path not in (OUTPUT, *known) for path in paths):  # or a module inside a library's layer
        return _Hooked(model, paths)
    return _view(model, graph, paths)


def _view(model: nn.Module, graph: fx.Graph, paths: Sequence[str]) -> fx.GraphModule:
    taps = _taps(graph)
    end = next(node.args[0] for node in graph.nodes if node.op == "output")
    wanted = {path: end if path == OUTPUT else taps[path] for path in paths}
    needed = set[fx.Node]()
    fx.map_arg(wanted, needed.add)
    for node in reversed(graph.nodes):
        if node in needed:
            needed.update(node.all_input_nodes)
    view, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    for node in graph.nodes:
        if node in needed or node.op == "placeholder":
            copies[node] = view.node_copy(node, copies.__getitem__)
    view.output(fx.map_arg(wanted, copies.__getitem__))
    return fx.GraphModule(model, view, class_name="Tapped")


def _taps(graph: fx.Graph) -> dict[str, fx.Node]:
    """Paths to nodes; a composite's path comes after its parts and means the last of them."""
    taps: dict[str, fx.Node] = {}
    for node in graph.nodes:
        path = node.meta.get(PATH, "")
        while path:
            taps.pop(path, None)
            taps[path] = node
            path = path.rpartition(".")[0]
    return taps


def _built_graph(model: nn.Module) -> fx.Graph | None:
    if isinstance(model, fx.GraphModule) and any(PATH in node.meta for node in model.graph.nodes):
        return model.graph
    return None


def uncompiled(model: nn.Module) -> nn.Module:
    """The module that `torch.compile` wrapped, or the module itself."""
    return cast(nn.Module, getattr(model, "_orig_mod", model))


class _Hooked(nn.Module):
    """A foreign module whose chosen outputs are collected by hooks that live only while it runs."""

    def __init__(self, model: nn.Module, paths: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.paths = tuple(paths)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        seen: dict[str, Tensor] = {}
        modules = {path: self.model.get_submodule(path) for path in self.paths if path != OUTPUT}
        handles = [module.register_forward_hook(_collector(path, seen)) for path, module in modules.items()]
        try:
            seen[OUTPUT] = self.model(x)
        finally:
            for handle in handles:
                handle.remove()
        for path in self.paths:
            if path not in seen:
                raise NetworkError(f"layer {path!r} is not reached by the forward pass; tap another")
        return {path: seen[path] for path in self.paths}


def _collector(path: str, seen: dict[str, Tensor]) -> _Hook:
    def collect(module: nn.Module, inputs: tuple[object, ...], output: object) -> Tensor:
        if not isinstance(output, Tensor):
            raise NetworkError(
                f"layer {path!r} must give one tensor to be tapped, got {type(output).__name__}; tap a layer inside it"
            )
        seen[path] = output
        return output.clone()

    return collect
