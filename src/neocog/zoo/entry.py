"""What the zoo knows of a network: the value itself, its paper, and the figures that the paper published."""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from neocog.core.errors import NetworkError
from neocog.core.registry import Registry
from neocog.network import Network

Rule: TypeAlias = tuple[str, str]
"""A pattern that a tensor's whole key must match (`dense1.weight`), and the initializer that fills it."""
Naming: TypeAlias = tuple[str, str]
"""A pattern that matches others' name of a layer or tensor up to a dot or the end, and our name; `""` drops it."""


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
class Hearing:
    """How a paper makes a picture of a sound, for its network; the network's own input says the size."""

    sample_rate: int
    """Samples a second."""
    window: float
    """Seconds that each column looks at."""
    hop: float
    """Seconds from one column to the next."""
    bands: int
    """Bands of frequencies, even on the mel scale."""
    coefficients: int
    """Cepstral coefficients in place of the bands; 0: the bands themselves."""


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


def torchvision_weights(file: str, top1: float, top5: float) -> Weights:
    """The weights that torchvision publishes as a network's first, by the name of their file, which ends in its digest.

    >>> torchvision_weights("squeezenet1_1-b8a52dc0.pth", 58.178, 80.624).digest
    'b8a52dc0'
    """
    return Weights(
        source="torchvision, IMAGENET1K_V1",
        url=f"https://download.pytorch.org/models/{file}",
        digest=file.removesuffix(".pth").rpartition("-")[2],
        license="BSD-3-Clause (torchvision); trained on ImageNet",
        top1=top1,
        top5=top5,
    )


def numbered(pattern: str, name: str, places: Iterable[object]) -> tuple[Naming, ...]:
    """One naming for each of `places`: `#` is the place in the pattern, and in our name its number, counted from 1.

    >>> numbered("layer#", "stage#", (0, 3))
    (('layer0', 'stage1'), ('layer3', 'stage2'))
    """
    return tuple(
        (pattern.replace("#", str(place)), name.replace("#", str(number))) for number, place in enumerate(places, 1)
    )


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
    hearing: Hearing | None = None
    """How sounds are prepared for it; None where its paper reads none."""
    weights: Weights | None = None
    """Weights that can be fetched for it."""
    foreign: tuple[Naming, ...] = ()
    """Our names for those of torchvision, timm and whoever else trained it; the first pattern that matches decides."""
    body: str = ""
    """The network of the zoo whose released weights it begins with, under the names in `foreign`."""
    fresh: str = ""
    """A pattern of the layers that such weights need not hold; those they lack, or do not fit, begin afresh."""
    caution: str = ""
    """What weights that fit by their names and shapes alone may be mistaken for; empty for nothing."""
    aliases: tuple[str, ...] = ()
    """Other names that it goes by, such as the letter of a configuration in its paper."""


ZOO: Registry[Entry] = Registry("network", NetworkError)
"""The networks by name, once `catalogue` has looked for them."""
ALIASES: dict[str, str] = {}
"""The name in `ZOO` for each other name."""


FAMILIES: list[tuple[str, str, Callable[[str, float], Network]]] = []
"""Of networks that carry a number in their name: the pattern of it, the entry they follow, and what makes them."""


def family(pattern: str, like: str) -> Callable[[Callable[[str, float], Network]], Callable[[str, float], Network]]:
    """File the function below it as the maker of every network whose name matches, from its name and its percentage."""

    def file(build: Callable[[str, float], Network]) -> Callable[[str, float], Network]:
        FAMILIES.append((pattern, like, build))
        return build

    return file


def member(name: str) -> Entry | None:
    """The entry of a network that no function of its own makes, but its family's; None where there is none."""
    if name in ZOO or name in ALIASES:
        return None
    for pattern, like, build in FAMILIES:
        if found := re.fullmatch(pattern, name):
            summary = f"{ZOO[like].summary.partition(',')[0]}, width {int(found[1]) / 100:g}"
            made = functools.partial(build, name, int(found[1]) / 100)
            return replace(ZOO[like], name=name, summary=summary, build=made, published=(), weights=None, aliases=())
    return None


def paper_network(
    *,
    year: int,
    paper: str,
    published: tuple[Figure, ...] = (),
    init: tuple[Rule, ...] = (),
    border: int = 0,
    preparation: Preparation | None = None,
    hearing: Hearing | None = None,
    weights: Weights | None = None,
    foreign: tuple[Naming, ...] = (),
    body: str = "",
    fresh: str = "",
    caution: str = "",
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
                hearing=hearing,
                weights=weights,
                foreign=foreign,
                body=body,
                fresh=fresh,
                caution=caution,
                aliases=aliases,
            )
        )
        ALIASES.update(dict.fromkeys(aliases, name))
        return build

    return file
