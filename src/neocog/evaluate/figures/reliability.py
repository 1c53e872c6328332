"""The reliability diagram: how often answers of a given confidence are right, and how many there are of them."""

from neocog.core.tokens import LIGHT
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.measures import Measures
from neocog.evaluate.words import percent

_HEIGHT = 360
_PERCENT_TICKS = [0, 25, 50, 75, 100]


def belief(measures: Measures) -> str:
    """Can its confidence be believed? One sentence of the mean confidence, the accuracy and the calibration error."""
    said, true = measures.calibration.confidence, measures.accuracy
    off = f"{100 * measures.calibration.error:.1f} points"
    if measures.calibration.error < 0.03:
        return f"Its confidence can be believed: on average it is off by {off}"
    if not measures.calibration.off:
        return (
            f"Too few images to fault its confidence: of {measures.n:,}, chance alone can make it look off by "
            f"{100 * measures.calibration.chance:.1f} points, and it is by {off}"
        )
    if said > true.high:
        return f"It is too sure of itself: it says {percent(said)} and is right {percent(true.value)} of the time"
    if said < true.low:
        return f"It is better than it says: it says {percent(said)} and is right {percent(true.value)} of the time"
    return f"Its confidence is rough: on average it is off by {off}"


def reliability_figure(measures: Measures, before: Measures | None = None) -> Figure:
    """Accuracy by confidence with 95 % intervals, over the number of answers in each bin.

    `before` are the figures without the temperature, shown as rings.
    """
    bins = measures.calibration.bins
    rings = before.calibration.bins if before else ()

    def paint(pane: Pane) -> None:
        axes = pane.axes(58, 118, NARROW - 74, _HEIGHT - 126)
        axes.plot([0, 100], [0, 100], color=LIGHT["quiet"], linewidth=1, linestyle=(0, (4, 4)))
        for each in rings:
            axes.plot(
                [100 * each.confidence],
                [100 * each.accuracy.value],
                marker="o",
                markersize=7,
                markerfacecolor="none",
                color=LIGHT["quiet"],
                clip_on=False,
            )
        for each in bins:
            x, share = 100 * each.confidence, each.accuracy
            axes.vlines(x, 100 * share.low, 100 * share.high, color=LIGHT["accent"], linewidth=2, alpha=0.45)
            axes.plot([x], [100 * share.value], marker="o", markersize=7, color=LIGHT["accent"], clip_on=False)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_xticks(_PERCENT_TICKS, [])
        axes.set_yticks(_PERCENT_TICKS)
        axes.set_ylabel("right, %")
        below = pane.axes(58, 44, NARROW - 74, 62)
        widths = [100 * (each.high - each.low) - 0.6 for each in bins]
        middles = [50 * (each.low + each.high) for each in bins]
        below.bar(
            middles, [each.accuracy.n for each in bins], width=widths, color=LIGHT["quiet"], alpha=0.5, linewidth=0
        )
        most = max(each.accuracy.n for each in bins)
        below.set_xlim(0, 100)
        below.set_ylim(0, most)
        below.set_yticks([0, most], ["0", f"{most:,}"])
        below.set_xticks(_PERCENT_TICKS)
        below.set_xlabel("confidence of the answer, %")
        below.text(4, 0.66 * most, "answers", color=LIGHT["quiet"])

    return figure(
        "reliability",
        belief(measures),
        "Answers sorted by their confidence. Dots: the share that is right, with its 95 % interval; on the dashed line "
        "confidence and truth agree, above it the answers are better than they claim. "
        f"Expected calibration error {measures.calibration.error:.3f}.{_before(measures, before)}",
        f"Reliability diagram. {belief(measures)}.",
        (NARROW, _HEIGHT),
        paint,
        [("calibrated", "from", "to", "answers", "confidence", "right", "right_low", "right_high")]
        + [
            (
                known,
                each.low,
                each.high,
                each.accuracy.n,
                each.confidence,
                each.accuracy.value,
                each.accuracy.low,
                each.accuracy.high,
            )
            for known, some in (("no", rings), ("yes", bins))
            for each in some
        ],
    )


def _before(measures: Measures, before: Measures | None) -> str:
    """What the temperature changed, for the caption."""
    if before is None:
        return ""
    return (
        f" Rings: without the temperature; then the error is {before.calibration.error:.3f}, and the log loss "
        f"{before.log_loss:.3f} in place of {measures.log_loss:.3f} nats."
    )
