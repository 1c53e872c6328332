"""A sound in the report: what is played is the sound, what is seen has its axes."""

import base64
import io

import numpy as np
import pytest
from scipy.io import wavfile

from neocog.data.sound import Sound
from neocog.evaluate.heard import clip, heard


def played(uri: str) -> tuple[int, np.ndarray[tuple[int, ...], np.dtype[np.int16]]]:
    """The rate and the samples of a clip."""
    head, _, text = uri.partition(",")
    assert head == "data:audio/wav;base64"
    return wavfile.read(io.BytesIO(base64.b64decode(text)))


def test_what_is_played_is_the_sound() -> None:
    samples = (0.5 * np.sin(np.arange(4000) / 10)).astype(np.float32)
    rate, got = played(clip(Sound(samples, 8000)))
    assert rate == 8000
    np.testing.assert_allclose(got / 32767, samples, atol=1e-4)


def test_of_a_long_sound_the_middle_is_played() -> None:
    samples = np.repeat(np.array([0.0, 0.5, 0.0], np.float32), 8000 * 6)
    _, got = played(clip(Sound(samples, 8000)))
    assert len(got) == 32_000
    assert (got == round(0.5 * 32767)).all()


@pytest.mark.parametrize(("seconds", "width"), [(0.05, 222), (0.6, 183), (30.0, 224)])
def test_what_is_seen_fits_the_page(seconds: float, width: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)
    assert heard(Sound(noise, 16_000)).picture.shape == (160, width, 3)
