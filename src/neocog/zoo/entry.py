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
class Preparation:
    """How photographs are prepared for weights that others trained; the network's own input side is cut from it."""

    short: int = 256
    """The shorter side that the image is brought to, in pixels, before the middle is cut out."""
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    """Subtracted from each channel, in units of full scale (0 to 1); ImageNet's unless said otherwise."""
    deviation: tuple[float, ...] = (0.229, 0.224, 0.225)
    """Each channel is divided by it, in units of full scale."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights that others trained for exactly this network, and where they lie."""

    source: str
    """Who published them, and as what, such as "torchvision, IMAGENET1K_V1"."""
    url: str
    """The address of the file."""
    digest: str
    """How the file's SHA-256 begins, in hexadecimal, eight digits at least."""
    license: str
    """Under which they may be used."""
    top1: float
    """Top-1 accuracy on ILSVRC-2012's validation images, in percent, as their source states it."""
    top5: float
    """Top-5 accuracy, likewise."""


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
    preparation: Preparation | None = None
    """How photographs are prepared for its released weights; None where none are known."""
    weights: Weights | None = None
    """Weights that can be fetched for it."""
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
    preparation: Preparation | None = None,
    weights: Weights | None = None,
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
                preparation=preparation,
                weights=weights,
                aliases=aliases,
            )
        )
        ALIASES.update(dict.fromkeys(aliases, name))
        return build

    return file
