"""Raw samples as pictures: an image is one, a sound is seen as its spectrogram.

`picture` is for people, for thumbnails and for finding copies: a sample as it is, whatever its size. `prepared_from` is
what a network sees, the only path for validation, test, predict and export.
"""

import numpy as np

from neocog.data.decode import decode
from neocog.data.prepare import prepare
from neocog.data.preprocessing import Preprocessing
from neocog.data.sound import Sound, decode_sound
from neocog.data.spectrogram import Spectrogram, spectrogram
from neocog.data.table import Pixels, Raw, Table

SKETCH = Spectrogram(rate=8_000)
"""How a sound is drawn where no network's spectrogram is at hand: what a telephone lets through of it."""


def picture(raw: Raw, kind: str) -> Pixels:
    """A raw sample of an input kind that is seen as pictures (uint8 H W C); `ImageError` where it cannot be read.

    >>> picture(np.zeros((2, 3), np.uint8), "image").shape
    (2, 3, 1)
    """
    return sketch(sound_of(raw)) if kind == "sound" else decode(raw).pixels


def row_picture(table: Table, row: int) -> Pixels:
    """The picture of a row of a table (uint8 H W C); `ImageError` or `OSError` where it cannot be read."""
    return picture(table.source.read(row), table.input_kind)


def sketch(sound: Sound) -> Pixels:
    """A sound as it is drawn for people (uint8 H W 1): a hundred columns a second, low frequencies at the bottom."""
    return spectrogram(sound, SKETCH)


def sound_of(raw: Raw) -> Sound:
    """The sound of a file; `ImageError` where it is none."""
    assert isinstance(raw, bytes), "sounds come as files"
    return decode_sound(raw)


def prepared_from(raw: Raw, preprocessing: Preprocessing) -> Pixels:
    """A raw sample as the network's input (uint8 C H W), not yet normalized.

    >>> still = Preprocessing(size=(2, 3), channels=3)
    >>> prepared_from(np.zeros((2, 3), np.uint8), still).shape
    (3, 2, 3)
    """
    if preprocessing.sound is None:
        return prepare(decode(raw).pixels, preprocessing)
    planes = spectrogram(sound_of(raw), preprocessing.sound).transpose(2, 0, 1)
    return np.ascontiguousarray(np.broadcast_to(planes, preprocessing.input))
