"""The figures beside the accuracy, each with its interval, in the same words on the page and in the terminal."""

from collections.abc import Iterator
from dataclasses import dataclass

from neocog.core.proportion import Proportion
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.measures import Measures
from neocog.evaluate.words import interval, number, percent, span


@dataclass(frozen=True)
class Fact:
    """A figure with its name, its unit and its 95 % interval in words; the last two may be empty."""

    name: str
    value: str
    unit: str = ""
    interval: str = ""


def facts(measures: Measures) -> tuple[Fact, ...]:
    """The figures of a verdict besides the accuracy."""
    return tuple(_facts(measures))


def _facts(measures: Measures) -> Iterator[Fact]:
    ends = measures.intervals
    yield _share("balanced accuracy", measures.balanced_accuracy, ends.balanced_accuracy)
    yield _share("mean F1 of the classes", measures.macro_f1, ends.macro_f1)
    if len(measures.classes) > 2:
        most = 5 if len(measures.classes) > 5 else 2
        top = measures.top[most - 1]
        yield _share(f"true class in the top {most}", top.value, top)
    if measures.macro_area is not None and ends.macro_area is not None:
        yield _plain("mean area under ROC", measures.macro_area, ends.macro_area, 4)
    yield _plain("log loss", measures.log_loss, ends.log_loss, 3, "nats")
    error, around = 100 * measures.calibration.error, ends.calibration_error
    yield _plain("calibration error", error, Interval(100 * around.low, 100 * around.high), 1, "points")
    yield Fact("classes", number(len(measures.classes)))


def _share(name: str, value: float, ends: Interval | Proportion) -> Fact:
    figure, _, unit = percent(value).partition(" ")
    return Fact(name, figure, unit, interval(ends))


def _plain(name: str, value: float, ends: Interval, digits: int, unit: str = "") -> Fact:
    return Fact(name, f"{value:.{digits}f}", unit, span(ends.low, ends.high, digits))
