"""From the pixels of any image to the network's input: the only path for validation, test, predict and export.

One anti-aliased resize by Pillow (bilinear: never darker or brighter than the image, and the filter that other
runtimes have too), then whole pixels cut or added. All sums that decide on sizes are in integers, so that every
machine and every export cuts the same pixels:

- `crop`: the scale is the larger one of height and width; the other side becomes `round(side * scale)`, halves up,
  never less than the target; `(side - target) // 2` rows (columns) are cut at the top (left), the rest opposite.
  With `short`, the shorter side becomes that and the longer one `round(long * short / side)`, halves to the even
  number: what ImageNet's networks are judged by.
- `pad`: the scale is the smaller one; the other side is rounded likewise, never more than the target nor less than 1;
  `(target - side) // 2` black rows (columns) go to the top (left), the rest opposite.
- `stretch`: both sides take the target's, whatever the aspect ratio.

An image that has its size already is not resampled: its values come out bit for bit. One channel from three is the
luma of ITU-R 601, `(19595 R + 38470 G + 7471 B + 32768) >> 16`: an exact copy where R = G = B.

>>> import numpy as np
>>> prepare(np.full((40, 60, 3), 9, np.uint8), Preprocessing(size=(32, 32), channels=1, border=2))[0, 0:4, 16].tolist()
[0, 0, 9, 9]
"""

from typing import Literal

import numpy as np
from PIL import Image

from neocog.core.errors import DataError
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Pixels

Policy = Literal["crop", "pad", "stretch"]


def prepare(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """An upright image (uint8 H W C, C 1 or 3, of any size) as the network's input (uint8 C H W), not yet normalized.

    >>> prepare(np.zeros((10, 20, 1), np.uint8), Preprocessing(size=(8, 8), channels=3)).shape
    (3, 8, 8)
    """
    if preprocessing.sound is not None:
        raise DataError("a sound is prepared from its samples, got a picture; name the file of a sound")
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    assert min(height, width) > 0, "the border leaves no room for the image"
    image = single(pixels) if preprocessing.channels == 1 else pixels
    image = fit(image, height, width, preprocessing.resize, preprocessing.short)
    if border:
        image = np.pad(image, ((border, border), (border, border), (0, 0)))
    return _planes(image, preprocessing.channels)


def whole(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """The whole image at the network's scale (uint8 H W C, C its channels): as `prepare`, but nothing cut or added.

    >>> whole(np.zeros((10, 20, 1), np.uint8), Preprocessing(size=(8, 8), channels=3)).shape
    (8, 16, 3)
    """
    height, width = (side - 2 * preprocessing.border for side in preprocessing.size)
    image = single(pixels) if preprocessing.channels == 1 else pixels
    sides = fitted(pixels.shape[0], pixels.shape[1], height, width, preprocessing.resize, preprocessing.short)
    sized = resize(image, *sides)
    return np.repeat(sized, 3, axis=2) if sized.shape[2] < preprocessing.channels else sized


def squash(pixels: Pixels, side: int, channels: Literal[1, 3]) -> Pixels:
    """The whole image squeezed to `side` x `side` (uint8 C S S); the training grid restores its aspect ratio.

    >>> squash(np.zeros((10, 20, 3), np.uint8), 8, 1).shape
    (1, 8, 8)
    """
    return _planes(resize(single(pixels) if channels == 1 else pixels, side, side), channels)


def single(pixels: Pixels) -> Pixels:
    """One channel (uint8 H W 1): the luma of ITU-R 601, an exact copy where R = G = B.

    >>> single(np.array([[[255, 0, 0]]], np.uint8)).item()
    76
    """
    _check(pixels)
    if pixels.shape[2] == 1:
        return pixels
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))[:, :, None]


def fitted(
    height: int, width: int, target_height: int, target_width: int, policy: Policy, short: int | None = None
) -> tuple[int, int]:
    """The height and width that an image is resized to before whole pixels are cut or added.

    >>> fitted(375, 500, 224, 224, "crop"), fitted(375, 500, 224, 224, "pad")
    ((224, 299), (168, 224))
    >>> fitted(375, 500, 224, 224, "crop", short=256)
    (256, 341)
    """
    if policy == "stretch":
        return target_height, target_width
    if short is not None:
        assert policy == "crop", f"a shorter side is for the policy crop, not {policy}"
        assert short >= max(target_height, target_width), f"{target_height} x {target_width} cannot be cut from {short}"
        side = min(height, width)
        return round(height * short / side), round(width * short / side)
    wide = width * target_height >= height * target_width
    if wide == (policy == "crop"):
        other = _rounded(width * target_height, height)
        return target_height, max(target_width, other) if policy == "crop" else min(target_width, max(1, other))
    other = _rounded(height * target_width, width)
    return max(target_height, other) if policy == "crop" else min(target_height, max(1, other)), target_width


def fit(pixels: Pixels, height: int, width: int, policy: Policy, short: int | None = None) -> Pixels:
    """An image (uint8 H W C) brought to a height and width by one resize and a whole-pixel crop or black bars."""
    _check(pixels)
    inner_height, inner_width = fitted(pixels.shape[0], pixels.shape[1], height, width, policy, short)
    image = resize(pixels, inner_height, inner_width)
    if policy == "crop":
        top, left = (inner_height - height) // 2, (inner_width - width) // 2
        return image[top : top + height, left : left + width]
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    if (inner_height, inner_width) == (height, width):
        return image
    return np.pad(image, ((top, height - inner_height - top), (left, width - inner_width - left), (0, 0)))


def resize(pixels: Pixels, height: int, width: int) -> Pixels:
    """One anti-aliased bilinear resize of an image (uint8 H W C); the same values where the size is right already."""
    _check(pixels)
    if pixels.shape[:2] == (height, width):
        return pixels
    array = np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image = np.asarray(Image.fromarray(array).resize((width, height), Image.Resampling.BILINEAR))
    return image[:, :, None] if image.ndim == 2 else image


def _planes(image: Pixels, channels: int) -> Pixels:
    """H W C as C H W in memory of its own, a single channel repeated where three are asked for."""
    planes = image.transpose(2, 0, 1)
    if planes.shape[0] < channels:
        planes = np.broadcast_to(planes, (channels, *planes.shape[1:]))
    return np.array(planes, order="C")


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _check(pixels: Pixels) -> None:
    assert pixels.dtype == np.uint8, f"pixels are uint8, got {pixels.dtype}"
    assert pixels.shape[2:] in ((1,), (3,)), f"pixels are H W C with 1 or 3 channels, got {pixels.shape}"
    assert min(pixels.shape[:2]) > 0, "an image has at least one pixel"
