"""`neocog studio [PATH]`: the workbench in the browser, on this machine alone, until Ctrl-C."""

import webbrowser
from typing import Annotated

import typer

from neocog.cli.console import QUIET, console
from neocog.studio import open_path, serve


def studio(
    path: Annotated[
        str | None, typer.Argument(help="A run, a folder of runs, a model file, or data; default the folder runs.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where it listens; default 8316, or any that is free.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open nothing.")] = False,
) -> None:
    """Open the studio in the browser: runs, their results, training as it goes on, networks."""

    def ready(address: str) -> None:
        print(address, flush=True)
        console(stderr=True).print("Whoever has this address may use the studio; Ctrl-C ends it.", style=QUIET)
        if not no_browser:
            webbrowser.open(address)

    serve(open_path(path), port, ready)
