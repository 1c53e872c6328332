"""Finds the networks of the zoo: every module of this package may file some, and no list names them."""

import functools
import importlib
import pkgutil

from neocog.network import Network, adapt
from neocog.zoo.entry import ALIASES, ZOO, Entry


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
    return tuple(sorted(ZOO, key=lambda name: (ZOO[name].year, name)))


def known(name: str) -> bool:
    """Whether a network goes by that name, its own or another.

    >>> known("vgg_d"), known("vgg_z")
    (True, False)
    """
    _discover()
    return name in ZOO or name in ALIASES


def get(name: str) -> Entry:
    """What the zoo knows of a network, by any of its names; an unknown one raises `NetworkError` with the nearest.

    >>> get("lenet5").year, get("vgg_d").name
    (1998, 'vgg16')
    """
    _discover()
    return ZOO[ALIASES.get(name, name)]


def network(name: str, *, classes: int | None = None, channels: int | None = None, side: int | None = None) -> Network:
    """A network of the zoo, for other classes, channels or image side where they are given.

    Raises `NetworkError` for an unknown name and `ShapeError` where the layers do not fit the side.

    >>> network("lenet5", classes=6).layers[-1]
    Dense(6)
    """
    return adapt(get(name).build(), classes=classes, channels=channels, side=side)
