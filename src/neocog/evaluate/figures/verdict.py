"""The verdict as a bar: the accuracy with its interval, and the constant answer that it has to beat."""

from matplotlib.axes import Axes

from neocog.core.tokens import LIGHT
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.measures import Measures
from neocog.evaluate.words import interval, percent, short

_HEIGHT = 104


def verdict_figure(measures: Measures) -> Figure:
    """Accuracy and interval on a scale from 0 to 100 %, the majority-class baseline beside it."""
    share, baseline = measures.accuracy, measures.baseline.accuracy
    name = short(measures.classes[measures.baseline.label], 18)
    above = share.low > baseline
    title = (
        f"{percent(share.value)} right, well above the {percent(baseline)} of a constant answer"
        if share.low - baseline > (1 - baseline) / 3
        else f"{percent(share.value)} right, {'above' if above else 'not clearly above'} a constant answer"
    )

    def paint(pane: Pane) -> None:
        axes = pane.axes(20, 34, NARROW - 44, _HEIGHT - 34)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 70)
        axes.spines["left"].set_visible(False)
        axes.set_yticks([])
        axes.set_xticks(range(0, 101, 20), [f"{tick} %" for tick in range(0, 101, 20)])
        color = LIGHT["accent"] if above else LIGHT["warn"]
        axes.barh(14, 100 * share.value, height=16, color=color, alpha=0.25, linewidth=0)
        axes.barh(14, 100 * (share.high - share.low), left=100 * share.low, height=16, color=color, linewidth=0)
        axes.vlines(100 * share.value, 2, 26, color=LIGHT["text"], linewidth=2)
        axes.vlines(100 * baseline, 2, 34, color=LIGHT["quiet"], linewidth=2)
        _label(axes, 100 * share.value, 55, f"{percent(share.value)} ({interval(share)})", LIGHT["text"])
        _label(axes, 100 * baseline, 38, f"always “{name}”: {percent(baseline)}", LIGHT["quiet"])

    return figure(
        "verdict",
        title,
        f"Share of right answers on {measures.n:,} images, with its 95 % interval.",
        f"Accuracy {percent(share.value)}, 95 % interval {interval(share)}; always answering {name} gives "
        f"{percent(baseline)}.",
        (NARROW, _HEIGHT),
        paint,
        [
            ("what", "share", "low", "high", "n"),
            ("accuracy", share.value, share.low, share.high, share.n),
            ("constant answer", baseline, "", "", share.n),
        ],
    )


def _label(axes: Axes, x: float, y: float, text: str, color: str) -> None:
    side = "left" if x < 30 else "right" if x > 70 else "center"
    axes.text(x, y, text, ha=side, va="bottom", color=color)
