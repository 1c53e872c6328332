"""Augmentation with one interpolation: every change of geometry is a coordinate map, composed, and sampled once.

A map leads from a point of the network's input to a point of the source image, so maps compose by multiplying their
matrices, and the image is interpolated once, for the whole batch, on the device. Every change of color is an affine map
of the channels; those compose likewise, and subtracting the mean and dividing by the deviation is the last of them.

What a sample gets is a function of (seed, epoch, sample), so it can be drawn again years later:

>>> draws = draw_geometry(Augment(rotation=10.0), seed=0, epoch=1, samples=np.array([7, 8]))
>>> draws.shape
(2, 3, 3)
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neocog.core import draw
from neocog.data.preprocessing import Preprocessing

Matrices = NDArray[np.float64]
Samples = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Augment:
    """How training images are varied; `recipe.toml` holds it under `[augment]`. Every range is symmetric."""

    flip_horizontal: bool = False
    """Mirror left and right, every second time; right where a mirrored object keeps its class."""
    flip_vertical: bool = False
    """Mirror top and bottom, every second time."""
    crop: Annotated[float, Gt(0), Le(1)] = 1.0
    """The smallest share of the area that a random crop keeps; 1 keeps all."""
    scale: Annotated[float, Ge(1), Le(4)] = 1.1
    """The largest enlargement, drawn log-uniformly from 1/scale to scale."""
    rotation: Annotated[float, Ge(0), Le(180)] = 8.0
    """The largest turn to either side, in degrees."""
    translation: Annotated[float, Ge(0), Le(0.5)] = 0.06
    """The largest shift along each axis, as a share of the side."""
    brightness: Annotated[float, Ge(0), Le(1)] = 0.1
    """The largest change of brightness, as a share of full scale."""
    contrast: Annotated[float, Ge(1), Le(4)] = 1.15
    """The largest gain of contrast about mid-gray, drawn log-uniformly from 1/contrast to contrast."""

    @property
    def geometric(self) -> bool:
        """Whether any coordinate is moved."""
        return (
            self.flip_horizontal
            or self.flip_vertical
            or self.crop < 1
            or ((self.scale, self.rotation, self.translation) != (1.0, 0.0, 0.0))
        )


NONE = Augment(scale=1.0, rotation=0.0, translation=0.0, brightness=0.0, contrast=1.0)
"""No augmentation."""


def draw_geometry(augment: Augment, seed: int, epoch: int, samples: Samples) -> Matrices:
    """The composed map of each sample, from output to source, in units of half the side about the center.

    `samples` are the samples' stable keys (N). Returns (N, 3, 3), to be applied to columns (x, y, 1).
    """

    def symmetric(name: str) -> NDArray[np.float64]:
        return 2.0 * draw.uniform(seed, epoch, samples, name) - 1.0

    turn = np.deg2rad(augment.rotation) * symmetric("rotation")
    zoom = augment.scale ** symmetric("scale")
    kept = np.sqrt(1.0 - (1.0 - augment.crop) * draw.uniform(seed, epoch, samples, "crop area"))
    mirror_x = np.where(augment.flip_horizontal & (symmetric("flip horizontal") < 0), -1.0, 1.0)
    mirror_y = np.where(augment.flip_vertical & (symmetric("flip vertical") < 0), -1.0, 1.0)
    shift_x = 2.0 * augment.translation * symmetric("translation x")
    shift_y = 2.0 * augment.translation * symmetric("translation y")
    crop_x = (1.0 - kept) * symmetric("crop x")
    crop_y = (1.0 - kept) * symmetric("crop y")
    cosine, sine = np.cos(turn), np.sin(turn)
    none, one = np.zeros(len(samples)), np.ones(len(samples))
    crop = _matrices([[kept, none, crop_x], [none, kept, crop_y], [none, none, one]])
    shift = _matrices([[one, none, -shift_x], [none, one, -shift_y], [none, none, one]])
    rotate = _matrices([[cosine, -sine, none], [sine, cosine, none], [none, none, one]])
    resize = _matrices([[mirror_x / zoom, none, none], [none, mirror_y / zoom, none], [none, none, one]])
    return crop @ rotate @ resize @ shift


def draw_color(augment: Augment, seed: int, epoch: int, samples: Samples, channels: int) -> Matrices:
    """The composed color map of each sample: (N, channels + 1, channels + 1), on columns (channel values 0 to 1, 1)."""
    gain = augment.contrast ** (2.0 * draw.uniform(seed, epoch, samples, "contrast") - 1.0)
    offset = augment.brightness * (2.0 * draw.uniform(seed, epoch, samples, "brightness") - 1.0)
    return color_map(gain, 0.5 - 0.5 * gain + offset, channels)


def color_map(gain: NDArray[np.float64], offset: NDArray[np.float64], channels: int) -> Matrices:
    """Gain and offset, one number a sample (N) or one a channel too (N, channels), as matrices."""
    count = len(gain)
    maps = np.zeros((count, channels + 1, channels + 1))
    index = np.arange(channels)
    maps[:, index, index] = np.broadcast_to(gain.reshape(count, -1), (count, channels))
    maps[:, index, -1] = np.broadcast_to(offset.reshape(count, -1), (count, channels))
    maps[:, -1, -1] = 1.0
    return maps


def frame(preprocessing: Preprocessing, aspects: NDArray[np.float32]) -> tuple[Matrices, Matrices]:
    """How the input field lies on a squashed image: the maps into and out of units of half the field's side.

    `aspects` (N) are width / height of the original images. The first (3, 3) leads from the field's own coordinates
    (-1 to 1 on both axes) to units in which a turn is a turn; the second (N, 3, 3) from there to the image's (-1 to 1).
    """
    height, width = (side - 2 * preprocessing.border for side in preprocessing.size)
    unit = max(height, width)
    aspect = aspects.astype(np.float64)
    field_aspect = width / height
    match preprocessing.resize:
        case "crop":
            image_width = np.maximum(width, height * aspect)
            image_height = np.maximum(height, width / aspect)
        case "pad":
            image_width = np.minimum(width, height * aspect)
            image_height = np.minimum(height, width / aspect)
        case "stretch":
            image_width = np.full_like(aspect, height * field_aspect)
            image_height = np.full_like(aspect, height)
    none, one = np.zeros(len(aspect)), np.ones(len(aspect))
    inward = np.diag([width / unit, height / unit, 1.0])
    outward = _matrices([[unit / image_width, none, none], [none, unit / image_height, none], [none, none, one]])
    return inward, outward


def sample(images: Tensor, maps: Matrices, preprocessing: Preprocessing) -> Tensor:
    """Interpolate squashed images (N C S S, float) once, by maps (N, 3, 3) from the field (-1 to 1) to the image.

    Returns N C H W. Beyond an image's edge it is mirrored, or black where the policy is `pad`; the border is black.
    """
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    theta = torch.from_numpy(maps[:, :2]).to(images.device, images.dtype)
    grid = functional.affine_grid(theta, [len(images), images.shape[1], height, width], align_corners=False)
    beyond = "zeros" if preprocessing.resize == "pad" else "reflection"
    out = functional.grid_sample(images, grid, mode="bilinear", padding_mode=beyond, align_corners=False)
    return functional.pad(out, (border,) * 4) if border else out


def recolor(images: Tensor, maps: Matrices) -> Tensor:
    """Apply color maps (N, C + 1, C + 1) to images (N C H W, float, 0 to 1)."""
    count, channels, height, width = images.shape
    matrix = torch.from_numpy(maps[:, :channels, :channels]).to(images.device, images.dtype)
    offset = torch.from_numpy(maps[:, :channels, channels:]).to(images.device, images.dtype)
    if channels == 1:
        return images * matrix.view(-1, 1, 1, 1) + offset.view(-1, 1, 1, 1)
    return torch.baddbmm(offset, matrix, images.reshape(count, channels, -1)).view(count, channels, height, width)


def augmented(
    images: Tensor,
    aspects: NDArray[np.float32],
    preprocessing: Preprocessing,
    augment: Augment,
    *,
    seed: int,
    epoch: int,
    samples: Samples,
) -> Tensor:
    """A batch as the network sees it in training: varied, normalized, float32, N C H W.

    `images` are uint8: squashed (N C S S) where the augmentation moves anything, else prepared (N C H W).
    """
    count, channels = images.shape[:2]
    out = images.to(torch.float32)
    if augment.geometric:
        inward, outward = frame(preprocessing, aspects)
        maps = outward @ draw_geometry(augment, seed, epoch, samples) @ inward
        out = sample(out, maps, preprocessing)
    full_scale = color_map(np.full(count, 1 / 255), np.zeros(count), channels)
    deviation = np.tile(preprocessing.deviation, (count, 1))
    normal = color_map(1 / deviation, -np.tile(preprocessing.mean, (count, 1)) / deviation, channels)
    return recolor(out, normal @ draw_color(augment, seed, epoch, samples, channels) @ full_scale)


def _matrices(rows: list[list[NDArray[np.float64]]]) -> Matrices:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
