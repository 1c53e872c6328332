"""Sounds are read as independent readers read them, and what is broken is named."""

import io
import struct
import sys
import wave
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.io import wavfile

from neocog.core.errors import ImageError
from neocog.data.sound import LONGEST, Sound, decode_sound, resampled


def written(values: NDArray[np.generic], rate: int = 8000) -> bytes:
    """A WAV file by scipy."""
    file = io.BytesIO()
    wavfile.write(file, rate, values)
    return file.getvalue()


def header(*, tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, size: int = 4) -> bytes:
    """The head of a WAV file up to its samples, which take `size` bytes."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + struct.pack("<4sI", b"data", size)
    )


@pytest.fixture(scope="module")
def soundfile() -> ModuleType:
    return pytest.importorskip("soundfile", reason="soundfile, the extra `audio`, is not installed")


NOISE = np.random.default_rng(0).uniform(-1, 1, (500, 2))


@pytest.mark.parametrize(
    ("kind", "full", "middle"),
    [("uint8", 128, 128), ("int16", 2**15, 0), ("int32", 2**31, 0), ("float32", 1, 0), ("float64", 1, 0)],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_all_plain_forms_are_read(kind: str, full: float, middle: float, channels: int) -> None:
    values = (NOISE[:, :channels] * (full if full == 1 else full - 1) + middle).astype(kind)
    sound = decode_sound(written(values))
    expected = ((values.astype(np.float64) - middle) / full).mean(axis=1)
    assert sound.rate == 8000
    assert sound.samples.dtype == np.float32
    np.testing.assert_allclose(sound.samples, expected, atol=1e-6)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_file_of_the_standard_library_is_read(width: int) -> None:
    """24 bits too, which scipy does not write."""
    whole = (NOISE * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    shifted = whole + 128 if width == 1 else whole
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(width)
        out.setframerate(44_100)
        out.writeframes(shifted.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes())
    sound = decode_sound(file.getvalue())
    assert sound.rate == 44_100
    np.testing.assert_allclose(sound.samples, whole.mean(axis=1) / 2 ** (8 * width - 1), atol=1e-6)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_flac_is_read_by_the_library(soundfile: ModuleType, subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, NOISE, 22_050, subtype=subtype, format="FLAC")
    sound = decode_sound(file.getvalue())
    assert sound.rate == 22_050
    np.testing.assert_allclose(sound.samples, NOISE.mean(axis=1), atol=2**-14)


def test_packed_wav_is_read_by_the_library(soundfile: ModuleType) -> None:
    file = io.BytesIO()
    soundfile.write(file, NOISE, 8000, subtype="ULAW", format="WAV")
    np.testing.assert_allclose(decode_sound(file.getvalue()).samples, NOISE.mean(axis=1), atol=0.03)


def test_extensible_wav_is_read(soundfile: ModuleType) -> None:
    file = io.BytesIO()
    soundfile.write(file, NOISE, 8000, subtype="PCM_24", format="WAVEX")
    np.testing.assert_allclose(decode_sound(file.getvalue()).samples, NOISE.mean(axis=1), atol=2**-22)


def test_damaged_flac_is_named(soundfile: ModuleType) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.tile(NOISE, (40, 1)), 8000, format="FLAC")
    raw = file.getvalue()
    with pytest.raises(ImageError, match=r"^(truncated|damaged \(.+\))$"):
        decode_sound(raw[: len(raw) // 2])
    with pytest.raises(ImageError, match=r"^damaged \(.+\)$"):
        decode_sound(raw[:20])


def test_without_the_library_its_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(ImageError, match=r"FLAC needs soundfile: pip install 'neocog\[audio\]'"):
        decode_sound(b"fLaC" + bytes(40))
    with pytest.raises(ImageError, match=r"WAV of format 7 with 8 bits needs soundfile"):
        decode_sound(header(tag=7, bits=8) + bytes(4))


def test_streamed_wav_is_taken_to_its_end() -> None:
    for size in (0, 0xFFFFFFFF):
        raw = header(size=0)[:-4] + struct.pack("<I", size) + struct.pack("<hhh", 1, 2, 3)
        assert len(decode_sound(raw).samples) == 3


def test_other_chunks_are_passed_over() -> None:
    raw = header() + struct.pack("<hh", 16384, 0)
    place = raw.index(b"data")
    raw = raw[:place] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + raw[place:] + b"id3 " + struct.pack("<I", 9)
    assert decode_sound(raw).samples.tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty file"),
        (b"\x89PNG\r\n\x1a\n", "not a sound"),
        (b"OggS" + bytes(30), "Ogg is not read, save it as WAV or FLAC"),
        (b"ID3" + bytes(30), "MP3 is not read"),
        (header() + bytes(3), "truncated"),
        (header()[:30], "truncated"),
        (header()[:24], "truncated"),
        (header(size=4)[:-8], "truncated"),
        (header(size=0), "no samples"),
        (header(channels=0), r"damaged \(0 channels\)"),
        (header(rate=7), r"damaged \(7 samples a second\)"),
        (header()[:12] + b"data" + bytes(8), "samples before their format"),
        (header(tag=3, bits=32) + struct.pack("<f", float("nan")), "samples that are no numbers"),
        (header(rate=1000, bits=8, size=1000 * 601) + bytes(1000 * 601), r"too long \(601 s\)"),
    ],
)
def test_what_is_broken_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=f"^.*{reason}"):
        decode_sound(raw)


@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail_otherwise(tail: bytes) -> None:
    for head in (b"RIFF\0\0\0\0WAVE", header(), b""):
        try:
            sound = decode_sound(head + tail)
        except ImageError:
            continue
        assert len(sound.samples)


def test_the_longest_sound_passes() -> None:
    assert decode_sound(header(rate=1000, bits=8, size=600_000) + bytes(600_000)).seconds == LONGEST


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_a_tone_keeps_its_pitch_and_level(rate: int) -> None:
    """Away from the ends; 1 kHz at any rate is 1 kHz at 16 kHz."""

    def tone(rate: int) -> NDArray[np.float32]:
        return np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)

    found, expected = resampled(Sound(tone(rate), rate), 16_000), tone(16_000)
    assert abs(len(found) - 16_000) <= 1
    np.testing.assert_allclose(found[1000:-1000], expected[1000 : len(found) - 1000], atol=0.02)


def test_what_a_lower_rate_cannot_hold_is_filtered_out() -> None:
    high = np.sin(2 * np.pi * 7000 * np.arange(16_000) / 16_000).astype(np.float32)
    assert np.abs(resampled(Sound(high, 16_000), 8000)[500:-500]).max() < 0.01


def test_rates_that_share_nothing_are_bounded() -> None:
    assert abs(len(resampled(Sound(np.zeros(95_999, np.float32), 95_999), 5333)) - 5333) < 60


def test_the_same_rate_is_left_alone() -> None:
    sound = Sound(np.ones(3, np.float32), 8000)
    assert resampled(sound, 8000) is sound.samples
