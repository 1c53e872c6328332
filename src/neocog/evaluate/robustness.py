"""How the accuracy holds when images are moved, resized, turned, lit otherwise, blurred or noisy.

Only the changes are made here, by the same maps as the augmentation, on prepared validation images; nothing is trained,
and the sealed test set takes no part. Beside each curve stands the range that training varied, so that a reader sees
whether the network fails where it was never taken to, and by which choice of the recipe it would be.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neocog.core import draw
from neocog.core.proportion import Proportion
from neocog.data import Augment, Pixels, Preprocessing
from neocog.data.color import color, noisy, recolor
from neocog.data.geometry import composed, frame, sample

HELD = 0.95
"""A network holds as long as it keeps this share of the accuracy that it has on images as they are."""

_BATCH = 128

Answer = Callable[[Pixels], NDArray[np.int64]]
"""From prepared images (uint8 N C H W) to the class of each (N)."""


@dataclass(frozen=True)
class Change:
    """A way in which images come to differ from those of the training."""

    name: str
    unit: str
    """What a level is: `% of the side`, `degrees`."""
    levels: tuple[float, ...]
    """In order, `neutral` among them."""
    neutral: float
    key: str
    """The recipe's key that trains against it; "" where there is none."""

    def trained(self, augment: Augment) -> tuple[float, float]:
        """The range of levels that an augmentation draws from."""
        match self.name:
            case "shift":
                return 0.0, 100 * augment.translation
            case "scale":
                return 1 / augment.scale, augment.scale
            case "rotation":
                return 0.0, augment.rotation
            case "light":
                return 0.0 - 100 * augment.brightness, 100 * augment.brightness  # never -0
            case "noise":
                return 0.0, 100 * augment.noise
            case _:
                return self.neutral, self.neutral


CHANGES = (
    Change("shift", "% of the side", (0, 5, 10, 20, 30), 0, "augment.translation"),
    Change("scale", "times", (0.5, 0.7, 0.85, 1, 1.2, 1.4, 2), 1, "augment.scale"),
    Change("rotation", "degrees", (0, 10, 20, 30, 45, 90), 0, "augment.rotation"),
    Change("light", "% of full scale", (-40, -20, -10, 0, 10, 20, 40), 0, "augment.brightness"),
    Change("blur", "% of the side", (0, 1, 2, 4, 8), 0, ""),
    Change("noise", "% of full scale", (0, 2, 5, 10, 20, 40), 0, "augment.noise"),
)

PASSES = sum(len(change.levels) for change in CHANGES)
"""How often each image is answered for."""


@dataclass(frozen=True)
class Robustness:
    """The accuracy at each level of one change."""

    change: Change
    trained: tuple[float, float]
    """The range of levels that training varied."""
    accuracies: tuple[Proportion, ...]

    @property
    def clean(self) -> Proportion:
        """The accuracy on images as they are."""
        return self.accuracies[self.change.levels.index(self.change.neutral)]

    @property
    def holds(self) -> tuple[float, float]:
        """The lowest and highest level up to which, from the neutral one on, `HELD` of the accuracy is kept."""
        levels, least = self.change.levels, HELD * self.clean.value
        middle = levels.index(self.change.neutral)
        low = high = middle
        while low > 0 and self.accuracies[low - 1].value >= least:
            low -= 1
        while high < len(levels) - 1 and self.accuracies[high + 1].value >= least:
            high += 1
        return levels[low], levels[high]

    @property
    def worst(self) -> tuple[float, Proportion]:
        """The level with the lowest accuracy, and that."""
        place = min(range(len(self.accuracies)), key=lambda place: self.accuracies[place].value)
        return self.change.levels[place], self.accuracies[place]


def robustness(
    answer: Answer, images: Pixels, targets: NDArray[np.int64], preprocessing: Preprocessing, augment: Augment
) -> tuple[Robustness, ...]:
    """The accuracy of `answer` on prepared images (uint8 N C H W) under each of `CHANGES`."""
    found = []
    for change in CHANGES:
        shares = []
        for level in change.levels:
            right = 0
            for start in range(0, len(images), _BATCH):
                part = np.asarray(images[start : start + _BATCH])
                places = np.arange(start, start + len(part))
                given = part if level == change.neutral else changed(part, change.name, level, preprocessing, places)
                right += int((answer(given) == targets[start : start + _BATCH]).sum())
            shares.append(Proportion.of(right, len(images)))
        found.append(Robustness(change, change.trained(augment), tuple(shares)))
    return tuple(found)


def changed(images: Pixels, name: str, level: float, preprocessing: Preprocessing, places: NDArray[np.int64]) -> Pixels:
    """Prepared images under a change; directions and signs are drawn by the images' `places`."""
    count, channels = images.shape[:2]
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    inner = torch.from_numpy(np.ascontiguousarray(images[:, :, border : border + height, border : border + width]))
    pixels = inner.to(torch.float32) / 255
    signs = np.where(draw.uniform(places, "robustness sign") < 0.5, -1.0, 1.0)
    angles = 2 * np.pi * draw.uniform(places, "robustness direction")
    match name:
        case "shift" | "scale" | "rotation":
            drawn = {
                "shift": {"translation": 2 * level / 100 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)},
                "scale": {"scale": np.full(count, level)},
                "rotation": {"rotation": signs * math.radians(level)},
            }[name]
            laid = frame(preprocessing, np.full(count, width / height, np.float32))
            out = sample(pixels, laid.outward @ composed(drawn, count, laid.field) @ laid.inward, preprocessing)
            return _bytes(out)
        case "light":
            pixels = recolor(pixels, color({"brightness": np.full(count, level / 100)}, count, channels))
        case "blur":
            pixels = blurred(pixels, level / 100 * max(height, width))
        case "noise":
            keys = draw.bits(places, "robustness noise") >> np.uint64(1)
            pixels = noisy(pixels, np.full((count, 1), level / 100), keys)
    return _bytes(functional.pad(pixels, (border,) * 4))


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Images (N C H W) under a Gaussian of so many pixels, mirrored beyond their edges."""
    reach = min(max(1, math.ceil(3 * deviation)), min(images.shape[2:]) - 1)
    offsets = torch.arange(-reach, reach + 1, dtype=images.dtype)
    weights = torch.exp(-0.5 * (offsets / deviation) ** 2)
    weights = (weights / weights.sum()).expand(images.shape[1], 1, -1)
    groups = images.shape[1]
    padded = functional.pad(images, (reach,) * 4, mode="reflect")
    across = functional.conv2d(padded, weights[:, :, None, :], groups=groups)
    return functional.conv2d(across, weights[:, :, :, None], groups=groups)


def _bytes(images: Tensor) -> Pixels:
    return images.mul(255).round().clamp(0, 255).to(torch.uint8).numpy()
