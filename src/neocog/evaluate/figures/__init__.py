"""The figures of the report, one a file; each is a value that holds its finding and its drawing as SVG, PNG and CSV."""

from neocog.evaluate.figures.canvas import Figure
from neocog.evaluate.figures.curves import accuracy_figure, best_epoch, loss_figure
from neocog.evaluate.figures.matrix import matrix_figure, matrix_title
from neocog.evaluate.figures.reliability import belief, reliability_figure
from neocog.evaluate.figures.risk import risk_figure, risk_title
from neocog.evaluate.figures.robustness import robustness_figure, robustness_title
from neocog.evaluate.figures.roc import roc_figure
from neocog.evaluate.figures.verdict import verdict_figure
from neocog.evaluate.figures.whiskers import Line, whiskers_figure

__all__ = [
    "Figure",
    "Line",
    "accuracy_figure",
    "belief",
    "best_epoch",
    "loss_figure",
    "matrix_figure",
    "matrix_title",
    "reliability_figure",
    "risk_figure",
    "risk_title",
    "robustness_figure",
    "robustness_title",
    "roc_figure",
    "verdict_figure",
    "whiskers_figure",
]
