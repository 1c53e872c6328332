"""What the zoo knows of a network: the value itself, its paper, and the figures that the paper published."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from neocog.core.errors import NetworkError
from neocog.core.registry import Registry
from neocog.network import Network

Rule: TypeAlias = tuple[str, str]
"""A pattern that a tensor's whole key must match (`dense1.weight`), and the initializer that fills it."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A result that a paper published."""

    measure: str
    """What was measured, such as "top-5 error"."""
    value: float
    """The published number, in percent."""
    data: str
    """The data it was measured on."""
    note: str = ""
    """How: one network or an ensemble, one crop or ten, and where it stands."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A network of the zoo."""

    name: str
    """The name that `--net` takes."""
    summary: str
    """One line, the first of its builder's docstring."""
    year: int
    """When the paper appeared."""
    paper: str
    """Authors, title, place."""
    build: Callable[[], Network]
    """Makes the network for its nominal input and classes."""
    published: tuple[Figure, ...] = ()
    """What the paper reports for it."""
    init: tuple[Rule, ...] = ()
    """How the paper draws its first weights, the first rule that matches a key deciding."""
    border: int = 0
    """Black pixels that its preparation adds on each side of the image, within the input side."""
    aliases: tuple[str, ...] = ()
    """Other names that it goes by, such as the letter of a configuration in its paper."""


ZOO: Registry[Entry] = Registry("network", NetworkError)
"""The networks by name, once `catalogue` has looked for them."""
ALIASES: dict[str, str] = {}
"""The name in `ZOO` for each other name."""


def paper_network(
    *,
    year: int,
    paper: str,
    published: tuple[Figure, ...] = (),
    init: tuple[Rule, ...] = (),
    border: int = 0,
    aliases: tuple[str, ...] = (),
) -> Callable[[Callable[[], Network]], Callable[[], Network]]:
    """File the function below it in the zoo, under its own name and with the first line of its docstring."""

    def file(build: Callable[[], Network]) -> Callable[[], Network]:
        name = build.__name__
        summary = (build.__doc__ or name).strip().split("\n")[0].rstrip(".")
        ZOO.add(name)(
            Entry(
                name=name,
                summary=summary,
                year=year,
                paper=paper,
                build=build,
                published=published,
                init=init,
                border=border,
                aliases=aliases,
            )
        )
        ALIASES.update(dict.fromkeys(aliases, name))
        return build

    return file
