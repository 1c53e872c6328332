"""Oracles: Pillow's own exif_transpose and compositing, and pixels chosen by hand; every file is made here."""

import io
import struct
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from neocog.core.errors import ImageError
from neocog.data.decode import decode, is_grey, sniff

RAMP = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)
COLORS = np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=-1)  # H W C


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP"])
@pytest.mark.parametrize("color", [False, True])
def test_lossless_formats_come_out_exactly(format: str, color: bool) -> None:
    pixels = COLORS if color else RAMP
    if format == "GIF" and color:
        pixels = np.kron(COLORS[:4, :4], np.ones((3, 3, 1), np.uint8))  # a palette of 16 colors
    options = {"lossless": True} if format == "WEBP" else {}
    found = decode(encoded(Image.fromarray(pixels), format, **options))
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags["C_CONTIGUOUS"]
    assert found.format == format
    assert found.grey is not color
    expected = pixels if color else pixels[:, :, None]
    np.testing.assert_array_equal(found.pixels, np.broadcast_to(expected, found.pixels.shape))


def test_a_jpeg_in_grey_has_one_channel_and_a_jpeg_of_grey_rgb_is_grey() -> None:
    assert decode(encoded(Image.fromarray(RAMP), "JPEG")).pixels.shape == (12, 16, 1)
    stored_as_rgb = decode(encoded(Image.fromarray(RAMP).convert("RGB"), "JPEG"))
    assert stored_as_rgb.pixels.shape == (12, 16, 3)
    assert stored_as_rgb.grey


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_exif_orientation_is_applied(orientation: int, format: str) -> None:
    image = Image.fromarray(COLORS)
    exif = Image.Exif()
    exif[0x0112] = orientation
    raw = encoded(image, format, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(raw))).convert("RGB"))
    found = decode(raw)
    assert found.pixels.shape[:2] == ((12, 16) if orientation < 5 else (16, 12))
    np.testing.assert_array_equal(found.pixels, expected)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_damaged_exif_block_does_not_lose_the_picture() -> None:
    raw = encoded(Image.fromarray(RAMP), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    assert decode(raw).pixels.shape == (12, 16, 1)


def test_16_bit_grey_is_scaled_from_its_full_range() -> None:
    values = np.array([[0, 128, 257, 32768, 65535]], np.uint16)
    expected = np.rint(values / 257)[:, :, None]
    for format in ("PNG", "TIFF"):
        found = decode(encoded(Image.fromarray(values), format))
        np.testing.assert_array_equal(found.pixels, expected)
        assert found.mode.startswith("I;16")
    raw = b"P5 5 1 65535\n" + values.astype(">u2").tobytes()
    np.testing.assert_array_equal(decode(raw).pixels, expected)


def test_32_bit_integers_are_8_or_16_bits_wide_or_refused() -> None:
    tiff = [encoded(Image.fromarray(np.array([[0, high]], np.int32)), "TIFF") for high in (255, 65535, 70000)]
    assert decode(tiff[0]).pixels.ravel().tolist() == [0, 255]
    assert decode(tiff[1]).pixels.ravel().tolist() == [0, 255]
    with pytest.raises(ImageError, match="integer pixels from 0 to 70000, not 0 to 65535"):
        decode(tiff[2])


@pytest.mark.parametrize(("high", "middle"), [(1.0, 0.5), (255.0, 127.5), (65535.0, 32767.5)])
def test_floating_point_tiff(high: float, middle: float) -> None:
    raw = encoded(Image.fromarray(np.array([[0, middle, high]], np.float32)), "TIFF")
    assert decode(raw).pixels.ravel().tolist() == [0, 128, 255]


def test_floating_point_that_means_nothing_is_refused() -> None:
    with pytest.raises(ImageError, match=r"floating-point pixels from -1 to 0\.5, not 0 to 1"):
        decode(encoded(Image.fromarray(np.array([[-1, 0.5]], np.float32)), "TIFF"))
    with pytest.raises(ImageError, match="pixels that are not finite numbers"):
        decode(encoded(Image.fromarray(np.array([[np.nan, 0.5]], np.float32)), "TIFF"))


def test_one_bit_and_palettes() -> None:
    bits = Image.fromarray(RAMP > 90)
    assert bits.mode == "1"
    assert set(np.unique(decode(encoded(bits, "PNG")).pixels)) == {0, 255}
    palette = Image.fromarray(COLORS).quantize(8)
    np.testing.assert_array_equal(decode(encoded(palette, "PNG")).pixels, np.asarray(palette.convert("RGB")))


def test_transparency_is_laid_on_white() -> None:
    red = np.zeros((1, 3, 4), np.uint8)
    red[..., 0] = 200
    red[0, :, 3] = (0, 128, 255)
    found = decode(encoded(Image.fromarray(red), "PNG")).pixels
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[0, 2].tolist() == [200, 0, 0]
    share = 128 / 255
    np.testing.assert_allclose(
        found[0, 1], [200 * share + 255 * (1 - share), 255 * (1 - share), 255 * (1 - share)], atol=1
    )

    grey = np.array([[[10, 0], [10, 255]]], np.uint8)
    assert decode(encoded(Image.fromarray(grey), "PNG")).pixels[:, :, 0].tolist() == [[255, 10]]

    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([9, 9, 9, 200, 100, 50])
    for transparency in (0, bytes([0, 255])):
        found = decode(encoded(palette, "PNG", transparency=transparency)).pixels
        assert found[0].tolist() == [[255, 255, 255], [200, 100, 50]]

    key = decode(encoded(Image.fromarray(np.array([[7, 8]], np.uint8)), "PNG", transparency=7)).pixels
    assert key[0, :, 0].tolist() == [255, 8]


def test_cmyk_becomes_rgb() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    for raw in (encoded(image, "TIFF"), encoded(image, "JPEG", quality=100)):
        found = decode(raw)
        assert found.mode == "CMYK"
        np.testing.assert_allclose(found.pixels[4, 4], [255, 0, 0], atol=4)


def test_files_are_known_by_content() -> None:
    assert sniff(b"\xff\xd8\xff\xe0") == "JPEG"
    assert sniff(b"RIFF....WAVE") is None
    assert sniff(b"P5\n1 1") == "PPM"
    assert sniff(b"P") is None
    with pytest.raises(ImageError, match=r"^not an image$"):
        decode(b"file,label\na.png,cat\n")
    with pytest.raises(ImageError, match=r"^empty file$"):
        decode(b"")
    with pytest.raises(ImageError, match="HEIC is not read, save it as JPEG or PNG"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP"])
def test_every_truncation_is_an_image_error(format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    raw = encoded(Image.fromarray(noise), format)
    for keep in (len(raw) // 2, len(raw) // 10, 16):
        with pytest.raises(ImageError, match=r"truncated|damaged"):
            decode(raw[:keep])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    raw = bytearray(encoded(Image.fromarray(RAMP), data.draw(st.sampled_from(["JPEG", "PNG", "BMP", "TIFF", "GIF"]))))
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(bytes(raw))
    except ImageError:
        return
    assert found.pixels.ndim == 3


def test_animations_and_pages_are_named() -> None:
    frames = [Image.fromarray(RAMP), Image.fromarray(RAMP[::-1].copy()), Image.fromarray(255 - RAMP)]
    for format in ("GIF", "WEBP", "PNG"):
        with pytest.raises(ImageError, match=r"animated \(3 frames\)"):
            decode(encoded(frames[0], format, save_all=True, append_images=frames[1:]))
    with pytest.raises(ImageError, match="3 pages in one file"):
        decode(encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60000, 50000, 8, 0, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match=r"too large \(60000 x 50000 pixels\)"):
        decode(raw)


def test_a_large_photograph_is_read_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit, far below ours, as for a photo of 100 MP
    assert decode(encoded(Image.fromarray(RAMP), "PNG")).pixels.shape == (12, 16, 1)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 3), (5, 4, 4)])
def test_arrays(shape: tuple[int, ...]) -> None:
    found = decode(np.full(shape, 255, np.uint8))
    assert found.pixels.shape == (5, 4, 3 if shape[2:] in ((3,), (4,)) else 1)
    assert found.grey
    assert found.format == "array"


def test_arrays_that_are_no_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match=r"pixels of shape \(2, 2, 2\) and type uint8, not uint8 H W or H W C"):
        decode(np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(ImageError, match="empty array"):
        decode(np.zeros((0, 2), np.uint8))
    monkeypatch.setattr(sys.modules["neocog.data.decode"], "MAX_PIXELS", 3)
    with pytest.raises(ImageError, match=r"too large \(2 x 2 pixels\)"):
        decode(np.zeros((2, 2), np.uint8))


def test_grey_is_exact() -> None:
    pixels = np.full((4, 4, 3), 7, np.uint8)
    assert is_grey(pixels)
    pixels[3, 3, 2] = 8
    assert not is_grey(pixels)
