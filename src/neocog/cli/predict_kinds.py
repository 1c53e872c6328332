"""Answers that name no single class, as `neocog predict` gives them: lines for the eye, a table, or JSON."""

import csv as csv_format
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.text import Text

from neocog.cli.console import QUIET, console, print_json
from neocog.core.files import FORMAT, atomic_write
from neocog.data.trees import printable
from neocog.model import KindAnswer, Model, cell_names

STDOUT = "-"


def predict_kinds(
    model: Model,
    called: str,
    names: Sequence[str],
    given: Iterable[tuple[str, KindAnswer]],
    problems: Sequence[tuple[str, str]],
    csv: str,
    json: bool,
    quiet: bool,
    shown: Callable[[str], str],
) -> None:
    """Tell the answers, each with what it is for, in the way that was asked for; `problems` fills as they come."""
    table = io.StringIO()
    writer = csv_format.writer(sys.stdout if csv == STDOUT else table, lineterminator="\n")
    if csv:
        writer.writerow(["file", *map(printable, cell_names(model))])
    records = []
    strange = 0
    width = max(map(len, names), default=0)
    for name, answer in given:
        strange += not answer.familiar
        if csv:
            writer.writerow([printable(name), *map(printable, answer.cells)])
        if json:
            records.append({"file": printable(name), **answer.record})
        elif csv != STDOUT:
            line = Text(f"{shown(name):<{width}}  {shown(answer.text)}")
            if not answer.familiar:
                line.append(f"  {shown(str(answer.record['reason']))}", QUIET)
            console().print(line, soft_wrap=True)
    if csv and csv != STDOUT:
        atomic_write(Path(csv), table.getvalue())
    if json:
        print_json(
            {
                "format": FORMAT,
                "model": printable(called),
                "task": model.task,
                "predictions": records,
                "unreadable": [{"file": printable(file), "reason": printable(reason)} for file, reason in problems],
            }
        )
    if strange and not quiet:
        console(stderr=True).print(
            Text(f"{strange:,} unlike its training images: such answers are worth little", QUIET)
        )
