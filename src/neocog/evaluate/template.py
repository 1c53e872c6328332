"""The pages' frame: templates that escape whatever comes from outside, the words' filters, and files as data URIs.

There is no script in a page. Its policy header forbids whatever is not in the file.
"""

import base64
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jinja2

from neocog.core.tokens import DARK, LIGHT, css_variables
from neocog.evaluate.figures import Figure
from neocog.evaluate.words import clean, interval, number, percent, points


def rendered(
    template: str, filters: Mapping[str, Callable[..., object]], /, *, room: str = "evaluate", **content: Any
) -> str:
    """A template of a room as HTML, with filters of its own beside those of all pages; it may include this room's."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(f"neocog.{each}", "templates") for each in (room, "evaluate")]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "percent": percent,
        "interval": interval,
        "number": number,
        "points": points,
        "clean": clean,
        "files": files,
        "parts": _parts,
        **filters,
    }
    text = environment.get_template(template).render(light=css_variables(LIGHT), dark=css_variables(DARK), **content)
    # a figure is never parted from its unit at the end of a line
    return text.replace(" %", "\u00a0%").replace(" × ", "\u00a0×\u00a0")


def files(figure: Figure) -> list[tuple[str, str, str]]:
    """The files of a figure to keep: label, extension and data URI."""
    return [
        ("SVG", "svg", _uri("image/svg+xml", figure.svg.encode())),
        ("PNG", "png", _uri("image/png", figure.png)),
        ("CSV", "csv", _uri("text/csv", figure.table.encode())),
    ]


def csv_file(rows: Iterable[Sequence[Any]]) -> str:
    """A table to keep, as a data URI."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return _uri("text/csv", text.getvalue().encode())


def _parts(text: str) -> list[tuple[str, bool]]:
    """A text in parts, each with whether it is a `command`, to be set as code."""
    parts = text.split("`")
    return [(part, index % 2 == 1 and index < len(parts) - 1) for index, part in enumerate(parts)]


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
