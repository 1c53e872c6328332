"""`neocog cache list|clear`: the images that are kept prepared, so that nothing is decoded twice, weights that were
fetched, images that were handed in at the studio, and how to be rid of them.

Nothing is lost by clearing but time: what is needed again is made or fetched again. What another process builds now
stays.
"""

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text

from neocog.cli.console import QUIET, console, print_json
from neocog.core.files import FORMAT, cache_folder
from neocog.data import DataOptions
from neocog.data.cache import clear, entries
from neocog.data.entry import Entry
from neocog.data.trees import printable

_NAME = 22
_TOGETHER = {"record": "looks at data", "image": "handed in"}


class Action(StrEnum):
    """What is done with the cache."""

    LIST = "list"
    CLEAR = "clear"


def cache(
    action: Annotated[Action, typer.Argument(help="`list` shows what is kept; `clear` removes it, and asks nothing.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Show or empty the cache of prepared images and fetched weights."""
    if action is Action.CLEAR:
        held = len(entries())
        freed = clear()
        left = entries()
        if as_json:
            print_json({"format": FORMAT, "freed": freed, "removed": held - len(left), "left": len(left)})
            return
        console().print(f"{sized(freed)} freed in {printable(str(cache_folder()))}")
        if left:
            console().print(Text(f"{sized(_total(left))} left, which another process is building", style=QUIET))
        return
    held_now = entries()
    bound = round(DataOptions().cache_gb * 10**9)  # a recipe may set another
    if as_json:
        document = {"format": FORMAT, "folder": printable(str(cache_folder())), "total": _total(held_now)}
        print_json({**document, "bound": bound, "entries": [_plain(entry) for entry in held_now]})
        return
    _tell(held_now, bound)


def _tell(held: tuple[Entry, ...], bound: int) -> None:
    """Print a line an entry; of what there is much of and which is small, a line for all of a kind."""
    out = console()
    head = f"{'kind':<9} {'data set':<{_NAME}} {'shape':>18} {'size':>8}  last used"
    if held:
        out.print(Text(head, style=QUIET))
    for entry in held:
        if entry.kind in _TOGETHER:
            continue
        name = printable(entry.name)
        name = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
        shape = "x".join(map(str, entry.shape))
        state = "" if entry.built == 1 else f", {entry.built:.0%} built"
        line = f"{entry.kind:<9} {name:<{_NAME}} {shape:>18} {sized(entry.size):>8}  {ago(entry.used)}{state}"
        out.print(Text(line))
    for kind, what in _TOGETHER.items():
        together = tuple(entry for entry in held if entry.kind == kind)
        if together:
            name = f"{len(together)} {what}"
            size, used = sized(_total(together)), ago(max(entry.used for entry in together))
            out.print(Text(f"{kind:<9} {name:<{_NAME}} {'':>18} {size:>8}  {used}"))
    if held:
        out.print()
    total = _total(held)
    out.print(Text(f"{sized(total)} of {sized(bound)} in {printable(str(cache_folder()))}", style="bold"))
    choice = f"--set data.cache_gb={DataOptions().cache_gb:g}"
    out.print(Text(f"{choice} of train bounds it; the least recently used go first", style=QUIET))


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "name": printable(entry.name),
        "shape": list(entry.shape),
        "size": entry.size,
        "used": round(entry.used),
        "built": round(entry.built, 4),
        "path": printable(str(entry.path)),
    }


def _total(held: tuple[Entry, ...]) -> int:
    return sum(entry.size for entry in held)


def sized(count: int) -> str:
    """Bytes in three digits.

    >>> sized(0), sized(999), sized(40_000_000), sized(20_000_000_000)
    ('0 B', '999 B', '40.0 MB', '20.0 GB')
    """
    scaled, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if scaled < 999.5:
            break
        scaled, unit = scaled / 1000, larger
    return f"{count} B" if unit == "B" else f"{scaled:#.3g}".rstrip(".") + f" {unit}"


def ago(used: float) -> str:
    """How long ago a moment was, in the largest unit that fits.

    >>> ago(time.time() - 7200)
    '2 h ago'
    """
    passed = max(0.0, time.time() - used)
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if passed >= seconds:
            return f"{int(passed // seconds)} {unit} ago"
    return "just now"
