"""Sheets of small pictures in rows, each row with its words and each picture with its figure: units, filters, images.

Small pictures are enlarged with hard pixels, large ones made smaller; all of a sheet have one size.

>>> row = Row(("unit 3",), ((np.zeros((1, 4, 4), np.uint8), "0.7"),))
>>> Sheet("One unit", "and a patch", (row,), (4, 4)).picture().size
(704, 264)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from neocog.core.tokens import LIGHT
from neocog.data import Images, Pixels
from neocog.explain.filters import Filters
from neocog.explain.lettering import cut, wrapped
from neocog.model import Nearest

CELL = 96
"""About how wide a small picture is, in pixels."""
LARGE = 144
"""How wide one is at most that is larger itself."""
FILTER = 48
"""About how wide a filter is."""
ACROSS = 10
"""Filters in a row."""

_MARGIN, _GAP, _LINE, _WORDS = 32, 8, 18, 200
_TITLE, _TEXT = 22, 13
_NARROW = 640
"""A title has at least so much room, however few the pictures."""


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a sheet."""

    words: tuple[str, ...]
    """Lines, the first of them louder."""
    pictures: tuple[tuple[Pixels, str], ...]
    """Each picture (uint8 C H W) with what stands under it."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of pictures under what was found."""

    title: str
    line: str
    rows: tuple[Row, ...]
    size: tuple[int, int]
    """The height and width of its pictures, before they are enlarged."""
    heads: tuple[str, ...] = ()
    """What the leading pictures are, and the others."""
    lead: int = 0
    """So many pictures of each row stand apart from the others."""
    cell: int = CELL
    """About how wide a small picture is drawn."""

    def brief(self, rows: int, width: int) -> "Sheet":
        """The first rows, each with as many of its first pictures as fit into a width."""
        room = width - 2 * _MARGIN - _WORDS - self._apart
        most = max(1, room // (self._side[0] + _GAP))
        return replace(self, rows=tuple(replace(row, pictures=row.pictures[:most]) for row in self.rows[:rows]))

    def picture(self) -> Image.Image:
        """The sheet, drawn."""
        cell, font, large = self._side, ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
        across = cell[0] + _GAP
        lines = max((len(row.words) for row in self.rows), default=0)
        down = max(cell[1] + _LINE, lines * _LINE) + 2 * _GAP
        most = max((len(row.pictures) for row in self.rows), default=0)
        wide = max(_WORDS + most * across + self._apart, _NARROW)
        titles, told = wrapped(self.title, large, wide), wrapped(self.line, font, wide)
        top = _MARGIN + 28 * len(titles) + _GAP + _LINE * len(told) + _GAP + (_LINE + _GAP if self.heads else _GAP)
        sheet = Image.new("RGB", (2 * _MARGIN + wide, top + len(self.rows) * down + _MARGIN), LIGHT["ground"])
        pen = ImageDraw.Draw(sheet)
        for place, text in enumerate(titles):
            pen.text((_MARGIN, _MARGIN + 28 * place), text, LIGHT["text"], large, anchor="lt")
        for place, text in enumerate(told):
            height = _MARGIN + 28 * len(titles) + _GAP + _LINE * place
            pen.text((_MARGIN, height), text, LIGHT["quiet"], font, anchor="lt")
        left = _MARGIN + _WORDS
        for place, head in enumerate(self.heads):
            pen.text(
                (left + bool(place) * (self.lead * across + self._apart), top - _LINE - 4), head, LIGHT["text"], font
            )
        for number, row in enumerate(self.rows):
            upper = top + number * down
            for place, text in enumerate(row.words):
                shown = cut(text, font, _WORDS - _GAP)
                pen.text((_MARGIN, upper + place * _LINE), shown, LIGHT["quiet" if place else "text"], font)
            for place, (pixels, figure) in enumerate(row.pictures):
                corner = left + place * across + (self._apart if place >= self.lead else 0), upper
                sheet.paste(_enlarged(pixels, cell), corner)
                shown = cut(figure, font, cell[0] + _GAP)
                pen.text((corner[0], corner[1] + cell[1] + 2), shown, LIGHT["quiet"], font)
        return sheet

    @property
    def _side(self) -> tuple[int, int]:
        """How wide and high a picture is drawn."""
        height, width = self.size
        longest = max(self.size)
        factor = max(1, round(self.cell / longest)) if longest <= self.cell else min(1.0, LARGE / longest)
        return max(1, round(width * factor)), max(1, round(height * factor))

    @property
    def _apart(self) -> int:
        return 2 * _GAP if self.lead else 0


def filter_sheet(found: Filters) -> Sheet:
    """The filters of a convolution over images, under each its largest weight."""
    pictures = [
        (pixels, f"{largest:.2g}") for pixels, largest in zip(found.pixels(), found.largest.tolist(), strict=True)
    ]
    rows = tuple(
        Row((f"filters {start} to {start + len(some) - 1}",), tuple(some))
        for start in range(0, len(pictures), ACROSS)
        if (some := pictures[start : start + ACROSS])
    )
    _, channels, height, width = found.weights.shape
    told = "gray is a weight of 0" if channels == 3 else "gray is a weight of 0, light more, dark less"
    line = f"{len(pictures)} filters of {width} x {height} pixels, each as strong as its largest weight; {told}"
    return Sheet(f"{found.path}: what the first layer looks for", line, rows, (height, width), cell=FILTER)


def nearest_sheet(asked: Images, known: Images, near: Nearest, names: Sequence[str], labels: Sequence[str]) -> Sheet:
    """The nearest of the `known` images (M C H W) to each that was `asked` about (n C H W), with their distances.

    `names` are the labels of the asked images, `labels` those of the known ones.
    """
    rows, hits, total = [], 0, 0
    for place, name in enumerate(names):
        beside = list(zip(near.place[place].tolist(), near.distance[place].tolist(), strict=True))
        same = sum(labels[other] == name for other, _ in beside)
        hits, total = hits + same, total + len(beside)
        pictures = [(known[other], f"{distance:.2f}, {labels[other]}") for other, distance in beside]
        rows.append(Row((name, f"{same} of {len(beside)} of its class"), ((asked[place], ""), *pictures)))
    title = f"{hits} of {total} nearest training images are of the same class"
    line = (
        "for one image of each class the training images with the most alike codes; under each how far, and its class"
    )
    size = asked.shape[2], asked.shape[3]
    return Sheet(title, line, tuple(rows), size, ("image", "nearest training images"), lead=1)


def abreast(sheets: Sequence[Image.Image], title: str, line: str) -> Image.Image:
    """Several sheets on one, in two columns of about one height: each goes where there is more room, in order."""
    wide = max(sheet.width for sheet in sheets)
    heights, places = [0, 0], list[tuple[int, int]]()
    for sheet in sheets:
        column = int(heights[1] < heights[0])
        places.append((column * wide, heights[column]))
        heights[column] += sheet.height
    font, top = ImageFont.load_default(_TEXT), _MARGIN + 64
    columns = 1 + bool(heights[1])
    whole = Image.new("RGB", (columns * wide, top + max(heights)), LIGHT["ground"])
    pen = ImageDraw.Draw(whole)
    room = columns * wide - 2 * _MARGIN
    large = ImageFont.load_default(_TITLE + 4)
    pen.text((_MARGIN, _MARGIN), cut(title, large, room), LIGHT["text"], large, anchor="lt")
    pen.text((_MARGIN, _MARGIN + 40), cut(line, font, room), LIGHT["quiet"], font, anchor="lt")
    for sheet, (left, upper) in zip(sheets, places, strict=True):
        whole.paste(sheet, (left, top + upper))
    return whole


def _enlarged(pixels: Pixels, cell: tuple[int, int]) -> Image.Image:
    """A picture (uint8 C H W) as large as its cell (width, height)."""
    picture = Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)))
    return picture.resize(cell, Image.Resampling.NEAREST if cell[0] >= picture.width else Image.Resampling.BOX)
