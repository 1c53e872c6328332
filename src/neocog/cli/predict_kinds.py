"""Answers that name no single class, as `neocog predict` gives them: lines for the eye, a table, or JSON."""

import csv as csv_format
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.text import Text

from neocog.cli.console import QUIET, console, print_json
from neocog.core.files import FORMAT, atomic_write
from neocog.data.trees import printable
from neocog.model import FoundImages, KindAnswer, Model, cell_names, each_answer, kind_answers

STDOUT = "-"


def predict_kinds(
    model: Model, name: str, found: FoundImages, csv: str, json: bool, quiet: bool, shown: Callable[[str], str]
) -> list[tuple[str, str]]:
    """Answer the files, in the way that was asked for; returns what could not be read, with the reason."""
    problems = list(found.problems)
    table = io.StringIO()
    writer = csv_format.writer(sys.stdout if csv == STDOUT else table, lineterminator="\n")
    if csv:
        writer.writerow(["file", *map(printable, cell_names(model))])
    records = []
    strange = 0
    width = max((len(shown(str(file))) for file in found.files), default=0)
    for file, answer in _answered(model, found, problems):
        strange += not answer.familiar
        if csv:
            writer.writerow([printable(file), *map(printable, answer.cells)])
        if json:
            records.append({"file": printable(file), **answer.record})
        elif csv != STDOUT:
            line = Text(f"{shown(file):<{width}}  {shown(answer.text)}")
            if not answer.familiar:
                line.append(f"  {shown(str(answer.record['reason']))}", QUIET)
            console().print(line, soft_wrap=True)
    if csv and csv != STDOUT:
        atomic_write(Path(csv), table.getvalue())
    if json:
        print_json(
            {
                "format": FORMAT,
                "model": printable(name),
                "task": model.task,
                "predictions": records,
                "unreadable": [{"file": printable(file), "reason": printable(reason)} for file, reason in problems],
            }
        )
    if strange and not quiet:
        console(stderr=True).print(
            Text(f"{strange:,} unlike its training images: such answers are worth little", QUIET)
        )
    return problems


def _answered(model: Model, found: FoundImages, problems: list[tuple[str, str]]) -> Iterator[tuple[str, KindAnswer]]:
    for file, answer, problem in each_answer(
        model, found.files, lambda images, module: kind_answers(model, images, module)
    ):
        if answer is None:
            problems.append((str(file), problem))
        else:
            yield str(file), answer
