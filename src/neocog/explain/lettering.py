"""Texts on pictures: broken into lines that are no wider than there is room for.

>>> wrapped("each with its figure", ImageFont.load_default(13), 60)
['each with', 'its figure']
"""

from typing import TypeAlias

from PIL import ImageFont

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont


def wrapped(text: str, font: Font, width: int) -> list[str]:
    """Lines of words, none wider than so many pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [cut(line, font, width) for line in lines]


def cut(text: str, font: Font, width: int) -> str:
    """A text no wider than so many pixels; dots say that it went on.

    >>> cut("a name that is too long", ImageFont.load_default(13), 60)
    'a nam...'
    """
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}...") > width:
        text = text[:-1]
    return f"{text}..."
