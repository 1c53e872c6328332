"""The modules that torch does not have: what a kind of leaf computes where none of torch's own does.

They hold no buffers. What is fixed (a table, codes) stands in the network's text; it is kept as a plain tensor on the
CPU, since a module that is made on the meta device would lose a buffer's values.
"""

from functools import reduce
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_TINY = torch.finfo(torch.float32).tiny


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


class Log(nn.Module):
    """The natural logarithm, of the smallest normal float32 at least, so that it is finite."""

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return torch.log(x.clamp_min(_TINY))


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


class SumPool(nn.Module):
    """The sum of each window: torch's mean, divided by one."""

    def __init__(self, size: tuple[int, ...], stride: tuple[int, ...], pad: tuple[int, ...], ceil: bool) -> None:
        super().__init__()
        self.size = size
        self.stride = stride
        self.pad = pad
        self.ceil = ceil

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C H' W'."""
        if len(self.size) == 3:
            return F.avg_pool3d(x, self.size, self.stride, self.pad, self.ceil, divisor_override=1)
        if len(self.size) == 2:
            return F.avg_pool2d(x, self.size, self.stride, self.pad, self.ceil, divisor_override=1)
        rows = ((1, *self.size), (1, *self.stride), (0, *self.pad))
        return F.avg_pool2d(x.unsqueeze(2), *rows, self.ceil, divisor_override=1).squeeze(2)


class Max(nn.Module):
    """The largest value over some axes; equal ones share its gradient."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C."""
        return x.amax(self.axes)


class Maxout(nn.Module):
    """The largest of each `pieces` neighboring channels."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        """N C*pieces H W to N C H W."""
        return torch.unflatten(x, 1, (-1, self.pieces)).amax(2)


class Unpool(nn.Module):
    """Values put back to where a max pool over a second map finds its maxima; on the same place they add up."""

    def __init__(self, size: tuple[int, ...], stride: tuple[int, ...], ceil: bool) -> None:
        super().__init__()
        self.size = size
        self.stride = stride
        self.ceil = ceil

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """N C h w and N C H W to N C H W."""
        pool = (F.max_pool1d_with_indices, F.max_pool2d_with_indices, F.max_pool3d_with_indices)[len(self.size) - 1]
        axes = len(self.size)
        places = pool(source, self.size, self.stride, (0,) * axes, (1,) * axes, self.ceil)[1]
        empty = torch.zeros_like(source).flatten(2)
        return empty.scatter_add(2, places.flatten(2), x.flatten(2)).view_as(source)


class Crop(nn.Module):
    """The first map cut to the extents of the second, in the middle or from an offset on each axis."""

    def __init__(self, axes: int, offset: tuple[int, ...] | None) -> None:
        super().__init__()
        self.axes = axes
        self.offset = offset

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """N C H W and N C' h w to N C h w."""
        for axis in range(self.axes):
            side, length = x.shape[2 + axis], like.shape[2 + axis]
            start = (side - length) // 2 if self.offset is None else self.offset[axis]
            x = x.narrow(2 + axis, start, length)
        return x


class WordVectors(nn.Embedding):
    """A learned vector for each word, the channels before the places."""

    def forward(self, input: Tensor) -> Tensor:
        """N L to N C L."""
        return super().forward(input).transpose(1, 2)


class ScaledTanh(nn.Module):
    """amplitude * tanh(slope * x)."""

    def __init__(self, amplitude: float, slope: float) -> None:
        super().__init__()
        self.amplitude = amplitude
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return self.amplitude * torch.tanh(self.slope * x)


class Affine(nn.Module):
    """Each channel times a learned number, plus another."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape[0]))
        self.bias = nn.Parameter(torch.zeros(shape[0]))
        self.axes = len(shape) - 1

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to the same shape."""
        axes = [1] * self.axes
        return x * self.weight.view(-1, *axes) + self.bias.view(-1, *axes)


class TableConv(nn.Module):
    """A convolution whose rows of `table` list the channels that each output reads: one filter a connection.

    The filters are put among zeros and convolved as any: the multiplications by zero cost far less time than the many
    small convolutions that leave them out (measured on LeNet-5's: a thirteenth).
    """

    def __init__(
        self, table: tuple[tuple[int, ...], ...], channels: int, size: tuple[int, ...], stride: tuple[int, ...],
        pad: tuple[int, ...], bias: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.table = table
        self.channels = channels
        self.size = size
        self.stride = stride
        self.pad = pad
        places = [row * channels + channel for row, reads in enumerate(table) for channel in reads]
        self.places = torch.tensor(places, device="cpu")
        self.weight = nn.Parameter(torch.empty(len(places), 1, *size))
        self.bias = nn.Parameter(torch.zeros(len(table))) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """N C H W to N C' H' W'."""
        rows = len(self.table)
        empty = self.weight.new_zeros((rows * self.channels, 1, *self.size))
        filters = empty.index_copy(0, self.places.to(x.device), self.weight).view(rows, self.channels, *self.size)
        convolve = (F.conv1d, F.conv2d, F.conv3d)[len(self.stride) - 1]
        return convolve(x, filters, self.bias, self.stride, self.pad)


class RadialBasis(nn.Module):
    """Minus half the squared distance to each of some fixed codes."""

    def __init__(self, codes: tuple[tuple[int, ...], ...]) -> None:
        super().__init__()
        self.codes = torch.tensor(codes, dtype=torch.float32, device="cpu")

    def forward(self, x: Tensor) -> Tensor:
        """N F to N K."""
        return -0.5 * (x.unsqueeze(1) - self.codes.to(x)).square().sum(2)
