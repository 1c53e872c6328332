"""One sound from its encoded bytes: one channel of float32, at the rate that the file states.

A sound is known by its first bytes, as an image is. WAV is read here, for it is a header and the samples themselves:
integers of 8 to 32 bits, floats of 32 and 64 bits, any number of channels. FLAC, and WAV that is packed in another way
(mu-law, ADPCM), are read by libsndfile through the package `soundfile`, an extra. How long a sound is and how much
memory it takes is known from the header, and refused before a sample is unpacked.

What is decided here, once, for training and for every later use of the model: channels are averaged; full scale is 1;
a WAV file whose samples end before its header says is truncated, but one that was streamed (its length unknown, written
as the largest number or as nothing) is taken to its end.

Try it: `decode_sound(Path("word.wav").read_bytes())`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import ImageError

Samples: TypeAlias = NDArray[np.float32]

LONGEST = 600.0
"""The longest sound that is decoded, in seconds."""

RATES = (1_000, 400_000)
"""The lowest and the highest rate that is believed, in samples a second."""

MOST_CHANNELS = 64
"""The most channels that are believed."""

SILENT = 1e-4
"""The loudest sample of a sound that counts as silent, of full scale: -80 dB."""

_FULL, _TOP, _CLIPPED = 0.3, 0.999, 0.01
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_STREAMED = (0, 0x7FFFFFFF, 0xFFFFFFFF)
_INTEGERS = {8: ("u1", 2.0**7), 16: ("<i2", 2.0**15), 24: ("", 2.0**31), 32: ("<i4", 2.0**31)}
_FLOATS = {32: "<f4", 64: "<f8"}


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound as the rest of the package takes it."""

    samples: Samples
    """One channel (float32 T); full scale is 1."""
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class _Format:
    """What the `fmt ` chunk of a WAV file says."""

    tag: int
    channels: int
    rate: int
    bits: int


def decode_sound(raw: bytes) -> Sound:
    """One sound from its encoded bytes.

    Raises `ImageError` with the reason in a few words: `empty file`, `not a sound`, `truncated`, `no samples`, `too
    long (900 s)`, or what is unusual about it.

    >>> form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    >>> data = struct.pack("<4sIhh", b"data", 4, 0, -16384)
    >>> decode_sound(b"RIFF" + struct.pack("<I", 40) + b"WAVE" + form + data).samples.tolist()
    [0.0, -0.5]
    """
    if not raw:
        raise ImageError("empty file")
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        sound = _wave(raw)
    elif raw[:4] == b"fLaC":
        sound = _by_library(raw, "FLAC")
    else:
        other = next((name for head, name in _OTHERS.items() if raw.startswith(head)), None)
        raise ImageError(f"{other} is not read, save it as WAV or FLAC" if other else "not a sound")
    if not len(sound.samples):
        raise ImageError("no samples")
    if not np.isfinite(sound.samples).all():
        raise ImageError("damaged (samples that are no numbers)")
    return sound


_OTHERS: Final = {b"OggS": "Ogg", b"ID3": "MP3", b"\xff\xfb": "MP3", b".snd": "AU", b"FORM": "AIFF"}


def remarked(sound: Sound) -> str:
    """What is odd about a sound, in a few words, or "": that it is silent, or clipped.

    Clipped: of a hundred samples more than one lie at the loudest value, as where a recorder was set too high.

    >>> remarked(Sound(np.zeros(9, np.float32), 8000)), remarked(Sound(np.ones(9, np.float32), 8000))
    ('silent', 'clipped')
    """
    loud = np.abs(sound.samples)
    if loud.max() < SILENT:
        return "silent"
    at_the_top = (loud >= loud.max() * _TOP).mean() if loud.max() > _FULL else 0.0
    return "clipped" if at_the_top > _CLIPPED else ""


def resampled(sound: Sound, rate: int) -> Samples:
    """The samples at another rate (float32), by a polyphase filter with a Kaiser window (beta 5, scipy's).

    What lies above half of the lower rate is filtered out, so that nothing comes back as a wrong tone.

    >>> len(resampled(Sound(np.zeros(8000, np.float32), 8000), 16000))
    16000
    """
    if sound.rate == rate:
        return sound.samples
    from scipy.signal import resample_poly

    # rates that have little in common would need a filter of millions of taps: 1 in 10,000 is not heard
    ratio = Fraction(rate, sound.rate).limit_denominator(1_000)
    found = resample_poly(sound.samples.astype(np.float64), ratio.numerator, ratio.denominator, window=("kaiser", 5.0))
    return np.asarray(found, np.float32)


def _wave(raw: bytes) -> Sound:
    """A RIFF file of kind WAVE."""
    form: _Format | None = None
    for name, start, size in _chunks(raw):
        if name == b"fmt ":
            form = _format(raw, start, size)
        elif name == b"data":
            if form is None:
                raise ImageError("damaged (samples before their format)")
            if form.bits not in (_INTEGERS if form.tag == _PCM else _FLOATS if form.tag == _FLOAT else ()):
                return _by_library(raw, f"WAV of format {form.tag} with {form.bits} bits")
            there = len(raw) - start
            if size > there and size not in _STREAMED:
                raise ImageError("truncated")
            return _samples(raw, start, min(size, there) if size else there, form)
    raise ImageError("truncated")


def _chunks(raw: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a RIFF file as (name, where its content starts, its stated size); each is padded to two bytes."""
    place = 12
    while place + 8 <= len(raw):
        name, size = struct.unpack_from("<4sI", raw, place)
        yield name, place + 8, size
        place += 8 + size + size % 2


def _format(raw: bytes, start: int, size: int) -> _Format:
    if size < 16 or start + size > len(raw):
        raise ImageError("truncated")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", raw, start)
    if tag == _EXTENSIBLE and size >= 26:  # the first two bytes of its sub-format are what the tag would be
        tag = struct.unpack_from("<H", raw, start + 24)[0]
    form = _Format(tag, channels, rate, bits)
    _believed(form.channels, form.rate)
    return form


def _believed(channels: int, rate: int) -> None:
    """Raise where a header says what no recorder does."""
    if not 1 <= channels <= MOST_CHANNELS:
        raise ImageError(f"damaged ({channels} channels)")
    if not RATES[0] <= rate <= RATES[1]:
        raise ImageError(f"damaged ({rate} samples a second)")


def _short_enough(count: int, rate: int) -> None:
    if count > LONGEST * rate:
        raise ImageError(f"too long ({count / rate:.0f} s)")


def _samples(raw: bytes, start: int, size: int, form: _Format) -> Sound:
    """The samples of a data chunk, its channels averaged."""
    width = form.channels * form.bits // 8
    count = size // width
    _short_enough(count, form.rate)
    values = np.frombuffer(raw, np.uint8, count * width, start)
    if form.tag == _FLOAT:
        found = values.view(_FLOATS[form.bits]).astype(np.float64)
    elif form.bits == 24:  # as the upper three bytes of 32 bits
        wide = np.zeros((len(values) // 3, 4), np.uint8)
        wide[:, 1:] = values.reshape(-1, 3)
        found = wide.view("<i4").ravel() / _INTEGERS[24][1]
    else:
        kind, full = _INTEGERS[form.bits]
        found = (values.view(kind) - (full if form.bits == 8 else 0.0)) / full
    return Sound(found.reshape(count, form.channels).mean(axis=1).astype(np.float32), form.rate)


def _by_library(raw: bytes, what: str) -> Sound:
    """A sound that libsndfile reads."""
    try:
        import soundfile
    except ImportError as error:
        raise ImageError(f"{what} needs soundfile: pip install 'neocog[audio]'") from error
    try:
        with soundfile.SoundFile(BytesIO(raw)) as file:
            _believed(file.channels, file.samplerate)
            _short_enough(file.frames, file.samplerate)
            frames = file.frames
            values = file.read(dtype="float32", always_2d=True)  # T C
            rate = int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        raise ImageError(f"damaged ({str(error).splitlines()[0][:60]})") from error
    if len(values) < frames:
        raise ImageError("truncated")
    return Sound(values.mean(axis=1, dtype=np.float64).astype(np.float32), rate)
