"""Blocks, of which a flow is made: cards, tags, frames, and chains of them that run over rows like a text."""

from collections.abc import Iterable

from neocog.network.drawing.sheet import LINE, Drawn, arrow, circle, clipped, group, line, rect, text, text_width

GAP = 24.0
"""From one block to the next, which an arrow fills."""
PAD = 12.0
"""Between a frame and what it holds."""
INDENT = 18.0
"""What a chain of several rows needs at each end of them."""
GUTTER = 30.0
"""Between rows."""

_HEADER = 24.0


def card(lines: Iterable[tuple[str, tuple[str, ...]]], kind: str, tip: str) -> Drawn:
    """A box with lines of text, each with its classes."""
    lines = [(clipped(content, 36), classes) for content, classes in lines]
    width = max(text_width(content, mono="mono" in classes, bold="bold" in classes) for content, classes in lines) + 18
    height = LINE * len(lines) + 11
    marks = rect(0, 0, width, height, kind, "side", radius=5)
    marks += "".join(
        text(width / 2, LINE * (place + 1) + 1, content, "middle", *classes)
        for place, (content, classes) in enumerate(lines)
    )
    return Drawn(width, height, height / 2, height / 2, group(marks, tip=tip))


def chain(drawn: list[Drawn], limit: float, *, open_: bool = True) -> Drawn:
    """Blocks one after the other, joined by arrows; in several rows where they are wider than the limit.

    As few rows as a little more than the limit allows, then as narrow as so many rows can be. An open chain is entered
    at the left edge and left at the right one; one that is not begins and ends with its blocks.
    """
    count = len(_rows(drawn, 1.08 * limit))
    runs = (drawn[start:end] for start in range(len(drawn)) for end in range(start + 1, len(drawn) + 1))
    tightest = next(width for width in sorted(set(map(_width, runs))) if len(_rows(drawn, width)) <= count)
    laid = [_line(row) for row in _rows(drawn, tightest)]
    if len(laid) == 1:
        return laid[0]
    width = max(row.width for row in laid) + 2 * INDENT
    marks, y = [line([(0, laid[0].entry), (INDENT, laid[0].entry)])] if open_ else [], 0.0
    for place, row in enumerate(laid):
        marks.append(group(row.marks, x=INDENT, y=y))
        end = (INDENT + row.width, y + row.exit)
        if place < len(laid) - 1:
            under, out = y + row.height + GUTTER / 2, end[0] + 12
            y += row.height + GUTTER
            entry = y + laid[place + 1].entry
            turn = [end, (out, end[1]), (out, under), (2, under), (2, entry), (INDENT, entry)]
            marks.append(arrow(turn, radius=8))
        elif open_:
            marks.append(line([end, (width, end[1])]))
    return Drawn(width, y + laid[-1].height, laid[0].entry, y + laid[-1].exit, "".join(marks))


def framed(drawn: Drawn, label: str, note: str, look: str) -> Drawn:
    """A frame around a piece, its name at the left of the top and a note at the right."""
    label = clipped(label, 44)
    bold = look == "fold" or note.startswith("×")
    words = text_width(label) + 16 + text_width(note, mono=not bold, bold=bold)
    inner = max(drawn.width, words)
    width = inner + 2 * PAD
    x = (width - drawn.width) / 2
    entry, exit_ = drawn.entry + _HEADER, drawn.exit + _HEADER
    marks = [
        rect(0, 0, width, drawn.height + _HEADER + PAD, look, radius=8),
        text(PAD, 17, label, "quiet"),
        text(width - PAD, 17, note, *(("bold",) if bold else ("mono",)), "end"),
        line([(0, entry), (x, entry)]),
        group(drawn.marks, x=x, y=_HEADER),
        line([(x + drawn.width, exit_), (width, exit_)]),
    ]
    return Drawn(width, drawn.height + _HEADER + PAD, entry, exit_, "".join(marks))


def _rows(drawn: list[Drawn], limit: float) -> list[list[Drawn]]:
    """Pieces in rows, each filled up to the limit."""
    rows: list[list[Drawn]] = []
    for piece in drawn:
        if rows and _width([*rows[-1], piece]) <= limit:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _width(row: list[Drawn]) -> float:
    return sum(piece.width for piece in row) + GAP * (len(row) - 1)


def _line(row: list[Drawn]) -> Drawn:
    """Pieces side by side, each entered where the one before is left."""
    tops, axis = [0.0], row[0].exit
    for piece in row[1:]:
        tops.append(axis - piece.entry)
        axis += piece.exit - piece.entry
    top = min(tops)
    x, marks = 0.0, []
    for place, (piece, y) in enumerate(zip(row, tops, strict=True)):
        if place:
            marks.append(arrow([(x - GAP, y - top + piece.entry), (x, y - top + piece.entry)]))
        marks.append(group(piece.marks, x=x, y=y - top))
        x += piece.width + GAP
    height = max(y - top + piece.height for piece, y in zip(row, tops, strict=True))
    return Drawn(x - GAP, height, row[0].entry - top, axis - top, "".join(marks))


def plus(x: float, y: float) -> str:
    """The sign of a sum."""
    return circle(x, y, 10, "merge") + text(x, y + 4.5, "+", "bold", "middle")


def tag(words: str) -> Drawn:
    """A name in place of a line."""
    words = clipped(words, 60)
    width = text_width(words) + 12
    marks = rect(0, 0, width, 24, "fold", radius=12) + text(width / 2, 16.5, words, "quiet", "middle")
    return Drawn(width, 24, 12, 12, marks)
