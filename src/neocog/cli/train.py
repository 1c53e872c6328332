"""`neocog train [DATA]`: trains a network on labelled images and prints where the run folder is."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from neocog import recipes
from neocog.cli.console import INTERRUPTED, console, pasted
from neocog.cli.progress import TrainingDisplay
from neocog.core import config, launch
from neocog.core.errors import RecipeError, RunError
from neocog.core.run import default_folder, given_back
from neocog.data import short_name
from neocog.train import (
    Finished,
    Recipe,
    Resumed,
    Started,
    here,
    is_finished,
    recipe_of,
    to_dict,
)
from neocog.train import train as training

_NETWORK_KEYS = {"net", "init", "data.size", "data.border", "data.channels"}
"""Choices that make a recipe's network text out of date."""


def train(
    data: Annotated[
        str, typer.Argument(help="A folder, archive, table or array of labelled images, or `digits`.")
    ] = "",
    net: Annotated[str, typer.Option(help="A name of the zoo, a .network file, or `auto`.")] = "",
    out: Annotated[Path | None, typer.Option(help="The run folder; default runs/DATA-DATE.")] = None,
    epochs: Annotated[str, typer.Option(help="Passes over the training images.")] = "",
    seed: Annotated[str, typer.Option(help="Draws weights, order, augmentation and dropout.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    init: Annotated[
        str, typer.Option(help="Weights to start from: a file, or `imagenet` (released ones, fetched once).")
    ] = "",
    recipe: Annotated[str, typer.Option(help=f"A recipe.toml to repeat, or one of {', '.join(recipes.names())}.")] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Any choice of the recipe: key=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON Lines on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print where the run folder is, and nothing else.")] = False,
) -> None:
    """Train a network on labelled images; the run folder that it prints holds everything."""
    flags = {"data.path": data, "net": net, "epochs": epochs, "seed": seed, "init": init}
    changes = _merged({key: text for key, text in flags.items() if text}, config.parse_changes(set_ or []))
    chosen = _recipe(recipe, changes)
    if launch.launched() and out is None:
        raise RunError("under torchrun all processes must know the run folder; give it with --out")
    resume, leads = resume or launch.attempt() > 0, here().leads
    if resume:
        if out is None:
            raise RunError("--resume needs to know which run; give its folder with --out")
        begun = recipe_of(out, chosen, [*changes, *(config.keys(Recipe) if recipe else [])])
        if begun and is_finished(out):
            if (
                leads and not launch.attempt()
            ):  # else it was told before the process that came to its end had to begin again
                console(stderr=True).print(f"{out} is finished; nothing is left to do")
                print(out)
            return
        chosen = begun or chosen
    if not chosen.data.path:
        if resume:
            raise RunError(f"there is no run at {out} to go on with; give its folder, or DATA too, to begin one there")
        raise RunError("which data? give DATA, a folder of labelled images or `digits`, or a --recipe that names it")
    finished = False
    with (
        nullcontext(out) if out else given_back(default_folder(short_name(chosen.data.path))) as folder,
        TrainingDisplay(quiet or as_json or not leads) as display,
        _stop_on_signals() as stop,
    ):
        for event in training(
            chosen, folder, resume=resume, stop=stop, progress=display.reading, transfer=display.fetching
        ):
            if isinstance(event, Started | Resumed):
                stop.arm()
            display.show(event)
            if as_json and leads:
                print(json.dumps(to_dict(event), ensure_ascii=False), flush=True)
            finished = isinstance(event, Finished)
    if not leads:  # the first process speaks, and its exit status counts
        return
    if not finished:
        launcher = "torchrun ... -m " if launch.launched() else ""
        console(stderr=True).print(
            f"interrupted, and saved; go on with: {launcher}neocog train --resume --out {pasted(str(folder))}"
        )
        raise typer.Exit(INTERRUPTED)
    if not as_json:
        print(folder)


def _merged(flags: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """The choices of flags and of `--set`, none of them twice."""
    for key in flags.keys() & changes.keys():
        told = "DATA" if key == "data.path" else f"--{key}"
        raise RecipeError(f"`{key}` is chosen twice, by {told} and by --set {key}; leave one of them out")
    return flags | changes


def _recipe(asked: str, changes: dict[str, str]) -> Recipe:
    """The recipe of a name or a file, or the default one, with the choices of the command line put in."""
    if not asked:
        base = Recipe()
    elif asked in recipes.names() or not (asked.endswith(".toml") or Path(asked).exists()):
        base = recipes.recipe(asked)
    else:
        try:
            text = Path(asked).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{asked} cannot be read as a recipe ({error}); give a recipe.toml") from error
        base = config.from_toml(Recipe, text, asked)
    if _NETWORK_KEYS & changes.keys():
        changes = {"network": "", **changes}
    return config.override(base, changes)


class _Stop:
    """Says whether a signal asked to stop; a second one ends at once."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def arm(self) -> None:
        """From now on a signal is a request, answered after the step under way."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _stop_on_signals() -> Iterator[_Stop]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, _interrupt)  # until the first step there is nothing to save
    try:
        yield _Stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
