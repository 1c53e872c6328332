"""One image from its encoded bytes: upright, 8 bits, one channel or three.

An image is known by its first bytes, never by its extension, and only the formats of `FORMATS` are tried: a hostile
file cannot reach a rarely used decoder. The size is read from the header and refused before a pixel is unpacked.

What is decided here, once, for training and for every later use of the model:

- the EXIF orientation is applied;
- transparency is laid on white, as photographs of products and scanned pages expect;
- 16-bit grey is scaled from its full range (12-bit TIFF from 4095), never from the darkest and lightest pixel of one
  image, so that images stay comparable;
- floating-point grey is taken as 0 to 1, or 0 to 255, or 0 to 65535, whichever the largest value fits;
- a palette becomes its colors, CMYK becomes RGB; color profiles are not applied.

Try it: `decode(Path("photo.jpg").read_bytes())`.
"""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from neocog.core.errors import ImageError
from neocog.data.table import Pixels, Raw

MAX_PIXELS = 120_000_000
"""The largest image that is decoded, in pixels: above any camera's frame, below what would fill the memory."""

HEAD = 16
"""The number of leading bytes that `sniff` looks at."""

FORMATS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
    "WEBP": WebPImageFile,
    "PPM": PpmImageFile,
}

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
)
_HEIF = {b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}


@dataclass(frozen=True)
class Decoded:
    """An image as the rest of the package takes it.

    `pixels` is uint8 H W C with C 1 or 3, upright. `grey` is true where every pixel has R = G = B. `format` is a key
    of `FORMATS`, or "array"; `mode` is Pillow's name for how the file holds its pixels, or the array's type.
    """

    pixels: Pixels
    grey: bool
    format: str
    mode: str


def sniff(head: bytes) -> str | None:
    """The image format that a file's first `HEAD` bytes announce (a key of `FORMATS`), or None.

    >>> sniff(b"GIF89a...")
    'GIF'
    >>> sniff(b"file,label") is None
    True
    """
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PPM"
    return None


def decode(raw: Raw) -> Decoded:
    """One image, from its encoded bytes or from pixels (uint8, H W or H W C with C 1, 3 or 4).

    Raises `ImageError` with the reason in a few words: `empty file`, `not an image`, `truncated`,
    `animated (12 frames)`, `too large (30000 x 30000 pixels)`, or what is unusual about its pixels.

    >>> decode(np.full((2, 3), 7, np.uint8)).pixels.shape
    (2, 3, 1)
    """
    if not isinstance(raw, bytes):
        return _from_array(raw)
    image = loaded(raw)
    try:
        pixels = _flat(image)
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly everything on damaged data
        raise ImageError(_reason(error)) from error
    return Decoded(np.ascontiguousarray(pixels), is_grey(pixels), image.format or "", image.mode)


def loaded(raw: bytes) -> ImageFile.ImageFile:
    """An encoded image unpacked and upright, its values as the file has them; `ImageError` where it cannot be read."""
    image = _open(raw)
    try:
        image.load()
        if image.info or image.format != "PNG":  # a PNG without any text or EXIF lies as it is
            with suppress(Exception):  # a damaged EXIF block: the picture itself is whole
                ImageOps.exif_transpose(image, in_place=True)
    except Exception as error:  # Pillow's decoders raise nearly everything on damaged data
        raise ImageError(_reason(error)) from error
    return image


def is_grey(pixels: Pixels) -> bool:
    """Whether every pixel of H W C has R = G = B (always, where C is 1)."""
    if pixels.shape[2] == 1:
        return True
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))


def _open(raw: bytes) -> ImageFile.ImageFile:
    """The image with its header read and judged, no pixel unpacked."""
    if not raw:
        raise ImageError("empty file")
    name = sniff(raw[:HEAD])
    if name is None:
        other = _HEIF.get(raw[8:12]) if raw[4:8] == b"ftyp" else None
        raise ImageError(f"{other} is not read, save it as JPEG or PNG" if other else "not an image")
    try:
        image = FORMATS[name](BytesIO(raw))
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(f"too large ({width} x {height} pixels)")
        frames = int(getattr(image, "n_frames", 1))
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(_reason(error)) from error
    if frames > 1:
        raise ImageError(f"animated ({frames} frames)" if name != "TIFF" else f"{frames} pages in one file")
    return image


def _reason(error: Exception) -> str:
    """Pillow's error in a few words."""
    text = str(error).split("\n")[0]
    lowered = text.lower()
    if isinstance(error, EOFError) or any(
        word in lowered for word in ("truncated", "eof", "end of file", "unpack requires", "not enough", "incomplete")
    ):
        return "truncated"
    return f"damaged ({text[:60] or type(error).__name__})"


def _flat(image: ImageFile.ImageFile) -> Pixels:
    """The pixels as uint8 H W C, whatever the mode of the loaded image."""
    mode = image.mode
    if mode.startswith("I;16"):
        return _scaled(np.asarray(image).astype(np.uint16), _white(image))
    if mode == "I":
        return _scaled(np.asarray(image), 65535 if image.format in ("PNG", "PPM") else None)
    if mode == "F":
        return _float(np.asarray(image))
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    if mode == "L":
        return np.asarray(image)[:, :, None]
    if mode == "1":
        return np.asarray(image.convert("L"))[:, :, None]
    return np.asarray(image.convert("RGB"))


def _white(image: ImageFile.ImageFile) -> int:
    """The value that stands for white in a 16-bit grey image: its full range (4095 in 12-bit TIFF)."""
    if isinstance(image, TiffImageFile):
        bits = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (16,))
        return int((1 << int(bits[0] if isinstance(bits, tuple) else bits)) - 1)
    return 65535


def _scaled(values: NDArray[np.generic], white: int | None) -> Pixels:
    """Integers H W to uint8 H W 1; `white` None: 255 or 65535, whichever the largest value fits."""
    low, high = int(values.min()), int(values.max())
    if white is None:
        white = 255 if high <= 255 else 65535
    if low < 0 or high > white:
        raise ImageError(f"integer pixels from {low} to {high}, not 0 to 65535")
    wide = values.astype(np.uint32)
    return ((wide * 255 + white // 2) // white).astype(np.uint8)[:, :, None]


def _float(values: NDArray[np.generic]) -> Pixels:
    """Floating-point grey H W to uint8 H W 1."""
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ImageError("pixels that are not finite numbers")
    low, high = float(numbers.min()), float(numbers.max())
    white = next((limit for limit in (1.0, 255.0, 65535.0) if high <= limit), None)
    if low < 0 or white is None:
        raise ImageError(f"floating-point pixels from {low:.4g} to {high:.4g}, not 0 to 1")
    return np.rint(numbers * (255.0 / white)).astype(np.uint8)[:, :, None]


def _on_white(image: Image.Image) -> Pixels:
    """An RGBA image laid on white, as H W 3."""
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


def _from_array(pixels: Pixels | NDArray[np.float32]) -> Decoded:
    """An array of pixels, checked and brought to H W C."""
    shaped = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if pixels.dtype != np.uint8 or shaped.ndim != 3 or shaped.shape[2] not in (1, 3, 4):
        raise ImageError(f"pixels of shape {pixels.shape} and type {pixels.dtype}, not uint8 H W or H W C")
    if 0 in shaped.shape:
        raise ImageError("empty array")
    if shaped.shape[0] * shaped.shape[1] > MAX_PIXELS:
        raise ImageError(f"too large ({shaped.shape[1]} x {shaped.shape[0]} pixels)")
    shaped = np.asarray(shaped, np.uint8)
    shaped = np.asarray(shaped, np.uint8)
    flat = _on_white(Image.fromarray(shaped, "RGBA")) if shaped.shape[2] == 4 else shaped
    return Decoded(np.ascontiguousarray(flat), is_grey(flat), "array", str(pixels.dtype))
