"""The picture of a sound equals what independent computations give: torch's transform, librosa's figures, hand sums."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.fft import dct

from neocog.core.errors import RecipeError
from neocog.data.options import DataOptions
from neocog.data.sound import Sound
from neocog.data.spectrogram import (
    FLOOR,
    Spectrogram,
    band_powers,
    chosen,
    decibels,
    hertz,
    mel,
    mel_filters,
    spectrogram,
    told,
)

RATE = 8000


def chirp(seconds: float = 1.0, rate: int = RATE) -> Sound:
    """A tone that rises from 200 Hz to 3 kHz, half as loud as full scale."""
    time = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * (200 * time + 1400 * time**2 / seconds)
    return Sound((0.5 * np.sin(phase)).astype(np.float32), rate)


LIBROSA = {
    (0, 0): 12.589804,
    (5, 3): 117.61310,
    (10, 20): 7.7412890e-4,
    (21, 50): 2.4535314e-4,
    (30, 80): 3.0795112,
    (39, 99): 0.024530271,
}
"""Powers of the chirp by librosa 0.11.0: melspectrogram(n_fft=256, win_length=200, hop_length=80, n_mels=40, htk=True,
norm=None, pad_mode="constant"), (band, moment)."""


def powers_by_torch(samples: NDArray[np.float32], how: Spectrogram, length: int) -> NDArray[np.float64]:
    """The power of each Fourier frequency at each moment (T F)."""
    found = torch.stft(
        torch.from_numpy(samples.astype(np.float64)),
        length,
        hop_length=how.step,
        win_length=how.reach,
        window=torch.hann_window(how.reach, dtype=torch.float64),
        pad_mode="constant",
        return_complex=True,
    )
    return np.asarray((found.abs() ** 2).T.numpy())


def band_frequencies(how: Spectrogram) -> NDArray[np.float64]:
    """The middle of each band in hertz, the lowest first."""
    return hertz(np.linspace(0, mel(how.rate / 2), how.bands + 2)[1:-1])


def triangle(frequency: float, band: int, bands: int, rate: int) -> float:
    """The weight of a frequency in a band, by the textbook."""
    most = 2595 * np.log10(1 + rate / 2 / 700)
    left, middle, right = (700 * (10 ** (most * place / (bands + 1) / 2595) - 1) for place in range(band, band + 3))
    if frequency <= left or frequency >= right:
        return 0.0
    return float(
        (frequency - left) / (middle - left) if frequency <= middle else (right - frequency) / (right - middle)
    )


def test_powers_are_torch_s_under_the_textbook_s_triangles() -> None:
    how = Spectrogram(rate=RATE)
    sound = chirp()
    plain = powers_by_torch(sound.samples, how, 256)
    filters = np.array([[triangle(at * RATE / 256, band, 40, RATE) for at in range(129)] for band in range(40)])
    hann = torch.hann_window(200, dtype=torch.float64).numpy()
    expected = plain @ filters.T * 4 / hann.sum() ** 2
    np.testing.assert_allclose(band_powers(sound.samples, how), expected, rtol=1e-9, atol=1e-15)


def test_powers_are_librosa_s() -> None:
    how = Spectrogram(rate=RATE)
    ours = band_powers(chirp().samples, how).T * np.hanning(201)[:-1].sum() ** 2 / 4
    for place, expected in LIBROSA.items():
        assert ours[place] == pytest.approx(expected, rel=1e-5), place


def test_a_sine_of_full_scale_has_power_one_in_its_band() -> None:
    """In the middle of its band, away from the ends."""
    how = Spectrogram(rate=RATE, window=0.128)
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    assert band_powers(tone, how)[50].sum() == pytest.approx(1.5, abs=0.05)  # a Hann window spreads it: 1/4, 1, 1/4


@pytest.mark.parametrize(("rate", "length", "bands"), [(8000, 256, 40), (16_000, 512, 64), (8000, 128, 80)])
def test_every_band_hears_something_and_inner_frequencies_count_once(rate: int, length: int, bands: int) -> None:
    filters = mel_filters(rate, length, bands)
    assert filters.any(axis=1).all()
    inside = np.arange(length // 2 + 1) * rate / length
    middles = band_frequencies(Spectrogram(rate=rate, bands=bands))
    between = (inside >= middles[0]) & (inside <= middles[-1])
    sums = filters.sum(axis=0)[between]
    assert (sums >= 1 - 1e-9).all()
    if bands <= 40:
        np.testing.assert_allclose(sums, 1)


def test_low_frequencies_are_at_the_bottom_and_time_goes_right() -> None:
    picture = spectrogram(chirp(), Spectrogram(rate=RATE))[:, :, 0]
    loudest = 39 - picture[:, 5:95].argmax(axis=0)
    assert (np.diff(loudest) >= 0).all()
    frequencies = band_frequencies(Spectrogram(rate=RATE))[loudest]
    np.testing.assert_allclose(frequencies, 200 + 28 * np.arange(5, 95), rtol=0.15, atol=60)


@given(st.floats(0.001, 1.0))
def test_loudness_does_not_matter(gain: float) -> None:
    sound = chirp(0.2)
    how = Spectrogram(rate=RATE, span=30)
    softer = spectrogram(Sound(sound.samples * np.float32(gain), RATE), how).astype(int)
    assert np.abs(softer - spectrogram(sound, how)).max() <= 1


@given(st.integers(0, 9000), st.integers(1, 120))
def test_a_length_is_kept_by_padding_and_cutting(count: int, frames: int) -> None:
    samples = np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)
    assert spectrogram(Sound(samples, RATE), Spectrogram(rate=RATE, frames=frames)).shape == (40, frames, 1)
    assert spectrogram(Sound(samples, RATE), Spectrogram(rate=RATE)).shape == (40, count // 80 + 1, 1)


def test_a_short_sound_lies_between_silence() -> None:
    alone = spectrogram(chirp(0.2), Spectrogram(rate=RATE))
    padded = spectrogram(chirp(0.2), Spectrogram(rate=RATE, frames=31))
    assert alone.shape[1] == 21
    assert (padded[:, 5:26] == alone).all()
    assert not padded[:, :5].any() and not padded[:, 26:].any()


def test_of_a_long_sound_the_middle_is_taken() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    cut = spectrogram(Sound(noise, RATE), Spectrogram(rate=RATE, frames=51))
    middle = spectrogram(Sound(noise[2000:6000], RATE), Spectrogram(rate=RATE))
    assert (cut == middle).all()


def test_silence_is_black() -> None:
    for samples in (np.zeros(4000), np.full(4000, 1e-7), np.random.default_rng(0).normal(0, 1e-7, 4000)):
        assert not spectrogram(Sound(samples.astype(np.float32), RATE), Spectrogram(rate=RATE)).any()


def test_long_sounds_are_computed_in_blocks_to_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    how = Spectrogram(rate=RATE)
    whole = band_powers(chirp().samples, how)
    monkeypatch.setattr("neocog.data.spectrogram._BLOCK", 7)
    np.testing.assert_allclose(band_powers(chirp().samples, how), whole, rtol=1e-12)


def test_coefficients_are_scipy_s_cosine_transform() -> None:
    how = Spectrogram(rate=RATE, coefficients=13)
    levels = decibels(band_powers(chirp().samples, Spectrogram(rate=RATE)), how.span)
    expected = dct(levels, type=2, norm="ortho", axis=1)[:, :13].T
    picture = spectrogram(chirp(), how)[::-1, :, 0].astype(float)
    largest = 80 * np.sqrt(40)
    np.testing.assert_allclose(picture[0] / 255 * largest, expected[0], atol=largest / 255)
    for order in range(1, 13):
        limit = largest * np.sqrt(2) / np.pi / np.sqrt(order)
        np.testing.assert_allclose((picture[order] - 128) / 127 * limit, expected[order], atol=limit / 127)


def test_the_network_of_spoken_words_is_fed_as_its_author_did() -> None:
    """A second, every third sample of 16 kHz, windows of 2048 and hops of 512 of those: 20 coefficients, 11 moments."""
    how = Spectrogram(rate=5333, window=2048 / 5333, hop=512 / 5333, bands=128, coefficients=20)
    assert spectrogram(Sound(np.zeros(16_000, np.float32), 16_000), how).shape == (20, 11, 1)


def test_the_floor_is_absolute() -> None:
    assert decibels(np.array([FLOOR / 2, FLOOR]), 80).tolist() == [0.0, 0.0]


def test_what_is_chosen_covers_nearly_all() -> None:
    lengths = np.random.default_rng(0).uniform(0.2, 4.0, 200).tolist()
    how = chosen([8000] * 120 + [44_100] * 80, lengths, DataOptions())
    assert how.rate == 8000
    assert 0.95 <= np.mean(np.array(lengths) <= how.seconds) <= 0.99
    assert how.frames % 8 == 0
    assert chosen([48_000], [1.0], DataOptions()).rate == 16_000
    assert chosen([4000], [1.0], DataOptions()).rate == 8000
    assert chosen([8000], [30.0], DataOptions()).frames <= 408


def test_options_decide_and_are_told() -> None:
    options = DataOptions(sample_rate=11_025, hop=0.02, window=0.05, seconds=1.5, bands=24, coefficients=12)
    how = chosen([8000], [1.0], options)
    assert how == Spectrogram(rate=11_025, hop=0.02, window=0.05, frames=80, bands=24, coefficients=12)
    assert chosen([8000], [1.0], told(DataOptions(), how)) == how


def test_a_network_s_own_size_is_met() -> None:
    how = chosen([8000], [1.0], DataOptions(), size=(32, 48))
    assert (how.height, how.frames) == (32, 48)
    assert 0.95 <= how.seconds <= 1.05
    assert chosen([8000], [1.0], DataOptions(coefficients=20), size=(20, 11)).height == 20


def test_what_cannot_be_asked_for_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"`data.sample_rate` must be 1,000 samples a second or more, got 8"):
        chosen([8000], [1.0], DataOptions(sample_rate=8))
    with pytest.raises(RecipeError, match=r"must give at most 8,192 columns, got 100,008; take a longer hop"):
        chosen([8000], [1.0], DataOptions(hop=0.001, seconds=100))
