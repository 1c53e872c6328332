"""`neocog demo`: the main job on the embedded digits, from labelled images to the report."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from neocog.cli.console import QUIET, console, pasted
from neocog.cli.evaluate import evaluate
from neocog.cli.train import train
from neocog.core.run import default_folder, given_back


def demo(
    out: Annotated[Path | None, typer.Option(help="The run folder; default runs/digits-DATE.")] = None,
) -> None:
    """Train on 1,797 real handwritten digits, judge the result, and say what to type next."""
    say = console(stderr=True)
    with nullcontext(out) if out else given_back(default_folder("digits")) as folder:
        say.print(f"$ neocog train digits --out {folder}", style=QUIET)
        train("digits", out=folder)
    say.print(f"\n$ neocog evaluate {folder}", style=QUIET)
    print(
        "\nWhat to type next:\n"
        "  neocog check PHOTOS                what is wrong with your own labelled photos (a folder a class)\n"
        "  neocog train PHOTOS                train on them\n"
        f"  neocog predict {pasted(str(folder))} IMAGE\n"
        f"  neocog show {pasted(str(folder))}\n"
        "and open the report in a browser, the last line below.",
        flush=True,
    )
    evaluate(str(folder))
