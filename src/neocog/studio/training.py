"""A run while it goes on: its events since a place, so that a page asks only for what is new."""

from neocog.core.run import RunFolder
from neocog.studio import jobs
from neocog.studio.runs import Answer, RunSummary, as_written, summary
from neocog.train import Epoch, Note, Started, Step, from_dicts

MOST_STEPS = 1500
"""The most steps that are given at once; of a long run every so manieth."""


class Progress(Answer):
    """What is new in a run since a place."""

    summary: RunSummary
    place: str
    """Where to go on reading."""
    follows: bool
    """Whether this follows on what was read before; if not, it is the whole."""
    started: Started | None
    steps: list[Step]
    epochs: list[Epoch]
    notes: list[Note]
    log: str
    """The last words of the command that the studio started, where it ended in an error."""


def progress(run: RunFolder, place: str) -> Progress:
    """The events of a run since a place of an earlier answer, "" for all; raises `RunError` where they are no run's."""
    with as_written(run):
        return _progress(run, place)


def _progress(run: RunFolder, place: str) -> Progress:
    told = summary(run)
    lines, after, follows = run.events_since(place)
    steps = from_dicts(Step, lines)
    every = -(-len(steps) // MOST_STEPS) or 1
    return Progress(
        summary=told,
        place=after,
        follows=follows,
        started=next(iter(from_dicts(Started, lines)), None),
        steps=steps[::every],
        epochs=from_dicts(Epoch, lines),
        notes=from_dicts(Note, lines),
        log=jobs.log(run) if jobs.failure(run) else "",
    )
