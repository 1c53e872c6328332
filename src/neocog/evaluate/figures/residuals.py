"""Residuals: how far each answer is off, by what was answered; without a pattern where all that can be told is told."""

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neocog.core.tokens import CLASSES, LIGHT
from neocog.evaluate.figures.canvas import Figure, Pane, figure
from neocog.evaluate.numbers import NumberFigures
from neocog.evaluate.words import clean, percent

MOST_POINTS = 2000
"""Samples that are drawn; of more, as many evenly from the order of the answers."""

_WIDTH, _HEIGHT = 480, 320


def residual_figure(found: NumberFigures, truth: NDArray[np.float64], answers: NDArray[np.float64]) -> Figure:
    """Answer less truth, by the answer, with the band that should hold nine of ten."""
    order = np.argsort(answers, kind="stable")
    shown = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_POINTS)).round().astype(int))]
    errors = answers - truth
    name = clean(found.name)
    if found.within is not None and found.half_width is not None:
        title = f"{percent(found.within.value)} of the answers for {name} are off by at most {found.half_width:.3g}"
    else:
        title = f"The answers for {name} are off by {found.mae:.3g} on average"

    def paint(pane: Pane) -> None:
        axes = pane.axes(72, 44, _WIDTH - 88, _HEIGHT - 56)
        axes.axhline(0, color=LIGHT["quiet"], linewidth=1)
        if found.half_width is not None:
            axes.axhspan(-found.half_width, found.half_width, color=CLASSES[5], alpha=0.12, linewidth=0)
        axes.plot(answers[shown], errors[shown], "o", color=CLASSES[5], markersize=4, alpha=0.6, linewidth=0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
        axes.set_xlabel(f"answer, {name}")
        axes.set_ylabel("answer less truth")

    band = " Band: where nine of ten answers should lie, by validation." if found.half_width is not None else ""
    return figure(
        f"residuals-{_slug(found.name)}",
        title,
        f"One point a sample: how much too high (above the line) or too low the answer is.{band}",
        f"Residuals of {name}. {title}.",
        (_WIDTH, _HEIGHT),
        paint,
        [("truth", "answer"), *zip(truth.tolist(), answers.tolist(), strict=True)],
    )


def _slug(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
