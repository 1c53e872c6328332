"""What a weight is before training: named distributions, drawn for each tensor as a function of (seed, key).

A tensor's generator is seeded by a hash of the seed and the tensor's key (`conv1.weight`), so a layer that is added
leaves the others' weights as they were, and two machines agree whatever order they build in. An initializer is
written as text, `he_normal` or `normal(0.01)`, because recipes and zoo entries hold it and neither knows torch.

A variance is scaled by how many values a unit reads (`fan in`), or is read by (`fan out`), as LeCun et al. 1998,
Glorot and Bengio 2010 and He et al. 2015 derive it. For He the fan is `fan in`: the paper allows either, torch's
ResNet takes `fan out`, and `fan in` alone keeps a signal's size on the way forward where convolutions stride or
are grouped.

    from neocog.build import build
    build(network, seed=1, init=((r"dense\\d+\\.weight", "normal(0.01)"), (r".*\\.bias", "constant(1)")))
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Concatenate, TypeAlias

import torch
from torch import Generator, Tensor, nn

from neocog.build.modules import TableConv
from neocog.core import draw
from neocog.core.errors import RecipeError, nearest
from neocog.core.registry import Registry

Rule: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Fans:
    """How many values one unit reads (`inward`) and how many units read one value (`outward`)."""

    inward: int
    outward: int


Fill: TypeAlias = Callable[Concatenate[Tensor, Fans, Generator, ...], None]

INITIALIZERS: Registry[Fill] = Registry("initializer", RecipeError)

_CALL = re.compile(r"(?P<name>\w+)(?:\((?P<arguments>[^()]*)\))?")


def fans(shape: Sequence[int], groups: int = 1) -> Fans:
    """The fans of a weight of shape (outputs, inputs / groups, *window); a vector has its length both ways.

    >>> fans((64, 3, 5, 5))
    Fans(inward=75, outward=1600)
    >>> fans((32, 1, 3, 3), groups=32)
    Fans(inward=9, outward=9)
    """
    if len(shape) < 2:
        return Fans(math.prod(shape), math.prod(shape))
    window = math.prod(shape[2:])
    return Fans(shape[1] * window, shape[0] * window // groups)


def fans_of(module: nn.Module, shape: Sequence[int]) -> Fans:
    """The fans of a module's weight; of a transposed convolution or a table of connections, on average.

    >>> fans_of(nn.ConvTranspose2d(8, 4, 4, stride=2), (8, 4, 4, 4))
    Fans(inward=32, outward=64)
    """
    if isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
        outward = math.prod(shape[1:])
        return Fans(max(1, shape[0] * math.prod(shape[2:]) // module.groups // math.prod(module.stride)), outward)
    if isinstance(module, TableConv):
        weights = math.prod(shape)
        return Fans(round(weights / len(module.table)), round(weights / module.channels))
    if isinstance(module, nn.Embedding):
        return Fans(1, shape[1])  # one word at a time is read
    return fans(shape, module.groups if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) else 1)


@INITIALIZERS.add("zeros")
def zeros(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """All 0."""
    tensor.zero_()


@INITIALIZERS.add("ones")
def ones(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """All 1."""
    tensor.fill_(1.0)


@INITIALIZERS.add("constant")
def constant(tensor: Tensor, fans: Fans, generator: Generator, value: float) -> None:
    """All the same `value`."""
    tensor.fill_(value)


@INITIALIZERS.add("normal")
def normal(tensor: Tensor, fans: Fans, generator: Generator, deviation: float = 0.01, mean: float = 0.0) -> None:
    """The normal distribution of a fixed `deviation`: AlexNet's 0.01."""
    if deviation < 0:
        raise RecipeError(f"the deviation of a normal initializer must be 0 or more, got {deviation:g}; drop the sign")
    tensor.normal_(mean, deviation, generator=generator)


@INITIALIZERS.add("uniform")
def uniform(tensor: Tensor, fans: Fans, generator: Generator, low: float = -0.05, high: float = 0.05) -> None:
    """The uniform distribution on [`low`, `high`)."""
    if low > high:
        raise RecipeError(f"a uniform initializer's low must not exceed its high, got {low:g} and {high:g}; swap them")
    tensor.uniform_(low, high, generator=generator)


@INITIALIZERS.add("lecun_normal")
def lecun_normal(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Normal, deviation 1 / sqrt(fan in) (LeCun et al., Efficient BackProp, 1998)."""
    _normal(tensor, 1 / fans.inward, generator)


@INITIALIZERS.add("lecun_uniform")
def lecun_uniform(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Uniform, deviation 1 / sqrt(fan in) (LeCun et al., Efficient BackProp, 1998)."""
    _uniform(tensor, 1 / fans.inward, generator)


@INITIALIZERS.add("glorot_normal")
def glorot_normal(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Normal, deviation sqrt(2 / (fan in + fan out)) (Glorot and Bengio, 2010)."""
    _normal(tensor, 2 / (fans.inward + fans.outward), generator)


@INITIALIZERS.add("glorot_uniform")
def glorot_uniform(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Uniform, deviation sqrt(2 / (fan in + fan out)) (Glorot and Bengio, 2010)."""
    _uniform(tensor, 2 / (fans.inward + fans.outward), generator)


@INITIALIZERS.add("he_normal")
def he_normal(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Normal, deviation sqrt(2 / fan in) (He et al., Delving Deep into Rectifiers, 2015)."""
    _normal(tensor, 2 / fans.inward, generator)


@INITIALIZERS.add("he_uniform")
def he_uniform(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Uniform, deviation sqrt(2 / fan in) (He et al., Delving Deep into Rectifiers, 2015)."""
    _uniform(tensor, 2 / fans.inward, generator)


@INITIALIZERS.add("bilinear")
def bilinear(tensor: Tensor, fans: Fans, generator: Generator) -> None:
    """Interpolation, each channel by itself: how FCN's transposed convolutions begin (Long et al., 2015, section 3.3).

    A filter of 2 * S - S % 2 under stride S then enlarges as `Upsample(S, mode="bilinear")` does, off the border.
    """
    inputs, outputs, *sides = tensor.shape if tensor.dim() > 2 else (0, 0)
    if not sides or outputs not in (1, inputs):
        raise RecipeError(
            "bilinear fills a ConvTranspose that gives as many channels as it reads, in one group or as many, got "
            f"a tensor of {'x'.join(map(str, tensor.shape))}; choose another initializer"
        )
    weights = torch.ones(())
    for side in sides:
        factor = (side + 1) // 2
        center = (side - 1) / 2 if side % 2 else factor - 0.5
        weights = weights.unsqueeze(-1) * (1 - (torch.arange(side) - center).abs() / factor)
    tensor.zero_()
    for channel in range(inputs):
        tensor[channel, channel if outputs > 1 else 0] = weights


@INITIALIZERS.add("identity")
def identity(tensor: Tensor, fans: Fans, generator: Generator, deviation: float = 0.0) -> None:
    """What is read is passed on: how the dilated context module begins (Yu and Koltun, 2016, equations 4 and 5).

    The middle of each filter links a channel to its like, several to one or one to several where their numbers differ;
    all else is normal with that `deviation`, which breaks the tie between channels that begin alike.
    """
    if tensor.dim() < 3:
        raise RecipeError(
            f"identity fills a convolution, got a tensor of {'x'.join(map(str, tensor.shape))}; choose another "
            "initializer"
        )
    outputs, inputs, *sides = tensor.shape
    common = math.gcd(outputs, inputs)
    alike = torch.arange(outputs)[:, None] * common // outputs == torch.arange(inputs) * common // inputs
    tensor.normal_(0.0, deviation, generator=generator) if deviation else tensor.zero_()
    middle = tensor
    for side in reversed(sides):
        middle = middle[..., (side - 1) // 2]
    middle.copy_(torch.where(alike, torch.tensor(common / outputs, dtype=tensor.dtype), middle))


def fill(tensor: Tensor, initializer: str, fans: Fans, seed: int, key: str) -> None:
    """Fill a tensor in place, as a function of (`seed`, `key`) alone.

    `initializer` is a name, with its numbers in parentheses where it takes any. Raises `RecipeError` for an unknown
    name or numbers that it does not take.

    >>> tensor = torch.empty(3)
    >>> fill(tensor, "constant(0.5)", fans(tensor.shape), seed=0, key="conv1.bias")
    >>> tensor
    tensor([0.5000, 0.5000, 0.5000])
    """
    function, arguments = _parse(initializer)
    generator = Generator().manual_seed(draw.integer(seed, "init", key))
    with torch.no_grad():
        function(tensor, fans, generator, *arguments)


def choose(key: str, rules: Iterable[Rule], default: str) -> str:
    """The initializer of the first rule whose pattern matches the whole key, else the default.

    >>> choose("dense1.weight", [(r"dense.*", "normal(0.01)")], "he_normal")
    'normal(0.01)'
    """
    return next((initializer for pattern, initializer in rules if re.fullmatch(pattern, key)), default)


def check_rules(rules: Iterable[Rule], keys: Sequence[str]) -> None:
    """Raise `RecipeError` for a pattern that is malformed or matches none of the keys, or an unknown initializer."""
    for pattern, initializer in rules:
        _parse(initializer)
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise RecipeError(
                f"an init rule must be a regular expression, got {pattern!r} ({error}); escape its special characters"
            ) from error
        if not any(map(compiled.fullmatch, keys)):
            raise RecipeError(f"init rule {pattern!r} matches no tensor; {nearest(pattern, keys)}")


def _parse(text: str) -> tuple[Fill, tuple[float, ...]]:
    call = _CALL.fullmatch(text.strip())
    if call is None:
        raise RecipeError(f"an initializer must read like he_normal or normal(0.01), got {text!r}; write it so")
    function = INITIALIZERS[call["name"]]
    parameters = list(inspect.signature(function).parameters.values())[3:]
    required = sum(parameter.default is parameter.empty for parameter in parameters)
    try:
        arguments = tuple(float(part) for part in (call["arguments"] or "").split(",") if part.strip())
        fits = required <= len(arguments) <= len(parameters) and all(map(math.isfinite, arguments))
    except ValueError:
        fits = False
    if not fits:
        names = ", ".join(parameter.name for parameter in parameters) or "no numbers"
        raise RecipeError(f"initializer {call['name']} takes {names}, got {text!r}; write the numbers in that order")
    return function, arguments


def _normal(tensor: Tensor, variance: float, generator: Generator) -> None:
    tensor.normal_(0.0, math.sqrt(variance), generator=generator)


def _uniform(tensor: Tensor, variance: float, generator: Generator) -> None:
    # A uniform distribution on [-b, b) has variance b^2 / 3.
    bound = math.sqrt(3 * variance)
    tensor.uniform_(-bound, bound, generator=generator)
