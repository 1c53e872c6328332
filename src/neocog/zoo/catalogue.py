"""Finds the networks of the zoo: every module of this package may file some, and no list names them."""

import functools
import importlib
import pkgutil

from neocog.network import Network, adapt
from neocog.zoo.entry import ZOO, Entry


@functools.cache
def _discover() -> None:
    package = importlib.import_module(__package__ or "neocog.zoo")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def names() -> tuple[str, ...]:
    """The names of all networks, the oldest paper first.

    >>> "lenet5" in names()
    True
    """
    _discover()
    return tuple(sorted(ZOO, key=lambda name: (ZOO[name].year, name)))


def get(name: str) -> Entry:
    """What the zoo knows of a network; an unknown name raises `NetworkError` with the nearest one.

    >>> get("lenet5").year
    1998
    """
    _discover()
    return ZOO[name]


def network(name: str, *, classes: int | None = None, channels: int | None = None, side: int | None = None) -> Network:
    """A network of the zoo, for other classes, channels or image side where they are given.

    Raises `NetworkError` for an unknown name and `ShapeError` where the layers do not fit the side.

    >>> network("lenet5", classes=6).layers[-1]
    Dense(6)
    """
    return adapt(get(name).build(), classes=classes, channels=channels, side=side)
