"""A chain of maps as volumes, as the figures of LeNet-5's and AlexNet's papers show them.

A volume's height and receding side follow the map's height and width, its thickness the channels, all by their square
roots, for by themselves the last maps would vanish beside the first. Its right face is a map: there the window of the
next layer lies where it stands for one output place, and lines lead from it to that place. Maps that a convolution in
two groups gives or reads stand in two towers. A vector is a bar.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from neocog.network.drawing.captions import Caption, Captions, caption, caption_width
from neocog.network.drawing.plan import Box
from neocog.network.drawing.sheet import WIDE, WIDEST, Drawn, circle, group, line, polygon
from neocog.network.drawing.words import before_and_after, kind, pieces, shape_text, told
from neocog.network.graph import Step
from neocog.network.layers import Conv, Shape

NOTE = (
    "Below each: the shape that it gives, the layer, what follows it, its parameters.",
    "All lengths are drawn by their square roots. A window stands for the dot that its lines lead to.",
)

_TALL, _TOWER = 190.0, 130.0
_THICK, _BAR = 40.0, 12.0
_SLANT = (0.42, 0.30)
"""How far a receding pixel leads to the right, and up."""
_GAP, _APART = 12.0, 32.0
"""Between columns at least, and around the middle of two towers."""
_FEW = 128
"""A vector of fewer features is no full bar."""
_SMALLEST = 4.0
"""The least height, thickness or window that an eye finds, in pixels."""


@dataclass(frozen=True)
class _Volume:
    """One map or vector at its place: the left of its front, the middle of each tower, how tall a side of 1 is."""

    x: float
    middles: tuple[float, ...]
    thick: float
    tall: float
    wide: float
    kind: str
    unit: float

    def left(self, tower: int, across: float, down: float) -> tuple[float, float]:
        """A place of its left face, as shares of its width and height."""
        x = self.x + across * self.wide * _SLANT[0]
        return x, self.middles[tower] + (down - 0.5) * self.tall - across * self.wide * _SLANT[1]

    def right(self, tower: int, across: float, down: float) -> tuple[float, float]:
        """A place of its right face."""
        x, y = self.left(tower, across, down)
        return x + self.thick, y

    def faces(self) -> str:
        """The three faces that are seen, of each tower."""
        marks = []
        for tower in range(len(self.middles)):
            left = [self.left(tower, *at) for at in ((0, 0), (1, 0), (0, 1))]
            right = [self.right(tower, *at) for at in ((0, 0), (1, 0), (1, 1), (0, 1))]
            if self.wide:
                marks.append(polygon([left[0], left[1], right[1], right[0]], self.kind, "top"))
                marks.append(polygon(right, self.kind, "side"))
            marks.append(polygon([left[0], right[0], right[3], left[2]], self.kind, "front"))
        return "".join(marks)


@dataclass(frozen=True)
class _Column:
    """Equal neighbors, whose volumes touch, and the words below them; no box is the input."""

    boxes: tuple[Box, ...]
    shape: Shape
    towers: int

    @cached_property
    def words(self) -> Caption:
        """What is said below it."""
        output = shape_text(self.shape)
        return caption(output, self.boxes) if self.boxes else ((output,), ("input",), (), ())

    @property
    def tip(self) -> str:
        """What the pointer is told."""
        return told([box.steps for box in self.boxes]) if self.boxes else f"input\n{shape_text(self.shape)}"


class _Scale:
    """From extents to pixels."""

    def __init__(self, columns: list[_Column], thickest: float) -> None:
        self.thickest = thickest
        maps = [column.shape for column in columns if len(column.shape) > 1]
        self.side = max(max(shape[1:]) for shape in maps)
        self.channels = max(shape[0] for shape in maps)
        self.features = max(column.shape[0] if len(column.shape) == 1 else _FEW for column in columns)
        self.tall = _TOWER if any(column.towers > 1 for column in columns) else _TALL
        self.unit = self.tall / math.sqrt(self.side)
        self.bar = 2 * _TOWER + _APART if self.tall == _TOWER else _TALL

    def volume(self, shape: Shape, towers: int) -> tuple[float, float, float]:
        """Thickness, height and receding side."""
        if len(shape) == 1:
            return _BAR, self.bar * math.sqrt(shape[0] / self.features), 0.0
        sides = [max(self.unit * math.sqrt(side), _SMALLEST) for side in shape[1:]]
        thick = max(self.thickest * math.sqrt(shape[0] / towers / self.channels), _SMALLEST / 2)
        return thick, sides[0], sides[1] if len(sides) > 1 else 0.0


def volumes(input: Shape, boxes: Iterable[Box]) -> Drawn | None:
    """Draw a chain: its input, and what each box makes of it; at least one of them is a map.

    Thickness gives way where a chain would be wider than `WIDEST`; None where that is not enough.
    """
    columns = _columns(input, list(boxes))
    if sum(caption_width(column.words) + _GAP for column in columns) > WIDEST:
        return None
    sizes = [(1.0, 32.0, WIDE), (1.0, 22.0, WIDE), *((share, _GAP, WIDEST) for share in (1.0, 0.8, 0.6, 0.45, 0.35))]
    for share, gap, most in sizes:
        drawn = _drawn(columns, _Scale(columns, share * _THICK), gap)
        if drawn.width <= most:
            return drawn
    return None


def _drawn(columns: list[_Column], scale: _Scale, gap: float) -> Drawn:
    room = scale.bar + scale.tall * _SLANT[1]
    middle = room - scale.bar / 2
    words = Captions([column.words for column in columns], room)
    placed: list[list[_Volume]] = []
    marks: list[str] = []
    x = 0.0
    for column in columns:
        thick, tall, wide = scale.volume(column.shape, column.towers)
        count = max(len(column.boxes), 1)
        body = count * thick + 3 * (count - 1) + wide * _SLANT[0]
        width = max(body, caption_width(column.words))
        start = x + (width - body) / 2
        apart = (scale.tall + _APART) / 2
        middles = (middle,) if column.towers == 1 else (middle - apart, middle + apart)
        look = kind(column.boxes[0].step) if column.boxes else "other"
        starts = [start + place * (thick + 3) for place in range(count)]
        placed.append([_Volume(left, middles, thick, tall, wide, look, scale.unit) for left in starts])
        faces = "".join(volume.faces() for volume in placed[-1])
        marks.append(group(faces + words.marks(x + width / 2, column.words), tip=column.tip))
        x += width + gap
    lines = [
        _between(before[-1], after[0], column.boxes[0].step)
        for (before, after), column in zip(pairwise(placed), columns[1:], strict=True)
    ]
    return Drawn(x - gap, words.bottom, words.bottom / 2, words.bottom / 2, "".join([*marks, *lines]))


def _columns(input: Shape, boxes: list[Box]) -> list[_Column]:
    columns = [_Column((), input, 1)]
    for box, towers in zip(boxes, _towers(boxes), strict=True):
        last = columns[-1]
        if last.boxes and len(box.shape) > 1 and last.towers == towers and _same(last.boxes[-1], box):
            columns[-1] = _Column((*last.boxes, box), box.shape, towers)
        else:
            columns.append(_Column((box,), box.shape, towers))
    return columns


def _same(one: Box, other: Box) -> bool:
    """Whether two boxes are said in the same words and give the same shape."""
    return (one.shape, pieces(one.step), before_and_after(one.steps, one.lead)) == (
        other.shape, pieces(other.step), before_and_after(other.steps, other.lead),
    )  # fmt: skip


def _towers(boxes: list[Box]) -> list[int]:
    """In how many towers the map of each box stands: two where a convolution in two groups gives it or reads it."""
    convs = [isinstance(box.step.layer, Conv) for box in boxes]
    paired = [isinstance(box.step.layer, Conv) and box.step.layer.groups == 2 for box in boxes]
    towers = [1] * len(boxes)
    for place, box in enumerate(boxes):
        kept = not convs[place] and place > 0 and towers[place - 1] == 2 and len(box.shape) > 1
        towers[place] = 2 if paired[place] or kept else 1
        earlier = place - 1
        while paired[place] and earlier >= 0:
            towers[earlier] = 2
            if convs[earlier]:
                break
            earlier -= 1
    return towers


def _between(source: _Volume, target: _Volume, step: Step) -> str:
    """The window and the lines from it to the place that it stands for; all of a map, where a layer reads it all."""
    across = isinstance(step.layer, Conv) and step.layer.groups != 2
    pairs = [
        (here, there)
        for here in range(len(source.middles))
        for there in range(len(target.middles))
        if across or here == there or len(source.middles) != len(target.middles)
    ]
    if not step.windows:
        return "".join(
            line([source.right(here, 0, end), target.left(there, 0, end)], "thin")
            for here, there in pairs
            for end in (0, 1)
        )
    top, bottom, down = _span(step, 0, 0.36, source.unit / source.tall)
    near, far, over = 0.0, 0.0, 0.0
    if len(step.windows) > 1:
        near, far, over = _span(step, 1, 0.0, source.unit / source.wide)
    marks = []
    for here in dict.fromkeys(here for here, _ in pairs):
        marks.append(
            polygon(
                [source.right(here, *at) for at in ((near, top), (far, top), (far, bottom), (near, bottom))], "window"
            )
        )
    for here, there in pairs:
        tip = target.left(there, over, down)
        marks += [
            line([source.right(here, *at), tip], "thin")
            for at in ((near, top), (far, top), (far, bottom), (near, bottom))
        ]
        marks.append(circle(*tip, 1.8, "dot"))
    return "".join(marks)


def _span(step: Step, axis: int, share: float, unit: float) -> tuple[float, float, float]:
    """Both ends of a window along an axis, and the middle of the place that it stands for, as shares of the sides.

    The window is as long as a map of its span would be, `unit` being the share of one of side 1.
    """
    window = step.windows[axis]
    first = min(-(-window.low // window.stride), window.output - 1)
    place = max(first, min(round(share * window.output), window.output - 1))
    middle = (place * window.stride - window.low + window.span / 2) / (window.spread * window.input)
    half = min(unit * math.sqrt(max(window.span / window.spread, 1.0)), 1.0) / 2
    middle = min(max(middle, half), 1 - half)
    return middle - half, middle + half, (place + 0.5) / window.output
