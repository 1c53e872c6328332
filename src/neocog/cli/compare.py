"""`neocog compare RUN_A RUN_B`: is the second really better, and what does it cost."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from neocog.cli.console import QUIET, console, print_json
from neocog.cli.tables import print_columns, print_prose
from neocog.core.columns import Column, counted
from neocog.core.files import FORMAT
from neocog.evaluate import COMPARISON, Comparison, write_comparison
from neocog.evaluate import compare as judge
from neocog.evaluate.words import interval, percent, short, span_of_time

MOST_CLASSES = 5

_NAME = 24


def compare(
    run_a: Annotated[Path, typer.Argument(help="An evaluated run, or a folder of runs that differ in their seed.")],
    run_b: Annotated[Path, typer.Argument(help="Another one, judged on the same sealed test set.")],
    out: Annotated[Path | None, typer.Option(help="A new folder for a page, compare.html, and compare.json.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The comparison as one JSON document on standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdict in a sentence, and nothing else.")] = False,
) -> None:
    """Say whether the second run is really better than the first; reads their reports, opens no test set."""
    found = judge(run_a, run_b)
    if out is not None:
        write_comparison(found, out)
    if as_json:
        print_json({"format": FORMAT, **found.to_dict()})
    elif quiet:
        print_prose(found.sentence)
    else:
        _tell(found)
        if out is not None:
            print(out / COMPARISON)


def _tell(found: Comparison) -> None:
    out = console()
    out.print()
    print_prose(found.sentence, "bold")
    print_prose(found.caution, QUIET)
    out.print()
    sides = (found.first, found.second)
    print_columns(
        [
            Column("", [short(side.name, _NAME) for side in sides], number=False),
            Column("right", [percent(side.accuracy) for side in sides]),
            Column("95 % interval", [interval(side.interval) for side in sides]),
            *_where_known("runs", [str(len(side.runs)) if len(side.runs) > 1 else "" for side in sides]),
            *_where_known("params", [counted(side.parameters or 0) for side in sides]),
            *_where_known("MACs", [counted(side.macs or 0) for side in sides]),
            *_where_known("trained in", ["" if side.seconds is None else span_of_time(side.seconds) for side in sides]),
        ],
        total=False,
        least=("MACs", "params"),
    )
    if found.same == "model":
        return
    out.print()
    print_prose(found.classes)
    largest = sorted(found.per_class, key=lambda each: (each.chance, -abs(each.difference.value)))[:MOST_CLASSES]
    print_columns(
        [
            Column("class", [short(each.name, _NAME) for each in largest], number=False),
            Column("images", [f"{each.support:,}" for each in largest]),
            Column("first", [percent(each.difference.first) for each in largest]),
            Column("second", [percent(each.difference.second) for each in largest]),
            Column("p, corrected", [f"{each.chance:.3f}" for each in largest]),
        ],
        total=False,
    )
    out.print()
    out.print(Text(f"On {found.subject}; no test set was opened for this.", style=QUIET))


def _where_known(title: str, cells: list[str]) -> list[Column]:
    return [Column(title, cells)] if any(cells) else []
