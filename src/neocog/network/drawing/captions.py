"""The words below the columns of a figure: what each gives, the layer, what follows it, its parameters."""

from neocog.network.drawing.plan import Box
from neocog.network.drawing.sheet import LINE, text, text_width
from neocog.network.drawing.words import before_and_after, pieces

Caption = tuple[tuple[str, ...], ...]
"""Four rows of words, each of several lines."""

_STYLES = (("mono", "middle"), ("middle",), ("quiet", "middle"), ("mono", "quiet", "middle"))
_ABOVE = 30.0
_APART = 6.0


def caption(gives: str, boxes: tuple[Box, ...]) -> Caption:
    """What is said below equal boxes; their parameters are added up."""
    box = boxes[0]
    before, after = before_and_after(box.steps, box.lead)
    first, *rest = pieces(box.step)
    times = f"{len(boxes)} × " if len(boxes) > 1 else ""
    params = sum(each.params for each in boxes)
    layer = (*before.split(", "), times + first, *rest)
    rows = (gives,), layer, tuple(after.split(", ")), (f"{params:,}",) if params else ()
    return tuple(tuple(filter(None, row)) for row in rows)


def caption_width(words: Caption) -> float:
    """How wide the widest line is."""
    return max(
        text_width(line, mono="mono" in style) for row, style in zip(words, _STYLES, strict=True) for line in row
    )


class Captions:
    """Several captions on the same lines, below `y`."""

    def __init__(self, captions: list[Caption], y: float) -> None:
        rows = [max(len(caption[row]) for caption in captions) for row in range(len(_STYLES))]
        starts = [sum(rows[:row]) * LINE + _APART * row for row in range(len(_STYLES) + 1)]
        self.baselines = [y + _ABOVE + start for start in starts[:-1]]
        self.bottom = y + _ABOVE + starts[-1] - _APART - LINE / 2

    def marks(self, x: float, words: Caption) -> str:
        """One caption, around x."""
        return "".join(
            text(x, baseline + place * LINE, line, *style)
            for row, baseline, style in zip(words, self.baselines, _STYLES, strict=True)
            for place, line in enumerate(row)
        )
