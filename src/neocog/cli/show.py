"""`neocog show [NET]`: the layer table of a network, before any weight exists; alone, the catalogue of the zoo.

NET is a name of the zoo, a `.network` file, a model file or a run folder. Nothing here loads torch, so the verb answers
at once; of a model file only the header is read.
"""

import json as jsonlib
import shutil
import struct
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from neocog import zoo
from neocog.cli.console import QUIET, console, print_json
from neocog.core.errors import ModelFileError, NetworkError, TextError
from neocog.core.run import MODEL
from neocog.network import Network, Table, cost, parse, read_network, table

MAX_HEADER = 100_000_000
"""The longest header that a safetensors file may have, in bytes: the format's own limit."""


@dataclass(frozen=True)
class Column:
    """A column of a terminal table; numbers stand at its right edge."""

    title: str
    cells: Sequence[str]
    number: bool = True

    @property
    def width(self) -> int:
        """The widest cell, or the title."""
        return max(len(self.title), *(len(cell) for cell in self.cells))


def show(
    net: Annotated[
        str | None,
        typer.Argument(
            metavar="NET", help="A zoo name, a .network file, a model file or a run folder; alone: the zoo."
        ),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """The layer table of a network: shapes, parameters, operations, memory, receptive field."""
    if net is None:
        entries = catalogue()
        if json:
            print_json(entries)
        else:
            _print_catalogue(entries)
        return
    result = table(find_network(net))
    if json:
        print_json(result.document())
    else:
        _print_table(net, result)


def find_network(net: str) -> Network:
    """The network that a command line names: in the zoo, in a text, or in a model file or run folder."""
    path = Path(net)
    if zoo.known(net):
        return zoo.network(net)
    if path.is_dir():
        return _from_model(path / MODEL)
    if path.suffix == ".safetensors":
        return _from_model(path)
    if path.is_file() or path.suffix == ".network":
        return read_network(path)
    if net == "auto":
        raise NetworkError("auto is sized from the data, so it has no table of its own; train it and show the run")
    if len(path.parts) > 1:
        raise NetworkError(f"there is no network at {net}; give a zoo name, a .network file, a model file or a run")
    return zoo.network(net)


def catalogue() -> list[dict[str, Any]]:
    """What there is in the zoo, the oldest first, as plain values."""
    entries = []
    for entry in map(zoo.get, zoo.names()):
        network = entry.build()
        total = cost(network)
        entries.append(
            {
                "name": entry.name,
                "year": entry.year,
                "input": list(network.input),
                "params": total.params,
                "macs": total.macs,
                "summary": entry.summary,
                "paper": entry.paper,
            }
        )
    return entries


def _from_model(path: Path) -> Network:
    """The network that the header of a model file describes."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))
            header = file.read(length) if length <= MAX_HEADER else b""
        text = jsonlib.loads(jsonlib.loads(header)["__metadata__"]["neocog"])["network"]
        return parse(text)
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror}); give a model file or a run folder that is trained"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelFileError(
            f"{path} is no model file of neocog; give the model.safetensors that `neocog train` writes"
        ) from None
    except TextError as error:
        raise ModelFileError(f"{path} holds a network that cannot be read: {error}") from None


def _print_catalogue(entries: list[dict[str, Any]]) -> None:
    columns = [
        Column("network", [entry["name"] for entry in entries], number=False),
        Column("year", [str(entry["year"]) for entry in entries]),
        Column("input", [_extents(entry["input"]) for entry in entries]),
        Column("params", [f"{entry['params']:,}" for entry in entries]),
        Column("MACs", [counted(entry["macs"]) for entry in entries]),
    ]
    _print_columns(columns, total=False)
    _print("")
    _print_prose("`neocog show NAME` lists its layers; `--net auto` sizes one from the data", QUIET)


def _print_table(net: str, result: Table) -> None:
    if zoo.known(net):
        entry = zoo.get(net)
        _print_prose(f"{entry.name} ({entry.year}): {entry.summary}")
        _print_prose(entry.paper, QUIET)
    else:
        _print(result.name or net)
    _print("")
    rows, total = result.rows, result.total
    columns = [
        Column("layer", ["input", *(row.path for row in rows), "all"], number=False),
        Column("kind", ["", *(row.kind for row in rows), ""], number=False),
        Column("output", [_extents(result.input), *(_extents(row.output) for row in rows), ""]),
        Column("params", ["", *(_unless_zero(row.params) for row in rows), f"{total.params:,}"]),
        Column("MACs", ["", *(counted(row.macs) for row in rows), counted(total.macs)]),
        Column(
            "memory", ["", *(counted(4 * row.activations, "B") for row in rows), counted(4 * total.activations, "B")]
        ),
        Column("field", ["", *(_extents(row.receptive_field) for row in rows), ""]),
        Column("stride", ["", *(_extents(row.stride) for row in rows), ""]),
    ]
    _print_columns(_fitted(columns, shutil.get_terminal_size().columns), total=True)
    _print("")
    _print_prose(
        "memory: the outputs of one image in float32; field, stride: input pixels that an output sees, and that lie "
        "between two neighbors",
        QUIET,
    )


def _fitted(columns: list[Column], width: int) -> list[Column]:
    """As many columns as a terminal of some width holds; those that say least go first, then long paths are cut."""
    for title in ("kind", "stride", "memory", "field"):
        if _width(columns) > width:
            columns = [column for column in columns if column.title != title]
    room = max(12, columns[0].width - max(0, _width(columns) - width))
    cells = [cell if len(cell) <= room else "…" + cell[1 - room :] for cell in columns[0].cells]
    return [Column(columns[0].title, cells, number=False), *columns[1:]]


def _width(columns: list[Column]) -> int:
    return sum(column.width for column in columns) + 2 * (len(columns) - 1)


def _print_columns(columns: list[Column], *, total: bool) -> None:
    """A table without boxes: a quiet head, a blank line before the totals."""
    _print(_line(columns, [column.title for column in columns]), QUIET)
    lines = list(zip(*(column.cells for column in columns), strict=True))
    for place, cells in enumerate(lines):
        last = total and place == len(lines) - 1
        if last:
            _print("")
        _print(_line(columns, cells), "bold" if last else "")


def _line(columns: list[Column], cells: Sequence[str]) -> str:
    parts = [
        cell.rjust(column.width) if column.number else cell.ljust(column.width)
        for column, cell in zip(columns, cells, strict=True)
    ]
    return "  ".join(parts).rstrip()


def _print(line: str, style: str = "") -> None:
    console().print(Text(line, style=style))


def _print_prose(text: str, style: str = "") -> None:
    for line in textwrap.wrap(text, shutil.get_terminal_size().columns):
        _print(line, style)


def _extents(numbers: Sequence[int]) -> str:
    """A shape as `3x224x224`; a pair of equal numbers as one."""
    if len(numbers) == 2 and numbers[0] == numbers[1]:
        return str(numbers[0])
    return "x".join(map(str, numbers))


def _unless_zero(count: int) -> str:
    return f"{count:,}" if count else ""


def counted(count: int, unit: str = "") -> str:
    """A count in three digits, `15.5 G`; nothing for none.

    >>> counted(15_470_264_320), counted(416_520), counted(300, "B")
    ('15.5 G', '417 k', '300 B')
    """
    if not count:
        return ""
    scaled, prefix = float(count), ""
    for larger in ("k", "M", "G", "T"):
        if scaled < 999.5:
            break
        scaled, prefix = scaled / 1000, larger
    digits = f"{scaled:#.3g}".rstrip(".") if prefix else str(count)
    return f"{digits} {prefix}{unit}".rstrip()
