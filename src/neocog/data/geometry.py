"""Geometry as coordinate maps: composed to one matrix a sample, sampled once, averaged where that shrinks the image.

A map leads from a point of the network's input to a point of the source image, so maps compose by multiplying their
matrices (3 x 3, projective), and no image is interpolated twice. In the order in which a picture meets them: it is cut
out, turned, sheared, resized, moved and tilted, and seen through a lens. Where neighbors in the output lie more
than 1.41 source pixels apart, each output pixel is the mean of 2, 4 or 8 samples, along each axis by itself: a shrunken
checkerboard becomes gray, and an image that is not shrunk is not blurred.

>>> turn = composed({"rotation": np.array([np.pi / 2])}, 1)
>>> (turn @ [1, 0, 1]).round(6).tolist()  # what stands at the right comes from the bottom
[[0.0, 1.0, 1.0]]
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neocog.data.preprocessing import Preprocessing

Matrices: TypeAlias = NDArray[np.float64]
Values: TypeAlias = NDArray[np.float64]
Drawn: TypeAlias = Mapping[str, Values]
"""What each sample of a batch got, by the names of the recipe's `[augment]`, the samples along the first axis; what is
not varied is left out. Angles are in radians, shifts and boxes in units of half the larger side."""

MOST_SAMPLES = 8
"""The most samples along an axis that are averaged to a pixel."""


@dataclass(frozen=True)
class Frame:
    """How the input field lies on the squashed images, about their common center.

    Its unit is half the field's larger side, so that a turn is a turn; on a squashed image both axes run from -1 to 1.
    """

    field: tuple[float, float]
    """Half the field's width and height."""
    image: Values
    """Half of each image's width and height (N, 2)."""
    inward: Matrices
    """From the field's own coordinates (-1 to 1) to the unit (3, 3)."""
    outward: Matrices
    """From the unit to each image's coordinates (N, 3, 3)."""
    column: float = 0.0
    """The width of a column of the field's pixels."""


def frame(preprocessing: Preprocessing, aspects: NDArray[np.float32]) -> Frame:
    """The frame of squashed images; `aspects` (N) are width / height of the originals."""
    height, width = (side - 2 * preprocessing.border for side in preprocessing.size)
    unit = max(height, width)
    aspect = aspects.astype(np.float64)
    match preprocessing.resize:
        case "crop":
            image_width = np.maximum(width, height * aspect)
            image_height = np.maximum(height, width / aspect)
        case "pad":
            image_width = np.minimum(width, height * aspect)
            image_height = np.minimum(height, width / aspect)
        case "stretch":
            image_width = np.full_like(aspect, width)
            image_height = np.full_like(aspect, height)
    return Frame(
        field=(width / unit, height / unit),
        image=np.stack([image_width, image_height], axis=-1) / unit,
        inward=np.diag([width / unit, height / unit, 1.0]),
        outward=_matrices(len(aspect), {(0, 0): unit / image_width, (1, 1): unit / image_height}),
        column=2 / unit,
    )


def cut(frame: Frame, shares: Values, aspects: Values, places: Values, most: float) -> Values:
    """The box that each sample is cut to: half width, half height, center (N, 4), in the frame's unit.

    As the random resized crop of GoogLeNet's paper (Szegedy et al., 2015): of several draws of the share of the area
    (N, T) and the aspect ratio, over the field's (N, T), the first one that fits into the image counts; where none
    does, the largest box in the middle whose aspect ratio is within `most`. `places` (N, 2), from -1 to 1, say where in
    the room that is left. Black bars belong to the image.
    """
    room = np.maximum(frame.image, frame.field)
    own = frame.field[0] / frame.field[1]
    side = np.sqrt(shares * room.prod(axis=1)[:, None])
    tilt = np.sqrt(aspects * own)
    tried = np.stack([side * tilt, side / tilt], axis=-1)  # N T 2
    fits: NDArray[np.bool_] = np.logical_and.reduce(tried <= room[:, None] * (1 + 1e-12), axis=-1)
    half = np.take_along_axis(tried, fits.argmax(axis=1)[:, None, None], axis=1)[:, 0]
    widest = np.clip(room[:, 0] / room[:, 1], own / most, own * most)
    largest = np.minimum(room, np.stack([room[:, 1] * widest, room[:, 0] / widest], axis=-1))
    found = np.logical_or.reduce(fits, axis=1)[:, None]
    half = np.where(found, half, largest)
    return np.concatenate([half, np.where(found, places, 0.0) * (room - half)], axis=1)


def composed(drawn: Drawn, count: int, field: tuple[float, float] = (1.0, 1.0)) -> Matrices:
    """The one matrix of each sample (N, 3, 3), from output to source, in the frame's unit; the lens is apart."""
    maps = []
    if "crop" in drawn:
        half_width, half_height, x, y = drawn["crop"].T
        entries = {(0, 0): half_width / field[0], (1, 1): half_height / field[1], (0, 2): x, (1, 2): y}
        maps.append(_matrices(count, entries))
    if "rotation" in drawn:
        cosine, sine = np.cos(drawn["rotation"]), np.sin(drawn["rotation"])
        maps.append(_matrices(count, {(0, 0): cosine, (0, 1): -sine, (1, 0): sine, (1, 1): cosine}))
    if "shear" in drawn:
        maps.append(_matrices(count, {(0, 1): np.tan(drawn["shear"])}))
    if drawn.keys() & {"scale", "stretch", "flip_horizontal", "flip_vertical"}:
        one = np.ones(count)
        zoom, stretch = drawn.get("scale", one), drawn.get("stretch", one)
        width = drawn.get("flip_horizontal", one) / (zoom * stretch)
        height = drawn.get("flip_vertical", one) / (zoom / stretch)
        maps.append(_matrices(count, {(0, 0): width, (1, 1): height}))
    if "translation" in drawn:
        maps.append(_matrices(count, {(0, 2): -drawn["translation"][:, 0], (1, 2): -drawn["translation"][:, 1]}))
    if "shift" in drawn:
        maps.append(_matrices(count, {(0, 2): -drawn["shift"]}))
    if "perspective" in drawn:
        maps.append(_matrices(count, {(2, 0): drawn["perspective"][:, 0], (2, 1): drawn["perspective"][:, 1]}))
    return functools.reduce(np.matmul, maps) if maps else _matrices(count, {})


def sample(
    images: Tensor,
    maps: Matrices,
    preprocessing: Preprocessing,
    lens: Values | None = None,
    counts: NDArray[np.int64] | None = None,
) -> Tensor:
    """Interpolate squashed images (N C S S, float) once, by maps (N, 3, 3) from the field (-1 to 1) to the image.

    `lens` (N) is the radial distortion k1: the output at radius r shows what the map alone would show at
    r (1 + k1 r^2), r in units of half the field's larger side. `counts` is what `density` says of the same maps, where
    that is known. Returns N C H W. Beyond an image's edge it is mirrored, or black where the policy is `pad`; the
    border is black. Before and after a sound is silence; its cepstral coefficients, for which that is no one value,
    go on as they end.
    """
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    beyond = "zeros" if preprocessing.resize == "pad" else "reflection"
    if preprocessing.sound is not None:
        beyond = "border" if preprocessing.sound.coefficients else "zeros"
    matrices = torch.from_numpy(maps).to(images.device, images.dtype)
    bends = None if lens is None else torch.from_numpy(lens).to(images.device, images.dtype)

    def sampled(part: slice | Tensor, rows: int, columns: int) -> Tensor:
        bend = None if bends is None else bends[part]
        grid = _grid(matrices[part], bend, (height, width), (height * rows, width * columns))
        dense = functional.grid_sample(images[part], grid, mode="bilinear", padding_mode=beyond, align_corners=False)
        return functional.avg_pool2d(dense, (rows, columns)) if rows * columns > 1 else dense

    if counts is None:
        counts = density(maps, preprocessing, (images.shape[2], images.shape[3]), lens)
    if (counts == 1).all():
        out = sampled(slice(None), 1, 1)
    else:
        out = images.new_empty(*images.shape[:2], height, width)
        for rows, columns in np.unique(counts, axis=0).tolist():
            alike = torch.from_numpy(np.flatnonzero((counts == (rows, columns)).all(axis=1))).to(images.device)
            # in parts, so that no more memory is taken than by a plain batch
            for part in alike.chunk(-(-len(alike) * rows * columns // len(images))):
                out[part] = sampled(part, rows, columns)
    return functional.pad(out, (border,) * 4) if border else out


def sample_nearest(
    masks: Tensor, maps: Matrices, preprocessing: Preprocessing, lens: Values | None, outside: int
) -> Tensor:
    """The same places of squashed masks (N S S, uint8), each pixel the nearest value: N H W, uint8.

    No two values are mixed, so nothing is averaged where that shrinks the mask. What lies beyond its edge, where an
    image is mirrored, and the border are `outside`.
    """
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    matrices = torch.from_numpy(maps).to(masks.device, torch.float32)
    bend = None if lens is None else torch.from_numpy(lens).to(masks.device, torch.float32)
    grid = _grid(matrices, bend, (height, width), (height, width))
    above = masks[:, None].to(torch.float32) + 1  # so that the zeros beyond the edge are no value
    found = functional.grid_sample(above, grid, mode="nearest", padding_mode="zeros", align_corners=False)[:, 0]
    values = torch.where(found == 0, outside, found - 1).to(torch.uint8)
    return functional.pad(values, (border,) * 4, value=outside) if border else values


def density(
    maps: Matrices, preprocessing: Preprocessing, side: int | tuple[int, int], lens: Values | None = None
) -> NDArray[np.int64]:
    """How many samples a pixel takes, along its height and its width (N, 2), from squashed images of that side.

    They may also have a height and a width.

    The power of 2 that is next to the distance of its neighbors in the source: samples lie 1.41 source pixels apart at
    most, and a batch falls into few groups. The distance is the largest of those on a coarse grid over the field, since
    tilt and lens change it from place to place.
    """
    height, width = (length - 2 * preprocessing.border for length in preprocessing.size)
    if lens is None and not maps[:, 2, :2].any():  # the same everywhere
        wide, tall = (np.hypot(maps[:, 0, axis], maps[:, 1, axis]) for axis in (0, 1))
        pitch = np.stack([tall / height, wide / width], axis=-1) * np.asarray(side)
    else:
        bend = None if lens is None else torch.from_numpy(lens)
        points = _grid(torch.from_numpy(maps), bend, (height, width), (4, 4)).numpy() * (
            np.broadcast_to(side, 2)[::-1] / 2
        )  # N 4 4 2
        tall, wide = (np.sqrt((np.diff(points, axis=axis) ** 2).sum(axis=-1)).max(axis=(1, 2)) for axis in (1, 2))
        pitch = np.stack([tall * (4 / height), wide * (4 / width)], axis=-1)
    counts: NDArray[np.int64] = 2 ** np.clip(np.rint(np.log2(pitch)), 0, np.log2(MOST_SAMPLES)).astype(np.int64)
    return counts


def _grid(maps: Tensor, lens: Tensor | None, size: tuple[int, int], counts: tuple[int, int]) -> Tensor:
    """Where each of H x W samples, spread evenly over a field of that `size`, lies on its image: N H W 2.

    An affine map adds what the column says to what the row says, both places as one complex number: a sum that is
    broadcast along an axis of two is slow, and torch's `affine_grid` takes many times as long.
    """
    height, width = counts
    columns, rows = _centers(width, maps), _centers(height, maps)
    if lens is None and not maps[:, 2, :2].any():
        across = maps[:, None, :2, 0] * columns[:, None]  # N W 2
        down = torch.addcmul(maps[:, None, :2, 2], maps[:, None, :2, 1], rows[:, None])  # N H 2
        return torch.view_as_real(torch.view_as_complex(across)[:, None] + torch.view_as_complex(down)[:, :, None])
    points = maps.new_ones(height, width, 3)
    points[..., 0] = columns
    points[..., 1] = rows[:, None]
    points = points.view(-1, 3)
    if lens is None:
        moved = maps @ points.T  # N 3 HW
    else:
        radius = (points[:, 0] * (size[1] / max(size))) ** 2 + (points[:, 1] * (size[0] / max(size))) ** 2
        bend = torch.addcmul(maps.new_ones(()), lens[:, None, None], radius)
        moved = torch.addcmul(maps[:, :, 2:], maps[:, :, :2] @ points[:, :2].T, bend)
    grid = maps.new_empty(len(maps), height * width, 2)
    for axis in (0, 1):  # by itself: a division that is broadcast along the last axis is slow
        torch.div(moved[:, axis], moved[:, 2], out=grid[..., axis])
    return grid.view(-1, height, width, 2)


def _centers(count: int, like: Tensor) -> Tensor:
    """The centers of `count` pixels that cover -1 to 1."""
    return torch.linspace(-1, 1, count, device=like.device, dtype=like.dtype) * (count - 1) / count


def _matrices(count: int, entries: Mapping[tuple[int, int], Values]) -> Matrices:
    """One matrix a sample (N, 3, 3): the identity but for these entries."""
    maps = np.tile(np.eye(3), (count, 1, 1))
    for (row, column), values in entries.items():
        maps[:, row, column] = values
    return maps
