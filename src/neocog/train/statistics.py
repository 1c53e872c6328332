"""What a step does to each layer: how large gradient and update are beside the weights, and where activations lie.

One step an epoch is looked at, its last: a resumed run looks at the same steps without remembering any, the other steps
cost nothing, and the host waits once an epoch, when it waits for the loss anyway. Numbers are only read, so the weights
come out the same to the bit with and without it.

    look = Look(model)
    with look.at_activations():
        loss(model(images), targets).backward()
    look.at_gradients()
    optimizer.step()
    weights, activations = look.read()
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, final

import torch
from torch import Tensor, nn

from neocog.train.events import ActivationStatistics, WeightStatistics
from neocog.train.regularize import ACTIVATIONS

FLAT = 0.06
"""The share of its greatest slope at and below which tanh or sigmoid is saturated: |tanh| from 0.97 on."""
TANH_EDGE = (1 - FLAT) ** 0.5
"""The slope of tanh is 1 - tanh^2; a sigmoid is (1 + tanh(x / 2)) / 2, so the same |x| / 2 saturates it."""

RECTIFIERS = (nn.ReLU, nn.ReLU6)
"""The activations whose units can be dead: 0, with a slope of 0, for every sample."""

BINS = {
    "tanh": tuple(round(-0.8 + 0.2 * place, 1) for place in range(9)),
    "sigmoid": tuple(round(0.1 + 0.1 * place, 1) for place in range(9)),
}
"""Where the ten bins of a histogram part, for activations whose range is known."""
OPEN_BINS = (0.0, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Where they part for the others: by powers of two, since ReLU and its like have no end; the first bin ends at 0."""

SEEN = 32
"""Samples of the batch whose outputs are counted; whether a unit is dead is asked of all."""
COUNTED = 2**16
"""Numbers of a layer that are counted, about: of larger maps some rows and columns, which tells a share to a few tenths
of a percent. To count all of a ResNet-18's took longer than a step."""

DIGITS = 3
"""Significant digits that are kept: enough to read, and small in a file that grows with every epoch."""

_LARGEST = torch.finfo(torch.float32).max

_Hook: TypeAlias = Callable[[nn.Module, object, Tensor], None]


@final
class Look:
    """One step of a module, seen from its forward pass to after its update."""

    def __init__(self, module: nn.Module) -> None:
        self._weights = {path: layer for path, layer in module.named_modules() if _learns(layer)}
        self._activations = {path: layer for path, layer in module.named_modules() if isinstance(layer, ACTIVATIONS)}
        self._norms: list[Tensor] = []
        self._outputs: dict[str, Tensor] = {}
        self._before: list[list[Tensor]] = []

    @contextmanager
    def at_activations(self) -> Iterator[None]:
        """Watch the forward pass within; of several (a batch in parts, a shared layer) the last one counts."""
        handles = [layer.register_forward_hook(self._watch(path)) for path, layer in self._activations.items()]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def at_gradients(self) -> None:
        """Measure the gradients, before they are clipped or cleared, and keep what the update begins from.

        Only now, since the backward pass has given back its memory: the copy of the weights takes none on top of it.
        """
        with torch.no_grad():
            self._before = [[tensor.clone() for tensor in _own(layer)] for layer in self._weights.values()]
            self._norms = [
                _norm([tensor.grad for tensor in _own(layer) if tensor.grad is not None])
                for layer in self._weights.values()
            ]

    def read(self) -> tuple[tuple[WeightStatistics, ...], tuple[ActivationStatistics, ...]]:
        """The figures of the step after its update, by layer in the order of computing; waits for the device."""
        with torch.no_grad():
            lengths = [_norm(before) for before in self._before]
            moved = [
                _norm([now - then for now, then in zip(_own(layer), before, strict=True)])
                for layer, before in zip(self._weights.values(), self._before, strict=True)
            ]
            gradients, updates = (_numbers(_shares(norms, lengths)) for norms in (self._norms, moved))
            outputs = {path: _numbers(measured) for path, measured in self._outputs.items()}
        weights = tuple(
            WeightStatistics(path=path, gradient=gradient, update=update)
            for path, gradient, update in zip(self._weights, gradients, updates, strict=True)
        )
        activations = tuple(
            ActivationStatistics(
                path=path, function=_name(self._activations[path]), off=off, histogram=tuple(histogram)
            )
            for path, (off, *histogram) in outputs.items()
        )
        return weights, activations

    def _watch(self, path: str) -> _Hook:
        def watch(layer: nn.Module, _inputs: object, output: Tensor) -> None:
            with torch.no_grad():
                values = _thinned(output[:SEEN]).float()
                off = _dead(output) if isinstance(layer, RECTIFIERS) else _saturated(layer, values)
                self._outputs[path] = torch.cat([off.reshape(1), _histogram(_name(layer), values)])

        return watch


def _name(layer: nn.Module) -> str:
    return type(layer).__name__.lower()


def _thinned(output: Tensor) -> Tensor:
    """The outputs (N C ...) at places that lie evenly, so few that they are quickly counted."""
    axes = output.ndim - 2
    if axes < 1 or output.numel() <= COUNTED:
        return output
    step = math.ceil((output.numel() / COUNTED) ** (1 / axes))
    return output[(slice(None), slice(None), *[slice(None, None, step)] * axes)]


def _dead(output: Tensor) -> Tensor:
    """The share of units that are 0 throughout; a unit of a convolution (N C H W) is a whole map."""
    return _share(output.transpose(0, 1).flatten(1).amax(dim=1) <= 0)


def _saturated(layer: nn.Module, output: Tensor) -> Tensor:
    """The share of outputs of tanh and sigmoid where the function is flat; 0 for the others."""
    if isinstance(layer, nn.Tanh):
        return _share(output.abs() >= TANH_EDGE)
    if isinstance(layer, nn.Sigmoid):
        return _share((2 * output - 1).abs() >= TANH_EDGE)
    return torch.zeros((), device=output.device)


def _histogram(function: str, output: Tensor) -> Tensor:
    """The shares of ten bins; a value on an edge belongs to the bin below."""
    above = [_share(output > edge) for edge in BINS.get(function, OPEN_BINS)]
    shares = torch.stack([torch.ones_like(above[0]), *above, torch.zeros_like(above[0])])
    return shares[:-1] - shares[1:]


def _share(where: Tensor) -> Tensor:
    """How much of it is true; counting is ten times as fast as a mean."""
    return torch.count_nonzero(where) / where.numel()


def _norm(tensors: list[Tensor]) -> Tensor:
    """The Euclidean length of all of them together."""
    lengths: Tensor = torch.linalg.vector_norm(torch.stack([tensor.float().norm() for tensor in tensors]))
    return lengths


def _shares(norms: list[Tensor], lengths: list[Tensor]) -> Tensor:
    """One as a share of the other; 0 where there is no length to be a share of."""
    whole = torch.stack(lengths)
    return torch.where(whole > 0, torch.stack(norms) / whole, torch.zeros_like(whole))


def _own(layer: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in layer.parameters(recurse=False) if parameter.requires_grad]


def _learns(layer: nn.Module) -> bool:
    """Whether it is a convolution, dense layer or embedding that learns: normalization scales, and has no length."""
    return any(parameter.ndim > 1 for parameter in _own(layer))


def _numbers(tensor: Tensor) -> list[float]:
    """A row of numbers, rounded; one that has overflowed is the largest there is, so that a file can hold it."""
    row = torch.nan_to_num(tensor.float(), nan=_LARGEST, posinf=_LARGEST)
    return [float(f"{number:.{DIGITS}g}") for number in row.tolist()]
