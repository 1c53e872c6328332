"""A sheet of SVG: texts, shapes, the look's colors light and dark, and how wide a text is.

Nothing here knows networks. Widths are estimated for the widest of the usual system fonts, so that a text which fits on
this sheet fits with any of them. A color is written twice in the style, as itself and as a variable: programs that know
no variables draw the light form. Every style rule names the drawing's class, so that a page which holds the drawing
keeps its own look.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from neocog.core.tokens import DARK, LIGHT, css_variables

SIZE = 13
"""The size of most text, in pixels; the name is `LARGE`."""
LARGE = 22
LINE = 17
"""From one line of text to the next."""

MARGIN = 24.0
WIDE = 1180.0
"""How wide a drawing is about, in pixels."""
WIDEST = 1400.0 - 2 * MARGIN
"""How wide a drawing should be at most, in pixels: brought to 1,200 its text still has 11."""

_HUES = {"conv": "accent", "pool": "warn", "dense": "good", "other": "quiet"}
_SHADES = {"front": 0.20, "side": 0.13, "top": 0.07}
_INKS = ("text", "quiet", "accent", "good", "warn", "line", "ground", "card")
_SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_NARROW = frozenset("ijlI.,:;'|!()[]ftr -/")
_BROAD = frozenset("×+=<>~↑")
_WIDE = frozenset("mwMW@%—→")


@dataclass(frozen=True)
class Drawn:
    """A finished piece: its extents in pixels, its SVG, and the heights at which a line enters and leaves it.

    `entry` and `exit` differ only where a piece runs over several rows.
    """

    width: float
    height: float
    entry: float
    exit: float
    marks: str


def text_width(text: str, *, mono: bool = False, bold: bool = False, size: float = SIZE) -> float:
    """How wide a text is at most, in pixels.

    >>> text_width("3×3", mono=True) < text_width("3×3 ", mono=True)
    True
    """
    if mono:
        return 0.605 * size * len(text)
    ems = sum(map(_ems, text))
    return ems * size * (1.08 if bold else 1.0)


def _ems(letter: str) -> float:
    """How wide a letter is, in shares of the size."""
    if letter in _NARROW:
        return 0.4
    if letter in _BROAD:
        return 0.84
    return 1.0 if letter in _WIDE or ord(letter) > 0x2E7F else 0.66


def clipped(text: str, most: int = 28) -> str:
    """A text of so many characters at most, and without line breaks or others that no font shows."""
    plain = "".join(each if each.isprintable() else "�" for each in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel.

    >>> number(3.0), number(2.26), number(-0.01)
    ('3', '2.3', '0')
    """
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def text(x: float, y: float, content: str, *classes: str) -> str:
    """A line of text; `y` is its baseline, `middle` and `end` among the classes anchor it there."""
    return f'<text x="{number(x)}" y="{number(y)}"{_class(classes)}>{plain(content)}</text>'


def rect(x: float, y: float, width: float, height: float, *classes: str, radius: float = 0) -> str:
    """A rectangle, with round corners where a radius is given."""
    corners = f' rx="{number(radius)}"' if radius else ""
    sides = f'width="{number(width)}" height="{number(height)}"'
    return f'<rect x="{number(x)}" y="{number(y)}" {sides}{corners}{_class(classes)}/>'


def circle(x: float, y: float, radius: float, *classes: str) -> str:
    """A circle."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{_class(classes)}/>'


def polygon(points: Iterable[tuple[float, float]], *classes: str) -> str:
    """A closed shape."""
    return f'<path d="M{_points(points)}Z"{_class(classes)}/>'


def line(points: Iterable[tuple[float, float]], *classes: str, radius: float = 0) -> str:
    """A line through points, its corners rounded where a radius is given."""
    return f'<path d="{_bent(list(points), radius)}"{_class(classes or ("wire",))}/>'


def arrow(points: Iterable[tuple[float, float]], *classes: str, radius: float = 0) -> str:
    """A line through points with a head at its end, which must run level or upright."""
    path = list(points)
    (x0, y0), (x1, y1) = path[-2:]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    back = (x1 - 6 * dx, y1 - 6 * dy)
    head = [(x1, y1), (back[0] - 3 * dy, back[1] - 3 * dx), (back[0] + 3 * dy, back[1] + 3 * dx)]
    return line([*path[:-1], back], *classes, radius=radius) + polygon(head, "head")


def group(content: str, *, x: float = 0, y: float = 0, tip: str = "") -> str:
    """Marks moved together, and what the pointer is told over them."""
    moved = f' transform="translate({number(x)} {number(y)})"' if x or y else ""
    told = f"<title>{plain(tip)}</title>" if tip else ""
    return f"<g{moved}>{told}{content}</g>" if moved or told else content


def page(drawing: Drawn, name: str, facts: str, notes: tuple[str, ...], description: str) -> str:
    """A whole SVG document: the name and the facts on top, the drawing, notes below."""
    shown = clipped(name, 60)
    inner = max(drawing.width, text_width(shown, bold=True, size=LARGE), text_width(facts), *map(text_width, notes))
    width = inner + 2 * MARGIN
    top = MARGIN + 62
    bottom = top + drawing.height + (14 + LINE * len(notes) if notes else 0)
    height = bottom + MARGIN - 4
    left = MARGIN + max(0, (inner - drawing.width) / 2)
    extents = f"{number(width)} {number(height)}"
    marks = [
        rect(0, 0, width, height, "ground"),
        text(MARGIN, MARGIN + 18, shown, "name"),
        text(MARGIN, MARGIN + 41, facts, "quiet"),
        group(drawing.marks, x=left, y=top),
        *(text(MARGIN, top + drawing.height + 26 + LINE * place, note, "quiet") for place, note in enumerate(notes)),
    ]
    wide, tall = extents.split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="neocog-drawing" role="img" viewBox="0 0 {extents}" '
        f'width="{wide}" height="{tall}">\n'
        f"<title>{plain(name)}</title>\n<desc>{plain(description)}</desc>\n<style>{style()}</style>\n"
        + "\n".join(marks)
        + "\n</svg>\n"
    )


def colors(tokens: dict[str, str]) -> dict[str, str]:
    """The colors of a drawing in one palette: its inks, and three opaque shades of each kind of layer."""
    inks = {name: tokens[name] for name in _INKS}
    shades = {
        f"{kind}-{face}": _mixed(tokens[token], tokens["card"], share)
        for kind, token in _HUES.items()
        for face, share in _SHADES.items()
    }
    return inks | shades


def style() -> str:
    """The drawing's style sheet."""
    light = colors(LIGHT)
    scope = ".neocog-drawing"

    def ink(field: str, color: str) -> str:
        return f"{field}:{light[color]};{field}:var(--{color})"

    rules = [
        f"{scope}{{{css_variables(light)} max-width:100%;height:auto;print-color-adjust:exact;"
        f"-webkit-print-color-adjust:exact}}",
        f"@media (prefers-color-scheme:dark){{{scope}{{{css_variables(colors(DARK))}}}}}",
        f"@media print{{{scope}{{{css_variables(light)}}}}}",
        f"{scope} text{{font:{SIZE}px {_SANS};font-variant-numeric:tabular-nums;{ink('fill', 'text')}}}",
        f"{scope} .name{{font-size:{LARGE}px;font-weight:600}}",
        f"{scope} .mono{{font-family:{_MONO}}}",
        f"{scope} .bold{{font-weight:600}}",
        f"{scope} text.quiet{{{ink('fill', 'quiet')}}}",
        f"{scope} .middle{{text-anchor:middle}}",
        f"{scope} .end{{text-anchor:end}}",
        f"{scope} .ground{{{ink('fill', 'ground')}}}",
        f"{scope} .wire{{fill:none;{ink('stroke', 'quiet')};stroke-width:1.3}}",
        f"{scope} .skip{{fill:none;{ink('stroke', 'accent')};stroke-width:1.6}}",
        f"{scope} .thin{{fill:none;{ink('stroke', 'quiet')};stroke-width:.7;stroke-opacity:.75}}",
        f"{scope} .faint{{fill:none;{ink('stroke', 'quiet')};stroke-width:.5;stroke-opacity:.35}}",
        f"{scope} .head{{{ink('fill', 'quiet')}}}",
        f"{scope} .frame{{{ink('fill', 'card')};{ink('stroke', 'line')};stroke-width:1}}",
        f"{scope} .fold{{fill:none;{ink('stroke', 'quiet')};stroke-width:1;stroke-dasharray:4 3}}",
        f"{scope} .merge{{{ink('fill', 'card')};{ink('stroke', 'accent')};stroke-width:1.6}}",
        f"{scope} .window{{{ink('fill', 'text')};fill-opacity:.16;{ink('stroke', 'text')};stroke-width:1}}",
        f"{scope} .dot{{{ink('fill', 'text')}}}",
    ]
    for kind, token in _HUES.items():
        rules.append(f"{scope} .{kind}{{{ink('stroke', token)};stroke-width:1;stroke-linejoin:round}}")
        rules += [f"{scope} .{kind}.{face}{{{ink('fill', f'{kind}-{face}')}}}" for face in _SHADES]
    return "\n".join(rules)


def plain(content: str) -> str:
    """A text as XML holds it; characters that XML forbids are replaced."""
    shown = "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in content)
    return shown.translate(_ENTITIES)


def _class(classes: tuple[str, ...]) -> str:
    return f' class="{" ".join(classes)}"' if classes else ""


def _points(points: Iterable[tuple[float, float]]) -> str:
    return "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _bent(points: list[tuple[float, float]], radius: float) -> str:
    """A path that rounds each inner corner by a curve."""
    parts = [f"M{_points(points[:1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _toward(corner, before, radius), _toward(corner, after, radius)
        parts.append(f"L{_points([near])}Q{_points([corner])} {_points([far])}" if radius else f"L{_points([corner])}")
    return "".join([*parts, f"L{_points(points[-1:])}"])


def _toward(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    """A point on the way, at most halfway."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    share = min(distance / length, 0.5)
    return start[0] + dx * share, start[1] + dy * share


def _mixed(color: str, ground: str, share: float) -> str:
    """A color laid over a ground, opaque."""
    over, under = bytes.fromhex(color[1:]), bytes.fromhex(ground[1:])
    return "#" + bytes(round(share * a + (1 - share) * b) for a, b in zip(over, under, strict=True)).hex()
