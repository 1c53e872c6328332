"""Ticks of time and frequency lie where the spectrogram has them."""

import numpy as np
import pytest
from PIL import Image

from neocog.data.axes import axes, ticked
from neocog.data.sound import Sound
from neocog.data.spectrogram import Spectrogram, spectrogram


@pytest.mark.parametrize("hertz", [500, 1000, 2000])
def test_a_tone_lies_at_its_tick(hertz: int) -> None:
    how = Spectrogram(rate=8000, window=0.064, frames=64)
    time = np.arange(8000) / 8000
    column = spectrogram(Sound(np.sin(2 * np.pi * hertz * time).astype(np.float32), 8000), how)[::-1, 32, 0]
    (share,) = (share for share, text in axes(how).up if text == f"{hertz / 1000:g} kHz")
    assert abs(share * 40 - (int(column.argmax()) + 0.5)) <= 1


def test_a_click_lies_at_its_moment() -> None:
    how = Spectrogram(rate=8000, frames=51)
    samples = np.zeros(4000, np.float32)
    samples[3200] = 1
    loudest = int(spectrogram(Sound(samples, 8000), how).sum(axis=(0, 2), dtype=int).argmax())
    (share,) = (share for share, text in axes(how).along if text == "0.4 s")
    assert abs(share * 51 - (loudest + 0.5)) <= 1


@pytest.mark.parametrize(
    ("frames", "texts"),
    [(31, ["0.1 s", "0.2 s", "0.3 s"]), (101, ["0.5 s", "1 s"]), (1000, ["2 s", "4 s", "6 s", "8 s"])],
)
def test_there_are_few_ticks_of_round_times(frames: int, texts: list[str]) -> None:
    assert [text for _, text in axes(Spectrogram(frames=frames)).along] == texts


def test_coefficients_have_numbers() -> None:
    how = Spectrogram(coefficients=20, frames=11)
    assert axes(how).up == ((5.5 / 20, "c5"), (10.5 / 20, "c10"), (15.5 / 20, "c15"))


def test_ticks_are_drawn_within_the_picture_and_not_on_one_another() -> None:
    image = Image.new("L", (224, 124))
    drawn = np.asarray(ticked(image, axes(Spectrogram(rate=8000, frames=64))))
    assert drawn.shape == (124, 224, 3)
    assert drawn.max() == 255
    tiny = ticked(Image.new("RGB", (12, 12)), axes(Spectrogram(rate=8000, frames=64)))
    assert tiny.size == (12, 12)
