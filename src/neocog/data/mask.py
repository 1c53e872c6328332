"""A mask: an image whose values are classes, brought to the network's sides without ever mixing two of them.

It lies beside its image and goes through the same geometry (`prepare`, `squash`), each pixel taking the value of the
nearest one, since between class 1 and class 3 there is no class 2. What lies outside the mask is `IGNORED`: no loss and
no figure counts it.

The values are those that the file holds: of a grey PNG its levels, of one with a palette its entries, whatever their
colors. `Legend` says which value is which class.

>>> legend = Legend(values=(0, 7))
>>> legend.lookup()[np.array([7, 0, 255])].tolist()
[1, 0, 255]
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neocog.core.errors import ImageError
from neocog.data.decode import is_grey, loaded
from neocog.data.prepare import fitted
from neocog.data.preprocessing import Preprocessing
from neocog.data.table import Raw

Mask: TypeAlias = NDArray[np.uint8]
"""H W, a value a pixel."""

IGNORED = 255
"""The class of pixels that count for nothing."""

MOST_CLASSES = 255
"""The most classes that a mask of bytes can tell apart, beside `IGNORED`."""


@dataclass(frozen=True)
class Legend:
    """Which value of a mask is which class: the value at place k is class k; any other is ignored."""

    values: tuple[int, ...]

    def lookup(self) -> Mask:
        """The class of each of the 256 values."""
        classes = np.full(256, IGNORED, np.uint8)
        classes[list(self.values)] = np.arange(len(self.values))
        return classes


def decode_mask(raw: Raw) -> Mask:
    """The values of a mask, from its encoded bytes or from an array; upright as its image is.

    Raises `ImageError` with the reason in a few words, where it is no image, blurs its values (JPEG), is colored, or
    holds values above 255.

    >>> decode_mask(np.eye(2, dtype=np.uint8)).tolist()
    [[1, 0], [0, 1]]
    """
    if not isinstance(raw, bytes):
        return _bytes(raw[:, :, 0] if raw.ndim == 3 and raw.shape[2] == 1 else raw)
    image = loaded(raw)
    if image.format == "JPEG":
        raise ImageError("JPEG blurs the values of a mask, save it as PNG")
    if image.mode in ("1", "L", "P") or image.mode.startswith("I"):
        return _bytes(np.asarray(image))
    if image.mode in ("LA", "PA"):
        return _bytes(np.asarray(image)[:, :, 0])
    if image.mode in ("RGB", "RGBA") and is_grey(pixels := np.asarray(image)[:, :, :3]):
        return _bytes(pixels[:, :, 0])
    raise ImageError(f"a mask of colors ({image.mode}), not of values: save it as grey or with a palette")


def prepare_mask(mask: Mask, preprocessing: Preprocessing) -> Mask:
    """A mask (H W) as the target of the network's input (height x width), as `prepare` brings its image there.

    Border and bars are `IGNORED`.

    >>> prepare_mask(np.ones((2, 4), np.uint8), Preprocessing(size=(4, 4), channels=1, resize="pad"))[:, 0].tolist()
    [255, 1, 1, 255]
    """
    border = preprocessing.border
    height, width = (side - 2 * border for side in preprocessing.size)
    inner_height, inner_width = fitted(
        mask.shape[0], mask.shape[1], height, width, preprocessing.resize, preprocessing.short
    )
    sized = nearest(mask, inner_height, inner_width)
    top, left = abs(inner_height - height) // 2, abs(inner_width - width) // 2
    if preprocessing.resize == "crop":
        sized = sized[top : top + height, left : left + width]
        top = left = 0
    out = np.full(preprocessing.size, IGNORED, np.uint8)
    rows, columns = sized.shape
    out[border + top : border + top + rows, border + left : border + left + columns] = sized
    return out


def nearest(mask: Mask, height: int, width: int) -> Mask:
    """A mask of another size, each pixel the value of the nearest; the same one where the size is right already.

    >>> nearest(np.array([[3, 9]], np.uint8), 1, 4).tolist()
    [[3, 3, 9, 9]]
    """
    if mask.shape == (height, width):
        return mask
    image = Image.fromarray(np.ascontiguousarray(mask)).resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(image)


def _bytes(values: NDArray[np.generic]) -> Mask:
    """Values as bytes; `ImageError` where one is no byte."""
    if values.ndim != 2 or values.dtype.kind not in "buiB" or not values.size:
        raise ImageError(f"a mask of shape {values.shape} and type {values.dtype}, not of whole numbers H W")
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 255:
        raise ImageError(f"values from {low} to {high}, not 0 to 255")
    return np.ascontiguousarray(values, dtype=np.uint8)
