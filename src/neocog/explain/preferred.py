"""The preferred input of a unit: the picture that excites it most, found by climbing from noise.

After Olah, Mordvintsev and Schubert, "Feature visualization" (2017), whose three remedies against meaningless high
frequencies are taken over: the picture is a sum of waves, each climbing in proportion to how strong it is in natural
images (1 / frequency); it is turned and shifted a little at every step, so that only what survives that is kept; and
the colors climb along axes that are uncorrelated in photos. Two things are our own. The picture is no larger than what
the unit sees, at the middle of its map, and units that see few pixels are not shaken. And its contrast is held, where
others let pixels run into black and white: so a linear unit's preferred input is its filter, not the filter's signs.

Each step draws its turn and shift from (seed, layer, unit, step), so the same call gives the same picture.

    preferred(module, "conv2", [0, 1, 2], preprocessing, network=network)[0].pixels      # uint8 C h w
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import tapped
from neocog.core import draw
from neocog.core.errors import NetworkError
from neocog.data import Pixels, Preprocessing, normalize
from neocog.explain.fields import Box, fields
from neocog.model import evaluating
from neocog.network import Network

STEPS = 128
"""How often a picture climbs."""
CONTRAST = 0.4
"""The deviation of a picture's values about middle gray, in units of full scale, before they are bent into it."""
SHAKE = 16
"""One part in so many of the side is how far a picture is shifted; below so many pixels it is not shaken at all."""
TURN = 8.0
"""The most that a picture is turned, in degrees."""
BATCH = 16
"""Units that climb at once."""

_RATE = 0.05
_FAINT = 0.1  # the first noise: so faint that the climb soon drowns it
_LEAK = 0.1
_COLORS = ((0.245, 0.087, 0.021), (0.254, 0.0, -0.042), (0.256, -0.084, 0.022))
"""Brightness, blue-yellow and green-purple as they vary in photos: the principal axes of RGB, each as long as its
deviation, measured over 100 ImageNet photos of 128 pixels (1.2 million)."""


@dataclass(frozen=True, eq=False)
class Preferred:
    """What a unit is excited by most, as far as climbing found it."""

    path: str
    unit: int
    pixels: Pixels
    """The picture (uint8 C h w): all that the unit sees from the middle of its map."""
    box: Box
    """Where in the network's input it lies."""
    value: float
    """The unit's activation there, in a picture that is gray elsewhere."""
    start: float
    """Its activation for the noise that the climb began with."""

    @property
    def risen(self) -> bool:
        """Whether the climb led anywhere; it does not for a dead unit."""
        return self.value > self.start

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and lists, the picture left out."""
        return {
            "path": self.path,
            "unit": self.unit,
            "box": [list(side) for side in self.box],
            "value": self.value,
            "start": self.start,
            "risen": self.risen,
        }


def preferred(
    module: nn.Module,
    path: str,
    units: Sequence[int],
    preprocessing: Preprocessing,
    *,
    network: Network | None = None,
    steps: int = STEPS,
    seed: int = 0,
    device: str = "cpu",
) -> tuple[Preferred, ...]:
    """The preferred inputs of some units of a layer; the module is left as it was.

    `network` is what a built module was built from; without one, units are said to see the whole input. Raises
    `NetworkError` for a layer or a unit that is not there.
    """
    view = tapped(module, [path])
    with evaluating(module, device), torch.inference_mode(False), torch.enable_grad():
        climb = _climb(view, path, preprocessing, network, seed, device)
        for unit in units:
            if not 0 <= unit < climb.units:
                raise NetworkError(f"the unit must be 0 to {climb.units - 1} at {path!r}, got {unit}; count from 0")
        found: list[Preferred] = []
        for start in range(0, len(units), BATCH):
            found += climb.run(list(units[start : start + BATCH]), steps)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Climb:
    """What climbs: canvases of one size, set into gray inputs, seen by a layer."""

    view: nn.Module
    path: str
    preprocessing: Preprocessing
    seed: int
    device: str
    map: tuple[int, ...]
    """The sides of the layer's map; () of a dense one."""
    units: int
    box: Box
    """What is seen from the middle, cut at the border."""
    reach: Box
    """The same, not cut."""
    waves: Tensor
    """How strong each wave is in natural images (h, w/2 + 1)."""

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of a canvas."""
        return _sides(self.box)

    def run(self, units: list[int], steps: int) -> Iterator[Preferred]:
        """Climb from noise for several units at once."""
        spectrum = self._noise(units).requires_grad_()
        optimizer = torch.optim.Adam([spectrum], lr=_RATE)
        start = self._measure(self._pictures(spectrum), units)
        for step in range(steps):
            optimizer.zero_grad(set_to_none=True)
            with _awake(self.view) if 4 * step < steps else nullcontext():
                shaken = self._shaken(self._pictures(spectrum), units, step)
                (spectrum.grad,) = torch.autograd.grad(-self._responses(shaken, units).sum(), spectrum)
            optimizer.step()
        pixels = (255 * self._pictures(spectrum)).detach().round()
        reached = self._measure(pixels / 255, units)
        rows = zip(units, pixels.to("cpu", torch.uint8).numpy(), reached, start, strict=True)
        return (Preferred(self.path, unit, picture, self.reach, *values) for unit, picture, *values in rows)

    def _noise(self, units: list[int]) -> Tensor:
        """The first waves of each unit's picture (n C h w/2+1 2)."""
        shape = (self.preprocessing.channels, *self.waves.shape, 2)
        ids = np.arange(math.prod(shape))
        drawn = [draw.normal(self.seed, "preferred", self.path, unit, ids).reshape(shape) for unit in units]
        return torch.from_numpy(_FAINT * np.stack(drawn)).to(self.device, torch.float32)

    def _pictures(self, spectrum: Tensor) -> Tensor:
        """Waves as pictures of an even contrast (n C h w, 0 to 1)."""
        scaled = torch.view_as_complex(spectrum) * self.waves
        plain = torch.fft.irfft2(scaled, s=self.sides, norm="ortho")
        if plain.shape[1] == 3:
            plain = torch.einsum("nchw,dc->ndhw", plain, plain.new_tensor(_COLORS))
        even = plain / plain.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)
        return 0.5 + 0.5 * torch.tanh(2 * CONTRAST * even)

    def _shaken(self, pictures: Tensor, units: list[int], step: int) -> Tensor:
        """Pictures turned and shifted a little, each by its own draw."""
        height, width = self.sides
        if min(height, width) < SHAKE:
            return pictures
        drawn = [
            draw.uniform(self.seed, "shake", self.path, unit, step, np.arange(3)) * 2 - 1 for unit in units
        ]  # -1 to 1
        moves: NDArray[np.float64] = np.array(drawn)
        angles = torch.from_numpy(np.radians(TURN) * moves[:, 0])
        shifts = torch.from_numpy(2 * moves[:, 1:] / SHAKE)
        sine, cosine, ratio = angles.sin(), angles.cos(), height / width
        rows = [torch.stack(row, dim=1) for row in (
            (cosine, -sine * ratio, shifts[:, 0]), (sine / ratio, cosine, shifts[:, 1])
        )]  # fmt: skip
        matrix = torch.stack(rows, dim=1).to(pictures)
        grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
        return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)

    def _responses(self, pictures: Tensor, units: list[int]) -> Tensor:
        """The activation of each picture's own unit at the middle of its map (n)."""
        height, width = self.preprocessing.size
        (top, bottom), (left, right) = self.box
        framed = F.pad(pictures, (left, width - right, top, height - bottom), value=0.5)
        given = self.view(normalize(255 * framed, self.preprocessing))[self.path]
        middle = tuple(side // 2 for side in self.map)
        found: Tensor = given[(torch.arange(len(units)), torch.tensor(units), *middle)]
        return found

    def _measure(self, pictures: Tensor, units: list[int]) -> list[float]:
        with torch.no_grad():
            values: list[float] = self._responses(pictures, units).tolist()
        return values


def _climb(
    view: nn.Module, path: str, preprocessing: Preprocessing, network: Network | None, seed: int, device: str
) -> _Climb:
    """What a layer's units climb with."""
    height, width = preprocessing.size
    black = torch.zeros(1, preprocessing.channels, height, width, device=device)
    with torch.no_grad():
        shape = view(normalize(black, preprocessing))[path].shape
    place = tuple(side // 2 for side in shape[2:])
    reach = fields(network, [path], preprocessing.size)[path].box(place)
    (top, bottom), (left, right) = reach
    box = (max(top, 0), min(bottom, height)), (max(left, 0), min(right, width))
    waves = _waves(*_sides(box)).to(device)
    return _Climb(view, path, preprocessing, seed, device, tuple(shape[2:]), shape[1], box, reach, waves)


def _sides(box: Box) -> tuple[int, int]:
    (top, bottom), (left, right) = box
    return bottom - top, right - left


def _waves(height: int, width: int) -> Tensor:
    """The amplitude of each wave of a natural image of some size (h, w/2 + 1): one over its frequency."""
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency: Tensor = (down.square() + across.square()).sqrt()
    return frequency.clamp(min=1 / max(height, width)).reciprocal()


@contextmanager
def _awake(view: nn.Module) -> Iterator[None]:
    """ReLUs that pass a tenth of the gradient where they are closed, for a while, their values as ever.

    A unit that is silent for the first noise has no gradient at all, and would never be found.
    """
    rectifiers = [part for part in view.modules() if isinstance(part, nn.ReLU | nn.ReLU6)]
    in_place = [part.inplace for part in rectifiers]
    handles = [part.register_forward_hook(_leak) for part in rectifiers]
    for part in rectifiers:
        part.inplace = False
    try:
        yield
    finally:
        for part, was in zip(rectifiers, in_place, strict=True):
            part.inplace = was
        for handle in handles:
            handle.remove()


def _leak(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    leaking = _LEAK * (inputs[0] - output)
    return output + leaking - leaking.detach()
