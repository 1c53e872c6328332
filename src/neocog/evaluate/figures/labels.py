"""Several labels in pictures: the curves of each label, and which labels are claimed where which hold."""

import unicodedata
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from neocog.core.tokens import LIGHT, class_color, class_stroke
from neocog.evaluate.figures.canvas import Figure, Pane, figure
from neocog.evaluate.labels import LabelMeasures
from neocog.evaluate.words import clean, count, short

MOST_CURVES = 8
MOST_CELLS = 24

_WIDTH, _HEIGHT = 720, 340
_LETTER = 7.4


def label_curves(measures: LabelMeasures, held: NDArray[np.bool_], chances: NDArray[np.float64]) -> Figure | None:
    """Precision by recall, and true by false positives, of the labels that are ranked worst."""
    ranked = sorted(
        (each.average_precision, place)
        for place, each in enumerate(measures.per_label)
        if each.average_precision is not None and 0 < each.support < measures.n
    )
    if not ranked:
        return None
    shown = ranked[:MOST_CURVES]
    lines = []
    for value, place in shown:
        precision, recall, _ = precision_recall_curve(held[:, place], chances[:, place])
        false, true, _ = roc_curve(held[:, place], chances[:, place])
        lines.append((place, value, recall[::-1], precision[::-1], false, true))
    hardest = ranked[0][1]
    below = 22 * (-(-len(lines) // 2)) + 12

    def paint(pane: Pane) -> None:
        half = _WIDTH // 2
        left = pane.axes(58, 44 + below, half - 74, _HEIGHT - 56)
        right = pane.axes(half + 58, 44 + below, half - 74, _HEIGHT - 56)
        right.plot([0, 100], [0, 100], color=LIGHT["line"], linewidth=1)
        for place, value, recall, precision, false, true in lines:
            look: dict[str, Any] = {"color": class_color(place), "linestyle": class_stroke(place)}
            name = f"{short(measures.labels[place], 28)}  {value:.3f}"
            left.step(100 * recall, 100 * precision, where="pre", label=name, **look)
            right.plot(100 * false, 100 * true, **look)
        for axes, across, up in (
            (left, "recall, %", "precision, %"),
            (right, "false positives, %", "true positives, %"),
        ):
            axes.set_xlim(0, 100)
            axes.set_ylim(0, 102)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
            axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
            axes.set_xlabel(across)
            axes.set_ylabel(up)
        pane.drawing.legend(loc="lower left", ncols=2, fontsize=13, columnspacing=2.0)

    first = measures.per_label[hardest]
    title = f"Hardest to rank: {clean(first.name)}, average precision {first.average_precision:.3f}"
    which = "" if len(shown) == len(measures.labels) else f" Shown: the {count(len(shown), 'weakest label')}."
    return figure(
        "curves",
        title,
        "Each curve runs through all thresholds of one label. Left: of the images claimed, those that have it, by how "
        "many are found; its area is the average precision, in the legend. Right: how many are found, by how many "
        f"others are claimed.{which}",
        f"Precision-recall and ROC curves of the labels. {title}.",
        (_WIDTH, _HEIGHT + below),
        paint,
        [("label", "curve", "x", "y")]
        + [
            (measures.labels[place], curve, x, y)
            for place, _, recall, precision, false, true in lines
            for curve, xs, ys in (("precision by recall", recall, precision), ("true by false positives", false, true))
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        ],
    )


def together_figure(measures: LabelMeasures) -> Figure | None:
    """How often each label is claimed where another holds; `None` with more than `MOST_CELLS` labels."""
    labels = len(measures.labels)
    if labels > MOST_CELLS:
        return None
    support = np.maximum(measures.occurring.diagonal(), 1)
    shares = measures.together / support[:, None]
    excess = measures.together - measures.occurring
    np.fill_diagonal(excess, 0)
    names = [short(name, 20) for name in measures.labels]
    longest = int(max(map(_width, names)))
    cell = int(np.clip(520 / labels, 34, 56))
    left, top = longest + 34, int(longest * 0.72) + 34
    size = (left + labels * cell + int(longest * 0.72), top + labels * cell + 8)
    row, column = np.unravel_index(int(excess.argmax()), excess.shape)
    title = (
        f"Where {clean(measures.labels[row])} holds, {clean(measures.labels[column])} is claimed "
        f"{count(int(measures.together[row, column]), 'time')} and holds "
        f"{count(int(measures.occurring[row, column]), 'time')}"
        if excess.max() > 0
        else "No two labels are claimed together more often than they hold together"
    )

    def paint(pane: Pane) -> None:
        axes = pane.axes(left, 8, labels * cell, labels * cell)
        axes.set_xlim(0, labels)
        axes.set_ylim(labels, 0)
        axes.tick_params(length=0, pad=6)
        axes.xaxis.tick_top()
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        middles = np.arange(labels) + 0.5
        axes.set_xticks(middles, names, color=LIGHT["text"])
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="left", rotation_mode="anchor")
        axes.set_yticks(middles, names, color=LIGHT["text"])
        axes.text(0, -(top - 14) / cell, "claimed →", color=LIGHT["quiet"], va="center")
        axes.text(-(left - 12) / cell, labels, "holds →", color=LIGHT["quiet"], rotation=90, ha="center")
        for place in np.ndindex(labels, labels):
            value, share = int(measures.together[place]), float(shares[place])
            color = LIGHT["bad"] if excess[place] > 0 else LIGHT["line"]
            box = Rectangle((place[1] + 0.03, place[0] + 0.03), 0.94, 0.94, facecolor=color, linewidth=0)
            box.set_alpha(0.15 + 0.65 * min(1.0, share))
            axes.add_patch(box)
            told = f"{value:,}"
            axes.text(place[1] + 0.5, place[0] + 0.5, told, ha="center", va="center_baseline", color=LIGHT["text"])

    return figure(
        "together",
        title,
        "Images that have the label of the row and for which that of the column is claimed. Red: more often than both "
        "hold together.",
        f"Co-occurrence of labels that hold and labels that are claimed. {title}.",
        size,
        paint,
        [("holds / claimed", *measures.labels)]
        + [(name, *row) for name, row in zip(measures.labels, measures.together.tolist(), strict=True)],
    )


def _width(name: str) -> float:
    """About how wide a name is drawn, in pixels."""
    wide = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.4 * letter.isupper() for letter in name)
    return _LETTER * (len(name) + wide)
