"""Everything that a user can mend raises from this tree; the command line turns it into exit status 2.

    NeocogError
    ├── NetworkError       a network that cannot be
    │   ├── ShapeError     a layer that does not fit its input (the message does the sum)
    │   └── TextError      a network's text that cannot be read
    ├── DataError          data that cannot be found, read or split
    │   └── ImageError     one image that cannot be read (listed and left out, not fatal)
    ├── RecipeError        a choice of a run that is unknown or out of range
    ├── RunError           a run folder that is in the way, missing, broken or in use
    │   ├── MissingRunError  a run folder that is not there, or no longer
    │   ├── DivergedError  a loss that is no longer finite
    │   └── PartedError    another process of the run that has ended
    ├── ModelFileError     a model file that is broken, foreign or from another version
    ├── ExtensionError     an installed extension that cannot be used
    ├── DownloadError      a file that cannot be fetched, or is not the one it should be
    └── StorageError       a disk that is full or a place that cannot be written

A message says what it must be, what it got and how to mend it; where a name is unknown, the nearest one.
What is wrong and how to mend it are separated by the first `; `, so that the terminal can set them on two lines.
"""

import difflib
from collections.abc import Iterable

_LOOKED_AT = 10


class NeocogError(Exception):
    """The root: anything that the user of the package can mend."""


class NetworkError(NeocogError):
    """A network that cannot be."""


class ShapeError(NetworkError):
    """A layer that does not fit its input; `layer` is that layer, where it is known."""

    layer: object = None


class TextError(NetworkError):
    """A network's text that cannot be read."""


class DataError(NeocogError):
    """Data that cannot be found, read or split."""


class ImageError(DataError):
    """One image that cannot be read; its message is the reason, in a few words."""


class RecipeError(NeocogError):
    """A choice of a run that is unknown or out of range."""


class RunError(NeocogError):
    """A run folder that is in the way, missing, broken or in use."""


class MissingRunError(RunError):
    """A run folder that is not there, or no longer."""


class DivergedError(RunError):
    """A loss that is no longer finite."""


class PartedError(RunError):
    """Another process of the run that has ended; it knows why."""


class ModelFileError(NeocogError):
    """A model file that is broken, foreign or from another version."""


class ExtensionError(NeocogError):
    """An installed extension that cannot be used."""


class DownloadError(NeocogError):
    """A file that cannot be fetched, or is not the one it should be."""


class StorageError(NeocogError):
    """A disk that is full or a place that cannot be written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for an unknown name: those that it may be a slip for, or else the first few of all.

    >>> nearest("resnet19", ["vgg16", "resnet18"])
    "did you mean 'resnet18'?"
    >>> nearest("VGG", ["vgg16", "resnet18", "vgg19"])
    "did you mean 'vgg16' or 'vgg19'?"
    >>> nearest("zzz", ["vgg16", "resnet18"])
    'known are resnet18, vgg16'
    """
    names = sorted(known)
    if found := alike(name, names):
        *others, last = map(repr, found)
        return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    listed = ", ".join(names[:12])
    return f"known are {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def alike(name: str, known: Iterable[str]) -> list[str]:
    """The names that a name may be a slip for, at most three that are equally close, whatever their capitals.

    Near is what contains the other, or differs from it or a dotted part of it in no more than a third of the letters.

    >>> alike("trian", ["train", "advise"]), alike("run", ["train", "advise"])
    (['train'], [])
    """
    folded = {each.casefold(): each for each in sorted(known, reverse=True)}
    asked = name.casefold()
    if asked in folded:
        return [folded[asked]]
    close = difflib.get_close_matches(asked, sorted(folded), n=_LOOKED_AT, cutoff=0.2)
    found = [each for each in close if _near(asked, each)][:3]
    ratios = [difflib.SequenceMatcher(None, each, asked).ratio() for each in found]
    return [
        folded[each]
        for each in sorted(each for each, ratio in zip(found, ratios, strict=True) if ratio > ratios[0] - 0.01)
    ]


def _near(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    parts = (other, *other.split("."))
    return (len(shorter) > 2 and shorter in longer) or any(
        3 * _edits(one, part) <= max(len(one), len(part)) for part in parts
    )


def _edits(one: str, other: str) -> int:
    """How many letters are added, left out, changed or swapped with the next between two words (Damerau's distance)."""
    rows = [list(range(len(other) + 1))]
    for place, letter in enumerate(one, 1):
        row = [place]
        for at, beside in enumerate(other, 1):
            edits = min(rows[-1][at] + 1, row[-1] + 1, rows[-1][at - 1] + (letter != beside))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == beside:
                edits = min(edits, rows[-2][at - 2] + 1)
            row.append(edits)
        rows.append(row)
    return rows[-1][-1]
