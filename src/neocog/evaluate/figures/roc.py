"""The ROC curves of the classes that are hardest to tell from the rest."""

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neocog.core.tokens import LIGHT, class_color, class_stroke
from neocog.evaluate.checked import Probabilities, Targets
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.measures import Measures
from neocog.evaluate.roc import RocCurve, curve
from neocog.evaluate.words import clean, count, short

MOST_CURVES = 8

_HEIGHT = 344
_LEGEND, _LINE = 28, 19  # pixels: the legend's title, and each of its lines
_BRIEF = 9  # letters of a name that leave room for two columns
_POINTS = 201


def roc_figure(measures: Measures, targets: Targets, probabilities: Probabilities) -> Figure | None:
    """True-positive by false-positive rate, one class against the rest; `None` where no class has a curve."""
    ranked = sorted((area, label) for label, area in enumerate(measures.areas) if area is not None)
    if not ranked or measures.macro_area is None:
        return None
    shown = ranked[:MOST_CURVES]
    lowest, hardest = ranked[0]
    # a good model's curves hug the corner, so the corner is what is shown
    right, bottom = (0.1, 0.8) if lowest > 0.99 else (1.0, 0.0)
    grid = np.concatenate([np.linspace(0, right, _POINTS), [1.0]]) if right < 1 else np.linspace(0, 1, _POINTS)
    lines = [(label, area, _on(grid, curve(targets, probabilities, label))) for area, label in shown]

    columns = 2 if all(len(measures.classes[label]) <= _BRIEF for label, _, _ in lines) else 1
    below = _LEGEND + _LINE * -(-len(lines) // columns)

    def paint(pane: Pane) -> None:
        axes = pane.axes(58, 44 + below, NARROW - 74, _HEIGHT - 56)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        if right == 1.0:
            axes.plot([0, 100], [0, 100], color=LIGHT["line"], linewidth=1)
        for label, area, heights in lines:
            name = f"{short(measures.classes[label], 28)}  {area:.4f}"
            x, y = np.append(0, 100 * grid), np.append(0, 100 * heights)
            axes.plot(x, y, color=class_color(label), linestyle=class_stroke(label), label=name)
        axes.set_xlim(0, 100 * right)
        axes.set_ylim(100 * bottom, 100 + (1 - bottom))
        axes.set_xlabel("false-positive rate, %" + (" (only the corner is shown)" if right < 1 else ""))
        axes.set_ylabel("true-positive rate, %")
        pane.drawing.legend(
            loc="lower left",
            ncols=columns,
            title="area under the curve",
            alignment="left",
            fontsize=13,
            columnspacing=1.2,
        )

    title = (
        f"Each class is told from the rest: the areas are {lowest:.4f} or more"
        if lowest > 0.99
        else f"Hardest to tell from the rest: {clean(measures.classes[hardest])}, area {lowest:.3f}"
    )
    which = "" if len(shown) == len(measures.classes) else f" Shown: the {count(len(shown), 'smallest area')}."
    return figure(
        "roc",
        title,
        "Each curve runs through all thresholds on one class's probability: how many of its images are found, against "
        f"how many others are taken for it. Mean area {measures.macro_area:.4f} (1 is perfect, 0.5 a coin).{which}",
        f"ROC curves. {title}.",
        (NARROW, _HEIGHT + below),
        paint,
        [("class", "area", "false_positive", "true_positive")]
        + [
            (measures.classes[label], area, x, y)
            for label, area, heights in lines
            for x, y in zip(grid.tolist(), heights.tolist(), strict=True)
        ],
    )


def _on(grid: NDArray[np.float64], line: RocCurve) -> NDArray[np.float64]:
    """The curve's upper envelope on a grid of false-positive rates: of a vertical rise, its end."""
    last = np.searchsorted(line.false_positive, grid, side="right") - 1
    straight = np.interp(grid, line.false_positive, line.true_positive)
    exact = line.false_positive[last] == grid
    return np.where(exact, line.true_positive[last], straight)
