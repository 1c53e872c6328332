"""The trainings of a study: each is a run like any other, in a folder of its own, which its recipe alone repeats.

A study differs from run to run in what it asks about only: the network, which `auto` would choose anew for every part
of the data, is chosen once. A study that was killed goes on in the same folder; parts that are finished stay.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from neocog.core import config
from neocog.core.download import Transfer
from neocog.data import Dataset, Progress
from neocog.train import Event, Finished, Recipe, is_finished, recipe_of, train
from neocog.train.resolve import resolve

SHORTER = 4
"""Where nobody chose the epochs, a study trains for `auto`'s over this: it compares networks, and ships none."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One training of a study."""

    name: str
    """Its folder below the study's."""
    recipe: Recipe


def base(recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe that all parts share: network and input as the whole data set asks for, and epochs as a number.

    Raises what `resolve` raises, where the network does not fit the data or the recipe.
    """
    resolved = resolve(recipe, dataset).recipe
    assert resolved.epochs != "auto", "the recipe is resolved"
    epochs = -(-resolved.epochs // SHORTER) if recipe.epochs == "auto" else resolved.epochs
    return replace(resolved, batch=recipe.batch, epochs=epochs)


def trained(
    parts: Sequence[Part],
    out: Path,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    transfer: Transfer | None = None,
) -> Iterator[tuple[Part, Event]]:
    """Train the parts one after the other below `out`; yields each part with its events.

    Parts that are finished are passed over, one that was interrupted goes on. Once `stop` says yes, the state is saved
    and the iterator ends. Raises `RunError` where `out` holds the same part with another recipe, and what `train`
    raises.
    """
    for part in parts:
        folder = out / part.name
        begun = recipe_of(folder, part.recipe, config.keys(Recipe))
        if begun is not None and is_finished(folder):
            continue
        finished = False
        for event in train(begun or part.recipe, folder, resume=True, stop=stop, progress=progress, transfer=transfer):
            yield part, event
            finished = isinstance(event, Finished)
        if not finished:
            return
