"""A graph: its longest path on a line that sinks where maps grow coarser and rises where they grow finer.

So U-Net is a U and a plain graph a level line. What leaves that path and comes back runs above all that it passes, with
its own layers on it. A graph too wide or too tangled for that is listed instead: its paths below one another, and names
in place of the lines between them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from neocog.network.drawing.plan import Box, Fold, Part, Row, Web, boxes
from neocog.network.drawing.sheet import Drawn, arrow, group, line
from neocog.network.upsampling import Crop

GAP = 20.0
_STEP = 44.0
"""Between the boxes of one level and those of the next."""
_ARC = 9.0
_NARROW = 40.0
"""Too narrow to be left by its top, where a detour enters it."""


@dataclass(frozen=True)
class _Place:
    """A node of the line at its place."""

    piece: Drawn
    x: float
    y: float

    @property
    def axis(self) -> float:
        return self.y + self.piece.entry

    @property
    def right(self) -> float:
        return self.x + self.piece.width

    @property
    def bottom(self) -> float:
        return self.y + self.piece.height


@dataclass(frozen=True)
class Paths:
    """The paths of a graph: the longest, and those beside it, each with the node it leaves and the one it enters."""

    line: tuple[str, ...]
    sides: tuple[tuple[str, tuple[str, ...], str], ...]


def paths(web: Web) -> Paths | None:
    """The line of a graph and what runs beside it; None where that is no plain detour."""
    reads = {name: values(part, inputs) for name, part, inputs in web.nodes}
    depth = {"input": 0}
    for name, inputs in reads.items():
        depth[name] = 1 + max(depth[each] for each in inputs)
    end = max(web.outputs, key=lambda name: depth[name])
    line_ = [end]
    while line_[0] != "input":
        line_.insert(0, max(reads[line_[0]], key=lambda name: depth[name]))
    on_line = set(line_)
    readers = {name: [other for other, inputs in reads.items() if name in inputs] for name in depth}
    sides, used = [], set(on_line)
    for name, before in zip(line_[1:], line_, strict=False):
        for source in dict.fromkeys(reads[name]):
            if source == before:
                continue
            side: list[str] = []
            while source not in on_line:
                if len(reads[source]) != 1 or len(readers[source]) != 1 or source in web.outputs:
                    return None
                side.insert(0, source)
                (source,) = reads[source]
            used |= set(side)
            sides.append((source, tuple(side), name))
    if used != set(depth) or len(web.outputs) > 1:
        return None
    return Paths(tuple(line_), tuple(sides))


def valley(web: Web, found: Paths, draw: Callable[[str], Drawn], first: Drawn | None) -> Drawn:
    """Draw a graph on its line; `first` is what it reads, where the graph begins the drawing."""
    parts = {name: part for name, part, _ in web.nodes}
    heights = [0.0]
    for name in found.line[1:]:
        heights.append(heights[-1] + _coarser(parts[name]))
    begin = 0 if first else 1
    names, levels = found.line[begin:], [round(height) for height in heights[begin:]]
    pieces = [first if first and name == "input" else draw(name) for name in names]
    axes = _axes(pieces, levels)
    places: list[_Place] = []
    wires: list[str] = []
    ends: dict[int, float] = {}
    for piece, level in zip(pieces, levels, strict=True):
        x = 0.0
        if places:
            last, before = places[-1], levels[len(places) - 1]
            if level == before:
                x = last.right + GAP
            elif level > before:
                x = last.x + 0.72 * last.piece.width - 0.28 * piece.width
            elif last.piece.width < _NARROW:
                x = last.right + GAP / 2 - 0.2 * piece.width
            else:
                x = last.x + (last.piece.width - piece.width) / 2
            x = max(x, ends.get(level, -math.inf) + GAP)
        here = _Place(piece, x, axes[level] - piece.entry)
        if places:
            wires.append(_wire(places[-1], here, level - levels[len(places) - 1]))
        places.append(here)
        ends[level] = here.right
    shift = 16.0 if not first and any(source == "input" for source, _, _ in found.sides) else 0.0
    marks = [group(place.piece.marks, x=place.x, y=place.y) for place in places]
    index = {"input": -1} | {name: number for number, name in enumerate(names)}
    skips: list[tuple[int, int, float]] = []
    for source, side, target in sorted(found.sides, key=lambda each: index[each[2]] - index[each[0]]):
        start, stop = index[source], index[target]
        inner = [draw(name) for name in side]
        top = min([place.y for place in places[start + 1 : stop]] or [places[stop].y])
        top = min([top, *(y for low, high, y in skips if low < stop and high > start)])
        y = top - _ARC - max((piece.height - piece.entry for piece in inner), default=0)
        if start >= 0 and places[start].y - 14 < y < places[start].y + 5:
            y = places[start].y - 14
        skips.append((start, stop, y - max((piece.entry for piece in inner), default=0)))
        source_place = places[start] if start >= 0 else None
        marks.append(_skip(source_place, places[stop], y, inner, places[0].axis, shift))
    return _fitted(places, wires + marks, min([0.0, *(y - 4 for _, _, y in skips)]), shift)


def rows(web: Web) -> list[list[str]]:
    """The paths of any graph: each goes on as long as a node reads the last of it, and as no other did before."""
    found: list[list[str]] = []
    for name, part, inputs in web.nodes:
        open_ = [path for path in found if path[-1] in values(part, inputs)]
        if open_:
            open_[0].append(name)
        else:
            found.append([name])
    return found


def _fitted(places: list[_Place], marks: list[str], top: float, shift: float) -> Drawn:
    top = min([top, *(place.y for place in places)])
    left = min(place.x for place in places) - shift
    width = max(place.right for place in places) - left
    height = max(place.bottom for place in places) - top
    entry, last = places[0].axis - top, places[-1]
    exit_ = last.y + last.piece.exit - top
    lead = line([(0, entry), (places[0].x - left, entry)]) if places[0].x > left else ""
    tail = line([(last.right - left, exit_), (width, exit_)]) if last.right - left < width else ""
    return Drawn(width, height, entry, exit_, lead + group("".join(marks), x=-left, y=-top) + tail)


def _wire(here: _Place, there: _Place, sinks: int) -> str:
    if not sinks:
        return arrow([(here.right, here.y + here.piece.exit), (there.x, there.axis)])
    if sinks < 0 and here.piece.width < _NARROW:
        x = here.right + GAP / 2
        return arrow([(here.right, here.axis), (x, here.axis), (x, there.bottom)], radius=6)
    low, high = max(here.x, there.x) + 8, min(here.right, there.right) - 8
    if low <= high:
        x = (low + high) / 2
        ends = (here.bottom, there.y) if sinks > 0 else (here.y, there.bottom)
        return arrow([(x, ends[0]), (x, ends[1])])
    x = here.right + GAP / 2
    return arrow([(here.right, here.axis), (x, here.axis), (x, there.axis), (there.x, there.axis)], radius=8)


def _skip(source: _Place | None, target: _Place, y: float, inner: list[Drawn], entry: float, shift: float) -> str:
    """A line above all between, with its own layers in its middle."""
    end = target.x + target.piece.width / 2
    if source is None:
        start = [(-shift + 4, entry), (-shift + 4, y)]
    elif source.y + 5 <= y <= source.bottom - 5:
        start = [(source.right, y)]
    else:
        start = [(source.x + source.piece.width / 2, source.y), (source.x + source.piece.width / 2, y)]
    length = sum(piece.width for piece in inner) + GAP * max(len(inner) - 1, 0)
    x = (start[-1][0] + end) / 2 - length / 2
    marks = []
    for piece in inner:
        marks.append(arrow([*start, (x, y)], "skip", radius=8))
        marks.append(group(piece.marks, x=x, y=y - piece.entry))
        x += piece.width
        start = [(x, y)]
        x += GAP
    marks.append(arrow([*start, (end, y), (end, target.y)], "skip", radius=8))
    return "".join(marks)


def _axes(pieces: list[Drawn], levels: list[int]) -> dict[int, float]:
    """The height of each level's line."""
    axes: dict[int, float] = {}
    y = 0.0
    for level in sorted(set(levels)):
        mine = [piece for piece, each in zip(pieces, levels, strict=True) if each == level]
        y += max(piece.entry for piece in mine)
        axes[level] = y
        y += max(piece.height - piece.entry for piece in mine) + _STEP
    return axes


def _coarser(part: Part) -> float:
    """How often a part halves its map, negative where it doubles it."""
    ratio = 1.0
    for box in boxes(part):
        for step in box.steps:
            for window in step.windows[:1]:
                ratio *= window.stride / window.spread
    return math.log2(ratio)


def values(part: Part, inputs: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs whose values a node reads: a crop takes only the extents of its second."""
    return inputs[:1] if isinstance(part, Box) and isinstance(part.step.layer, Crop) else inputs


def simple(part: Part) -> bool:
    """Whether a node is few enough layers in a row to be one box."""
    flat = isinstance(part, Row) and all(
        isinstance(each, Box) or (isinstance(each, Fold) and isinstance(each.copies[0], Box)) for each in part.parts
    )
    return flat and len(list(boxes(part))) <= 5
