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
from math import inf
from typing import TypeAlias, cast

from torch import nn

from neocog.build import modules
from neocog.core.errors import NetworkError
from neocog.core.registry import Registry
from neocog.network import (
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    LeakyReLU,
    LocalResponseNorm,
    Maxout,
    PadChannels,
    Pool,
    RadialBasis,
    Step,
    StochasticDepth,
    TableConv,
    Tanh,
    Unpool,
    Upsample,
    Window,
)


@dataclass(frozen=True)
class Part:
    """A module, and what its input is padded with first: amounts as `F.pad` takes them (last axis first), and value.

    `drawn` makes the module anew with first weights of its own, where a library's module draws them itself.
    """

    module: nn.Module
    pad: tuple[int, ...] = ()
    value: float = 0.0
    drawn: Callable[[], nn.Module] | None = None


Builder: TypeAlias = Callable[[Step], Part]
_Make: TypeAlias = Callable[..., nn.Module]

MODULES: Registry[Builder] = Registry("layer to build", NetworkError)

# By the number of axes.
_CONVS: tuple[_Make, ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED: tuple[_Make, ...] = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
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
    alike = _pads_alike(step)
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


@MODULES.add("TableConv")
def table_conv(step: Step) -> Part:
    """A filter for each connection of the table; uneven padding goes before it."""
    layer, windows, alike = cast(TableConv, step.layer), step.windows, _pads_alike(step)
    size, stride = tuple(w.size for w in windows), tuple(w.stride for w in windows)
    pad = tuple(w.low if alike else 0 for w in windows)
    module = modules.TableConv(layer.table, step.received[0][0], size, stride, pad, layer.bias)
    return Part(module) if alike else Part(module, _amounts([(w.low, w.high) for w in windows]))


@MODULES.add("ConvTranspose")
def conv_transpose(step: Step) -> Part:
    """`nn.ConvTranspose1d`, `nn.ConvTranspose2d` or `nn.ConvTranspose3d`."""
    layer, windows = cast(ConvTranspose, step.layer), step.windows
    module = _TRANSPOSED[len(windows) - 1](
        step.received[0][0],
        layer.channels,
        tuple(w.size for w in windows),
        stride=tuple(w.spread for w in windows),
        padding=tuple(w.span - 1 - w.low for w in windows),
        output_padding=tuple(w.high - w.low for w in windows),
        groups=layer.groups,
        bias=layer.bias,
        dilation=tuple(w.dilation for w in windows),
    )
    return Part(module)


@MODULES.add("Upsample")
def upsample(step: Step) -> Part:
    """`nn.Upsample`, its corners not aligned."""
    linear = ("linear", "bilinear", "trilinear")[len(step.windows) - 1]
    mode = "nearest" if cast(Upsample, step.layer).mode == "nearest" else linear
    return Part(nn.Upsample(scale_factor=tuple(float(w.spread) for w in step.windows), mode=mode))


@MODULES.add("Unpool")
def unpool(step: Step) -> Part:
    """Values put back to where a pool found them."""
    places, source = step.received
    pool = cast(Unpool, step.layer).pool(source, places[1:])
    assert pool is not None
    return Part(
        modules.Unpool(tuple(w.size for w in pool), tuple(w.stride for w in pool), any(w.overhang for w in pool))
    )


@MODULES.add("Crop")
def crop(step: Step) -> Part:
    """A piece of a map."""
    centered = cast(Crop, step.layer).offset is None
    return Part(modules.Crop(len(step.windows), None if centered else tuple(-w.low for w in step.windows)))


@MODULES.add("Embedding")
def embedding(step: Step) -> Part:
    """`nn.Embedding`, its features brought before the places."""
    return Part(modules.WordVectors(step.received[0][0], cast(Embedding, step.layer).features))


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
    return Part(modules.CountedMean(pool(size, stride), pad, _amounts(hang), layer.counts_pad))


@MODULES.add("SumPool")
def sum_pool(step: Step) -> Part:
    """A mean divided by one; padding that torch's does not take is zeros before it."""
    windows, hangs = step.windows, _hangs_over(step)
    size, stride = tuple(w.size for w in windows), tuple(w.stride for w in windows)
    if _pool_can_pad(step):
        return Part(modules.SumPool(size, stride, tuple(w.low for w in windows), hangs))
    reach = [(w.low, _reach(w) if hangs else w.high) for w in windows]
    return Part(modules.SumPool(size, stride, (0,) * len(windows), False), _amounts(reach))


@MODULES.add("GlobalMaxPool")
def global_max_pool(step: Step) -> Part:
    """The largest value over all axes but the channels'."""
    return Part(modules.Max(tuple(range(2, len(step.received[0]) + 1))))


@MODULES.add("GlobalAvgPool")
def global_avg_pool(step: Step) -> Part:
    """The mean over all axes but the channels'."""
    return Part(modules.Mean(tuple(range(2, len(step.received[0]) + 1))))


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
    make = nn.LayerNorm if len(step.received[0]) == 1 else modules.ChannelNorm
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
    """`nn.Tanh`, scaled where it is."""
    layer = cast(Tanh, step.layer)
    plain = layer.amplitude == layer.slope == 1
    return Part(nn.Tanh() if plain else modules.ScaledTanh(layer.amplitude, layer.slope))


@MODULES.add("Maxout")
def maxout(step: Step) -> Part:
    """The largest of neighboring channels."""
    return Part(modules.Maxout(cast(Maxout, step.layer).pieces))


@MODULES.add("RadialBasis")
def radial_basis(step: Step) -> Part:
    """The distance to fixed codes."""
    return Part(modules.RadialBasis(cast(RadialBasis, step.layer).signs(step.received[0])))


@MODULES.add("Affine")
def affine(step: Step) -> Part:
    """A learned scale and offset a channel."""
    return Part(modules.Affine(step.received[0]))


@MODULES.add("Softmax")
def softmax(step: Step) -> Part:
    """`nn.Softmax` along the channels."""
    return Part(nn.Softmax(dim=1))


@MODULES.add("Log")
def log(step: Step) -> Part:
    """The natural logarithm."""
    return Part(modules.Log())


@MODULES.add("Sign")
def sign(step: Step) -> Part:
    """-1, 0 or 1."""
    return Part(modules.Sign())


@MODULES.add("PadChannels")
def pad_channels(step: Step) -> Part:
    """Zeros before `nn.Identity`."""
    channels, *axes = step.received[0]
    missing = cast(PadChannels, step.layer).channels - channels
    return Part(nn.Identity(), _amounts([(0, missing), *[(0, 0)] * len(axes)]))


@MODULES.add("LayerScale")
def layer_scale(step: Step) -> Part:
    """A learned number a channel."""
    return Part(modules.Scale(step.received[0]))


@MODULES.add("StochasticDepth")
def stochastic_depth(step: Step) -> Part:
    """Whole samples dropped."""
    return Part(modules.SampleDropout(cast(StochasticDepth, step.layer).rate, len(step.received[0])))


@MODULES.add("Add")
def add(step: Step) -> Part:
    """The sum of several inputs."""
    return Part(modules.Add())


@MODULES.add("Concat")
def concat(step: Step) -> Part:
    """Several inputs along the channels."""
    return Part(modules.Concat())


def _hangs_over(step: Step) -> bool:
    """Whether the last windows may hang over."""
    return cast(Pool, step.layer).fit == "ceil"


def _pads_alike(step: Step) -> bool:
    """Whether both ends are padded alike, for any size of input.

    What "same" pads under a stride depends on the input, and two inputs may share one module.
    """
    layer, windows = cast("Conv | TableConv | Pool", step.layer), step.windows
    return all(w.low == w.high for w in windows) and (layer.pad != "same" or all(w.stride == 1 for w in windows))


def _pool_can_pad(step: Step) -> bool:
    """Whether torch's pool pads as the step does, for any size of input."""
    return _pads_alike(step) and all(w.low <= w.size // 2 for w in step.windows)


def _reach(window: Window) -> int:
    """The padding after that the windows read to the end, as many as there are."""
    return (window.output - 1) * window.stride + window.span - window.input - window.low


def _amounts(ends: list[tuple[int, int]]) -> tuple[int, ...]:
    """(before, after) by axis to the order of `F.pad`: the last axis first."""
    return tuple(amount for pair in reversed(ends) for amount in pair)
