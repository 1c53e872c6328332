"""How it was trained: loss and validation accuracy over the epochs, the kept epoch marked."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neocog.core.proportion import Proportion
from neocog.core.tokens import CLASSES, LIGHT
from neocog.evaluate.figures.canvas import NARROW, Figure, Pane, figure
from neocog.evaluate.words import percent

OVERFITTED = 1.5
"""How many times its lowest the last validation loss is, above which a network began to learn by heart."""

_HEIGHT = 280
_TRAIN, _VALIDATION = CLASSES[1], CLASSES[5]

Epochs = Sequence[Mapping[str, Any]]


def best_epoch(epochs: Epochs) -> int:
    """The number of the epoch whose weights were kept: the last one marked best, else the most accurate."""
    marked = [int(each["epoch"]) for each in epochs if each.get("best")]
    return marked[-1] if marked else int(max(epochs, key=lambda each: float(each["val_accuracy"]))["epoch"])


def loss_figure(epochs: Epochs, unit: str = "loss, nats") -> Figure | None:
    """Training and validation loss by epoch; `None` where no epoch was finished."""
    if not epochs:
        return None
    numbers = [int(each["epoch"]) for each in epochs]
    best = best_epoch(epochs)
    train = [float(each["train_loss"]) for each in epochs]
    validation = [float(each["val_loss"]) for each in epochs]
    lowest = numbers[validation.index(min(validation))]
    grows = validation[-1] > OVERFITTED * min(validation)
    title = (
        f"Validation loss was lowest at epoch {lowest} and rose after it: it began to learn by heart"
        if grows
        else f"Validation loss fell to {min(validation):.3f}, lowest at epoch {lowest} of {numbers[-1]}"
    )

    def paint(pane: Pane) -> None:
        axes = pane.axes(58, 44, NARROW - 74, _HEIGHT - 52)
        axes.set_ylim(min(0.0, 1.08 * min(train + validation)), 1.08 * max(train + validation) or 1.0)
        _mark(axes, best)
        _line(axes, numbers, train, _TRAIN, "training", "o")
        _line(axes, numbers, validation, _VALIDATION, "validation", "s")
        _frame(axes, numbers, unit)
        axes.legend(loc="upper right")

    return figure(
        "loss",
        title,
        "Mean loss by epoch; training as it was minimized, with the recipe's augmentation and label smoothing, if any. "
        "Thin line: the epoch kept.",
        f"Loss by epoch. {title}.",
        (NARROW, _HEIGHT),
        paint,
        [("epoch", "train_loss", "val_loss"), *zip(numbers, train, validation, strict=True)],
    )


def accuracy_figure(epochs: Epochs, validation_images: int) -> Figure | None:
    """Validation accuracy by epoch with its 95 % interval; `None` where no epoch was finished."""
    if not epochs or validation_images < 1:
        return None
    numbers = [int(each["epoch"]) for each in epochs]
    shares = [
        Proportion.of(round(float(each["val_accuracy"]) * validation_images), validation_images) for each in epochs
    ]
    best = best_epoch(epochs)
    kept = shares[numbers.index(best)]
    title = f"Epoch {best} of {numbers[-1]} was kept: {percent(kept.value)} right on validation"

    def paint(pane: Pane) -> None:
        axes = pane.axes(58, 44, NARROW - 74, _HEIGHT - 52)
        low, high = [100 * each.low for each in shares], [100 * each.high for each in shares]
        axes.set_ylim(max(0.0, min(low) - 5), 100.5)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        _mark(axes, best)
        axes.fill_between(numbers, low, high, color=_VALIDATION, alpha=0.2, linewidth=0)
        _line(axes, numbers, [100 * each.value for each in shares], _VALIDATION, "validation", "s")
        _frame(axes, numbers, "right, %")

    return figure(
        "accuracy",
        title,
        f"Share of the {validation_images:,} validation images that are named right, by epoch; band: 95 % interval.",
        f"Validation accuracy by epoch. {title}.",
        (NARROW, _HEIGHT),
        paint,
        [("epoch", "val_accuracy", "low", "high")]
        + [(epoch, each.value, each.low, each.high) for epoch, each in zip(numbers, shares, strict=True)],
    )


def _line(axes: Axes, x: list[int], y: list[float], color: str, label: str, marker: str) -> None:
    marked = marker if len(x) <= 30 else None
    axes.plot(x, y, color=color, label=label, marker=marked, markersize=4)


def _mark(axes: Axes, epoch: int) -> None:
    axes.axvline(epoch, color=LIGHT["quiet"], linewidth=1, alpha=0.6)


def _frame(axes: Axes, numbers: list[int], unit: str) -> None:
    last = max(numbers[-1], numbers[0] + 1)
    axes.set_xlim(numbers[0] - 0.02 * last, last + 0.02 * last)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.set_xlabel("epoch")
    axes.set_ylabel(unit)
