"""A network with branches as a flow of boxes, laid out by recursion over its plan.

Every part becomes a finished drawing with one line through it, so that a row only sets them side by side on that line.
A row that is too long goes on below, like a text. Several equal parts are drawn once, in a dashed frame that says how
often; the pointer is told of each. So every function here takes copies, the first of which is drawn.
"""

from collections import Counter
from dataclasses import replace

from neocog.network.composites import Add, Concat
from neocog.network.drawing.blocks import GUTTER, INDENT, PAD, card, chain, framed, plus, tag
from neocog.network.drawing.plan import Box, Fold, Growth, Lanes, Part, Row, Shortcut, Web, boxes
from neocog.network.drawing.sheet import WIDE, Drawn, arrow, group, line, rect, text, text_width
from neocog.network.drawing.web import paths, rows, simple, valley, values
from neocog.network.drawing.words import before_and_after, kind, layer_name, shape_text, title, told

_LANE = 12.0
"""Between lanes."""


def flow(plan: Row, input: str) -> tuple[Drawn, tuple[str, ...]]:
    """Draw a plan, and say what its signs mean; `input` are the words for what the network reads."""
    drawer = Flow(plan)
    first = card([("input", ("bold",)), (input, ("mono",))], "other", f"input\n{input}")
    pieces = [first]
    for part in plan.parts:
        if isinstance(part, Web) and len(pieces) == 1 and pieces[0] is first:
            pieces = [drawer.web([part], WIDE, first)]
        else:
            pieces.append(drawer.draw((part,), WIDE - 2 * INDENT))
    return chain(pieces, WIDE, open_=False), drawer.notes(plan)


class Flow:
    """How the parts of one network are drawn: `usual` is what follows its convolutions where no box says other."""

    def __init__(self, plan: Row) -> None:
        convolutions = [box for box in boxes(plan) if box.lead is not None and _convolves(box)]
        after = Counter(before_and_after(box.steps, box.lead)[1] for box in convolutions)
        often = [words for words, times in after.items() if 3 * times >= after.total()]
        self.usual = max(often, key=len) if often and 4 * after[""] <= after.total() else ""

    def after(self, box: Box) -> str:
        """What follows a layer, where its box has to say it."""
        words = before_and_after(box.steps, box.lead)[1]
        if not self.usual or not _convolves(box):
            return words
        return "" if words == self.usual else words or "linear"

    def notes(self, plan: Row) -> tuple[str, ...]:
        """What the signs of this drawing mean."""
        steps = [step for box in boxes(plan) for step in box.steps]
        windows = [window for step in steps for window in step.windows]
        signs = ["In each box: the layer, the shape that it gives, what follows it."]
        signs += ["/2 is a stride of 2."] if any(window.stride > 1 for window in windows) else []
        signs += ["↑2 makes the sides twice as long."] if any(window.spread > 1 for window in windows) else []
        signs += ["+ adds."] if any(isinstance(step.layer, Add) for step in steps) else []
        signs += ["An upright bar concatenates."] if any(isinstance(step.layer, Concat) for step in steps) else []
        if not self.usual:
            return (" ".join(signs),)
        return " ".join(signs), f"After every convolution: {self.usual}, where its box does not say otherwise."

    def draw(self, copies: tuple[Part, ...], limit: float) -> Drawn:
        """Equal parts as one drawing, at most `limit` pixels wide where its boxes allow."""
        part = copies[0]
        match part:
            case Box():
                return self.box([each for each in copies if isinstance(each, Box)])
            case Row():
                rows = [each for each in copies if isinstance(each, Row)]
                inner = limit - 2 * PAD if part.path else limit
                drawn = chain([self.draw(each, inner) for each in _aligned([row.parts for row in rows])], inner)
                return self.named(drawn, rows) if part.path else drawn
            case Fold():
                return self.fold([each for each in copies if isinstance(each, Fold)], limit)
            case Shortcut():
                return self.shortcut([each for each in copies if isinstance(each, Shortcut)], limit)
            case Lanes():
                return self.lanes([each for each in copies if isinstance(each, Lanes)], limit)
            case Growth():
                return self.growth([each for each in copies if isinstance(each, Growth)], limit)
            case Web():
                return self.web([each for each in copies if isinstance(each, Web)], limit)

    def box(self, copies: list[Box], times: int = 1) -> Drawn:
        """A layer with what belongs to it."""
        box = copies[0]
        before, after = before_and_after(box.steps, box.lead)
        lines: list[tuple[str, tuple[str, ...]]] = []
        if box.lead is None:
            lines.append((after, ()))
        else:
            name = title(box.step)
            lines += [(before, ())] if before else []
            lines += [(f"{times} × {name}" if times > 1 else name, ("bold",)), (shape_text(box.shape), ("mono",))]
            said = self.after(box)
            lines += [(said, ())] if said else []
        return card(lines, kind(box.step), told([each.steps for each in copies]))

    def web(self, copies: list[Web], limit: float, first: Drawn | None = None) -> Drawn:
        """A graph: on one line where that is possible and fits, else its paths one below the other.

        `first` is what it reads, where the graph begins the drawing.
        """
        web = copies[0]
        nodes = {name: tuple(copy.nodes[place][1] for copy in copies) for place, (name, _, _) in enumerate(web.nodes)}
        found = paths(web)
        if found and all(isinstance(part, Box) or simple(part) for _, part, _ in web.nodes):
            drawn = valley(web, found, lambda name: self.node(name, nodes[name]), first)
            if drawn.width <= 1.14 * limit:
                return drawn
        return self.listed(web, nodes, limit, first)

    def listed(self, web: Web, nodes: dict[str, tuple[Part, ...]], limit: float, first: Drawn | None) -> Drawn:
        """A graph as paths below one another; a path begins with the names of what it reads."""
        reads = {name: values(part, inputs) for name, part, inputs in web.nodes}
        marks: list[str] = []
        y = width = 0.0
        entry = exit_ = 0.0
        for path in rows(web):
            pieces = [first] if first and not marks else [] if not marks else [tag("from " + ", ".join(reads[path[0]]))]
            for before, name in zip(["", *path], path, strict=False):
                also = [each for each in reads[name] if before and each != before]
                pieces += [tag("and " + ", ".join(also))] if also else []
                pieces.append(self.shown(name, nodes[name], limit))
            pieces += [tag(f"output {path[-1]}")] if path[-1] in web.outputs and len(web.outputs) > 1 else []
            drawn = chain(pieces, limit, open_=not marks and not first)
            if not marks:
                entry = drawn.entry
            if path[-1] == web.outputs[0]:
                exit_ = y + drawn.exit
            marks.append(group(drawn.marks, y=y))
            y += drawn.height + GUTTER
            width = max(width, drawn.width)
        return Drawn(width, y - GUTTER, entry, exit_, "".join(marks))

    def shown(self, name: str, copies: tuple[Part, ...], limit: float) -> Drawn:
        """A node of a listed graph, under its name."""
        part = copies[0]
        if isinstance(part, Row):
            return self.draw(copies, limit)
        drawn = self.node(name, copies) if isinstance(part, Box) else self.draw(copies, limit - 2 * PAD)
        return framed(drawn, name, "", "frame")

    def node(self, name: str, copies: tuple[Part, ...]) -> Drawn:
        """A node of a graph as one box."""
        part = copies[0]
        tip = told([box.steps for copy in copies for box in boxes(copy)])
        if isinstance(part, Box):
            if isinstance(part.step.layer, Add):
                return Drawn(20, 20, 10, 10, group(plus(10, 10), tip=tip))
            if isinstance(part.step.layer, Concat):
                return Drawn(6, 44, 22, 22, group(rect(0, 0, 6, 44, "merge", radius=3), tip=tip))
            return self.box([box for copy in copies for box in boxes(copy)])
        assert isinstance(part, Row)
        lines: list[tuple[str, tuple[str, ...]]] = [(name, ("bold",))]
        for each in part.parts:
            box = next(boxes(each))
            before, said = before_and_after(box.steps, box.lead)[0], self.after(box)
            times = f"{len(each.copies)} × " if isinstance(each, Fold) else ""
            lines += [(line_, ()) for line_ in _wrapped([before, times + title(box.step), *said.split(", ")])]
        parts = list(boxes(part))
        lines.append((shape_text(parts[-1].shape), ("mono",)))
        learned = next((box for box in parts if box.params), parts[-1])
        tips = (told([box.steps]) for copy in copies for box in boxes(copy))
        return card(lines, kind(learned.step), "\n\n".join(tips))

    def fold(self, copies: list[Fold], limit: float) -> Drawn:
        """Equal parts, drawn once."""
        inside = tuple(each for fold in copies for each in fold.copies)
        times, first = len(copies[0].copies), copies[0].copies[0]
        if isinstance(first, Box):
            return self.box([each for each in inside if isinstance(each, Box)], times)
        paths_ = [getattr(each, "path", "") for each in (first, copies[0].copies[-1])]
        drawn = self.draw(tuple(map(_bare, inside)), limit - 2 * PAD)
        return framed(drawn, _label(*paths_), f"×{times}", "fold")

    def named(self, drawn: Drawn, rows: list[Row]) -> Drawn:
        """A frame with the name of what it holds and the shape that it gives."""
        shape = list(boxes(rows[0]))[-1].steps[-1].shape
        return framed(drawn, _label(rows[0].path, rows[-1].path), shape_text(shape), "frame")

    def shortcut(self, copies: list[Shortcut], limit: float) -> Drawn:
        """A residual block: the body on the line, the shortcut above it, their sum."""
        body = self.draw(tuple(each.body for each in copies), limit - 60)
        ends = [each.end for each in copies]
        words = ", ".join(layer_name(step.layer) for step in ends[0].steps[1:])
        way = [each.shortcut for each in copies if each.shortcut is not None]
        over = self.draw(tuple(way), limit - 60) if way else None
        lead, radius = 16.0, 10.0
        inner = max(body.width, over.width if over else 0)
        rise = body.entry + 14 + (over.height - over.entry if over else 0)
        top = max(over.entry if over else 0, 4.0)
        axis = top + rise
        sum_x = lead + inner + lead + radius
        width = sum_x + radius + (max(text_width(words) / 2 - radius, 0) if words else 0)
        offset = lead + (inner - body.width) / 2
        marks = [
            line([(0, axis), (offset, axis)]),
            group(body.marks, x=offset, y=axis - body.entry),
            arrow([(offset + body.width, axis - body.entry + body.exit), (sum_x - radius, axis)]),
        ]
        bend = {"radius": 8.0}
        if over:
            start = lead + (inner - over.width) / 2
            marks += [
                arrow([(4, axis), (4, top), (start, top)], "skip", **bend),
                group(over.marks, x=start, y=top - over.entry),
                arrow([(start + over.width, top), (sum_x, top), (sum_x, axis - radius)], "skip", **bend),
            ]
        else:
            marks.append(arrow([(4, axis), (4, top), (sum_x, top), (sum_x, axis - radius)], "skip", **bend))
        sign = plus(sum_x, axis)
        if words:
            sign += text(sum_x, axis + radius + 14, words, "middle")
        marks.append(group(sign, tip=told([end.steps for end in ends])))
        if width > sum_x + radius:
            marks.append(line([(sum_x + radius, axis), (width, axis)]))
        height = max(axis - body.entry + body.height, axis + radius + (18 if words else 0))
        drawn = Drawn(width, height, axis, axis, "".join(marks))
        if not copies[0].named:
            return drawn
        return framed(drawn, _label(copies[0].path, copies[-1].path), shape_text(ends[0].shape), "frame")

    def lanes(self, copies: list[Lanes], limit: float) -> Drawn:
        """Branches side by side, from one line into one."""
        drawn = [self.draw(each, limit - 60) for each in _aligned([copy.lanes for copy in copies])]
        inner = max(each.width for each in drawn)
        left, right = 22.0, 22.0
        width = left + inner + right
        y, places = 0.0, []
        for each in drawn:
            places.append(y)
            y += each.height + _LANE
        height = y - _LANE
        entries = [place + each.entry for place, each in zip(places, drawn, strict=True)]
        exits = [place + each.exit for place, each in zip(places, drawn, strict=True)]
        axis = (entries[0] + entries[-1]) / 2
        join = width - 3
        marks = []
        for each, place, entry, exit_ in zip(drawn, places, entries, exits, strict=True):
            marks.append(arrow(_elbow(0, axis, 8, left, entry), radius=6))
            marks.append(group(each.marks, x=left, y=place))
            marks.append(arrow([(left + each.width, exit_), (join - 4, exit_)]))
        bar = rect(join - 3, exits[0] - 8, 6, exits[-1] - exits[0] + 16, "merge", radius=3)
        marks.append(group(bar, tip=told([copy.end.steps for copy in copies])))
        shape = shape_text(copies[0].end.shape)
        if copies[0].named:
            whole = Drawn(width, height, axis, axis, "".join(marks))
            return framed(whole, _label(copies[0].path, copies[-1].path), shape, "frame")
        marks.append(text(width, height + 16, shape, "mono", "end"))
        return Drawn(width, height + 20, axis, axis, "".join(marks))

    def growth(self, copies: list[Growth], limit: float) -> Drawn:
        """A dense block: one body stands for all, the line above it for what every one is given."""
        block = copies[0]
        bodies = tuple(body for copy in copies for body in copy.bodies)
        body = self.draw(bodies, limit - 2 * PAD - 60)
        lead = 16.0
        top = 4.0
        axis = top + 14 + body.entry
        join = lead + body.width + lead + 8
        bar = rect(join - 3, top - 4, 6, axis - top + 12, "merge", radius=3)
        marks = [
            line([(0, axis), (lead, axis)]),
            group(body.marks, x=lead, y=axis - body.entry),
            arrow([(lead + body.width, axis), (join - 4, axis)]),
            arrow([(4, axis), (4, top + 2), (join - 4, top + 2)], "skip", radius=8),
            group(bar, tip=told([end.steps for copy in copies for end in copy.ends])),
        ]
        inner = Drawn(join + 3, axis - body.entry + body.height, axis, axis, "".join(marks))
        times = len(block.bodies)
        before = next(boxes(block.bodies[0])).received
        shape = block.ends[-1].shape
        label = f"{_label(copies[0].path, copies[-1].path)}: {before[0]} to {shape_text(shape)}"
        return framed(inner, label, f"×{times}", "frame")


def _wrapped(words: list[str]) -> list[str]:
    """Words with commas between, on lines of some 22 characters."""
    lines: list[str] = []
    for word in filter(None, words):
        if lines and len(lines[-1]) + len(word) <= 20:
            lines[-1] += f", {word}"
        else:
            lines.append(word)
    return lines


def _elbow(x0: float, y0: float, bend: float, x1: float, y1: float) -> list[tuple[float, float]]:
    """From a point to another by one upright piece at x = bend; straight where they are level."""
    return [(x0, y0), (x1, y1)] if abs(y0 - y1) < 0.5 else [(x0, y0), (bend, y0), (bend, y1), (x1, y1)]


def _aligned(several: "list[tuple[Part, ...]]") -> "list[tuple[Part, ...]]":
    """The first parts of all copies, the second ones, and so on."""
    return [tuple(parts) for parts in zip(*several, strict=True)]


def _label(first: str, last: str) -> str:
    """The last names of the first and the last path."""
    ends = [path.rpartition(".")[2] for path in (first, last)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _bare(part: Part) -> Part:
    """A part without a frame of its own."""
    if isinstance(part, Row):
        return Row(part.parts)
    return replace(part, named=False) if isinstance(part, Shortcut | Lanes) else part


def _convolves(box: Box) -> bool:
    return kind(box.step) == "conv"
