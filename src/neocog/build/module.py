"""From a network, the value, to a `torch.nn.Module`, the machine.

The module is a `torch.fx.GraphModule`: its submodules nest as the network's paths do (so `block1.body.conv1.weight`
names a tensor), and its forward is generated, one line a step, from the same walk that counts and draws the network.
Nothing is interpreted while it runs, and it can be read: `print(build(network).code)`. It copies, traces, exports and
compiles like any other module. Taps are another view over it (`taps.py`).

Weights are made on torch's meta device first and drawn once, each from (seed, key), so neither torch's own generator
nor the order of building matters.

    from neocog.zoo import lenet5
    model = build(lenet5, seed=1)
    logits = model(images)                       # N 1 32 32 to N 10
    frame = build(lenet5, device="meta")         # no memory, no weights: for shapes, or load_state_dict(assign=True)
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import fx, nn

from neocog.build.initializers import Rule, check_rules, choose, fans_of, fill
from neocog.build.layers import Part, module_of
from neocog.build.taps import PATH
from neocog.core import draw
from neocog.network import (
    GELU,
    INPUT,
    Conv,
    ConvTranspose,
    Dense,
    Embedding,
    LeakyReLU,
    Network,
    RadialBasis,
    ReLU,
    ReLU6,
    Sigmoid,
    Sign,
    Softmax,
    Step,
    TableConv,
    Tanh,
    outputs,
    walk,
)

_ENDS_SEARCH = (Conv, TableConv, ConvTranspose, Dense, Embedding, RadialBasis, Tanh, Sigmoid, Softmax, Sign)


def build(
    network: Network, seed: int = 0, init: Sequence[Rule] = (), device: str | torch.device = "cpu"
) -> fx.GraphModule:
    """The module of a network, in training mode, its weights drawn as a function of (`seed`, key) each.

    `forward` takes a tensor of shape (N, *network.shape) and gives a tensor, or a dict of tensors by name where the
    network has several outputs. `init` holds rules (regular expression of a whole key, initializer); the first that
    matches is taken. Without one, weights before a ReLU or GELU are `he_normal`, others `glorot_uniform`, biases 0,
    scales 1; a library's module keeps its own rules. On the device "meta" nothing is drawn. Raises `RecipeError` for a
    rule that cannot work, `NetworkError` or `ShapeError` where the network cannot be.

    >>> from neocog.network import Conv, Dense, Flatten, ReLU
    >>> model = build(Network(input=(1, 5, 5), layers=(Conv(2, 3), ReLU(), Flatten(), Dense(4))))
    >>> model(torch.zeros(7, 1, 5, 5)).shape
    torch.Size([7, 4])
    >>> list(model.state_dict())
    ['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias']
    """
    steps = walk(network)
    with torch.device("meta"):
        parts = [module_of(step) for step in steps]
    modules = {step.path: part.module for step, part in zip(steps, parts, strict=True) if step.path == _home(step)}
    check_rules(init, [f"{path}.{name}" for path, module in modules.items() for name, _ in module.named_parameters()])
    if torch.device(device).type != "meta":
        for step, part, rectified in zip(steps, parts, _rectified(steps), strict=True):
            if step.path in modules:
                modules[step.path] = _drawn(part, step.path, rectified, seed, init)
    root = fx.GraphModule(nn.Module(), fx.Graph())
    for path, module in modules.items():
        root.add_submodule(path, module)
    graph = _graph(steps, parts, outputs(network))
    return fx.GraphModule(root, graph, class_name=network.name or "Network").to(device)


def _home(step: Step) -> str:
    """The path of the module that a step runs: another step's where it shares weights."""
    return step.shares if step.shares is not None and step.layer.params(step.received) else step.path


def _graph(steps: tuple[Step, ...], parts: list[Part], ends: dict[str, int]) -> fx.Graph:
    """The forward pass: one call a step, its path noted on the node for the taps."""
    graph = fx.Graph()
    values = {INPUT: graph.placeholder("x")}
    for index, (step, part) in enumerate(zip(steps, parts, strict=True)):
        arguments = tuple(values[source] for source in step.inputs)
        if part.pad:
            arguments = (graph.call_function(F.pad, (arguments[0], part.pad), {"value": part.value}),)
        values[index] = graph.call_module(_home(step), arguments)
        values[index].meta[PATH] = step.path
    results = {name: values[index] for name, index in ends.items()}
    graph.output(results if len(results) > 1 else next(iter(results.values())))
    return graph


def _rectified(steps: tuple[Step, ...]) -> list[bool]:
    """For each step, whether a ReLU or its like comes before the next weights, whatever normalizes or pools between."""
    found = [False] * len(steps)
    for index in reversed(range(len(steps))):
        layer = steps[index].layer
        before = isinstance(layer, ReLU | ReLU6 | LeakyReLU | GELU) or (
            found[index] and not isinstance(layer, _ENDS_SEARCH)
        )
        for source in steps[index].inputs:
            if source != INPUT:
                found[source] = found[source] or before
    return found


def _drawn(part: Part, path: str, rectified: bool, seed: int, rules: Sequence[Rule]) -> nn.Module:
    """The module with its first weights, on the CPU."""
    if part.drawn is not None:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(draw.integer(seed, "init", path))
            module = part.drawn()
    else:
        module = part.module.to_empty(device="cpu")
        for each in module.modules():
            if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                each.reset_running_stats()
    for name, tensor in module.named_parameters():
        key = f"{path}.{name}"
        own = "" if part.drawn is not None else _default(name, tensor, rectified)
        if rule := choose(key, rules, own):
            owner = module.get_submodule(name.rpartition(".")[0])
            fill(tensor, rule, fans_of(owner, tensor.shape), seed, key)
    return module


def _default(name: str, tensor: torch.Tensor, rectified: bool) -> str:
    if name == "bias":
        return "zeros"
    if tensor.dim() == 1:
        return "ones"
    return "he_normal" if rectified else "glorot_uniform"
