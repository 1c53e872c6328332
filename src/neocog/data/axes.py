"""Time and frequency on the picture of a sound: ticks along its bottom and its left edge, drawn over the picture.

They lie inside, in light letters with a dark rim, so that a map of an explanation, a thumbnail and a spectrogram keep
their size and their places.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from neocog.data.spectrogram import Spectrogram, mel

_HERTZ = (250, 500, 1000, 2000, 4000, 8000)
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_MOST = 4
_TICK = 4
_LIGHT, _DARK = (255, 255, 255), (24, 26, 30)


@dataclass(frozen=True)
class Axes:
    """Where the ticks of a picture are, as shares of its side, and what stands at them."""

    along: tuple[tuple[float, str], ...]
    """Of time, from the left."""
    up: tuple[tuple[float, str], ...]
    """Of frequency, from the bottom."""


def axes(how: Spectrogram, columns: int = 0) -> Axes:
    """The ticks of a spectrogram of so many columns (else as many as it always has).

    >>> axes(Spectrogram(rate=8000, frames=96)).along
    ((0.213..., '0.2 s'), (0.421..., '0.4 s'), (0.630..., '0.6 s'), (0.838..., '0.8 s'))
    """
    columns = columns or how.frames
    seconds = columns * how.hop
    step = next((step for step in _STEPS if seconds / step <= _MOST + 1), _STEPS[-1])
    along = tuple(
        ((place * step / how.hop + 0.5) / columns, f"{place * step:g} s")
        for place in range(1, _MOST + 1)
        if place * step < seconds
    )
    if how.coefficients:
        return Axes(along, tuple(((order + 0.5) / how.height, f"c{order}") for order in range(5, how.coefficients, 5)))
    most = mel(how.rate / 2)
    up = tuple(
        ((mel(hertz) / most * (how.bands + 1) - 0.5) / how.bands, f"{hertz / 1000:g} kHz")
        for hertz in _HERTZ
        if hertz < 0.45 * how.rate
    )
    return Axes(along, up)


def ticked(image: Image.Image, marks: Axes, size: int = 10) -> Image.Image:
    """A picture (RGB or gray) with its ticks; those that would lie on one another are left out."""
    drawn = image.convert("RGB")
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(size)
    width, height = drawn.size
    end = 0.0
    for share, text in marks.along:
        place, half = share * width, font.getlength(text) / 2
        if place - half < end or place + half > width:
            continue
        pen.line([(place, height - 1 - _TICK), (place, height - 1)], _LIGHT)
        pen.text((place, height - _TICK - 2), text, _LIGHT, font, "mb", stroke_width=1, stroke_fill=_DARK)
        end = place + half + size / 2
    lowest = height - 2.0 * size - _TICK  # the ticks of time stand below
    for share, text in marks.up:
        place = (1 - share) * height
        if place > lowest or place < size / 2:
            continue
        pen.line([(0, place), (_TICK, place)], _LIGHT)
        pen.text((_TICK + 2, place), text, _LIGHT, font, "lm", stroke_width=1, stroke_fill=_DARK)
        lowest = place - size - 2
    return drawn
