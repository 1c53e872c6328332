"""The report on what is not one class a sample: labels, numbers, masks. One value for all, filled by a module a kind.

A kind says its verdict in two sentences, its facts, figures, tables and worst samples, and what to do next; the frame
(data, training, network, record) is that of every report. `report.html` is drawn by `kind_page.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.evaluate.facts import Fact
from neocog.evaluate.figures import Figure
from neocog.evaluate.pictures import thumbnail
from neocog.evaluate.report import AnyReport, Training
from neocog.evaluate.words import count

MOST_WORST = 12
"""Samples that are shown because their answers are worst."""

Reader = Callable[[int], NDArray[np.uint8] | str]
"""Gives the pixels of a judged sample (uint8 H W C), or says what it is."""


class AnyMeasures(Protocol):
    """The figures of a kind."""

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table of the page: its finding, how to read it, the names of the columns, and the cells."""

    name: str
    """The name of its file."""
    title: str
    lead: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first cell names the row."""


@dataclass(frozen=True, kw_only=True)
class Worst:
    """A sample whose answer is among the worst, with what it is and what it was called, line by line."""

    file: str
    image: str
    """A data URI, empty where there is none."""
    hard: bool
    """Whether it is shown with hard pixels."""
    text: str
    """What a sample says that is no picture."""
    lines: tuple[tuple[str, str], ...]
    """A word and what it introduces: ("is", "red, shirt")."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What a kind says of its answers on n samples."""

    measures: AnyMeasures
    n: int
    value: str
    """The headline figure as the first sentence writes it."""
    sentences: tuple[str, str]
    """The verdict, and what to compare it with."""
    facts: tuple[Fact, ...]
    figures: tuple[Figure, ...]
    sheets: tuple[Sheet, ...]
    worst: tuple[Worst, ...]
    worst_lead: str
    across: int = 1
    """How many pictures lie side by side in each of the worst samples."""
    advice: tuple[str, ...]
    """What to do next by these figures, the most pressing first."""
    columns: tuple[str, ...]
    """The columns of `predictions.csv` after the file."""
    rows: tuple[tuple[str, ...], ...]
    """Its lines, in the order of the samples."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class KindReport(AnyReport):
    """The result of an evaluation on another kind of target than one class."""

    task: str
    """The kind of target."""
    told: Told

    @property
    def judged(self) -> int:
        """How many samples were judged."""
        return self.told.n

    @property
    def sentences(self) -> tuple[str, str]:
        """The verdict, and what to compare it with."""
        return self.told.sentences

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values, without the samples (they are in `predictions.csv`)."""
        return {"task": self.task, **self.told.measures.to_dict(), **self.common()}


def worst_samples(
    order: Sequence[int],
    files: Sequence[str],
    lines: Callable[[int], tuple[tuple[str, str], ...]],
    read: Reader,
    across: int = 1,
) -> tuple[Worst, ...]:
    """The first samples of an order with their thumbnails, of so many pictures `across` each."""
    found = []
    for place in order[:MOST_WORST]:
        image, hard, text = "", False, ""
        try:
            shown = read(place)
        except (DataError, OSError):  # gone since it was judged: the figures stand, the picture is missing
            shown = ""
        if isinstance(shown, str):
            text = shown
        else:
            image, hard = thumbnail(shown, across=across)
        found.append(Worst(file=files[place], image=image, hard=hard, text=text, lines=lines(place)))
    return tuple(found)


def on_training(training: Training | None) -> Iterator[str]:
    """What the losses of a run say to do."""
    epochs = training.epochs if training else ()
    if len(epochs) < 3:
        return
    losses = [float(each["val_loss"]) for each in epochs]
    lowest = losses.index(min(losses))
    if losses[-1] > _OVERFITTED * losses[lowest] > 0:
        yield (
            f"It began to learn the training samples by heart after epoch {lowest + 1}: more of them or stronger "
            "augmentation will help, more epochs will not."
        )
    elif lowest == len(losses) - 1 and losses[-2] - losses[-1] > _STILL_FALLING * losses[-2]:
        yield f"It was still getting better at the last epoch: train longer, with `--epochs {2 * len(epochs)}`."


def on_size(side: int, median: tuple[int, int]) -> Iterator[str]:
    """Whether a network sees much less of an image than there is."""
    if side * _SHRUNK <= min(median):
        yield (
            f"The network sees images of {min(median)} pixels at {side}: small things are lost. Try `--set "
            f"data.size={min(median)}`, at {(min(median) / side) ** 2:.0f} times the computing."
        )


def on_few(n: int, noun: str) -> Iterator[str]:
    """Whether so few samples were judged that the interval is wide."""
    if n < _FEW:
        yield f"{count(n, noun)} leave wide intervals: four times as many would halve them."


_OVERFITTED = 1.5
_STILL_FALLING = 0.03
_SHRUNK = 2
_FEW = 100
