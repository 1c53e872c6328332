"""Another rule for how gradients pass the ReLUs, for guided backpropagation and deconvolution.

The rule is set from outside and for a while: every call of a ReLU or ReLU6 is met on its way to torch, whether a layer
makes it or a line of the network's code, in place or not, and its output is computed as ever. No module is touched, so
there is nothing to take back. Smooth and leaky activations have no such rule and keep their gradient.

>>> x = torch.tensor([-1.0, 2.0, 3.0], requires_grad=True)
>>> with Rectifiers(gated=True) as met:
...     (torch.relu(x) * torch.tensor([1.0, 1.0, -1.0])).sum().backward()
>>> x.grad.tolist(), met.count                       # -1 was not passed on, and what asks for less is left out
([0.0, 1.0, 0.0], 1)
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

_PLAIN = {F.relu, torch.relu, Tensor.relu}
_IN_PLACE = {torch.relu_, Tensor.relu_}
_BOUNDED = {F.relu6, F.hardtanh}


@final
class Rectifiers(TorchFunctionMode):
    """While it is entered, only what speaks for more passes back through a ReLU: negative gradients become 0.

    `gated` also holds back what the ReLU held back on the way forth, as its own gradient does (guided backpropagation);
    without it the forward pass does not matter (deconvolution). `count` is the number of ReLUs met.
    """

    def __init__(self, gated: bool) -> None:
        super().__init__()
        self.gated = gated
        self.count = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """What torch calls in the place of each of its functions."""
        given = kwargs or {}
        found = _rectifier(func, args, given)
        if found is None:
            return func(*args, **given)
        self.count += 1
        x, ceiling, in_place = found
        y: Tensor = _Rectified.apply(x, ceiling, self.gated)  # type: ignore[no-untyped-call]
        return x.copy_(y) if in_place else y


def _rectifier(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Tensor, float, bool] | None:
    """Of the call of a ReLU its input, the value that it is cut off at, and whether it is in place; else None."""
    if func in _IN_PLACE:
        return args[0], inf, True
    if func in _PLAIN:
        in_place = bool(kwargs.get("inplace", args[1] if len(args) > 1 else False))
        return args[0] if args else kwargs["input"], inf, in_place
    if func in _BOUNDED:
        told = inspect.signature(func).bind(*args, **kwargs).arguments
        low, high = (0, 6) if func is F.relu6 else (told.get("min_val", -1), told.get("max_val", 1))
        return (told["input"], high, told.get("inplace", False)) if low == 0 else None
    return None


class _Rectified(torch.autograd.Function):
    """A ReLU with an upper bound that lets positive gradients pass alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ceiling: float, gated: bool) -> Tensor:
        if gated:
            ctx.save_for_backward((x > 0) & (x < ceiling))
        return x.clamp(0, ceiling)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        kept = gradients[0].clamp(min=0)
        return (kept * ctx.saved_tensors[0] if ctx.saved_tensors else kept), None, None
