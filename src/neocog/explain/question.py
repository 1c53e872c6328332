"""What is explained: one number of each image, the score of a class or any unit of any layer.

Every method takes a target in the same forms: nothing (the most probable class of each image), a class for all images,
a class for each, or a `Target` that names a unit of a layer. Inside, all of them come down to one place in the output
of a layer, found once on the clean images, so that it stays the same number whatever is done to them afterwards.

Nothing of the module is changed: it is run in evaluation mode and float32, its gradients are asked of autograd and not
gathered in its parameters, and what was set for the while is set back, also after an error.

    saliency(module, images)                                  # why its answer
    saliency(module, images, 3)                               # what speaks for class 3
    saliency(module, images, [3, 5])                          # of each of two images its own
    saliency(module, images, Target(7, tap="conv2"))          # what excites unit 7 of a layer, where it is strongest
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from neocog.build import OUTPUT, tapped
from neocog.core.errors import NetworkError
from neocog.model import evaluating

BATCH = 64
"""Changed copies of the images that a network computes at once."""


@dataclass(frozen=True)
class Target:
    """A unit of a layer; without a layer's path, a class."""

    unit: int | Sequence[int] | None = None
    """The class, or the channel of a map, one for each image where they differ; None: the strongest."""
    tap: str = OUTPUT
    """The path of the layer that it is a unit of; "" for what the network gives, of several outputs the first."""
    place: tuple[int, ...] | None = None
    """Where in a map, as (row, column); None: where the unit is strongest."""


Asked: TypeAlias = "Target | int | Sequence[int] | None"
"""The forms that a target may have."""


@dataclass(frozen=True, eq=False)
class Question:
    """A target, and the view of a module that computes it (see `asking`)."""

    view: nn.Module
    target: Target

    def output(self, images: Tensor) -> Tensor:
        """What the layer gives that the target is a unit of: N K, or N C H W."""
        return first(self.view(images.clone())[self.target.tap])  # the first layer may work in place

    def find(self, output: Tensor) -> Tensor:
        """For each of N images the place of its number in the layer's flattened output.

        Raises `NetworkError` for a unit or a place that the layer does not have.
        """
        return _find(output, self.target)

    def settle(self, images: Tensor) -> Tensor:
        """The places of the numbers of clean images, which hold for changed ones too."""
        with torch.no_grad():
            return self.find(self.output(images))

    def gradient(self, images: Tensor, index: Tensor | None = None) -> Tensor:
        """The derivative of each image's number by its pixels, of the images' shape; `index` is found where not given.

        Raises `NetworkError` where the number cannot be derived by the pixels.
        """
        pixels = images.detach().clone().requires_grad_()
        output = self.output(pixels)
        return derived(chosen(output, self.find(output) if index is None else index), pixels)

    def scores(self, images: Tensor, index: Tensor) -> Tensor:
        """The number of each of M changed images: whole copies of the N that were asked about, one after the other."""
        with torch.no_grad():
            return chosen(self.output(images), index)


@contextmanager
def asking(module: nn.Module, images: Tensor, target: Asked, *taps: str) -> Iterator[Question]:
    """A question to a module that is in evaluation mode for the while; its view also gives some other `taps`.

    Raises `NetworkError` for images that are none, and for a layer that is not there.
    """
    if images.ndim < 2 or not len(images) or not images.is_floating_point():
        raise NetworkError(
            f"images to explain must be a batch of floating-point numbers, N C H W, got {tuple(images.shape)} of "
            f"{images.dtype}; prepare and normalize them first"
        )
    wanted = target if isinstance(target, Target) else Target(target)
    with evaluating(module, images.device), torch.inference_mode(False), torch.enable_grad():
        yield Question(tapped(module, list(dict.fromkeys((wanted.tap, *taps)))), wanted)


def settled(module: nn.Module, images: Tensor, target: Asked = None) -> Target:
    """The target with its units named: the most probable class of each image where none was given.

    >>> settled(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), torch.zeros(2, 1, 2, 2), 1).unit
    (1, 1)
    """
    with asking(module, images, target) as question, torch.no_grad():
        output = question.output(images)
        places = question.find(output)
    units = tuple((places // output[0, 0].numel()).tolist())
    return Target(units, question.target.tap, question.target.place)


def chosen(output: Tensor, index: Tensor) -> Tensor:
    """The numbers at the places `index` (N) of outputs (M, ...), where M is a multiple of N."""
    flat = output.flatten(1)
    return flat.gather(1, index.repeat(len(flat) // len(index)).unsqueeze(1)).squeeze(1)


def derived(numbers: Tensor, by: Tensor) -> Tensor:
    """The derivative of each image's number by what lies before it, of its shape; images do not touch each other."""
    found = torch.autograd.grad(numbers.sum(), by, allow_unused=True)[0] if numbers.requires_grad else None
    if found is None:
        raise NetworkError(
            "no gradient leads from the target back to what it is explained by; take a target behind it, or a method "
            "without gradients (occlusion)"
        )
    return found


def first(output: object) -> Tensor:
    """A module's output; of several (a dict or a tuple) the first, which is the main one."""
    while not isinstance(output, Tensor):
        several = list(output.values()) if isinstance(output, dict) else output
        if not isinstance(several, list | tuple) or not several:
            raise NetworkError(f"a network must give tensors to be explained, got {type(output).__name__}; wrap it")
        output = several[0]
    return output


def _find(output: Tensor, target: Target) -> Tensor:
    """See `Question.find`."""
    count, channels, *sides = output.shape if output.ndim > 1 else (*output.shape, 1)
    maps = output.detach().reshape(count, channels, -1)  # N C H*W
    within = None if target.place is None else _within(target.place, tuple(sides))
    strengths = maps.amax(2) if within is None else maps[:, :, within]
    units = strengths.argmax(1) if target.unit is None else _units(target.unit, count, channels, output.device)
    own = maps[torch.arange(count, device=output.device), units]
    return units * maps.shape[2] + (own.argmax(1) if within is None else within)


def _units(unit: int | Sequence[int], count: int, channels: int, device: torch.device) -> Tensor:
    given = [int(unit)] * count if isinstance(unit, int) else [int(each) for each in unit]
    if len(given) != count:
        raise NetworkError(f"there are {count} images, got {len(given)} targets; give one for each, or one for all")
    for each in given:
        if not 0 <= each < channels:
            raise NetworkError(f"the target must be 0 to {channels - 1}, got {each}; the layer has {channels} units")
    return torch.tensor(given, device=device)


def _within(place: tuple[int, ...], sides: tuple[int, ...]) -> int:
    """A place's number in a flattened map."""
    if len(place) != len(sides) or not all(0 <= each < side for each, side in zip(place, sides, strict=True)):
        raise NetworkError(f"the place must lie in a map of {sides}, got {place}; count from 0")
    number = 0
    for each, side in zip(place, sides, strict=True):
        number = number * side + each
    return number


def repeated(images: Tensor, copies: int) -> Tensor:
    """N images so many times, one whole copy after the other: M = copies * N."""
    return images.repeat(copies, *[1] * (images.ndim - 1))
