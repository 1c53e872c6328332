"""A sound in the report: its spectrogram with time and frequency, and the clip itself, small enough for a page."""

import base64
import io
import wave
from dataclasses import dataclass

import numpy as np
from PIL import Image

from neocog.data import Pixels
from neocog.data.axes import axes, ticked
from neocog.data.pictures import SKETCH, sketch
from neocog.data.sound import Sound, resampled

RATE = 8_000
"""Samples a second of what is played: what a telephone lets through."""

LONGEST = 4.0
"""Seconds of what is played; of a longer sound its middle."""

_WIDE = 224
_ROW, _TICKS = 4, 20  # the page shows it half as large


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound as the page shows and plays it."""

    picture: Pixels
    """Its spectrogram (uint8 H W 3)."""
    clip: str
    """A WAV file as a data URI."""


def heard(sound: Sound) -> Heard:
    """What the page shows of a sound.

    >>> heard(Sound(np.zeros(800, np.float32), 8000)).clip[:22]
    'data:audio/wav;base64,'
    """
    drawn = sketch(sound)
    columns = drawn.shape[1]
    if columns <= _WIDE:
        factor = _WIDE // columns
        image = Image.fromarray(drawn[:, :, 0]).resize((columns * factor, _ROW * len(drawn)), Image.Resampling.NEAREST)
    else:
        image = Image.fromarray(drawn[:, :, 0]).resize((_WIDE, _ROW * len(drawn)), Image.Resampling.BOX)
    return Heard(np.asarray(ticked(image, axes(SKETCH, columns), _TICKS)), clip(sound))


def clip(sound: Sound) -> str:
    """A sound as a small WAV file (16 bits, 8 kHz, its middle where it is long) in a data URI."""
    samples = resampled(sound, RATE)
    longest = int(LONGEST * RATE)
    samples = samples[max(0, len(samples) - longest) // 2 :][:longest]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.rint(np.clip(samples, -1, 1) * (2**15 - 1)).astype("<i2").tobytes())
    return f"data:audio/wav;base64,{base64.b64encode(file.getvalue()).decode()}"
