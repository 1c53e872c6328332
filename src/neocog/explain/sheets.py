"""Sheets of small pictures in rows, each row with its words and each picture with its figure: units, filters, images.

Small pictures are enlarged with hard pixels, large ones made smaller; all of a sheet have one size.

>>> row = Row(("unit 3",), ((np.zeros((1, 4, 4), np.uint8), "0.7"),))
>>> row_sheet("One unit", "and a patch", [row], (4, 4)).size
(368, 286)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from neocog.core.tokens import LIGHT
from neocog.data import Images, Pixels
from neocog.explain.filters import Filters
from neocog.model import Nearest

CELL = 96
"""About how wide a picture is, in pixels."""
ACROSS = 10
"""Filters in a row."""

_MARGIN, _GAP, _LINE, _WORDS = 32, 8, 18, 200
_TITLE, _TEXT = 22, 13
_TOP = 124


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a sheet."""

    words: tuple[str, ...]
    """Lines, the first of them louder."""
    pictures: tuple[tuple[Pixels, str], ...]
    """Each picture (uint8 C H W) with what stands under it."""


def row_sheet(
    title: str, line: str, rows: Sequence[Row], size: tuple[int, int], heads: Sequence[str] = (), lead: int = 0
) -> Image.Image:
    """The sheet; `size` is the height and width of its pictures, before they are enlarged.

    The first `lead` pictures of a row stand apart from the others; `heads` says what either are.
    """
    height, width = size
    factor = CELL / max(size)
    factor = max(1, round(factor)) if factor >= 1 else factor
    cell = max(1, round(width * factor)), max(1, round(height * factor))
    across, down = cell[0] + _GAP, max(cell[1] + _LINE, 4 * _LINE) + 2 * _GAP
    most = max((len(row.pictures) for row in rows), default=0)
    apart = 2 * _GAP if lead else 0
    font, large = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
    wide = max(_WORDS + most * across + apart, round(max(large.getlength(title), font.getlength(line))))
    sheet = Image.new("RGB", (2 * _MARGIN + wide, _TOP + len(rows) * down + _MARGIN), LIGHT["ground"])
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN), title, LIGHT["text"], large, anchor="lt")
    pen.text((_MARGIN, _MARGIN + 36), line, LIGHT["quiet"], font, anchor="lt")
    left = _MARGIN + _WORDS
    for place, head in enumerate(heads):
        pen.text((left + bool(place) * (lead * across + apart), _TOP - _LINE - 6), head, LIGHT["text"], font)
    for number, row in enumerate(rows):
        top = _TOP + number * down
        for place, text in enumerate(row.words):
            pen.text((_MARGIN, top + place * _LINE), text, LIGHT["quiet" if place else "text"], font)
        for place, (pixels, figure) in enumerate(row.pictures):
            corner = left + place * across + (apart if place >= lead else 0), top
            sheet.paste(_enlarged(pixels, cell), corner)
            pen.text((corner[0], corner[1] + cell[1] + 2), figure, LIGHT["quiet"], font)
    return sheet


def filter_sheet(found: Filters) -> Image.Image:
    """The filters of a convolution over images, under each its largest weight."""
    pictures = [
        (pixels, f"{largest:.2g}") for pixels, largest in zip(found.pixels(), found.largest.tolist(), strict=True)
    ]
    rows = [
        Row((f"filters {start} to {start + len(some) - 1}",), tuple(some))
        for start in range(0, len(pictures), ACROSS)
        if (some := pictures[start : start + ACROSS])
    ]
    _, channels, height, width = found.weights.shape
    told = "gray is a weight of 0" if channels == 3 else "gray is a weight of 0, light more, dark less"
    line = f"{len(pictures)} filters of {width} x {height} pixels, each as strong as its largest weight; {told}"
    return row_sheet(f"{found.path}: what the first layer looks for", line, rows, (height, width))


def nearest_sheet(
    asked: Images, known: Images, near: Nearest, names: Sequence[str], labels: Sequence[str]
) -> Image.Image:
    """The nearest of the `known` images (M C H W) to each that was `asked` about (n C H W), with their distances.

    `names` are the labels of the asked images, `labels` those of the known ones.
    """
    rows, hits, total = [], 0, 0
    for place, name in enumerate(names):
        beside = list(zip(near.place[place].tolist(), near.distance[place].tolist(), strict=True))
        same = sum(labels[other] == name for other, _ in beside)
        hits, total = hits + same, total + len(beside)
        pictures = [(known[other], f"{distance:.2f}, {labels[other]}"[:15]) for other, distance in beside]
        rows.append(Row((name, f"{same} of {len(beside)} of its class"), ((asked[place], ""), *pictures)))
    title = f"{hits} of {total} nearest training images are of the same class"
    line = (
        "for one image of each class the training images with the most alike codes; under each how far, and its class"
    )
    return row_sheet(title, line, rows, (asked.shape[2], asked.shape[3]), ("image", "nearest training images"), lead=1)


def stacked(sheets: Sequence[Image.Image]) -> Image.Image:
    """Several sheets as one, from top to bottom."""
    width, height = max(sheet.width for sheet in sheets), sum(sheet.height for sheet in sheets)
    whole = Image.new("RGB", (width, height), LIGHT["ground"])
    top = 0
    for sheet in sheets:
        whole.paste(sheet, (0, top))
        top += sheet.height
    return whole


def _enlarged(pixels: Pixels, cell: tuple[int, int]) -> Image.Image:
    """A picture (uint8 C H W) as large as its cell (width, height)."""
    picture = Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)))
    return picture.resize(cell, Image.Resampling.NEAREST if cell[0] >= picture.width else Image.Resampling.BOX)
