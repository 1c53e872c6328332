"""`neocog advise DATA --net NET --init FILE`: which way of transfer fits these images, and why, before any training.

Only training and validation images are looked at; the network passes them once, and its codes stay in the cache.
"""

from typing import Annotated

import typer
from rich.text import Text

from neocog.cli.console import QUIET, console, pasted, print_json
from neocog.cli.progress import TrainingDisplay
from neocog.cli.tables import print_columns, print_line, print_prose
from neocog.core import config
from neocog.core.columns import Column
from neocog.core.files import FORMAT
from neocog.data import load
from neocog.model import weights_file
from neocog.train import Recipe
from neocog.transfer import Advice
from neocog.transfer import advise as asked


def advise(
    data: Annotated[str, typer.Argument(help="A folder, archive, table or array of labelled images, or `digits`.")],
    net: Annotated[str, typer.Option(help="The network that the weights were made for, a name of the zoo.")] = "",
    init: Annotated[
        str, typer.Option(metavar="FILE", help="Weights to start from: a file, or `imagenet` (fetched once).")
    ] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Any choice of the recipe: key=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the command to run, and nothing else.")] = False,
) -> None:
    """Say which way of transfer fits: a new last layer, an earlier one, the top, or all layers."""
    flags = {"data.path": data, "net": net, "init": init}
    changes = {key: text for key, text in flags.items() if text} | config.parse_changes(set_ or [])
    recipe = config.override(Recipe(), changes)
    with TrainingDisplay(quiet or as_json) as display:
        if recipe.init:
            weights_file(recipe.init, recipe.net, display.fetching)
        advice = asked(recipe, load(recipe.data, display.reading), display.reading)
    chosen = [f"{key}={text}" for key, text in advice.choices.items()]
    parts = ["neocog", "train", f"./{data}" if data.startswith("-") else data, "--net", recipe.net]
    parts += ["--init", recipe.init]
    parts += [part for choice in (*(set_ or []), *chosen) for part in ("--set", choice)]
    command = " ".join(map(pasted, parts))
    if as_json:
        print_json({"format": FORMAT, **advice.to_dict(), "command": command})
    elif quiet:
        print(command)
    else:
        _tell(advice, command)


def _tell(advice: Advice, command: str) -> None:
    """The paragraph, the table of depths, and the command."""
    print_prose(advice.text)
    print_line("")
    probes = advice.evidence.probes
    columns = [
        Column("codes of", [probe.path for probe in probes], number=False),
        Column("numbers", [f"{probe.features:,}" for probe in probes]),
        Column("probe", [f"{probe.accuracy:.1%}" for probe in probes]),
        Column("95 % interval", [f"{probe.low:.1%} to {probe.high:.1%}" for probe in probes]),
    ]
    print_columns(columns, total=False)
    print_line("")
    console().print(Text.assemble(("Next: ", QUIET), command))
