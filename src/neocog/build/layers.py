"""One function for each kind of leaf: from a step of the walk to torch's module.

Torch's own modules wherever they can, so that tensor names, exporters and tools find what they know. What they cannot
is padded before them (`Part.pad`): torch pads both ends alike, and pools by half their size at most. The padding
of `"same"` under a stride, and of a `"ceil"` with uneven padding, is what the network's nominal input needs.

A new layer is one function here:

    @MODULES.add("Maxout")
    def maxout(step: Step) -> Part: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from math import inf
from typing import TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neocog.core.errors import NetworkError
from neocog.core.registry import Registry
from neocog.network import (
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    LayerNorm,
    LeakyReLU,
    LocalResponseNorm,
    MaxPool,
    PadChannels,
    Step,
    StochasticDepth,
    Window,
)


@dataclass(frozen=True)
class Part:
    """A module, and what its input is padded with first: amounts as `F.pad` takes them (last axis first), and value."""

    module: nn.Module
    pad: tuple[int, ...] = ()
    value: float = 0.0


Builder: TypeAlias = Callable[[Step], Part]
_Make: TypeAlias = Callable[..., nn.Module]

MODULES: Registry[Builder] = Registry("layer to build", NetworkError)

# By the number of axes.
_CONVS: tuple[_Make, ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_MAX_POOLS: tuple[_Make, ...] = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVG_POOLS: tuple[_Make, ...] = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
# A vector is normalized as a sequence is.
_NORMS: tuple[_Make, ...] = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def module_of(step: Step) -> Part:
    """The module of a step, its weights not yet drawn."""
    return MODULES[type(step.layer).__name__](step)


@MODULES.add("Conv")
def conv(step: Step) -> Part:
    """`nn.Conv1d`, `nn.Conv2d` or `nn.Conv3d`; uneven padding goes before it."""
    layer, windows = cast(Conv, step.layer), step.windows
    # What "same" pads under a stride depends on the input, and two inputs may share one module.
    alike = all(w.low == w.high for w in windows) and (layer.pad != "same" or all(w.stride == 1 for w in windows))
    module = _CONVS[len(windows) - 1](
        step.received[0][0],
        layer.channels,
        tuple(w.size for w in windows),
        stride=tuple(w.stride for w in windows),
        padding=tuple(w.low for w in windows) if alike else 0,
        dilation=tuple(w.dilation for w in windows),
        groups=layer.groups,
        bias=layer.bias,
    )
    return Part(module) if alike else Part(module, _amounts([(w.low, w.high) for w in windows]))


@MODULES.add("MaxPool")
def max_pool(step: Step) -> Part:
    """`nn.MaxPool`; padding that torch's does not take is minus infinity before it."""
    pool, windows = _MAX_POOLS[len(step.windows) - 1], step.windows
    size, stride = tuple(w.size for w in windows), tuple(w.stride for w in windows)
    if _pool_can_pad(step):
        return Part(pool(size, stride, tuple(w.low for w in windows), ceil_mode=_hangs_over(step)))
    reach = [(w.low, _reach(w) if _hangs_over(step) else w.high) for w in windows]
    return Part(pool(size, stride), _amounts(reach), -inf)


@MODULES.add("AvgPool")
def avg_pool(step: Step) -> Part:
    """`nn.AvgPool`, or a mean that knows which places count where torch's cannot pad so."""
    layer, windows = cast(AvgPool, step.layer), step.windows
    pool = _AVG_POOLS[len(windows) - 1]
    size, stride = tuple(w.size for w in windows), tuple(w.stride for w in windows)
    if _pool_can_pad(step):
        low = tuple(w.low for w in windows)
        return Part(pool(size, stride, low, ceil_mode=_hangs_over(step), count_include_pad=layer.counts_pad))
    hang = [(0, _reach(w) - w.high if _hangs_over(step) else 0) for w in windows]
    pad = _amounts([(w.low, w.high) for w in windows])
    return Part(CountedMean(pool(size, stride), pad, _amounts(hang), layer.counts_pad))


@MODULES.add("GlobalAvgPool")
def global_avg_pool(step: Step) -> Part:
    """The mean over all axes but the channels'."""
    return Part(Mean(tuple(range(2, len(step.received[0]) + 1))))


@MODULES.add("Flatten")
def flatten(step: Step) -> Part:
    """`nn.Flatten`."""
    return Part(nn.Flatten())


@MODULES.add("Dense")
def dense(step: Step) -> Part:
    """`nn.Linear`."""
    layer = cast(Dense, step.layer)
    return Part(nn.Linear(step.received[0][0], layer.features, bias=layer.bias))


@MODULES.add("Dropout")
def dropout(step: Step) -> Part:
    """`nn.Dropout`."""
    return Part(nn.Dropout(cast(Dropout, step.layer).rate))


@MODULES.add("BatchNorm")
def batch_norm(step: Step) -> Part:
    """`nn.BatchNorm1d`, `nn.BatchNorm2d` or `nn.BatchNorm3d`."""
    layer, shape = cast(BatchNorm, step.layer), step.received[0]
    return Part(_NORMS[len(shape) - 1](shape[0], eps=layer.eps, momentum=layer.momentum))


@MODULES.add("LayerNorm")
def layer_norm(step: Step) -> Part:
    """`nn.LayerNorm`, which normalizes the last axis: of a map the channels go there and back."""
    make = nn.LayerNorm if len(step.received[0]) == 1 else ChannelNorm
    return Part(make(step.received[0][0], eps=cast(LayerNorm, step.layer).eps))


@MODULES.add("LocalResponseNorm")
def local_response_norm(step: Step) -> Part:
    """`nn.LocalResponseNorm`, which divides its alpha by its size."""
    layer = cast(LocalResponseNorm, step.layer)
    return Part(nn.LocalResponseNorm(layer.size, alpha=layer.alpha * layer.size, beta=layer.beta, k=layer.k))


@MODULES.add("Identity")
def identity(step: Step) -> Part:
    """`nn.Identity`."""
    return Part(nn.Identity())


@MODULES.add("ReLU")
def relu(step: Step) -> Part:
    """`nn.ReLU`, never in place: a tap before it must stay as it was, and in place measures no faster."""
    return Part(nn.ReLU())


@MODULES.add("ReLU6")
def relu6(step: Step) -> Part:
    """`nn.ReLU6`."""
    return Part(nn.ReLU6())


@MODULES.add("GELU")
def gelu(step: Step) -> Part:
    """`nn.GELU`, not its approximation by tanh."""
    return Part(nn.GELU())


@MODULES.add("LeakyReLU")
def leaky_relu(step: Step) -> Part:
    """`nn.LeakyReLU`."""
    return Part(nn.LeakyReLU(cast(LeakyReLU, step.layer).slope))


@MODULES.add("Sigmoid")
def sigmoid(step: Step) -> Part:
    """`nn.Sigmoid`."""
    return Part(nn.Sigmoid())


@MODULES.add("Tanh")
def tanh(step: Step) -> Part:
    """`nn.Tanh`."""
    return Part(nn.Tanh())


@MODULES.add("Softmax")
def softmax(step: Step) -> Part:
    """`nn.Softmax` along the channels."""
    return Part(nn.Softmax(dim=1))


@MODULES.add("Sign")
def sign(step: Step) -> Part:
    """-1, 0 or 1."""
    return Part(Sign())


@MODULES.add("PadChannels")
def pad_channels(step: Step) -> Part:
    """Zeros before `nn.Identity`."""
    channels, *axes = step.received[0]
    missing = cast(PadChannels, step.layer).channels - channels
    return Part(nn.Identity(), _amounts([(0, missing), *[(0, 0)] * len(axes)]))


@MODULES.add("LayerScale")
def layer_scale(step: Step) -> Part:
    """A learned number a channel."""
    return Part(Scale(step.received[0]))


@MODULES.add("StochasticDepth")
def stochastic_depth(step: Step) -> Part:
    """Whole samples dropped."""
    return Part(SampleDropout(cast(StochasticDepth, step.layer).rate, len(step.received[0])))


@MODULES.add("Add")
def add(step: Step) -> Part:
    """The sum of several inputs."""
    return Part(Add())


@MODULES.add("Concat")
def concat(step: Step) -> Part:
    """Several inputs along the channels."""
    return Part(Concat())


class Mean(nn.Module):
    """The mean over some axes."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C."""
        return x.mean(self.axes)


class CountedMean(nn.Module):
    """An average pool over an unevenly padded map: the sum of a window over the number of its places that count.

    `hang` is what a last window reaches beyond the padding (negative: what no window reads); it never counts.
    """

    def __init__(self, pool: nn.Module, pad: tuple[int, ...], hang: tuple[int, ...], counts_pad: bool) -> None:
        super().__init__()
        self.pool = pool
        self.pad = pad
        self.hang = hang
        self.counts_pad = counts_pad

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C H' W'."""
        places = F.pad(torch.ones_like(x[:1, :1]), self.pad, value=float(self.counts_pad))
        counted = self.pool(F.pad(places, self.hang))
        return cast(Tensor, self.pool(F.pad(F.pad(x, self.pad), self.hang)) / counted)


class ChannelNorm(nn.LayerNorm):
    """Each place of a map normalized over its channels."""

    def forward(self, input: Tensor) -> Tensor:
        """N C H W to the same shape."""
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class Scale(nn.Module):
    """Each channel times a learned number."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape[0]))
        self.axes = len(shape) - 1

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to the same shape."""
        return x * self.weight.view(-1, *[1] * self.axes)


class SampleDropout(nn.Module):
    """In training, each sample zeroed as a whole with probability `rate`, the others scaled up."""

    def __init__(self, rate: float, axes: int) -> None:
        super().__init__()
        self.rate = rate
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to the same shape."""
        if not self.training:
            return x
        kept = x.new_empty((x.shape[0], *[1] * self.axes)).bernoulli_(1 - self.rate)
        return x * kept / (1 - self.rate)


class Sign(nn.Module):
    """-1, 0 or 1."""

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return torch.sign(x)


class Add(nn.Module):
    """The sum of several tensors of one shape."""

    def forward(self, *values: Tensor) -> Tensor:
        """The same shape."""
        return reduce(torch.add, values)


class Concat(nn.Module):
    """Several tensors, one after the other along the channels."""

    def forward(self, *values: Tensor) -> Tensor:
        """N C1 H W, N C2 H W, ... to N C1+C2+... H W."""
        return torch.cat(values, 1)


def _hangs_over(step: Step) -> bool:
    """Whether the last windows may hang over."""
    return cast("MaxPool | AvgPool", step.layer).fit == "ceil"


def _pool_can_pad(step: Step) -> bool:
    """Whether torch's pool pads as the step does, for any size of input."""
    layer, windows = cast("MaxPool | AvgPool", step.layer), step.windows
    alike = all(w.low == w.high <= w.size // 2 for w in windows)
    return alike and (layer.pad != "same" or all(w.stride == 1 for w in windows))


def _reach(window: Window) -> int:
    """The padding after that the windows read to the end, as many as there are."""
    return (window.output - 1) * window.stride + window.span - window.input - window.low


def _amounts(ends: list[tuple[int, int]]) -> tuple[int, ...]:
    """(before, after) by axis to the order of `F.pad`: the last axis first."""
    return tuple(amount for pair in reversed(ends) for amount in pair)
