"""How work looks in the terminal: a bar with speed and time left, a line an epoch; plain without a terminal."""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from neocog.cli.console import ACCENT, QUIET, WARN, console
from neocog.train import Epoch, Event, Finished, Note, Resumed, Started, Step

LINE_SECONDS = 15.0
"""The least time between two plain lines within an epoch."""


class TrainingDisplay:
    """Consumes events and shows them on standard error; a context manager, since a bar must be taken down.

    Verbs that read images or fetch weights without training show that by its bar too.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._out = console(stderr=True)
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24, complete_style=ACCENT, finished_style=ACCENT),
            TextColumn("{task.fields[figures]}"),
            console=self._out,
            transient=True,
            disable=quiet or not self._out.is_terminal,
        )
        self._task: TaskID | None = None
        self._printed = time.monotonic()
        self._epochs = self._steps = 0
        self._loss = ""
        self._measure = "accuracy"

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def reading(self, done: int, total: int) -> None:
        """Show how many images are read."""
        self._show(f"reading {total:,} images", done, total, "")
        if done == total:
            self._drop()

    def working(self, what: str, done: int, total: int) -> None:
        """Show how many parts of some work are done."""
        self._show(what, done, total, f"{done} of {total}")
        self._now_and_then(f"{what}: {done} of {total}")
        if done == total:
            self._drop()

    def fetching(self, done: int, total: int) -> None:
        """Show how much of the weights has arrived, in bytes; `total` is 0 where that is not known."""
        figures = f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB" if total else f"{done / 1e6:,.1f} MB"
        self._show("fetching weights", done, total or done, figures)
        self._now_and_then(f"fetching weights: {figures}")
        if done == total:
            self._drop()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started():
                self._begin(event)
                self._measure = event.measure
                self._line(event.network)
                self._line(
                    f"{event.parameters:,} parameters, {event.macs / 1e6:,.1f} M multiply-accumulates an image; "
                    f"{event.train:,} images to train on, {event.val:,} to validate"
                )
            case Resumed():
                self._begin(event)
                self._line(f"resumed in epoch {event.epoch} after step {event.step:,}")
            case Note():
                self._line(event.text, WARN if event.diagnosis else QUIET)
            case Step():
                self._step(event)
            case Epoch():
                best = "  best" if event.best else ""
                self._line(
                    f"epoch {event.epoch:>3}/{self._epochs}  "
                    f"loss {event.train_loss:.4f}  val loss {event.val_loss:.4f}  "
                    f"val {self._measure} {self._figure(event.val_accuracy):>7}  "
                    f"{event.images_per_second:>7,.0f} images/s{best}"
                )
            case Finished():
                self._drop()
                self._line(
                    f"validation {self._measure} {self._figure(event.val_accuracy)} (95 % interval "
                    f"{self._end(event.val_low)} to {self._end(event.val_high)}) at epoch {event.best_epoch}, "
                    f"in {_duration(event.seconds)}"
                )
            case _:
                pass

    def show_part(self, title: str, event: Event) -> None:
        """Show one event of a study's part: the bar while it trains, one line when it has."""
        match event:
            case Started() | Resumed():
                self._begin(event)
            case Step():
                self._step(event)
            case Finished():
                self._drop()
                self._line(
                    f"{title}: {event.val_accuracy:.2%} of its validation images right, in {_duration(event.seconds)}"
                )
            case _:
                pass

    def _figure(self, value: float) -> str:
        """A validation figure: of accuracy a percentage, of others the number."""
        return f"{value:.2%}" if self._measure == "accuracy" else f"{value:.3f}"

    def _end(self, value: float) -> str:
        """An end of its interval."""
        return f"{value:.1%}" if self._measure == "accuracy" else f"{value:.3f}"

    def _begin(self, event: Started | Resumed) -> None:
        self._drop()
        self._epochs, self._steps = event.epochs, event.epochs * event.steps_per_epoch
        self._batch = event.batch

    def _step(self, event: Step) -> None:
        left = (self._steps - event.step) * self._batch / max(event.images_per_second, 1e-9)
        figures = f"loss {event.loss:.4f}  {event.images_per_second:,.0f} images/s  {_duration(left)} left"
        self._show(f"epoch {event.epoch}/{self._epochs}", event.step, self._steps, figures)
        self._now_and_then(f"epoch {event.epoch:>3}/{self._epochs}  step {event.step:,}/{self._steps:,}  {figures}")

    def _show(self, description: str, done: int, total: int, figures: str) -> None:
        if self._task is None:
            self._task = self._bar.add_task(description, figures=figures)
        self._bar.update(self._task, description=description, completed=done, total=total, figures=figures)

    def _drop(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None

    def _now_and_then(self, text: str) -> None:
        """A plain line where no terminal shows the bar."""
        if not self._out.is_terminal and time.monotonic() - self._printed > LINE_SECONDS:
            self._line(text)

    def _line(self, text: str, style: str = "") -> None:
        self._printed = time.monotonic()
        if not self._quiet:
            self._out.print(text, style=style)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"
