"""The words of a drawing: what a layer is called in a box, its kind, and all its numbers for the pointer.

A layer that is not named here is called by its class, with the window that it slides, so that a new one is drawn too.
"""

import re
from collections.abc import Iterable

from neocog.network.cost import step_cost
from neocog.network.graph import Network, Step
from neocog.network.layers import Conv, Leaf, Shape
from neocog.network.sequences import Tokens

_NAMES = {
    "AvgPool": "mean",
    "BatchNorm": "batch norm",
    "ConvTranspose": "up-conv",
    "GlobalAvgPool": "global mean",
    "GlobalMaxPool": "global max",
    "LayerNorm": "layer norm",
    "LayerScale": "scale",
    "LeakyReLU": "leaky ReLU",
    "LocalResponseNorm": "local norm",
    "MaxPool": "max",
    "SumPool": "sum",
}
_KEPT = {"ReLU", "ReLU6", "GELU", "SiLU", "ELU"}


def shape_text(shape: Shape) -> str:
    """A shape as it is written in papers.

    >>> shape_text((96, 55, 55))
    '96×55×55'
    """
    return "×".join(map(str, shape))


def input_text(network: Network) -> str:
    """What a network reads: a shape, or words of a vocabulary."""
    if isinstance(network.input, Tokens):
        return f"{network.input.length} of {network.input.vocabulary:,} words"
    return shape_text(network.input)


def layer_name(layer: Leaf) -> str:
    """What a layer is called, in a word or two.

    >>> from neocog.network.activations import LeakyReLU, Softmax
    >>> layer_name(LeakyReLU()), layer_name(Softmax())
    ('leaky ReLU', 'softmax')
    """
    kind = type(layer).__name__
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return kind if kind in _KEPT else _NAMES.get(kind, spaced)


def pieces(step: Step) -> tuple[str, ...]:
    """What a step is called, a line each: its name and the size of its window, its stride, dilation and groups."""
    layer = step.layer
    channels = step.received[0][0]
    depthwise = isinstance(layer, Conv) and 1 < layer.groups == channels
    words = ["depthwise" if depthwise else layer_name(layer)]
    if step.windows and getattr(layer, "size", None) is not None:
        words[0] += f" {shape_text(tuple(window.size for window in step.windows))}"
    strides = [window.stride for window in step.windows]
    spreads = [window.spread for window in step.windows]
    dilations = [window.dilation for window in step.windows]
    words += [f"stride {_side(strides)}"] if max(strides, default=1) > 1 else []
    words += [f"↑{_side(spreads)}"] if max(spreads, default=1) > 1 else []
    words += [f"dilation {_side(dilations)}"] if max(dilations, default=1) > 1 else []
    if isinstance(layer, Conv) and 1 < layer.groups < channels:
        words.append(f"{layer.groups} groups")
    return tuple(words)


def _side(numbers: list[int]) -> str:
    """One number where the axes agree."""
    return shape_text(tuple(numbers if len(set(numbers)) > 1 else numbers[:1]))


def title(step: Step) -> str:
    """What a step is called on one line, such as `conv 3×3 /2`, the stride as in the figures of papers."""
    return " ".join(pieces(step)).replace("stride ", "/")


def before_and_after(steps: tuple[Step, ...], lead: int | None) -> tuple[str, str]:
    """The words for the steps that stand before and after the one that names a box."""
    names = [layer_name(step.layer) for step in steps]
    if lead is None:
        return "", ", ".join(names)
    return ", ".join(names[:lead]), ", ".join(names[lead + 1 :])


def kind(step: Step) -> str:
    """Which color a step has: conv, pool, dense or other."""
    if step.layer.kind in ("conv", "dense", "pool"):
        return step.layer.kind
    if step_cost(step).params:
        return "conv" if len(step.shape) > 1 else "dense"
    return "other"


def told(groups: Iterable[tuple[Step, ...]]) -> str:
    """All that the pointer is told about equal boxes: the layers, the shapes, and the numbers of each that learns."""
    copies = list(groups)
    steps = copies[0]
    lines = [", ".join(repr(step.layer) for step in steps)]
    lines.append(" + ".join(map(shape_text, steps[0].received)) + f" to {shape_text(steps[-1].shape)}")
    for step in (step for copy in copies for step in copy):
        cost = step_cost(step)
        shared = f", weights of {step.shares}" if step.shares else ""
        if cost.params or cost.macs:
            macs = f", {cost.macs:,} MACs" if cost.macs else ""
            lines.append(f"{step.path}: {cost.params:,} parameters{macs}{shared}")
        else:
            lines.append(step.path)
    return "\n".join(lines)
