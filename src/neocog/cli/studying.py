"""A study on the command line: its trainings behind one bar, stopped and resumed, and what they came to in words."""

from pathlib import Path

import typer
from rich.text import Text

from neocog.cli.console import INTERRUPTED, QUIET, console, pasted
from neocog.cli.progress import TrainingDisplay
from neocog.cli.stopping import stop_on_signals
from neocog.core.files import make_folder
from neocog.core.run import default_folder, given_back
from neocog.data import Dataset, short_name
from neocog.studies import CheckOptions, Study, concluded, judges, planned, require_room, suspects_title, trained
from neocog.studies.study import PAGE
from neocog.train import Finished, Recipe, Resumed, Started, is_finished
from neocog.transfer import choose

MOST_SUSPECTS = 5


def run_study(
    recipe: Recipe, options: CheckOptions, dataset: Dataset, out: Path | None, command: str, quiet: bool
) -> Study:
    """Train what is asked for below `out`, and conclude; an interruption says how to go on (`command` and the folder).

    Raises `typer.Exit` with the status of an interruption, and what `trained` raises.
    """
    folder = out or default_folder(f"check-{short_name(recipe.data.path)}")
    with given_back(folder), TrainingDisplay(quiet) as display, stop_on_signals() as stop:
        if recipe.init and recipe.transfer.way == "auto":
            recipe, _ = choose(recipe, dataset, display.reading)
        parts = planned(recipe, options, dataset)
        require_room(parts, folder)
        make_folder(folder)
        places = {part.name: place for place, part in enumerate(parts, 1)}
        missing = {part.name for part in parts if not is_finished(folder / part.name)}
        for part, event in trained(parts, folder, stop=stop, progress=display.reading, transfer=display.fetching):
            if isinstance(event, Started | Resumed):
                stop.arm()
            display.show_part(f"training {places[part.name]} of {len(parts)}, {part.name}", event)
            if isinstance(event, Finished):
                missing.discard(part.name)
        if not missing:
            return concluded(parts, dataset, folder, display.reading)
    place = "" if out is not None else f" --out {pasted(str(folder))}"
    console(stderr=True).print(f"interrupted, and saved; go on with: {command}{place}")
    raise typer.Exit(INTERRUPTED)


def tell_study(study: Study, quiet: bool) -> None:
    """Print what the trainings came to, and where the page is."""
    out = console()

    def say(text: str, style: str = "") -> None:
        out.print(Text(text, style=style), soft_wrap=False, width=min(out.width, 80))

    if study.suspects is not None:
        say(f"{suspects_title(study.suspects)}.")
        say(judges(study.suspects), QUIET)
        likely = study.suspects.likely[: 0 if quiet else MOST_SUSPECTS]
        for each in likely:
            out.print(Text(f"  {each.file}: labelled {each.label}, looks like {each.suggested}", style=QUIET))
        if len(likely) < study.suspects.estimated and not quiet:
            say(f"  and {study.suspects.estimated - len(likely):,} more, with pictures on the page", QUIET)
    if study.curve is not None:
        say(study.curve.sentence)
    out.print(str(study.folder / PAGE))
