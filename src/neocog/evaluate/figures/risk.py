"""The risk-coverage figure: how many answers are wrong where only the surest are given, and the threshold on it."""

from matplotlib.ticker import MaxNLocator

from neocog.core.tokens import LIGHT
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.reliance import Reliance
from neocog.evaluate.words import percent

_HEIGHT = 360
_FIRST = 0.05
"""The least share of the images that is drawn: of fewer answers each counts too much."""
_ROOM = 1.35
"""How far the scale reaches beyond the highest of what must be seen."""


def risk_title(reliance: Reliance) -> str:
    """The finding: what the threshold answers, and how often that is wrong."""
    if reliance.answered is None:
        return f"At most {percent(reliance.error)} wrong could not be promised, so {reliance.unrefused}"
    if reliance.wrong is None:
        return "It is sure of none of these images"
    told = f"It answers {percent(reliance.answered.value)} of the images"
    return f"{told} and is wrong in {percent(reliance.wrong.value)} of these answers"


def risk_figure(reliance: Reliance) -> Figure | None:
    """Wrong answers by coverage with their 95 % interval; None where no image is answered at any confidence."""
    points = reliance.curve
    if not points:
        return None
    shown = [point for point in points if point.coverage >= _FIRST] or list(points)
    highest = max(reliance.error, *(point.wrong.value for point in shown))
    top = min(1.0, _ROOM * highest) * 100

    def paint(pane: Pane) -> None:
        axes = pane.axes(58, 44, NARROW - 74, _HEIGHT - 56)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        x = [100 * point.coverage for point in shown]
        low, high = ([100 * getattr(point.wrong, end) for point in shown] for end in ("low", "high"))
        axes.fill_between(x, low, high, color=LIGHT["accent"], alpha=0.14, linewidth=0)
        axes.plot(x, [100 * point.wrong.value for point in shown], color=LIGHT["accent"], clip_on=False)
        axes.axhline(100 * reliance.error, color=LIGHT["quiet"], linewidth=1, linestyle=(0, (4, 4)))
        axes.text(2, 100 * reliance.error + 0.015 * top, "wished", color=LIGHT["quiet"], va="bottom")
        if reliance.answered is not None and reliance.wrong is not None:
            place, height = 100 * reliance.answered.value, 100 * reliance.wrong.value
            axes.vlines(place, 0, top, color=LIGHT["text"], linewidth=1)
            axes.plot([place], [height], marker="o", markersize=7, color=LIGHT["text"], clip_on=False)
            axes.text(place - 1.5, 0.97 * top, "threshold", color=LIGHT["text"], ha="right", va="top")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, top)
        axes.set_xlabel("answered, the surest first, % of the images")
        axes.set_ylabel("wrong, % of the answers")

    title = risk_title(reliance)
    strange = (
        f" {percent(reliance.strange / reliance.images)} of the images are unlike the training images and are not "
    )
    return figure(
        "risk",
        title,
        "Line and band: the share of wrong answers, with its 95 % interval, where only the surest are given. The "
        f"threshold was chosen on validation.{strange}answered at any confidence.",
        f"Risk and coverage. {title}.",
        (NARROW, _HEIGHT),
        paint,
        [("confidence", "coverage", "answers", "wrong", "wrong_low", "wrong_high")]
        + [
            (each.confidence, each.coverage, each.wrong.n, each.wrong.value, each.wrong.low, each.wrong.high)
            for each in points
        ],
    )
