"""Sentences as a picture: each word on the color of what it adds to the class, blue against it and red for it.

The strongest color is the same for all sentences of a sheet, so that they can be compared; what it stands for is
written under the title.
"""

from collections.abc import Sequence

from PIL import Image, ImageColor, ImageDraw, ImageFont

from neocog.core.tokens import LIGHT
from neocog.model import STRONG, Decisive

WIDE = 720
"""The width of the text, in pixels."""

_MARGIN, _GAP, _LINE, _PAD = 32, 16, 24, 3
_TITLE, _TEXT = 22, 13
_COVER = 0.6


def sentence_sheet(found: Sequence[Decisive], classes: Sequence[str]) -> Image.Image:
    """The sheet of some sentences, each under its class and probability."""
    font, large = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
    laid = [_laid_out(each, font) for each in found]
    top = _MARGIN + 72
    height = top + sum(2 * _LINE + lines * _LINE + _GAP for _, lines in laid) + _MARGIN
    sheet = Image.new("RGB", (WIDE + 2 * _MARGIN, height), LIGHT["ground"])
    pen = ImageDraw.Draw(sheet)
    passed = sum(each.passes for each in found)
    pen.text((_MARGIN, _MARGIN), f"{passed} of {len(found)} explanations pass their check", LIGHT["text"], large, "lt")
    told = f"red words speak for the class, blue ones against it; strongest color: log-odds changed by {STRONG:g}"
    pen.text((_MARGIN, _MARGIN + 36), told, LIGHT["quiet"], font, "lt")
    for each, (places, lines) in zip(found, laid, strict=True):
        head = f"{classes[each.label]} {each.probability:.3f}"
        check = f"   without the strongest {each.few}: {each.without:.3f}, without others: {min(each.by_chance):.3f}"
        pen.text((_MARGIN, top), head, LIGHT["text"], font)
        pen.text((_MARGIN + font.getlength(head), top), check, LIGHT["quiet"], font)
        top += _LINE
        for (left, line), word, fall, unknown in zip(places, each.words, each.fall, each.unknown, strict=True):
            x, y = _MARGIN + left, top + line * _LINE
            right = x + font.getlength(word)
            pen.rectangle((x - _PAD, y - 1, right + _PAD, y + _LINE - 7), _color(float(fall)))
            pen.text((x, y), word, LIGHT["text"], font)
            if unknown:
                pen.line((x, y + _LINE - 6, right, y + _LINE - 6), LIGHT["quiet"])
        top += lines * _LINE
        phrases = ", ".join(f"{' '.join(phrase.words)} {phrase.share:+.2f}" for phrase in each.phrases[:3])
        pen.text((_MARGIN, top), _cut(f"phrases: {phrases}" if phrases else "no phrases", font), LIGHT["quiet"], font)
        top += _LINE + _GAP
    return sheet


def _laid_out(
    found: Decisive, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> tuple[list[tuple[float, int]], int]:
    """The place of each word (left, line), and how many lines there are."""
    places: list[tuple[float, int]] = []
    left, line = 0.0, 0
    space = font.getlength(" ") + 2 * _PAD
    for word in found.words:
        wide = font.getlength(word)
        if left and left + wide > WIDE:
            left, line = 0.0, line + 1
        places.append((left, line))
        left += wide + space
    return places, line + 1


def _color(fall: float) -> tuple[int, ...]:
    """The color under a word: the ground's, and the more of red or blue the more it weighs."""
    ground, strong = (ImageColor.getrgb(LIGHT[name]) for name in ("ground", "bad" if fall > 0 else "accent"))
    cover = _COVER * min(1.0, abs(fall) / STRONG)
    return tuple(round((1 - cover) * one + cover * other) for one, other in zip(ground, strong, strict=True))


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """A text no wider than the sheet."""
    if font.getlength(text) <= WIDE:
        return text
    while text and font.getlength(f"{text}...") > WIDE:
        text = text[:-1]
    return f"{text}..."
