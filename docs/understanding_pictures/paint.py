"""Three ways to draw numbers: as grids with the numbers in them, as curves, and as bars."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike, NDArray

from neocog.core.tokens import CLASSES, LIGHT
from neocog.evaluate.figures.canvas import Figure, Pane, figure

SIGNED = LinearSegmentedColormap.from_list("signed", ("#1f6feb", LIGHT["card"], "#c0362c"))
"""Blue below zero, red above."""

_CELL, _GAP, _LABEL = 34, 40, 26
_MOST = 12


def grids(name: str, title: str, caption: str, shown: Mapping[str, ArrayLike], side: int = _CELL) -> Figure:
    """Matrices side by side, each under its name, shaded from blue (negative) to red; small ones with their numbers."""
    matrices = {label: np.atleast_2d(np.asarray(matrix, dtype=np.float64)) for label, matrix in shown.items()}
    widths = [max(matrix.shape[1] * side, 8 * len(label)) for label, matrix in matrices.items()]
    height = max(matrix.shape[0] for matrix in matrices.values()) * side + _LABEL + 16

    def paint(pane: Pane) -> None:
        left = 16
        for (label, matrix), width in zip(matrices.items(), widths, strict=True):
            rows, columns = matrix.shape
            axes = pane.axes(left, height - _LABEL - rows * side, columns * side, rows * side)
            _grid(axes, label, matrix, side)
            left += width + _GAP

    table = [("matrix", "row", "column", "value"), *_cells(matrices)]
    return figure(name, title, caption, caption, (sum(widths) + _GAP * len(widths) + 8, height), paint, table)


def pictures(name: str, title: str, caption: str, shown: Mapping[str, NDArray[np.floating]], width: int) -> Figure:
    """Gray images side by side, `width` pixels wide; each from its own darkest to its own brightest."""
    tallest = max(image.shape[0] / image.shape[1] for image in shown.values())
    height = round(width * tallest) + _LABEL + 8

    def paint(pane: Pane) -> None:
        for place, (label, image) in enumerate(shown.items()):
            tall = round(width * image.shape[0] / image.shape[1])
            axes = pane.axes(8 + place * (width + 12), height - _LABEL - tall, width, tall)
            axes.imshow(image, cmap="gray", interpolation="nearest")
            axes.set_title(label, loc="left", fontsize=13, color=LIGHT["text"])
            axes.set_axis_off()

    size = 8 + len(shown) * (width + 12), height
    return figure(name, title, caption, caption, size, paint, [("picture",), *((label,) for label in shown)])


def curves(
    name: str,
    title: str,
    caption: str,
    axes_names: tuple[str, str],
    shown: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    scale: str = "linear",
    limits: tuple[tuple[float, float], tuple[float, float]] | None = None,
) -> Figure:
    """Curves with their names in a legend; `scale` is that of the vertical axis."""

    def paint(pane: Pane) -> None:
        axes = pane.axes(64, 48, 560, 250)
        for place, (label, (xs, ys)) in enumerate(shown.items()):
            axes.plot(xs, ys, color=CLASSES[place % len(CLASSES)], label=label, marker="o" if len(xs) < 12 else "")
        axes.set_yscale(scale)
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])
        if limits:
            axes.set_xlim(*limits[0])
            axes.set_ylim(*limits[1])
        if len(shown) > 1:
            axes.legend()

    rows = [(label, x, y) for label, (xs, ys) in shown.items() for x, y in zip(xs, ys, strict=True)]
    return figure(name, title, caption, caption, (650, 310), paint, [("curve", *axes_names), *rows])


def bars(name: str, title: str, caption: str, unit: str, shown: Mapping[str, float]) -> Figure:
    """One bar for each name, with its number beside it."""
    height = 40 * len(shown) + 56

    def paint(pane: Pane) -> None:
        axes = pane.axes(180, 44, 400, 40 * len(shown))
        places = range(len(shown))
        axes.barh(places, list(shown.values()), color=LIGHT["accent"], height=0.6)
        for place, value in enumerate(shown.values()):
            axes.annotate(
                f"{value:.4g}", (max(value, 0), place), xytext=(6, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(places, list(shown))
        axes.invert_yaxis()
        axes.set_xlabel(unit)

    return figure(name, title, caption, caption, (650, height), paint, [("name", unit), *shown.items()])


def _grid(axes: Axes, label: str, matrix: NDArray[np.float64], side: int) -> None:
    most = float(np.abs(matrix).max()) or 1.0
    axes.imshow(matrix, cmap=SIGNED, vmin=-1.6 * most, vmax=1.6 * most, interpolation="nearest", aspect="auto")
    axes.set_title(label, loc="left", fontsize=13, color=LIGHT["text"])
    axes.set_xticks(np.arange(matrix.shape[1] + 1) - 0.5)
    axes.set_yticks(np.arange(matrix.shape[0] + 1) - 0.5)
    axes.grid(color=LIGHT["line"], linewidth=1)
    axes.tick_params(length=0, labelbottom=False, labelleft=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if max(matrix.shape) <= _MOST:
        for row, values in enumerate(matrix):
            for column, value in enumerate(values):
                text = f"{value:.3g}".replace("-", "−")
                axes.text(column, row, text, ha="center", va="center", fontsize=13 if len(text) < 5 else 10)


def _cells(matrices: Mapping[str, NDArray[np.float64]]) -> list[tuple[str, int, int, float]]:
    return [
        (label, row, column, value)
        for label, matrix in matrices.items()
        for row, values in enumerate(matrix.tolist())
        for column, value in enumerate(values)
    ]
