"""A sound as a picture: how loud each band of frequencies is at each moment, in decibels, in 256 steps.

The sound is brought to one rate, cut or padded to a length, and looked at through a Hann window that moves on by a hop;
the power of each Fourier frequency is gathered into bands by triangles that are even on the mel scale (O'Shaughnessy,
1987), and its logarithm taken. So a sound is prepared as an image is, and cache, batches, augmentation, duplicates and
explanations work on it unchanged.

- Time runs from left to right and frequency from the bottom to the top, as such pictures are drawn everywhere.
- Black is silence: decibels are counted down from the clip's loudest band and moment, `span` of them are kept. So a
  clip that was recorded from farther away looks the same, and padding is what a pause is. The floor is absolute
  besides (-100 dB of full scale), lest the noise of a silent file be made a picture.
- With `coefficients`, each moment's column is replaced by the first ones of its cosine transform (mel-frequency
  cepstral coefficients; Davis and Mermelstein, 1980), the lowest at the bottom, in fixed ranges about the middle gray:
  what the lecture's network of spoken words takes.

>>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000).astype(np.float32)
>>> picture = spectrogram(Sound(tone, 8000), Spectrogram(rate=8000, frames=96))
>>> picture.shape, int(picture[:, 48, 0].argmax())
((40, 96, 1), 21)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import RecipeError
from neocog.data.options import DataOptions
from neocog.data.sound import RATES, Samples, Sound, resampled
from neocog.data.table import Pixels

FLOOR = 1e-10
"""The power of a band below which nothing is heard, of full scale: -100 dB."""

BOUNDS = (8_000, 16_000)
"""The lowest and the highest rate that is chosen: what speech needs at least, and nearly all that tells words apart."""

MOST_FRAMES = 400
"""Frames that a chosen picture has at most; the hop of longer clips grows."""

LARGEST = 8_192
"""Columns that a picture may have where the options ask for many."""

COVERED = 0.95
"""The share of clips that fit whole into the chosen length."""

_BANDS = 40
_BLOCK = 4096
_EVEN = 8


@dataclass(frozen=True, kw_only=True)
class Spectrogram:
    """How a sound becomes a picture; the same for training, validation, test, predict and export."""

    rate: int = 16_000
    """Samples a second that every sound is brought to."""
    window: float = 0.025
    """Seconds that each column looks at."""
    hop: float = 0.01
    """Seconds from one column to the next."""
    bands: int = 40
    """Bands of frequencies, even on the mel scale from 0 to half the rate: the height of the picture."""
    span: float = 80.0
    """Decibels below the clip's loudest that are black; its loudest is white."""
    frames: int = 0
    """Columns: a longer clip is cut to its middle, a shorter one lies between silence; 0: as many as it has."""
    coefficients: int = 0
    """Cepstral coefficients that stand in place of the bands; 0: the bands themselves."""

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.coefficients or self.bands

    @property
    def step(self) -> int:
        """The hop in samples."""
        return max(1, round(self.hop * self.rate))

    @property
    def reach(self) -> int:
        """The window in samples."""
        return max(2, round(self.window * self.rate))

    @property
    def seconds(self) -> float:
        """How long the picture is."""
        return self.frames * self.step / self.rate


def spectrogram(sound: Sound, how: Spectrogram) -> Pixels:
    """The picture of a sound: uint8 H W 1, H being `how.height` and W `how.frames`, or what the sound has.

    >>> spectrogram(Sound(np.zeros(800, np.float32), 8000), Spectrogram(rate=8000)).max()
    np.uint8(0)
    """
    samples = resampled(sound, how.rate)
    if how.frames:
        longest = (how.frames - 1) * how.step
        samples = samples[max(0, len(samples) - longest) // 2 :][:longest]
    levels = decibels(band_powers(samples, how), how.span)  # T B
    if how.frames:
        before = (how.frames - len(levels)) // 2
        levels = np.pad(levels, ((before, how.frames - len(levels) - before), (0, 0)))
    picture = _cepstrum(levels, how) if how.coefficients else levels * (255 / how.span)
    rows = np.rint(np.clip(picture, 0, 255)).astype(np.uint8).T[::-1]
    return np.ascontiguousarray(rows[:, :, None])


def band_powers(samples: Samples, how: Spectrogram) -> NDArray[np.float64]:
    """The power of each band at each moment (T B), of full scale; columns are centered on 0, 1, 2, ... hops.

    Before its first sample and after its last a sound is silent. A sine of full scale has a power of 1 or less.
    """
    length = 1 << (how.reach - 1).bit_length()
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(how.reach) / how.reach)
    scale = 4 / hann.sum() ** 2
    padded = np.pad(samples.astype(np.float64), (how.reach // 2, how.reach))
    starts = np.arange(len(samples) // how.step + 1) * how.step
    filters = mel_filters(how.rate, length, how.bands).T
    parts = []
    for first in range(0, len(starts), _BLOCK):
        block = padded[starts[first : first + _BLOCK, None] + np.arange(how.reach)]
        parts.append(np.square(np.abs(np.fft.rfft(block * hann, length))) @ filters * scale)
    return np.concatenate(parts)


def decibels(powers: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """Levels from 0 (`span` decibels below the loudest, or less) to `span` (the loudest), of the same shape.

    >>> decibels(np.array([1e-3, 1e-5, 1e-12]), 80).round(6).tolist()
    [80.0, 60.0, 10.0]
    """
    loud = 10 * np.log10(np.maximum(powers, FLOOR))
    if loud.max() <= 10 * np.log10(FLOOR):
        return np.zeros_like(powers)
    return np.asarray(np.maximum(loud - loud.max() + span, 0.0))


@lru_cache(maxsize=8)
def mel_filters(rate: int, length: int, bands: int) -> NDArray[np.float64]:
    """Triangles on the Fourier frequencies (bands, length / 2 + 1), each of height 1, even on the mel scale."""
    edges = hertz(np.linspace(0, mel(rate / 2), bands + 2))
    frequencies = np.arange(length // 2 + 1) * (rate / length)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    filters: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    for band in np.flatnonzero(~filters.any(axis=1)):  # narrower than the frequencies lie apart: the nearest one
        filters[band, round(edges[band + 1] * length / rate)] = 1.0
    filters.flags.writeable = False
    return filters


def mel(frequency: float) -> float:
    """A frequency in hertz on the mel scale: 2595 log10(1 + f / 700).

    >>> round(mel(1000), 1)
    1000.0
    """
    return float(2595 * np.log10(1 + frequency / 700))


def hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frequencies in hertz of places on the mel scale."""
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


def chosen(
    rates: Sequence[int], seconds: Sequence[float], options: DataOptions, size: tuple[int, int] | None = None
) -> Spectrogram:
    """A spectrogram that fits the training sounds: their usual rate, and a length that covers nearly all of them.

    `options` that are not 0 decide; `RecipeError` where they cannot be. Columns are a multiple of 8, so that halving
    maps divide; a network that reads pictures of another `size` (height and width) gets that, and the hop follows.

    >>> how = chosen([8000] * 3, [0.3, 0.4, 0.63], DataOptions())
    >>> how.rate, how.bands, how.frames
    (8000, 40, 64)
    >>> chosen([8000], [1.0], DataOptions(), size=(32, 32)).hop
    0.0323
    """
    assert len(rates) and len(rates) == len(seconds), "there are sounds to choose by"
    rate = options.sample_rate or int(min(max(np.median(rates), BOUNDS[0]), BOUNDS[1]))
    if rate < RATES[0]:
        raise RecipeError(
            f"`data.sample_rate` must be {RATES[0]:,} samples a second or more, got {rate}; take a higher one"
        )
    length = options.seconds or float(np.quantile(seconds, COVERED, method="higher"))
    bands = size[0] if size and not options.coefficients else max(_BANDS, options.coefficients)
    usual = length / (size[1] - 1) if size and size[1] > 1 else max(Spectrogram.hop, length / MOST_FRAMES)
    hop = options.hop or round(usual, 4)
    frames = size[1] if size else -(-(int(length / hop) + 1) // _EVEN) * _EVEN
    if frames > LARGEST:
        raise RecipeError(
            f"`data.seconds` over `data.hop` must give at most {LARGEST:,} columns, got {frames:,}; take a longer hop"
        )
    return Spectrogram(
        rate=rate,
        window=options.window or max(Spectrogram.window, 2 * hop),
        hop=hop,
        bands=options.bands or bands,
        frames=frames,
        coefficients=options.coefficients,
    )


def told(options: DataOptions, how: Spectrogram) -> DataOptions:
    """The options with what the spectrogram has, so that they alone repeat it."""
    return replace(
        options,
        sample_rate=how.rate,
        hop=how.hop,
        window=how.window,
        seconds=round((how.frames - 1) * how.hop, 6),
        bands=how.bands,
        coefficients=how.coefficients,
    )


def _cepstrum(levels: NDArray[np.float64], how: Spectrogram) -> NDArray[np.float64]:
    """The first coefficients of each column's orthonormal cosine transform (T K), from 0 to 255.

    Coefficient 0 is the loudness, from 0 to the largest that can be. The others go both ways from 128; their largest is
    sqrt(2) / pi of that, and coefficient k is given that over sqrt(k), since those of sounds fall with k: of a thousand
    spoken digits none left its range.
    """
    places = np.arange(how.bands)
    order = np.arange(how.coefficients)
    waves = np.cos(np.pi * np.outer(places + 0.5, order) / how.bands) * np.sqrt(2 / how.bands)  # B K
    waves[:, 0] /= np.sqrt(2)
    values = levels @ waves
    largest = how.span * np.sqrt(how.bands)
    values[:, 0] *= 255 / largest
    limits = largest * np.sqrt(2) / np.pi / np.sqrt(np.maximum(order[1:], 1))
    values[:, 1:] = 128 + values[:, 1:] * (127 / limits)
    return np.asarray(values)
