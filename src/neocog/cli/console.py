"""How the terminal speaks: documents to standard output, everything else to standard error, an error in two lines."""

import json
import os
import shlex
import string
import sys
from typing import Any, final

import rich.console
from rich.text import Text

INTERRUPTED = 130
"""The exit status after Ctrl-C or SIGTERM, with the state saved."""

ACCENT = "blue"
QUIET = "bright_black"
WARN = "yellow"

_PLAIN = (string.ascii_letters + string.digits + " ./-_=,").encode()


@final
class _Console(rich.console.Console):
    """Leaves a reader that went away to the entry; rich by itself would exit with status 1, as if we had failed."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(stderr: bool = False) -> rich.console.Console:
    """A rich console that is plain where there is no terminal, or `NO_COLOR` is set."""
    if os.environ.get("NO_COLOR"):  # without color, rich by itself would still write bold
        return _Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True, color_system=None)
    return _Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


def report_error(message: str) -> None:
    """What is wrong, and on a second line how to mend it (the two are parted by the first `; `)."""
    wrong, _, mend = message.partition("; ")
    out = console(stderr=True)
    out.print(Text.assemble(("error: ", "bold red"), wrong))
    if mend:
        out.print(Text.assemble(("       ", ""), mend))


def print_json(document: Any) -> None:
    """One JSON document, alone on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")
    sys.stdout.flush()


def pasted(word: str) -> str:
    """A word as a shell takes it, even one with line breaks or bytes that are not UTF-8 (as bash and zsh write them).

    >>> pasted("my photos"), pasted("a" + chr(10)), pasted("digits")
    ("'my photos'", "$'a\\\\x0a'", 'digits')
    """
    if word.isprintable():
        return shlex.quote(word)
    letters = (chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in os.fsencode(word))
    return f"$'{''.join(letters)}'"
