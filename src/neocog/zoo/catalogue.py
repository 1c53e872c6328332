"""Finds the networks of the zoo: every module of this package may file some, and no list names them.

>>> next(each.params for each in listed() if each.name == "vgg16")
138357544
"""

import functools
import html
import importlib
import pkgutil
import re
from dataclasses import dataclass

from neocog.core.columns import Column, counted, extents, lines
from neocog.network import Network, Shape, Tokens, adapt, cost
from neocog.zoo.entry import ALIASES, ZOO, Entry, member

_CROPS = {"one": "1", "ten": "10"}
_KINDS = {"multi-crop": "both", "dense": "dense"}


@functools.cache
def _discover() -> None:
    package = importlib.import_module(__package__ or "neocog.zoo")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def names() -> tuple[str, ...]:
    """The names of all networks, the oldest paper first; another name of the same network is not among them.

    >>> "lenet5" in names()
    True
    """
    _discover()
    return tuple(sorted(ZOO, key=lambda name: (ZOO[name].year, _natural(name))))


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """What names sort by: `resnet18` before `resnet101`."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name))


def known(name: str) -> bool:
    """Whether a network goes by that name, its own or another.

    >>> known("vgg_d"), known("vgg_z")
    (True, False)
    """
    _discover()
    return name in ZOO or name in ALIASES or member(name) is not None


def get(name: str) -> Entry:
    """What the zoo knows of a network, by any of its names; an unknown one raises `NetworkError` with the nearest.

    >>> get("lenet5").year, get("vgg_d").name, get("mobilenet_v1_060").name
    (1998, 'vgg16', 'mobilenet_v1_060')
    """
    _discover()
    return member(name) or ZOO[ALIASES.get(name, name)]


def network(
    name: str,
    *,
    classes: int | None = None,
    channels: int | None = None,
    side: int | None = None,
    tokens: Tokens | None = None,
) -> Network:
    """A network of the zoo, for other classes, channels, image side or words where they are given.

    Raises `NetworkError` for an unknown name and `ShapeError` where the layers do not fit the side.

    >>> network("lenet5", classes=6).layers[-1]
    Dense(6)
    """
    return adapt(get(name).build(), classes=classes, channels=channels, side=side, tokens=tokens)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A line of the catalogue."""

    name: str
    year: int
    """When the paper appeared."""
    input: Shape
    params: int
    macs: int
    """For one sample."""
    top5_error: float | None
    """Of one network on ILSVRC-2012's validation images, in percent, as published; None where it was not."""
    top5_crops: str
    """Over how many crops of an image that is: `1`, `10`, `144`, `dense` for all places, or `both` averaged."""
    weights: str
    """Whose weights can be fetched for it; empty for none."""
    license: str
    """Under which those may be used."""
    summary: str
    paper: str


class Catalogue(tuple[Listing, ...]):
    """What there is in the zoo, the oldest first; it prints as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(lines(self.columns()))

    def _repr_html_(self) -> str:
        rows = zip(*((column.title, *column.cells) for column in self.columns()), strict=True)
        cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def columns(self) -> tuple[Column, ...]:
        """The table's columns, within 80 characters."""
        return (
            Column("network", [each.name for each in self], number=False),
            Column("year", [str(each.year) for each in self]),
            Column("input", [extents(each.input) for each in self]),
            Column("params", [counted(each.params) for each in self]),
            Column("MACs", [counted(each.macs) for each in self]),
            Column("top-5", ["" if each.top5_error is None else f"{each.top5_error:.2f}" for each in self]),
            Column("crops", [each.top5_crops for each in self]),
            Column("weights", [each.license.split(" ")[0].removesuffix("-Clause") for each in self], number=False),
        )


def listed() -> Catalogue:
    """The catalogue of the zoo, each network with its size, its published error and its weights."""
    return Catalogue(map(_listing, names()))


def _listing(name: str) -> Listing:
    entry = get(name)
    network, (error, crops) = entry.build(), _top5(entry)
    total = cost(network)
    return Listing(
        name=name,
        year=entry.year,
        input=network.shape,
        params=total.params,
        macs=total.macs,
        top5_error=error,
        top5_crops=crops,
        weights=entry.weights.source if entry.weights else "",
        license=entry.weights.license if entry.weights else "",
        summary=entry.summary,
        paper=entry.paper,
    )


def _top5(entry: Entry) -> tuple[float | None, str]:
    """The published top-5 error of one network, and over how many crops."""
    for figure in entry.published:
        measure, _, unit = figure.measure.partition(" ")
        if measure == "top-5" and figure.data == "ILSVRC-2012 validation" and figure.note.startswith("one network"):
            found = re.search(r"(\w+) crops?", figure.note)
            crops = (
                _CROPS.get(found[1], found[1])
                if found
                else next((kind for sign, kind in _KINDS.items() if sign in figure.note), "")
            )
            return (figure.value if unit == "error" else round(100 - figure.value, 2)), crops
    return None, ""
