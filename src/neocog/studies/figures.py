"""The learning curve drawn: each training a point, their means a line with its interval, twice the images led on."""

from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from neocog.core.tokens import LIGHT
from neocog.evaluate.figures import Figure
from neocog.evaluate.figures.canvas import NARROW, Pane, figure
from neocog.studies.curve import LearningCurve

_WIDTH, _HEIGHT = 640, 320


def curve_figure(curve: LearningCurve) -> Figure:
    """Accuracy on validation against the number of training images, on a logarithmic axis."""
    points, twice = curve.points, curve.twice

    def paint(pane: Pane) -> None:
        axes = pane.axes(62, 48, pane.width - 90, _HEIGHT - 60)
        sizes = [point.images for point in points]
        axes.set_xscale("log")
        low, high = ([100 * getattr(point, end) for point in points] for end in ("low", "high"))
        axes.fill_between(sizes, low, high, color=LIGHT["accent"], alpha=0.18, linewidth=0)
        axes.plot(sizes, [100 * point.accuracy for point in points], color=LIGHT["accent"], label="mean, 95 % interval")
        for place, point in enumerate(points):
            label = "one training" if not place else None
            x = [point.images] * len(point.accuracies)
            y = [100 * value for value in point.accuracies]
            axes.plot(x, y, "o", color=LIGHT["text"], markersize=4, alpha=0.6, label=label)
        if twice is not None:
            value, least, most = (100 * part for part in twice.accuracy)
            axes.plot(
                [sizes[-1], twice.images], [100 * points[-1].accuracy, value], ":", color=LIGHT["quiet"], linewidth=1.5
            )
            axes.errorbar(
                [twice.images],
                [value],
                [[value - least], [most - value]],
                fmt="D",
                color=LIGHT["quiet"],
                capsize=4,
                markersize=5,
                label="led on",
            )
            low.append(least)
            sizes.append(twice.images)
        axes.set_xticks(sizes)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(max(0.0, min(low) - 3), 100.5)
        axes.set_xlabel("training images")
        axes.set_ylabel("right, %")
        axes.legend(loc="lower right")

    return figure(
        "curve",
        curve.sentence,
        f"Share of the {curve.validation:,} validation images that are named right, after training on parts of the "
        "training images, each part drawn anew; the sealed test set takes no part.",
        f"Learning curve. {curve.sentence}",
        (_WIDTH, _HEIGHT),
        paint,
        [
            ("images", "accuracy", "low", "high"),
            *((point.images, point.accuracy, point.low, point.high) for point in points),
            *([(twice.images, *twice.accuracy)] if twice else []),
        ],
        narrow=(NARROW, _HEIGHT),
    )
