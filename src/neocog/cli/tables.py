"""Tables and prose in the terminal: a quiet head, one bold line of totals, nothing wider than the window."""

import re
import shutil
import textwrap
from collections.abc import Sequence

from rich.text import Text

from neocog.cli.console import QUIET, console
from neocog.core.columns import Column, fitted, lines


def window() -> int:
    """The columns of the terminal."""
    return shutil.get_terminal_size().columns


def print_columns(columns: Sequence[Column], *, total: bool, least: Sequence[str] = ()) -> None:
    """A table as wide as the window allows; the columns titled in `least` go first. `total`: its last line is a sum."""
    head, *rows = lines(fitted(columns, window(), least))
    print_line(head, QUIET)
    for row in rows[:-1] if total else rows:
        print_line(row)
    if total:
        print_line("")
        print_line(rows[-1], "bold")


def print_notes(notes: Sequence[tuple[str, str, str]]) -> None:
    """Lines of a word, a figure, and quietly what it is, which goes on below itself where it is long."""
    words, figures = (max(len(note[place]) for note in notes) for place in (0, 1))
    for word, figure, meaning in notes:
        head = f"{word.ljust(words)}  {figure.rjust(figures)}  "
        told = wrapped(meaning, window() - len(head)) or [""]
        console().print(Text.assemble(head, (told[0], QUIET)))
        for line in told[1:]:
            print_line(" " * len(head) + line, QUIET)


def print_prose(text: str, style: str = "") -> None:
    """A paragraph, wrapped."""
    for line in wrapped(text, window()):
        print_line(line, style)


def wrapped(text: str, room: int) -> list[str]:
    """Lines of so many characters, none of which parts a number from its unit.

    >>> wrapped("twelve times 482 MB", 16)
    ['twelve times', '482 MB']
    """
    bound = re.sub(r"(?<=\d) (?=[kMGT]?B?\b)", "\xa0", text)
    return [line.replace("\xa0", " ") for line in textwrap.wrap(bound, max(12, room))]


def print_line(line: str, style: str = "") -> None:
    """A line as it is."""
    console().print(Text(line, style=style))
