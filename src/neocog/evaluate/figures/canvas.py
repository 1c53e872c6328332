"""A figure as a value: its finding, its caption, and the drawing as SVG, PNG and CSV.

matplotlib draws in pixels of the page with the look's light colors and leaves text as text. `Figure.inline` is the same
SVG with each color replaced by its CSS variable and the font by the page's, so it follows light, dark and print.
"""

import csv
import io
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from PIL import Image

from neocog.core.tokens import LIGHT

SIZE = 13
NARROW = 360
"""The width of a figure whose text can be read on a telephone, in pixels."""
_DPI = 72  # so that a point is a pixel of the page
_LINE_HEIGHT = 18
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same layout on every machine
    "font.size": SIZE,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.color": LIGHT["text"],
    "axes.edgecolor": LIGHT["line"],
    "axes.facecolor": "none",
    "axes.labelcolor": LIGHT["quiet"],
    "axes.labelsize": SIZE,
    "axes.linewidth": 1.0,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "xtick.color": LIGHT["line"],
    "ytick.color": LIGHT["line"],
    "xtick.labelcolor": LIGHT["quiet"],
    "ytick.labelcolor": LIGHT["quiet"],
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the page.

    `title` says the finding, `caption` what is plotted and how to read it, `alt` the same for a reader who cannot see
    it. `svg` and `png` are the files to keep, the title in them; `inline` goes into the page, which sets the title
    itself.
    """

    name: str
    title: str
    caption: str
    alt: str
    inline: str
    svg: str
    png: bytes
    table: str


class Pane:
    """A drawing surface, measured in pixels of the page."""

    def __init__(self, width: int, height: int, header: int) -> None:
        self.width, self.height = width, height
        self.drawing = Drawing(figsize=(width / _DPI, (height + header) / _DPI), dpi=_DPI)
        self.whole = height + header

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place given in pixels from the lower left corner."""
        box = (left / self.width, bottom / self.whole, width / self.width, height / self.whole)
        made: Axes = self.drawing.add_axes(box)
        return made

    def header(self, lines: Sequence[tuple[str, str]]) -> None:
        """Lines of text with their colors, from the top down."""
        for index, (text, color) in enumerate(lines):
            y = 1 - (index * _LINE_HEIGHT + 6) / self.whole
            self.drawing.text(8 / self.width, y, text, color=color, va="top", ha="left")


def figure(
    name: str,
    title: str,
    caption: str,
    alt: str,
    size: tuple[int, int],
    paint: Callable[[Pane], None],
    table: Iterable[Sequence[Any]],
    narrow: tuple[int, int] | None = None,
) -> Figure:
    """Draw a figure: `paint` is called for the page and once more for the files, which carry the title themselves.

    `size` is width and height in pixels; `table` holds the plotted numbers, the first row their names. With a size
    `narrow` the page gets a second drawing, which takes the place of a wide one on a telephone.
    """
    columns = max(int(size[0] / 7.6), 20)
    lines = [(line, LIGHT["text"]) for line in textwrap.wrap(title, columns)]
    lines += [(line, LIGHT["quiet"]) for line in textwrap.wrap(caption, columns)]
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the PNG shows a box, the SVG the letter
        bare = Pane(*size, header=0)
        paint(bare)
        titled = Pane(*size, header=len(lines) * _LINE_HEIGHT + 14)
        paint(titled)
        titled.header(lines)
        inline, svg, png = _themed(_svg(bare.drawing), name), _svg(titled.drawing), _png(titled)
        if narrow is not None:
            slim = Pane(*narrow, header=0)
            paint(slim)
            slender = _themed(_svg(slim.drawing), f"{name}-narrow")
            inline = f'<div class="broad">{inline}</div><div class="narrow">{slender}</div>'
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows(table)
    return Figure(
        name=name,
        title=title,
        caption=caption,
        alt=alt,
        inline=inline,
        svg=svg,
        png=png,
        table=rows.getvalue(),
    )


def _svg(drawing: Drawing) -> str:
    file = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    drawing.savefig(file, format="svg", metadata=metadata)
    text = re.sub(r"<metadata>.*?</metadata>", "", file.getvalue(), flags=re.DOTALL)
    text = re.sub(r'width="([\d.]+)pt" height="([\d.]+)pt"', r'width="\1" height="\2"', text)
    return re.sub(r"'DejaVu Sans'", _FONT, text)


def _png(pane: Pane) -> bytes:
    raw, file = io.BytesIO(), io.BytesIO()
    pane.drawing.savefig(raw, format="rgba", dpi=2 * _DPI, facecolor=LIGHT["card"])
    image = Image.frombytes("RGBA", (2 * pane.width, 2 * pane.whole), raw.getvalue())
    image.convert("RGB").quantize(64).save(file, format="png")  # few colors are drawn: a palette takes a quarter
    return file.getvalue()


def _themed(svg: str, name: str) -> str:
    """The SVG as a part of a page: no prologue, no style rules that would reach outside it, variables for colors."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    for token, color in LIGHT.items():
        svg = svg.replace(color, f"var(--{token})")
    return svg.replace("<svg ", '<svg aria-hidden="true" stroke-linejoin="round" ', 1)
