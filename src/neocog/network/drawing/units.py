"""A chain of vectors as columns of units, each joined to all of the column before, as books draw perceptrons.

A long column shows its first and last units, with dots for the others.
"""

import math
from itertools import pairwise

from neocog.network.drawing.captions import Caption, Captions, caption, caption_width
from neocog.network.drawing.plan import Box
from neocog.network.drawing.sheet import WIDEST, Drawn, circle, group, line
from neocog.network.drawing.words import kind, shape_text, told
from neocog.network.layers import Shape

NOTE = (
    "Below each: how many units, the layer, what follows it, its parameters.",
    "Every unit reads all of the column before. Dots stand for the units between.",
)

MOST = 12
"""The longest column that is shown whole."""

_ENDS = (5, 4)
"""How many units of a longer one are shown, first and last."""
_PITCH, _RADIUS = 22.0, 8.0
_APART = 150.0


def units(input: Shape, boxes: list[Box]) -> Drawn | None:
    """Draw a chain of dense layers: its input, and a column for each; None where there are too many."""
    said = [_input(input), *(caption(f"{box.shape[0]:,}", (box,)) for box in boxes)]
    counts = [math.prod(input), *(box.shape[0] for box in boxes)]
    height = max(len(_places(count, 0)) for count in counts) * _PITCH
    words = Captions(said, height)
    widths = [caption_width(each) for each in said]
    marks, nodes = [], []
    x = widths[0] / 2
    for place, count in enumerate(counts):
        heights = _places(count, height / 2)
        nodes.append([(x, y) for y in heights if y is not None])
        hue = kind(boxes[place - 1].step) if place else "other"
        tip = told([boxes[place - 1].steps]) if place else f"input\n{shape_text(input)}"
        shown = "".join(circle(*at, _RADIUS, hue, "front") for at in nodes[-1])
        if None in heights:
            middle = nodes[-1][_ENDS[0] - 1][1] + _PITCH
            shown += "".join(circle(x, middle + step, 1.6, "dot") for step in (-6, 0, 6))
        marks.append(group(shown + words.marks(x, said[place]), tip=tip))
        if place < len(boxes):
            x += max(_APART, (widths[place] + widths[place + 1]) / 2 + 24)
    width = x + widths[-1] / 2
    if width > WIDEST:
        return None
    lines = [line([here, there], "faint") for before, after in pairwise(nodes) for here in before for there in after]
    return Drawn(width, words.bottom, words.bottom / 2, words.bottom / 2, "".join([*lines, *marks]))


def _input(shape: Shape) -> Caption:
    whole = (shape_text(shape),) if len(shape) > 1 else ()
    return (f"{math.prod(shape):,}",), ("input",), whole, ()


def _places(count: int, middle: float) -> list[float | None]:
    """The heights of a column's units; None where others are left out."""
    shown = count if count <= MOST else sum(_ENDS) + 1
    first = middle - (shown - 1) * _PITCH / 2
    places: list[float | None] = [first + place * _PITCH for place in range(shown)]
    if count > MOST:
        places[_ENDS[0]] = None
    return places
