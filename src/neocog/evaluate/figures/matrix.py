"""The confusion matrix: counts, the share of the row as shade, the diagonal quiet, the mistakes loud."""

import unicodedata

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neocog.core.tokens import LIGHT
from neocog.evaluate.confusion import Confusion
from neocog.evaluate.figures.canvas import Figure, Pane, figure
from neocog.evaluate.measures import Measures
from neocog.evaluate.words import clean, count, percent, short

MOST_CLASSES = 24
"""With more classes than this the cells are too small to read, and the page lists the largest confusions instead."""

_LABEL_LETTERS = 20
_LETTER = 7  # pixels, of a small letter at 13 px


def matrix_title(measures: Measures) -> str:
    """The finding of the matrix: which mistake is the most frequent one."""
    largest = measures.largest_confusions
    if not largest:
        return f"No mistake: every one of the {count(measures.n, 'image')} lies on the diagonal"
    first = largest[0]
    if first.count == 1:
        return f"{count(measures.mistakes, 'mistake')}, no two of the same kind"
    return f"{first.count:,} of {count(measures.mistakes, 'mistake')}: {_pair(measures, first)}"


def matrix_figure(measures: Measures) -> Figure | None:
    """The matrix of true class by answer; `None` with more than `MOST_CLASSES` classes."""
    classes = len(measures.classes)
    if classes > MOST_CLASSES:
        return None
    names = [short(name, _LABEL_LETTERS) for name in measures.classes]
    longest = int(max(map(_width, names)))
    digits = len(f"{measures.confusion.max():,}")
    cell = max(int(np.clip(520 / classes, 26, 52)), digits * _LETTER + 8)
    slanted = longest > cell - 4
    left, top = longest + 34, (int(longest * 0.72) + 34 if slanted else 48)
    width = left + classes * cell + (int(longest * 0.72) if slanted else 8)
    height = top + classes * cell + 8

    def paint(pane: Pane) -> None:
        axes = pane.axes(left, 8, classes * cell, classes * cell)
        axes.set_xlim(0, classes)
        axes.set_ylim(classes, 0)
        axes.tick_params(length=0, pad=6)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        middles = np.arange(classes) + 0.5
        axes.set_xticks(middles, names, color=LIGHT["text"])
        if slanted:
            for label in axes.get_xticklabels():
                label.set(rotation=45, ha="left", rotation_mode="anchor")
        axes.set_yticks(middles, names, color=LIGHT["text"])
        axes.text(0, -(top - 14) / cell, "answer →", color=LIGHT["quiet"], va="center")
        axes.text(-(left - 12) / cell, classes, "true class →", color=LIGHT["quiet"], rotation=90, ha="center")
        _cells(axes, measures)

    return figure(
        "matrix",
        matrix_title(measures),
        "Images by true class (row) and answer (column). The diagonal is right; the redder a cell, the larger the "
        f"share of its row that is mistaken so (the reddest is {percent(_largest_share(measures))}).",
        f"Confusion matrix of {count(classes, 'class', 'classes')}. {matrix_title(measures)}.",
        (width, height),
        paint,
        [("true class / answer", *measures.classes)]
        + [(name, *row) for name, row in zip(measures.classes, measures.confusion.tolist(), strict=True)],
    )


def _cells(axes: Axes, measures: Measures) -> None:
    strongest = _largest_share(measures) or 1.0
    support = measures.confusion.sum(axis=1)
    for row, column in zip(*np.nonzero(measures.confusion), strict=True):
        value = int(measures.confusion[row, column])
        share = value / int(support[row])
        right = row == column
        color = LIGHT["line"] if right else LIGHT["bad"]
        strength = share * 0.7 if right else min(1.0, 0.2 + 0.8 * share / strongest)
        box = Rectangle((column + 0.03, row + 0.03), 0.94, 0.94, facecolor=color, alpha=strength, linewidth=0)
        axes.add_patch(box)
        ink = LIGHT["quiet"] if right else LIGHT["card"] if strength > 0.75 else LIGHT["text"]
        weight = "normal" if right else "bold"
        text = f"{value:,}"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center_baseline", color=ink, fontweight=weight)


def _width(name: str) -> float:
    """About how wide a name is drawn, in pixels: capitals are wider, the letters of East Asia twice as wide."""
    wide = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.4 * letter.isupper() for letter in name)
    return _LETTER * (len(name) + wide)


def _largest_share(measures: Measures) -> float:
    wrong = measures.confusion - np.diag(np.diag(measures.confusion))
    return float((wrong / np.maximum(measures.confusion.sum(axis=1, keepdims=True), 1)).max())


def _pair(measures: Measures, cell: Confusion) -> str:
    return f"{clean(measures.classes[cell.true])} taken for {clean(measures.classes[cell.answer])}"
