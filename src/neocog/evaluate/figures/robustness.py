"""How the accuracy holds under each change: six small curves on one scale, the trained range shaded."""

from collections.abc import Sequence

from neocog.core.tokens import LIGHT
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.robustness import HELD, Robustness
from neocog.evaluate.words import percent

_WIDTH, _ROW, _COLUMN = 920, 210, 300
_LEFT, _GAP, _BOTTOM, _TOP = 52, 44, 46, 30


def robustness_title(found: Sequence[Robustness]) -> str:
    """The finding: the change that costs most within the levels that were tried."""
    worst = min(found, key=lambda each: each.worst[1].value)
    level, share = worst.worst
    return (
        f"{worst.change.name.capitalize()} costs most: {percent(worst.clean.value)} right as the images are, "
        f"{percent(share.value)} at {level:g} {worst.change.unit}"
    )


def robustness_figure(found: Sequence[Robustness]) -> Figure:
    """Accuracy against the level of each change, with its 95 % interval."""

    def height(width: int) -> int:
        return -(-len(found) // (width // _COLUMN)) * _ROW

    lowest = min(share.low for each in found for share in each.accuracies)
    floor = 10 * int(10 * lowest)

    def paint(pane: Pane) -> None:
        columns = pane.width // _COLUMN
        wide = (pane.width - _LEFT - 12 + _GAP) / columns - _GAP
        for place, each in enumerate(found):
            row, column = divmod(place, columns)
            left = _LEFT + column * (wide + _GAP)
            axes = pane.axes(left, height(pane.width) - (row + 1) * _ROW + _BOTTOM, wide, _ROW - _BOTTOM - _TOP)
            levels = list(each.change.levels)
            axes.axvspan(*each.trained, color=LIGHT["quiet"], alpha=0.16, linewidth=0)
            low, high = ([100 * getattr(share, end) for share in each.accuracies] for end in ("low", "high"))
            axes.fill_between(levels, low, high, color=LIGHT["accent"], alpha=0.2, linewidth=0)
            values = [100 * share.value for share in each.accuracies]
            axes.plot(levels, values, color=LIGHT["accent"], marker="o", markersize=4)
            axes.axhline(100 * HELD * each.clean.value, color=LIGHT["line"], linewidth=1)
            axes.set_ylim(floor, 101)
            axes.set_title(each.change.name, loc="left", fontsize=13, color=LIGHT["text"])
            axes.set_xlabel(each.change.unit)
            if each.change.name == "scale":
                axes.set_xscale("log")
                axes.minorticks_off()
            axes.set_xticks(levels, [f"{level:g}" for level in levels])
            if column == 0:
                axes.set_ylabel("right, %")

    return figure(
        "robustness",
        robustness_title(found),
        f"Share of {found[0].clean.n:,} validation images that are named right after a change; band: 95 % interval; "
        f"shaded: what training varied; line: {100 * HELD:.0f} % of the accuracy on images as they are.",
        f"Robustness. {robustness_title(found)}.",
        (_WIDTH, height(_WIDTH)),
        paint,
        [("change", "unit", "level", "accuracy", "low", "high", "n")]
        + [
            (each.change.name, each.change.unit, level, share.value, share.low, share.high, share.n)
            for each in found
            for level, share in zip(each.change.levels, each.accuracies, strict=True)
        ],
        narrow=(NARROW, height(NARROW)),
    )
