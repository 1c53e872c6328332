"""`neocog train [DATA]`: trains a network on labelled images and prints where the run folder is."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from neocog import recipes
from neocog.cli.choices import chosen_recipe
from neocog.cli.console import INTERRUPTED, console, pasted
from neocog.cli.progress import TrainingDisplay
from neocog.cli.stopping import stop_on_signals
from neocog.core import config, launch
from neocog.core.errors import RecipeError, RunError
from neocog.core.run import RECIPE, RunFolder, default_folder, given_back
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
from neocog.transfer import choose


def train(
    data: Annotated[
        str, typer.Argument(help="A folder, archive, table or array of labelled images, or `digits`.")
    ] = "",
    net: Annotated[str, typer.Option(help="A name of the zoo, a .network file, a model file, or `auto`.")] = "",
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
    chosen = chosen_recipe(recipe, changes)
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
    finished, kept = False, ", and saved; go on with"
    with (
        nullcontext(out) if out else given_back(default_folder(short_name(chosen.data.path))) as folder,
        TrainingDisplay(quiet or as_json or not leads) as display,
        stop_on_signals() as stop,
    ):
        try:
            for event in training(
                chosen,
                folder,
                resume=resume,
                stop=stop,
                progress=display.reading,
                transfer=display.fetching,
                advise=choose,
            ):
                if isinstance(event, Started | Resumed):
                    stop.arm()
                display.show(event)
                if as_json and leads:
                    print(json.dumps(to_dict(event), ensure_ascii=False), flush=True)
                finished = isinstance(event, Finished)
        except KeyboardInterrupt:
            if not RunFolder(folder).has(RECIPE):  # nothing was begun
                raise
            kept = " before it could save; go on from the last checkpoint with"
    if not leads:  # the first process speaks, and its exit status counts
        return
    if not finished:
        launcher = "torchrun ... -m " if launch.launched() else ""
        console(stderr=True).print(f"interrupted{kept}: {launcher}neocog train --resume --out {pasted(str(folder))}")
        raise typer.Exit(INTERRUPTED)
    if not as_json:
        print(folder)


def _merged(flags: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """The choices of flags and of `--set`, none of them twice."""
    for key in flags.keys() & changes.keys():
        told = "DATA" if key == "data.path" else f"--{key}"
        raise RecipeError(f"`{key}` is chosen twice, by {told} and by --set {key}; leave one of them out")
    return flags | changes
