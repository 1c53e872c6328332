"""A network of the timm library as one layer: `Timm("resnet18")` gives the features that its classifier would read.

It stands for everything but the classifier, so a network ends in a `Dense` of its own, and trains, adapts to other
classes, saves and is judged like any other:

    Network(input=(3, 224, 224), layers=(Timm("resnet18"), Dense(10)))

What it gives, learns and costs is measured on torch's meta device: timm makes the network without memory, and an image
without pixels goes through it. Nothing is ever fetched. The first weights follow timm's own rules, which belong to its
architectures (a layer scale begins near 0, a table of positions small), from a generator seeded by (seed, path); a rule
of `init` that matches a key overrules them. Tensors are called as timm calls them, after the layer's path:
`timm1.conv1.weight`. To look at layers inside, tap the layer's own module:

    tapped(model.get_submodule("timm1"), ["layer4"])(images)

timm is needed only once such a layer is made: `pip install "neocog[timm]"`. In a network's text the layer is found as
an installed extension, as those of other packages are (`core/extensions.py`).
"""

import functools
import importlib
import math
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from neocog.build.layers import MODULES, Part
from neocog.core.errors import NetworkError, ShapeError, nearest
from neocog.network import Footprint, Leaf, Shape, Step, Sum, Window
from neocog.network.checks import settle, shown


@dataclass(frozen=True)
class Measured:
    """What a network of timm gives for one sample, learns and costs."""

    output: Shape
    params: int
    macs: int
    footprint: Footprint


@dataclass(frozen=True, repr=False)
class Timm(Leaf):
    """A network of timm's local list without its classifier: a map of (channels, height, width) gives (features,).

    `model` is a name of `timm.list_models()`. MACs are what torch's counter sees: convolutions, dense layers and, as
    nowhere else, attention's products. Activations count the features alone. Raises `NetworkError` where timm is not
    installed, or has no such name, or the name says where weights are to be fetched.
    """

    kind: ClassVar[str] = "timm"
    reads_all: ClassVar[bool] = True
    begins_line: ClassVar[bool] = True
    model: str
    name: str | None = None

    def __post_init__(self) -> None:
        settle(self, model=_listed)

    def output(self, received: tuple[Shape, ...], windows: tuple[Window, ...]) -> Shape:
        """(features,)."""
        return measure(self.model, received[0]).output

    def params(self, received: tuple[Shape, ...]) -> Sum:
        """All of its tensors that learn, as one number."""
        return Sum((measure(self.model, received[0]).params,))

    def macs(self, received: tuple[Shape, ...], output: Shape) -> Sum:
        """What torch's counter sees, as one number."""
        return Sum((measure(self.model, received[0]).macs,))

    def leaves(self, received: tuple[Shape, ...]) -> Footprint:
        """What its layers keep for the backward pass, measured too."""
        return measure(self.model, received[0]).footprint


@MODULES.add("Timm")
def timm_body(step: Step) -> Part:
    """timm's own module, which draws its first weights itself."""
    make = functools.partial(_made, cast(Timm, step.layer).model, step.received[0])
    return Part(make(), drawn=make)


@functools.lru_cache(maxsize=256)
def measure(model: str, shape: Shape) -> Measured:
    """Measure a network of timm for an input of (channels, height, width), without memory for it.

    Raises `ShapeError` where the network does not take that input.
    """
    if len(shape) != 3:
        raise ShapeError(f"Timm reads images of (channels, height, width), got {shape}; put it first in the network")
    try:
        with torch.device("meta"):
            module = _made(model, shape).eval()
            with FlopCounterMode(display=False) as counter:
                features = module(torch.empty(1, *shape))
            output = tuple(features.shape[1:])
            footprint = _footprint(module.train(), shape)
    except Exception as error:  # another's code, which refuses an image by whatever it stumbles over
        reason = str(error).partition("\n")[0][:120].replace(";", ",").rstrip(".,:() ")
        raise ShapeError(
            f"timm's {model} does not take images of {_extents(shape)} ({reason}); {_hint(model)}"
        ) from error
    params = sum(parameter.numel() for parameter in module.parameters())
    return Measured(output, params, int(counter.get_total_flops()) // 2, footprint)


def _footprint(module: nn.Module, shape: Shape) -> Footprint:
    """What the layers within keep for one sample, and the most that one of them reads and gives.

    A batch of two, of which half is taken: batch normalization wants more than one sample.
    """
    learned = {parameter.untyped_storage()._cdata for parameter in module.parameters()}
    kept: dict[int, Tensor] = {}
    largest = 0

    def pack(tensor: Tensor) -> Tensor:
        if (home := tensor.untyped_storage()._cdata) not in learned:
            kept[home] = tensor  # held, so that no other tensor takes its place
        return tensor

    def measured(_module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        nonlocal largest
        tensors = [each for each in (*inputs, output) if isinstance(each, Tensor)]
        largest = max(largest, sum(each.numel() * each.element_size() for each in tensors))

    hooks = [part.register_forward_hook(measured) for part in module.modules() if not any(part.children())]
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            features = module(torch.empty(2, *shape))
    finally:
        for hook in hooks:
            hook.remove()
    total = sum(each.untyped_storage().nbytes() for each in kept.values())
    own = 2 * math.prod(shape) * 4 + features.untyped_storage().nbytes() * (features.untyped_storage()._cdata in kept)
    return Footprint(input=True, inner=max(total - own, 0) // 2, within=largest // 2)


@functools.cache
def library() -> ModuleType:
    """The timm library; raises `NetworkError` where it is not installed."""
    try:
        return import_with_torchvision("timm")
    except ModuleNotFoundError as error:
        raise NetworkError(
            f'Timm needs the package timm, and {error.name} is not installed; run `pip install "neocog[timm]"`'
        ) from error


def import_with_torchvision(name: str) -> ModuleType:
    """Import a module that imports torchvision, also where torchvision's compiled half does not fit this torch.

    torchvision then stumbles over two operators of that half, which it describes but cannot find. They are declared for
    it; whatever does not call them works.
    """
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for module in [each for each in sys.modules if each.split(".")[0] in {name.split(".")[0], "torchvision"}]:
        del sys.modules[module]
    return importlib.import_module(name)


def _listed(model: object) -> object:
    """The name of a network in timm's own list."""
    known = library().list_models()
    if model in known:
        return model
    if not isinstance(model, str) or not model:
        raise NetworkError(f"Timm must be given a name of timm's list, got {shown(model)}; write Timm('resnet18')")
    plain = model.rpartition(":")[2].rpartition("/")[2].partition(".")[0]
    if plain != model:
        raise NetworkError(
            f"Timm takes the name of an architecture, without a source or tag of weights, got {shown(model)}, "
            f"and fetches nothing; {f'write {plain!r}' if plain in known else nearest(plain, known)}"
        )
    raise NetworkError(f"timm has no network {shown(model)}; {nearest(model, known)}")


def _made(model: str, shape: Shape) -> nn.Module:
    """The network without its classifier, for images of that shape, with timm's first weights."""
    channels, *sides = shape
    module: nn.Module = library().create_model(model, pretrained=False, num_classes=0, in_chans=channels)
    own = _own(model, "input_size")
    if _own(model, "fixed_input_size") and own and sides != list(own[1:]) and hasattr(module, "set_input_size"):
        cast(Any, module).set_input_size(img_size=tuple(sides))
    for part in module.modules():
        for name, buffer in part.named_buffers(recurse=False):
            # tables of places are computed, not learned: a model file holds none
            if not buffer.is_floating_point() and name != "num_batches_tracked":
                part.register_buffer(name, buffer, persistent=False)
    return module


def _hint(model: str) -> str:
    own = _own(model, "input_size")
    return f"timm's own are {_extents(own)}" if own else "try another size"


def _own(model: str, setting: str) -> Any:
    """What timm says of a network, such as the size of its images; None where it says nothing."""
    return library().get_pretrained_cfg_value(model, setting)


def _extents(shape: Shape) -> str:
    return "x".join(map(str, shape))
