"""Figures with their intervals, one line each: runs beside their mean, or differences beside zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from neocog.core.tokens import LIGHT
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.words import short

_LINE, _LABELS = 26, 18
_NAMES = 128
"""Room for the names, in pixels."""


@dataclass(frozen=True)
class Line:
    """A figure with its 95 % interval, as shares; a strong one is drawn as the finding, a doubtful one in gray."""

    name: str
    value: float
    interval: Interval
    strong: bool = False
    doubtful: bool = False


def whiskers_figure(
    name: str, title: str, caption: str, axis: str, lines: Sequence[Line], *, signed: bool = False
) -> Figure:
    """The lines from the top down, in percent or points; `signed` ones stand about a line at zero."""
    ends = [100 * end for line in lines for end in (line.interval.low, line.interval.high)]
    low, high = min(ends), max(ends)
    room = 0.06 * max(high - low, 1.0)
    low, high = (min(low, 0.0) - room, max(high, 0.0) + room) if signed else (low - room, min(high + room, 100.3))
    height = _LINE * len(lines) + 58

    def paint(pane: Pane) -> None:
        axes = pane.axes(_NAMES, 44, NARROW - _NAMES - 16, height - 52)
        axes.set_xlim(low, high)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_yticks(range(len(lines)), [short(line.name, _LABELS) for line in lines])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
        if signed:
            axes.axvline(0, color=LIGHT["quiet"], linewidth=1, linestyle=(0, (4, 4)))
        for place, line in enumerate(lines):
            color = LIGHT["quiet"] if line.doubtful else LIGHT["accent"]
            reach = [100 * line.interval.low, 100 * line.interval.high]
            axes.plot(reach, [place, place], color=color, linewidth=5 if line.strong else 3, alpha=0.45)
            axes.plot([100 * line.value], [place], marker="o", markersize=9 if line.strong else 6, color=color)
        axes.set_xlabel(axis)

    return figure(
        name,
        title,
        caption,
        f"{title}. {caption}",
        (NARROW, height),
        paint,
        [("what", "value", "low", "high")]
        + [(line.name, line.value, line.interval.low, line.interval.high) for line in lines],
    )
